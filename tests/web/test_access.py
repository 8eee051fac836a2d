"""Who gets in: roles, other websites, other names, and what never needs a log-in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bridge import Bridge
from adapters.bridge.settings import BridgeSettings
from adapters.room import Room, RoomSettings
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.model import Answer, Draft, Fact, Outcome, RoomState, Slot
from bot.web.attempts import LIMIT, Attempts
from bot.web.door import LARGEST
from bot.web.seals import ROLES, Role
from bot.web.site import Site
from tests.flow.desk import assert_conserved
from tests.web.entry import ROOM, START, Entry, browser

COMMAND = f"/api/rooms/{ROOM}/command"
OFF = {"line": "off"}
CLOSED = Site(url="https://bot.example", open=False, secure=True)


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


async def untouched(store: Store) -> bool:
    state = await RedisRooms(store).get(ROOM)
    return state == RoomState() and not await Outcomes(store).after(block=0.0)


# Roles --------------------------------------------------------------------------------------------


async def test_a_moderator_commands_a_room_as_in_its_chat(entry: Entry) -> None:
    async with entry.visiting("moderator") as http:
        answer = await http.post(COMMAND, json=OFF)
    told = answer.json()
    assert (answer.status_code, told["notice"], told["done"]) == (200, "off", True)
    assert (await RedisRooms(entry.store).get(ROOM)).mode == "off"


async def test_a_command_is_recorded_as_of_whoever_gave_it(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        await http.post(COMMAND, json=OFF)
    [(_, event)] = await Outcomes(entry.store).after(block=0.0)
    assert isinstance(event, Outcome)
    said = event.message
    assert (event.outcome, event.notice, said.author, said.role) == (
        "commanded", "off", "Ann", "host",
    )  # fmt: skip
    assert said.author_id.startswith("page:")
    await assert_conserved(entry.store)


async def test_a_command_that_is_sent_again_is_applied_and_recorded_once(entry: Entry) -> None:
    async with entry.visiting("moderator") as http:
        for line in ("pause 5m", "pause 5m", "off"):
            answer = await http.post(COMMAND, json={"line": line, "id": "click-7"})
            assert answer.json()["notice"] == "paused for 300 s"
    assert len(await Outcomes(entry.store).after(block=0.0)) == 1
    await assert_conserved(entry.store)


@pytest.mark.parametrize(
    ("line", "done"), [("pause 5m", True), ("status", True), ("ok 7", False), ("nonsense", False)]
)
async def test_the_page_is_told_whether_a_command_was_done_each_time(
    entry: Entry, line: str, *, done: bool
) -> None:
    async with entry.visiting("moderator") as http:
        for _ in range(2):
            answer = await http.post(COMMAND, json={"line": line, "id": "click-8"})
            assert answer.json()["done"] is done


async def test_a_draft_that_the_page_approves_is_sent_once(entry: Entry) -> None:
    plan = Answer("price", "en", (Fact("A1.price", "129 CNY", "129 CNY"),), "k")
    draft = Draft("7", ROOM, plan, "how much", "It is 129 CNY.")
    slot = Slot("re:m7", "k", START, START + 60, ("m7",), ("Bob",), ("b",), draft=draft)
    rooms, replies = RedisRooms(entry.store), Replies(entry.store)
    await rooms.update(ROOM, lambda state: (replace(state, slots=(slot,)), None))
    async with entry.visiting("moderator") as http:
        for _ in range(2):
            await http.post(COMMAND, json={"line": "ok 7", "id": "click-8"})
    assert [reply.id for reply in await replies.waiting(ROOM)] == ["re:m7"]
    [(_, event)] = await Outcomes(entry.store).after(block=0.0)
    assert isinstance(event, Outcome)
    assert event.reply is not None
    assert event.reply.text.endswith("It is 129 CNY.")
    await assert_conserved(entry.store)


async def test_the_chat_is_told_nothing_of_the_page(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        await http.post(COMMAND, json={"line": "mute @bob"})
    assert await Replies(entry.store).open(ROOM) == 0
    assert not (await RedisRooms(entry.store).get(ROOM)).slots


@pytest.mark.parametrize("role", [None, "viewer"])
async def test_who_may_not_changes_nothing(entry: Entry, role: Role | None) -> None:
    async with entry.visiting(role) as http:
        answer = await http.post(COMMAND, json=OFF)
        assert answer.status_code == (403 if role else 401)
        assert await untouched(entry.store)


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_learns_his_own_role(entry: Entry, role: Role) -> None:
    async with entry.visiting(role) as http:
        me = (await http.get("/api/me")).json()
    assert (me["role"], me["name"], me["logged_in"]) == (role, "Ann", True)


async def test_at_this_machine_anybody_is_a_viewer(entry: Entry) -> None:
    async with entry.visiting() as http:
        me = (await http.get("/api/me")).json()
    assert (me["role"], me["logged_in"]) == ("viewer", False)


@pytest.mark.parametrize(
    ("room", "body", "status"),
    [
        ("room/other", OFF, 404),
        (ROOM, {}, 422),
        (ROOM, {"line": ""}, 422),
        (ROOM, {"line": " \n"}, 422),
        (ROOM, {"line": "x" * 4001}, 422),
        (ROOM, {"line": "off", "id": "a b"}, 422),
        (ROOM, {"line": "off", "role": "owner"}, 422),
        (ROOM, ["off"], 422),
    ],
)
async def test_what_is_no_command_changes_nothing(
    entry: Entry, room: str, body: object, status: int
) -> None:
    async with entry.visiting("owner") as http:
        answer = await http.post(f"/api/rooms/{room}/command", json=body)
        assert answer.status_code == status
        assert await untouched(entry.store)


async def test_half_a_surrogate_is_refused_and_not_told_back(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        headers = {"Content-Type": "application/json"}
        answer = await http.post(COMMAND, content=rb'{"line": "\ud800 7351"}', headers=headers)
        assert answer.status_code == 422
        assert "7351" not in answer.text
        assert await untouched(entry.store)


async def test_a_program_that_knows_the_token_is_the_owner(entry: Entry) -> None:
    token = await entry.token.make()
    async with entry.serving() as url, httpx.AsyncClient(base_url=url) as http:
        headers = {"Authorization": f"Bearer {token}"}
        assert (await http.post(COMMAND, json=OFF, headers=headers)).status_code == 200
        for wrong in (token[:-1], token + "x", ".", "é", await entry.code()):
            raw = [(b"Authorization", f"Bearer {wrong}".encode())]
            answer = await http.post(COMMAND, json=OFF, headers=raw)
            assert answer.status_code == 401


# Other websites -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:1", "http://127.0.0.1", "file://", "[", ""],
)
@pytest.mark.parametrize(
    "path", ["/room/", "/page/", "/overlay/", "/api/me", "/api/rooms", "/healthz"]
)
async def test_another_origin_reads_nothing(entry: Entry, origin: str, path: str) -> None:
    async with entry.visiting() as http:
        assert (await http.get(path, headers={"Origin": origin})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
async def test_another_site_uses_no_session(entry: Entry, headers: dict[str, str]) -> None:
    async with entry.visiting("owner") as http:
        assert (await http.post(COMMAND, json=OFF, headers=headers)).status_code == 403
        assert await untouched(entry.store)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
    ],
)
async def test_only_json_changes_anything(entry: Entry, kind: str, status: int) -> None:
    async with entry.visiting("owner") as http:
        body = b'{"line": "off"}'
        answer = await http.post(COMMAND, content=body, headers={"Content-Type": kind})
        assert answer.status_code == status
        assert await untouched(entry.store) == (status == 415)


async def test_who_is_not_known_sends_no_large_body(entry: Entry) -> None:
    async with entry.visiting() as http:
        large = {"line": "x" * LARGEST}
        assert (await http.post(COMMAND, json=large)).status_code == 413

        async def parts() -> AsyncIterator[bytes]:
            yield b"{}"

        kind = {"Content-Type": "application/json"}
        answer = await http.post("/api/login", content=parts(), headers=kind)
        assert answer.status_code == 411


async def test_every_answer_has_safe_headers(entry: Entry) -> None:
    async with entry.visiting("owner") as http:
        for path in ("/page/", "/overlay/", "/login/", "/api/me", "/nothing", "/healthz"):
            headers = (await http.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "access-control-allow-origin" not in headers
            assert headers["cache-control"] == ("no-store" if "/api/" in path else "no-cache")


NAMES = st.sampled_from(
    [
        "Host",
        "Origin",
        "Cookie",
        "Authorization",
        "Sec-Fetch-Site",
        "X-Forwarded-For",
        "Content-Type",
    ]
)
VALUES = st.one_of(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
    ),
    st.sampled_from(
        ["http://127.0.0.1", "Bearer ", "Bearer x.y", "danmate_80=a.b", "127.0.0.1", "none"]
    ),
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
@settings(max_examples=40)
async def test_no_headers_open_the_door_without_a_session(
    entry: Entry, headers: dict[str, str]
) -> None:
    await entry.token.make()
    entry.attempts = Attempts()
    async with entry.serving() as url, httpx.AsyncClient(base_url=url) as http:
        raw = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
        answer = await http.post(COMMAND, json=OFF, headers=raw)
    assert answer.status_code in (400, 401, 403, 415)
    assert await untouched(entry.store)


# What is closed to other machines -----------------------------------------------------------------

OPEN_PATHS = (
    "/room/", "/page/", "/overlay/", "/prompter/", "/api/rooms", "/api/health", "/healthz",
    "/readyz", "/metrics", "/login/",
)  # fmt: skip


async def test_at_this_machine_reading_needs_no_log_in(entry: Entry) -> None:
    async with entry.visiting() as http:
        for path in OPEN_PATHS:
            assert (await http.get(path)).status_code == 200


async def test_beyond_this_machine_only_what_tells_nothing_said_is_open(entry: Entry) -> None:
    entry.site = CLOSED
    async with entry.serving() as url, httpx.AsyncClient(base_url=url) as http:
        open_paths = [path for path in OPEN_PATHS if (await http.get(path)).status_code == 200]
        assert open_paths == ["/healthz", "/readyz", "/metrics", "/login/"]
        for path in (
            "/",
            "/live/",
            "/api/outcomes",
            "/api/answers",
            "/api/openapi.json",
            "/api/me",
            "//page/",
            "/login/../page/",
        ):
            assert (await http.get(path)).status_code == 401
        page = await http.get("/page/", headers={"Accept": "text/html,*/*"})
        assert (page.status_code, page.headers["location"]) == (303, "/login/")


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("moderator", 200), ("owner", 200)])
async def test_beyond_this_machine_the_room_is_for_moderators(
    entry: Entry, role: Role, status: int
) -> None:
    entry.site = Site(url="http://127.0.0.1", open=False)
    async with entry.visiting(role) as http:
        assert (await http.get("/room/")).status_code == status
        assert (await http.get("/page/")).status_code == 200


@pytest.mark.parametrize(("token", "status"), [("a token of its own", 401), (None, 401)])
async def test_a_bridge_with_a_token_of_its_own_asks_for_that_one(
    entry: Entry, token: str | None, status: int
) -> None:
    entry.site = CLOSED
    given_token = {"token": token} if token else {}
    entry.adapters = (Bridge(BridgeSettings.model_validate({"name": "b", **given_token})),)
    async with entry.serving() as url, httpx.AsyncClient(base_url=url) as http:
        answer = await http.get("/bridge/ws")
        assert answer.status_code == status
        assert ("expected the token" in answer.text) == bool(token)


async def test_a_proxy_that_nobody_told_of_is_refused(entry: Entry) -> None:
    async with entry.visiting() as http:
        answer = await http.get("/page/", headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.status_code == 403
        assert "web.url" in answer.text


async def test_behind_a_proxy_attempts_count_by_who_asked_it(entry: Entry) -> None:
    entry.site = Site(frozenset({"bot.example"}), "https://bot.example", False, True, True)
    headers = {"Host": "bot.example", "Origin": "https://bot.example"}
    async with entry.serving() as url, httpx.AsyncClient(base_url=url, headers=headers) as http:
        for number in range(LIMIT + 1):
            # what a client writes itself stands before what the proxy adds
            who = {"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"}
            answer = await http.post("/api/login", json={"code": "x"}, headers=who)
            assert answer.status_code == (401 if number < LIMIT else 429)
        other = {"X-Forwarded-For": "203.0.113.10"}
        answer = await http.post("/api/login", json={"code": await entry.code()}, headers=other)
        assert answer.status_code == 200
        assert "Secure" in answer.headers["set-cookie"]
        bad = {**other, "Origin": "http://bot.example"}
        assert (await http.post("/api/login", json={"code": "x"}, headers=bad)).status_code == 403


async def test_a_platform_does_not_open_our_own_paths(entry: Entry) -> None:
    class Sly(Room):
        platform = "api"

    sly = Sly(RoomSettings())
    sly.settings = SimpleNamespace(hosts=(), token="x")  # type: ignore[assignment]  # as a plug-in's
    entry.site, entry.adapters = CLOSED, (sly,)
    async with entry.serving() as url, browser(url) as http:
        assert (
            await http.get("/api/outcomes", headers={"Origin": "https://bot.example"})
        ).status_code == 401
