"""Who records, when: one process of all, while the configuration or the page's owner wants it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from bot import service
from bot.bus.recording import Recording, Told
from bot.bus.server import Store
from bot.config import Config
from bot.flow.clock import WallClock
from bot.flow.worker import Worker
from bot.house import opened
from bot.replay.recording.beside import catalogues
from bot.replay.recording.packing import files
from bot.replay.recording.recorder import Recorder
from bot.web.access import Access
from bot.web.api import create_app
from bot.web.feed import Feed
from bot.web.recording import routes
from bot.web.seals import Role
from bot.web.server import serve
from bot.web.sessions import Sessions, StoredSpent, link
from bot.web.site import Site
from tests.fakes import recorded_room
from tests.flow.desk import SHOP, Desk
from tests.flow.test_worker import working
from tests.replay.recording.stage import heard, ids, notes, outcomes, stage
from tests.replay.recording.test_crash import LIMIT, Telling
from tests.web.entry import Entry, browser
from tests.web.fakes import Stream, health

TEXTS = ("1号多少钱", "@v0 你好", "几点下播")


@asynccontextmanager
async def recorders(desk: Desk, *places: Path, on: bool = True) -> AsyncIterator[None]:
    """Let as many processes as there are places want to record the same."""
    stop = asyncio.Event()
    uses = [replace(stage(desk, place, named=True), clock=WallClock()) for place in places]
    tasks = [asyncio.create_task(Recorder(use, on=on).run(stop)) for use in uses]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until(store: Store, true: Callable[[], bool]) -> None:
    while not true():
        await store.client.ping()


def any_in(*places: Path) -> list[Path]:
    return [path for place in places if place.is_dir() for path in files(place)]


async def test_of_two_processes_one_records(store: Store, tmp_path: Path) -> None:
    desk, tell = Desk(store), Telling(store)
    one, other = tmp_path / "one", tmp_path / "other"
    async with asyncio.timeout(LIMIT), recorders(desk, one, other):
        await until(store, lambda: bool(any_in(one, other)))
        await tell(20)
    assert [ids(place) for place in (one, other) if place.is_dir()] == [tell.ids]


async def test_a_process_that_ends_lets_another_go_on(store: Store, tmp_path: Path) -> None:
    desk, tell = Desk(store), Telling(store)
    one, other = tmp_path / "one", tmp_path / "other"
    async with asyncio.timeout(LIMIT):
        async with recorders(desk, one):
            await until(store, lambda: bool(any_in(one)))
            await tell(5)
        async with recorders(desk, other):
            await until(store, lambda: bool(any_in(other)))
            await tell(5)
    assert ids(one) == tell.ids[:5]
    assert ids(other)[-5:] == tell.ids[5:]


async def test_the_switch_begins_and_ends_a_recording_and_what_was_between_is_not_in_it(
    store: Store, tmp_path: Path
) -> None:
    desk, tell, switch = Desk(store), Telling(store), Recording(store)
    async with asyncio.timeout(LIMIT), recorders(desk, tmp_path, on=False):
        await tell(3)
        await switch.want(on=True)
        await until(store, lambda: bool(any_in(tmp_path)))
        await tell(3)
        while await switch.told() is None:
            await store.client.ping()
        await switch.want(on=False)
        while await switch.held():
            await store.client.ping()
        await until(store, lambda: ids(tmp_path) == tell.ids[3:6])
        await tell(3)
        await switch.want(on=True)
        while not await switch.held():
            await store.client.ping()
        await until(store, lambda: len(any_in(tmp_path)) == 2)
        await tell(1)
    assert ids(tmp_path) == [*tell.ids[3:6], *tell.ids[9:]]


async def test_nothing_that_the_disk_does_ends_the_bot(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with capture_logs() as logs:
        async with asyncio.timeout(LIMIT), recorders(Desk(store), tmp_path / "file"):
            await until(store, lambda: bool(logs))
    assert [each["event"] for each in logs] == ["recording_failed"]


# The page ---------------------------------------------------------------------------------------


@asynccontextmanager
async def visiting(
    store: Store, folder: Path, role: Role | None
) -> AsyncIterator[httpx.AsyncClient]:
    entry = Entry(store, folder)
    sessions = Sessions(entry.token, StoredSpent(store), entry.clock)
    app = create_app(
        entry.adapters,
        Feed([Stream()], ["0-0"]),
        health(),
        access=Access(Site(), sessions, entry.clock),
        routers=(routes(Recording(store)),),
    )
    async with serve(app, "127.0.0.1", 0) as port, browser(f"http://127.0.0.1:{port}") as http:
        if role:
            url = link("", role, "Ann", await entry.token.make(), entry.clock.now())
            code = url.partition("#")[2]
            assert (await http.post("/api/login", json={"code": code})).status_code == 200
        yield http


@pytest.mark.parametrize(("role", "code"), [(None, 401), ("viewer", 403), ("moderator", 403)])
async def test_nobody_but_the_owner_sees_or_turns_the_switch(
    store: Store, tmp_path: Path, role: Role | None, code: int
) -> None:
    async with visiting(store, tmp_path, role) as http:
        assert (await http.get("/api/record")).status_code == code
        assert (await http.post("/api/record", json={"on": True})).status_code == code
    assert await Recording(store).wanted() is None


async def test_the_owner_turns_the_switch_and_sees_how_the_recording_goes(
    store: Store, tmp_path: Path
) -> None:
    recording = Recording(store)
    async with visiting(store, tmp_path, "owner") as http:
        state = (await http.get("/api/record")).json()
        assert (state["on"], state["wanted"], state["file"]) == (False, None, None)
        assert (await http.post("/api/record", json={"on": True})).json()["wanted"] is True
        assert await recording.wanted() is True
        await recording.tell(Told("rec", "danmate-1.jsonl", 5.0, 7, "No space left on device"))
        assert (await http.get("/api/record")).json() == {
            "on": True, "wanted": True, "folder": "rec", "file": "danmate-1.jsonl", "since": 5.0,
            "lines": 7, "fault": "No space left on device",
        }  # fmt: skip
        assert (await http.post("/api/record", json={"on": None})).json()["wanted"] is None
        for wrong in ({}, {"on": "yes"}, {"on": True, "dir": "/"}):
            assert (await http.post("/api/record", json=wrong)).status_code == 422
    assert await recording.wanted() is None


# A live run -------------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Config:
    """Return a recorded room, whose queue is the tests' own, that is recorded again."""
    return recorded_room(tmp_path, store_url, TEXTS, '[record]\n        dir = "recordings"')


async def test_a_live_run_is_recorded_to_its_end_with_the_catalogue_beside_it(
    store: Store, config: Config, tmp_path: Path
) -> None:
    desk = Desk(store)
    desk.use = replace(desk.use, clock=WallClock(), rules=config.rules())
    worker = Worker(store, desk.inbox, desk.use, "w")
    async with asyncio.timeout(LIMIT), opened(config) as house:
        async with working(worker), service.running(house, "gateway") as live:
            await live.ended()
    [path] = files(tmp_path / "recordings")
    found = outcomes(tmp_path / "recordings")
    assert [row["message"]["text"] for row in found if "你好" not in row["message"]["text"]] == [
        "1号多少钱",
        "几点下播",
    ]
    answered = [row for row in found if row["outcome"] == "answered"]
    assert [row["reply"]["delivery"] for row in answered] == ["sent", "sent"]
    assert {row["message"]["author"][:7] for row in found} == {"viewer-"}
    assert "@v0" not in found[1]["message"]["text"]
    messages, _, skipped = heard(path)
    assert (len(messages), skipped) == (3, 0)
    [sold] = catalogues(path).values()
    assert sold.parent == path.parent
    [head] = notes(tmp_path / "recordings", "recording")
    assert head["rules"]["bot"]["prefix"] == "!bot"
    assert [told["catalogue"] for told in head["rooms"].values()] == [SHOP.version]
    assert str(tmp_path) not in json.dumps(head)


async def test_the_command_line_names_the_folder(
    store_url: str, tmp_path: Path, secrets_folder: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "run", "--role", "web", "--record", "a folder",
        "--set", f"store.url={store_url}", "--set", "web.port=0",
        cwd=tmp_path, env={**os.environ, "DANMATE_SECRETS": str(secrets_folder)},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(LIMIT):
        seen = b""
        while b"recording_started" not in seen:
            line = await process.stderr.readline()
            assert line, seen
            seen += line
        assert [path.suffix for path in files(tmp_path / "a folder")] == [".jsonl"]
        process.send_signal(signal.SIGTERM)
        _, rest = await process.communicate()
    assert (process.returncode, b"recording_stopped" in rest) == (0, True)
    assert files(tmp_path / "a folder") == []  # nothing has happened


async def test_a_rehearsal_is_not_recorded(config: Config, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), opened(config, WallClock(speed=20.0)) as house:
        async with service.running(house, "gateway"):
            pass
    assert not (tmp_path / "recordings").exists()
