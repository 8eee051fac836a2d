"""The HTTP side, over real sockets."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from adapters.console import Console, ConsoleSettings
from adapters.room import Room, RoomSettings
from bot.bus.server import LOST
from bot.errors import CannotStart
from bot.model import Backlog, Beat, ChatMessage, Outcome, QueueStats
from bot.ports import Adapter
from bot.web.api import create_app
from bot.web.feed import Feed
from bot.web.health import Health
from bot.web.server import serve
from tests.web.fakes import WORKING, Stream, health

MESSAGE = ChatMessage("m1", "room", "room/local", "Bob", "42", "moderator", "!bot off", 1.5)
ROOM = Room(RoomSettings())


@asynccontextmanager
async def client(
    adapters: Sequence[Adapter] = (ROOM,),
    stream: Stream | None = None,
    hosts: Sequence[str] = (),
    told: Health | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    feed = Feed([stream or Stream()], ["0-0"])
    reader = asyncio.create_task(feed.run())
    app = create_app(adapters, feed, told or health(), hosts)
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


async def test_without_a_room_the_operators_page_is_the_front_page() -> None:
    async with client([Console(ConsoleSettings())]) as http:
        answer = await http.get("/", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, "/page/")


async def test_the_pages_are_served_and_where_the_first_was_leads_to_them() -> None:
    async with client() as http:
        for path in ("/page/", "/overlay/", "/prompter/"):
            answer = await http.get(path)
            assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
            assert "script>" not in answer.text.replace("></script>", "")
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=", answer.text)
        for path in ("/live", "/live/"):
            answer = await http.get(path, follow_redirects=True)
            assert (answer.status_code, answer.url.path) == (200, "/page/")


async def test_two_pages_of_one_platform_cannot_start() -> None:
    with pytest.raises(CannotStart, match="platform = 'room': expected one room with a page"):
        create_app([ROOM, Room(RoomSettings(name="b"))], Feed([Stream()], ["0-0"]), health())


async def test_outcomes_arrive_as_server_sent_events() -> None:
    outcome = Outcome(MESSAGE, "commanded", notice="off: nothing is posted")
    async with client(stream=Stream(outcome)) as http:
        path = "/api/outcomes?room=room/local"
        async with http.stream("GET", path) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            event = [await anext(lines) for _ in range(4)][2:]
        assert event[0] == "id: 0:1-0"
        told = json.loads(event[1].removeprefix("data: "))
        assert (told["outcome"], told["notice"]) == ("commanded", "off: nothing is posted")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.7", "[bad", ""])
async def test_an_unknown_host_is_refused(host: str) -> None:
    async with client() as http:
        for path in ("/", "/room/", "/healthz", "/readyz", "/metrics", "/api/outcomes"):
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


async def test_a_living_process_says_so_even_when_its_queue_is_away() -> None:
    async with client(told=health(LOST[0]("gone"), {"room/local": False})) as http:
        answer = await http.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_who_is_ready_says_what_goes_on() -> None:
    stats = QueueStats(
        counts={"accepted": 3, "ignored": 1},
        backlog={"rest": Backlog(waiting=1, leased=1)},
        crew=(*WORKING.crew, ("g", Beat("gateway", warm=True))),
    )
    async with client(told=health(stats, {"room/local": True})) as http:
        answer = await http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {
            "ok": True,
            "reasons": [],
            "rooms": ["room/local"],
            "pending": 2,
            "counts": {"accepted": 3, "ignored": 1},
            "workers": ["w"],
        }


GATEWAY = ("g", Beat("gateway", warm=True))
LOADING = ("w", Beat("worker"))


@pytest.mark.parametrize(
    ("stats", "rooms", "reasons"),
    [
        (LOST[0]("redis://:pw@host"), {}, ["the queue does not answer"]),
        (TimeoutError(), {}, ["the queue does not answer"]),
        (QueueStats(), {}, ["no worker is ready"]),
        (QueueStats(crew=(GATEWAY,)), {}, ["no worker is ready"]),
        (QueueStats(crew=(LOADING,)), {}, ["no worker is ready"]),
        (WORKING, {"a/b": True, "c/d": False}, ["c/d is not connected"]),
        (QueueStats(), {"c/d": False}, ["no worker is ready", "c/d is not connected"]),
    ],
)
async def test_who_is_not_ready_says_why(
    stats: QueueStats | Exception, rooms: dict[str, bool], reasons: list[str]
) -> None:
    async with client(told=health(stats, rooms)) as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, reasons)


async def test_prometheus_is_told_even_when_the_queue_is_away() -> None:
    for stats, up in ((WORKING, "1.0"), (LOST[0]("gone"), "0.0")):
        async with client(told=health(stats)) as http:
            answer = await http.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert f"danmate_store_up {up}\n" in answer.text
