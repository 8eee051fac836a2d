"""The studio's routes: who may make what, what is refused, and what comes of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.web.seals import Role
from tests.web.asking import answered, left
from tests.web.entry import ROOM, SHOP, START, Entry, browser
from tests.web.test_rooms import happen

SCRIPT = {"room": ROOM, "minutes": 5}
ONE = {"room": ROOM, "sku": SHOP.products[0].sku}
WISHES: Mapping[str, Mapping[str, Any]] = {
    "script": SCRIPT, "description": ONE, "analysis": {"room": ROOM},
}  # fmt: skip


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


@asynccontextmanager
async def two(entry: Entry) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Let an owner and a moderator in, each with a browser."""
    async with entry.serving() as url, browser(url) as ann, browser(url) as bob:
        for http, role in ((ann, "owner"), (bob, "moderator")):
            await sign_in(http, entry, role)
        yield ann, bob


async def sign_in(http: httpx.AsyncClient, entry: Entry, role: str) -> None:
    code = await entry.code("owner" if role == "owner" else "moderator")
    assert (await http.post("/api/login", json={"code": code})).status_code == 200


async def begun(http: httpx.AsyncClient, kind: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    answer = await http.post(f"/api/studio/{kind}", json=wish)
    assert answer.status_code == 202, answer.text
    work: dict[str, Any] = answer.json()
    return work


async def over(http: httpx.AsyncClient, work: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a work until nothing more will become of it."""
    while True:
        found: dict[str, Any] = (await http.get(f"/api/studio/works/{work['id']}")).json()
        if found["state"] not in ("waiting", "working"):
            return found


async def made(http: httpx.AsyncClient, kind: str, **wish: Any) -> dict[str, Any]:
    work = await over(http, await begun(http, kind, {**WISHES[kind], **wish}))
    assert (work["state"], work["fault"]) == ("done", None)
    found: dict[str, Any] = work["made"]
    return found


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("viewer", 403)])
@pytest.mark.parametrize("kind", WISHES)
async def test_who_may_only_look_makes_nothing(
    entry: Entry, role: Role | None, status: int, kind: str
) -> None:
    async with entry.visiting(role) as http:
        answer = await http.post(f"/api/studio/{kind}", json=WISHES[kind])
        assert answer.status_code == status
        for path in ("", "/works", "/works/x", "/works/x/files/md"):
            answer = await http.get(f"/api/studio{path}", params={"room": ROOM})
            assert answer.status_code == status


@pytest.mark.parametrize("role", ["moderator", "owner"])
async def test_who_may_moderate_gets_a_script_of_the_length_asked_for(
    entry: Entry, role: Role
) -> None:
    async with entry.visiting(role) as http:
        script = await made(http, "script", minutes=10, lang="en", style="plain", host="Ann")
    assert abs(script["seconds"] - 600) <= 60
    assert (script["lang"], script["shop"]) == ("en", SHOP.name)
    assert [row["start"] for row in script["rundown"]] == [
        part["start"] for part in script["segments"]
    ]
    assert {item["type"] for part in script["segments"] for item in part["items"]} >= {"say", "cue"}
    assert script["text"].startswith("# ")


async def test_a_script_states_the_price_that_holds_now(entry: Entry, store: Store) -> None:
    def cheaper(state: Any) -> Any:
        return replace(state, changes=replace(state.changes, prices={"A1": 77.0})), None

    async with entry.visiting("owner") as http:
        before = await made(http, "description", sku="A1", lang="zh")
        await RedisRooms(store).update(ROOM, cheaper)
        after = await made(http, "description", sku="A1", lang="zh")
        script = await made(http, "script", skus=["A1"], lang="zh")
    assert "77" not in before["text"]
    assert "77元" in after["text"]
    assert "77元" in script["text"]
    assert before["version"] != after["version"] == script["version"]


async def test_products_come_in_the_order_asked_for(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        script = await made(http, "script", skus=["S2", "A1"])
    skus = [row["sku"] for row in script["rundown"] if row["sku"]]
    assert list(dict.fromkeys(skus)) == ["S2", "A1"]


async def test_a_script_answers_what_viewers_have_asked(entry: Entry, store: Store) -> None:
    await happen(store, answered("多少钱"), left("能装多重"))
    async with entry.visiting("owner") as http:
        script = await made(http, "script", minutes=15, lang="zh", asked=True)
        other = await made(http, "script", minutes=15, lang="zh")
    assert [row["text"] for row in script["prepare"]] == ["能装多重？"]
    assert other["prepare"] == []


async def test_other_words_state_the_same(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        one, again, other = [
            await made(http, "description", sku="A1", seed=seed) for seed in (0, 0, 1)
        ]
    assert one["text"] == again["text"] != other["text"]
    assert one["facts"] == other["facts"]


async def test_files_are_kept_under_a_name_that_says_what_they_are(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        work = await over(http, await begun(http, "description", {**ONE, "sku": "A1"}))
        path = f"/api/studio/works/{work['id']}/files"
        page = await http.get(f"{path}/md")
        line = await http.get(f"{path}/jsonl")
        missing = await http.get(f"{path}/html")
        assert (await http.get(f"{path}/exe")).status_code == 422
    assert work["files"] == ["md", "jsonl"]
    assert page.text == work["made"]["text"]
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    kept = f'attachment; filename="danmate-description-A1-{int(START)}.md"'
    assert page.headers["content-disposition"] == kept
    assert json.loads(line.text)["sku"] == "A1"
    assert missing.status_code == 404


async def test_a_session_makes_one_thing_at_a_time(entry: Entry) -> None:
    async with two(entry) as (ann, bob):
        first = await begun(ann, "script", {**SCRIPT, "minutes": 180})
        assert (await ann.post("/api/studio/description", json=ONE)).status_code == 409
        second = await begun(bob, "description", ONE)  # somebody else's waits for its turn
        for http, work in ((ann, first), (bob, second)):
            assert (await over(http, work))["state"] == "done"
        again = await begun(ann, "description", ONE)
        assert (await over(ann, again))["state"] == "done"
        listed = (await ann.get("/api/studio/works")).json()["works"]
        assert [each["id"] for each in listed] == [again["id"], first["id"]]
        assert [each["made"] for each in listed] == [None, None]


async def test_a_work_that_is_stopped_makes_way(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        work = await begun(http, "script", {**SCRIPT, "minutes": 180})
        path = f"/api/studio/works/{work['id']}"
        stopped = (await http.post(f"{path}/stop", json={})).json()
        assert (stopped["state"], stopped["made"], stopped["files"]) == ("stopped", None, [])
        assert (await over(http, await begun(http, "description", ONE)))["state"] == "done"
        assert (await http.get(path)).json()["state"] == "stopped"
        assert (await http.post("/api/studio/works/none/stop", json={})).status_code == 404


@pytest.mark.parametrize(
    ("kind", "wish", "status"),
    [
        ("script", {"minutes": 4}, 422),
        ("script", {"minutes": 181}, 422),
        ("script", {"rate": 59}, 422),
        ("script", {"skus": ["A1"] * 501}, 422),
        ("script", {"host": "x" * 41}, 422),
        ("script", {"catalog": "/etc/passwd"}, 422),
        ("script", {"room": "room/none"}, 404),
        ("script", {"skus": ["none"]}, 404),
        ("description", {"sku": "none"}, 404),
        ("description", {"title": 3}, 422),
        ("analysis", {"recording": "none.jsonl"}, 404),
        ("analysis", {"recording": "../../etc/passwd"}, 404),
        ("analysis", {"path": "/etc/passwd"}, 422),
    ],
)
async def test_what_cannot_be_made_is_refused(
    entry: Entry, kind: str, wish: Mapping[str, Any], status: int
) -> None:
    async with entry.visiting("owner") as http:
        answer = await http.post(f"/api/studio/{kind}", json={**WISHES[kind], **wish})
        assert answer.status_code == status, answer.text
        assert str(entry.folder) not in answer.text
        assert (await http.get("/api/studio/works")).json() == {"works": []}


async def test_a_host_whose_name_may_not_be_said_gets_no_script(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        work = await over(http, await begun(http, "script", {**SCRIPT, "host": "全网最低价"}))
    assert (work["state"], work["fault"], work["made"]) == ("failed", "host", None)


async def test_only_danmates_own_recordings_are_listed_by_name(entry: Entry, store: Store) -> None:
    folder = entry.folder / "recordings"
    await asyncio.to_thread(filled, folder)
    await happen(store, left("防水吗"))
    async with entry.visiting("moderator") as http:
        answer = await http.get("/api/studio", params={"room": ROOM})
        told = answer.json()
        assert (await http.get("/api/studio", params={"room": "x/y"})).status_code == 404
    assert told["model"] is False
    assert told["since"] is not None
    assert [each["name"] for each in told["recordings"]] == [
        "danmate-20260102T000000Z.jsonl", "danmate-20260101T120000Z.jsonl.gz",
    ]  # fmt: skip
    assert told["recordings"][1]["began"] == 1_767_268_800.0
    assert str(folder) not in answer.text


def filled(folder: Path) -> None:
    folder.mkdir()
    for name in ("danmate-20260102T000000Z.jsonl", "danmate-20260101T120000Z.jsonl.gz"):
        (folder / name).write_bytes(b"{}\n")
    (folder / "danmate-20260103T000000Z.jsonl").write_bytes(b"")  # nothing is in it yet
    (folder / "secrets.jsonl").write_bytes(b"{}\n")
    (folder / "danmate-20260104T000000Z.jsonl").symlink_to(folder / "secrets.jsonl")
