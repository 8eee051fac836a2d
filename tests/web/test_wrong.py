"""What somebody marks as wrong becomes a scenario file: whole, private, never in another's place."""

import asyncio
import os
import stat
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.server import Store
from bot.model import Removed
from bot.replay.scenarios import load, load_all
from bot.web.cases import Cases, named
from bot.web.seals import Role
from tests.fakes import ScriptedSession, said
from tests.flow.desk import START as DESK
from tests.flow.desk import Desk
from tests.web.entry import ROOM, Entry

WRONG = f"/api/rooms/{ROOM}/wrong"
DAY = "1970-01-12"
"""Of the entry's clock."""


async def heard(store: Store, *texts: str) -> Desk:
    desk = Desk(store, room=ROOM)
    for number, text in enumerate(texts, 1):
        await desk.hear(said(text, number=number, author=f"v{number}"))
    return desk


async def told(http: httpx.AsyncClient, status: int = 200, **body: object) -> dict[str, object]:
    answer = await http.post(WRONG, json={"id": "m1", "wanted": "answer", **body})
    assert answer.status_code == status, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_message_becomes_a_case_and_an_faq_row_is_offered(
    store: Store, tmp_path: Path
) -> None:
    await heard(store, "可以机洗吗")
    async with Entry(store, tmp_path).visiting("moderator") as http:
        kept = await told(http, text=" 机洗 ", note="问了\n很多次")
    assert kept == {
        "case": f"{DAY}-m1",
        "file": f"cases/{DAY}-m1.toml",
        "offer": {"question": "可以机洗吗", "answer": "机洗"},
    }
    scenario = load(tmp_path / "cases" / f"{DAY}-m1.toml")
    assert [each.text for each in scenario.messages] == ["可以机洗吗"]
    assert scenario.name == "问了 很多次"
    assert scenario.expected == ({"message": "m1", "answered": True, "answered_with": ["机洗"]},)


async def test_a_wrong_answer_is_offered_to_be_mended(store: Store, tmp_path: Path) -> None:
    desk = await heard(store, "4号多少钱", "4号多少钱")
    [reply] = await desk.replies.waiting(ROOM)
    session = ScriptedSession()
    await desk.post(session, DESK + 2)
    assert session.posted[0].text == f"@v1 @v2 {reply.text}"
    async with Entry(store, tmp_path).visiting("moderator") as http:
        kept = await told(http)
    assert kept["offer"] == {"question": "4号多少钱", "answer": reply.text}
    [scenario] = load_all(tmp_path / "cases")
    assert scenario.expected[0]["without"] == ["59元"]


async def test_where_there_was_no_answer_none_is_offered(store: Store, tmp_path: Path) -> None:
    await heard(store, "可以试吗")
    async with Entry(store, tmp_path).visiting("moderator") as http:
        assert (await told(http))["offer"] == {"question": "可以试吗", "answer": None}


async def test_a_case_is_for_the_user_alone_and_replaces_none(store: Store, tmp_path: Path) -> None:
    await heard(store, "可以试吗")
    async with Entry(store, tmp_path).visiting("owner") as http:
        names = [str((await told(http, wanted=wish))["case"]) for wish in ("silence", "answer")]
        names += await asyncio.gather(*(_name(http) for _ in range(5)))
    assert len(set(names)) == len(names)
    folder = tmp_path / "cases"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert sorted(file.stem for file in folder.iterdir()) == sorted(names)
    assert load(folder / f"{names[0]}.toml").expected[0]["outcome"] == "ignored"
    assert len(load_all(folder)) == len(names)


async def _name(http: httpx.AsyncClient) -> str:
    return str((await told(http, wanted="hand_off"))["case"])


@pytest.mark.parametrize("body", [{"id": "m9"}, {"id": "../../etc/passwd"}])
async def test_a_message_that_is_no_longer_known_is_404(
    store: Store, tmp_path: Path, body: dict[str, str]
) -> None:
    await heard(store, "可以试吗")
    async with Entry(store, tmp_path).visiting("moderator") as http:
        await told(http, 404, **body)
        other = await http.post("/api/rooms/room/none/wrong", json={"id": "m1", "wanted": "answer"})
        assert other.status_code == 404
    assert not (tmp_path / "cases").exists()


async def test_a_deleted_message_is_404(store: Store, tmp_path: Path) -> None:
    desk = await heard(store, "可以试吗")
    await desk.outbox.retract(Removed(ROOM, id="m1"))
    async with Entry(store, tmp_path).visiting("moderator") as http:
        await told(http, 404)


@pytest.mark.parametrize(
    "body",
    [
        {"id": ""}, {"wanted": "?"}, {"text": "x" * 501}, {"note": "x" * 201}, {"more": 1},
        {"id": None}, {"text": 3},
    ],
)  # fmt: skip
async def test_what_is_no_such_request_is_422(
    store: Store, tmp_path: Path, body: dict[str, object]
) -> None:
    async with Entry(store, tmp_path).visiting("moderator") as http:
        await told(http, 422, **body)


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), (None, 401)])
async def test_whoever_only_looks_keeps_no_case(
    store: Store, tmp_path: Path, role: Role | None, status: int
) -> None:
    await heard(store, "可以试吗")
    async with Entry(store, tmp_path).visiting(role) as http:
        await told(http, status)
    assert not (tmp_path / "cases").exists()


async def test_a_folder_that_takes_no_file_is_said(store: Store, tmp_path: Path) -> None:
    await heard(store, "可以试吗")
    (tmp_path / "cases").write_text("a file")
    async with Entry(store, tmp_path).visiting("moderator") as http:
        assert (await told(http, 503)).get("detail") == "cases: File exists"


# Files -------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_a_name_is_fit_for_a_file_whatever_the_id(id_: str) -> None:
    name = named(id_, 1_000_000.0)
    assert name.startswith(f"{DAY}-")
    assert name.isascii()
    assert name.replace("-", "").isalnum()
    assert len(name) <= 60


async def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        await Cases(tmp_path).keep("a", "\ud800")
    assert list(tmp_path.iterdir()) == []


async def test_what_a_dead_writer_left_is_passed_over(tmp_path: Path) -> None:
    cases = Cases(tmp_path)
    (tmp_path / "a.toml").touch()
    (tmp_path / ".a-2.toml.new").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):  # and no link is followed
        await cases.keep("a", "x")
    assert (await cases.keep("b", "y")).read_text() == "y"
    assert not (tmp_path / "elsewhere").exists()


def test_a_catalogue_is_named_as_seen_from_the_folder(tmp_path: Path) -> None:
    cases = Cases(tmp_path / "cases", {"t/a": tmp_path / "b" / "catalog.toml"})
    assert cases.catalog("t/a") == f"..{os.sep}b{os.sep}catalog.toml".replace(os.sep, "/")
    assert cases.catalog("t/b") is None
