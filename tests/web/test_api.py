"""The HTTP side, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from adapters.console import Console, ConsoleSettings
from adapters.room import Room, RoomSettings
from bot.errors import CannotStart
from bot.model import ChatMessage, Outcome
from bot.ports import Adapter
from bot.web.api import create_app
from bot.web.feed import Feed
from bot.web.server import serve
from tests.web.fakes import Stream

MESSAGE = ChatMessage("m1", "room", "room/local", "Bob", "42", "moderator", "!bot off", 1.5)
ROOM = Room(RoomSettings())


async def well() -> dict[str, object]:
    return {"ok": True, "rooms": 1}


async def ill() -> dict[str, object]:
    return {"ok": False, "store": "gone"}


@asynccontextmanager
async def client(
    adapters: Sequence[Adapter] = (ROOM,),
    stream: Stream | None = None,
    hosts: Sequence[str] = (),
) -> AsyncIterator[httpx.AsyncClient]:
    feed = Feed(stream or Stream())
    reader = asyncio.create_task(feed.run())
    app = create_app(adapters, feed, well, hosts)
    async with (
        serve(app, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        yield http
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)


async def test_the_room_page_is_the_front_page() -> None:
    async with client([Console(ConsoleSettings()), ROOM]) as http:
        for path in ("/", "/room", "/room/"):
            answer = await http.get(path, follow_redirects=True)
            assert answer.status_code == 200
            assert answer.url.path == "/room/"
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert "script>" not in answer.text.replace("></script>", "")
        assert (await http.get("/console")).status_code == 404


async def test_without_a_room_there_is_no_front_page() -> None:
    async with client([Console(ConsoleSettings())]) as http:
        assert (await http.get("/")).status_code == 404


async def test_two_pages_of_one_platform_cannot_start() -> None:
    with pytest.raises(CannotStart, match="platform = 'room': expected one room with a page"):
        create_app([ROOM, Room(RoomSettings(name="b"))], Feed(Stream()), well)


async def test_outcomes_arrive_as_server_sent_events() -> None:
    outcome = Outcome(MESSAGE, "commanded", notice="off: nothing is posted")
    async with client(stream=Stream(outcome)) as http:
        path = "/api/outcomes?room=room/local"
        async with http.stream("GET", path) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            event = [await anext(lines) for _ in range(4)][2:]
        assert event[0] == "id: 1-0"
        told = json.loads(event[1].removeprefix("data: "))
        assert (told["outcome"], told["notice"]) == ("commanded", "off: nothing is posted")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.7", "[bad", ""])
async def test_an_unknown_host_is_refused(host: str) -> None:
    async with client() as http:
        for path in ("/", "/room/", "/healthz", "/api/outcomes"):
            answer = await http.get(path, headers={"Host": host})
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        ([], "127.0.0.1:80"),
        ([], "LOCALHOST"),
        ([], "[::1]:8765"),
        (["shop.test"], "shop.test:8765"),
        (["10.0.0.7"], "10.0.0.7"),
        (["0.0.0.0"], "10.0.0.7:8765"),
        (["::"], "[fd00::7]:8765"),
    ],
)
async def test_a_known_host_is_welcome(hosts: list[str], host: str) -> None:
    async with client(hosts=hosts) as http:
        assert (await http.get("/healthz", headers={"Host": host})).json()["ok"] is True


async def test_who_listens_everywhere_still_refuses_names() -> None:
    async with client(hosts=["0.0.0.0"]) as http:
        assert (await http.get("/healthz", headers={"Host": "evil.example"})).status_code == 403


async def test_illness_is_a_503() -> None:
    app = create_app([], Feed(Stream()), ill)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "store": "gone"})
