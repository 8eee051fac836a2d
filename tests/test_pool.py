"""A pool keeps its workers alive, and ends them all when it ends, however it ends."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_base, wait_none

from bot import pool
from bot.bus.inbox import Inbox
from bot.bus.server import connect
from bot.config import DEMO
from bot.errors import BadConfig, CannotStart
from bot.flow.clock import WallClock
from bot.pool import LASTING, Life, Pool
from bot.service import SLOT
from tests.test_kill import CONFIG, SPEED

BEGIN = f"""
import os, signal, sys, time
told = os.open(sys.argv[1], os.O_WRONLY)
def say(what):
    os.write(told, f"{{what}} {{os.environ[{SLOT!r}]}} {{os.getpid()}}\\n".encode())
def end(*_):
    say("drained")
    sys.exit(0)
def deaf(*_):
    say("deaf")
"""
DRAINING = "signal.signal(signal.SIGTERM, end)\n"
DEAF = "signal.signal(signal.SIGTERM, deaf)\n"
BEGUN = "say('begun')\n"
GATE = "while not os.path.exists(sys.argv[1] + '.open'): time.sleep(0.01)\n"
READY = "print('ready', flush=True)\n"
WAIT = "while True: time.sleep(0.01)\n"
ATTACHED = "from bot.pool import attach\nattach()()\n"
NAMES = ("host-1", "host-2", "host-3")
PARENT = """
import asyncio, sys
from bot.config import load
from bot.pool import Pool, run
pool = Pool([sys.executable, "-c", *sys.argv[1:]], ["host-1", "host-2"])
asyncio.run(run(load(None), "worker", print, pool))
"""


class Heard:
    """What the children say, in order, through a named pipe that each holds while it lives."""

    def __init__(self, path: Path, lines: asyncio.StreamReader, own: int) -> None:
        self.path = path
        self._lines = lines
        self._own = [own]

    async def lines(self, what: str, count: int) -> list[tuple[str, int]]:
        """Wait for so many lines of a kind; return names and process ids."""
        found: list[tuple[str, int]] = []
        async with asyncio.timeout(60):
            while len(found) < count:
                said, name, pid = (await self._lines.readline()).decode().split()
                found += [(name, int(pid))] if said == what else []
        return found

    async def rest(self) -> list[str]:
        """Wait until all children have ended; return what else they said, in alphabetical order."""
        self.close()
        async with asyncio.timeout(60):
            return sorted((await self._lines.read()).decode().splitlines())

    def close(self) -> None:
        while self._own:
            os.close(self._own.pop())


@pytest.fixture
async def heard(tmp_path: Path) -> AsyncIterator[Heard]:
    os.mkfifo(path := tmp_path / "said")
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    own = os.open(path, os.O_WRONLY)  # so that it is not at its end before anybody has begun
    lines = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(reading, "rb", 0)
    )
    each = Heard(path, lines, own)
    yield each
    each.close()
    transport.close()


class Counted(wait_base):
    """A pause of always the same length, and a note of each time that it is asked for."""

    def __init__(self, pause: float = 0.0) -> None:
        self.asked: list[int] = []
        self.pausing = asyncio.Event()
        self._pause = pause

    def __call__(self, retry_state: RetryCallState) -> float:
        self.asked.append(retry_state.attempt_number)
        self.pausing.set()
        return self._pause


def of(
    path: Path, *parts: str, names: Sequence[str] = NAMES, drain: float = 30.0,
    backoff: wait_base | None = None,
) -> Pool:  # fmt: skip
    command = [sys.executable, "-I", "-S", "-c", BEGIN + "".join(parts), str(path)]
    return Pool(command, names, drain, backoff or wait_none())


@asynccontextmanager
async def running(pool: Pool) -> AsyncIterator[asyncio.Event]:
    stop, warm = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(pool.run(stop, warm))
    yield warm
    stop.set()
    async with asyncio.timeout(60):
        await task


def drained(children: Sequence[tuple[str, int]]) -> list[str]:
    return sorted(f"drained {name} {pid}" for name, pid in children)


async def test_all_are_started_under_their_names_and_all_may_drain(heard: Heard) -> None:
    async with running(of(heard.path, DRAINING, BEGUN, READY, WAIT)):
        children = await heard.lines("begun", 3)
    assert await heard.rest() == drained(children)
    assert sorted(name for name, _ in children) == sorted(NAMES)


async def test_a_killed_child_comes_back_under_its_own_name(heard: Heard) -> None:
    async with running(of(heard.path, DRAINING, BEGUN, READY, WAIT)):
        first, (name, pid), third = await heard.lines("begun", 3)
        os.kill(pid, signal.SIGKILL)
        [again] = await heard.lines("begun", 1)
    assert again[0] == name
    assert await heard.rest() == drained([first, again, third])


async def test_a_child_that_ends_by_itself_comes_back(heard: Heard) -> None:
    async with running(of(heard.path, BEGUN, READY, names=NAMES[:1])):
        assert len(await heard.lines("begun", 3)) == 3


async def test_the_more_often_one_dies_the_longer_the_pause(heard: Heard) -> None:
    counted = Counted()
    async with running(of(heard.path, BEGUN, "sys.exit(1)", names=NAMES[:1], backoff=counted)):
        await heard.lines("begun", 4)
    assert counted.asked[:3] == [1, 2, 3]


@pytest.mark.parametrize(("seconds", "attempt"), [(LASTING - 1, 7), (LASTING, 1)])
def test_who_lived_long_begins_anew_at_once(tmp_path: Path, seconds: float, attempt: int) -> None:
    counted = Counted()
    state = RetryCallState(Retrying(), None, (), {})
    state.set_result(Life(-9, seconds))
    state.attempt_number = 7
    of(tmp_path, backoff=counted)._pause(state)
    assert counted.asked == [attempt]


async def test_a_stop_ends_a_pause(heard: Heard) -> None:
    long = Counted(3600.0)
    async with running(of(heard.path, BEGUN, "sys.exit(1)", names=NAMES[:1], backoff=long)):
        await heard.lines("begun", 1)
        await long.pausing.wait()
    assert await heard.rest() == []


async def test_who_does_not_end_in_time_is_killed(heard: Heard) -> None:
    async with running(of(heard.path, DEAF, BEGUN, READY, WAIT, drain=0.3)):
        children = await heard.lines("begun", 3)
    assert await heard.rest() == sorted(f"deaf {name} {pid}" for name, pid in children)


async def test_what_the_user_must_mend_ends_the_pool_and_is_said_once(heard: Heard) -> None:
    with pytest.raises(CannotStart) as fault:
        await of(heard.path, BEGUN, "sys.exit(2)").run(asyncio.Event(), asyncio.Event())
    assert len(await heard.rest()) == 1
    assert fault.value.faults == ()  # the child has said it


async def test_once_one_was_ready_all_are_started_again_whatever_their_code(heard: Heard) -> None:
    once = f"if not os.path.exists(sys.argv[1] + '.open'): {READY}"
    mark = "open(sys.argv[1] + '.open', 'w').close()\n"
    async with running(of(heard.path, BEGUN, once, mark, "sys.exit(2)", names=NAMES[:1])):
        assert len(await heard.lines("begun", 3)) == 3


async def test_the_others_wait_until_the_first_is_ready(heard: Heard) -> None:
    async with running(of(heard.path, DRAINING, BEGUN, GATE, READY, WAIT)) as warm:
        [first] = await heard.lines("begun", 1)
        assert first[0] == NAMES[0]
        assert not warm.is_set()
        heard.path.with_suffix(".open").touch()
        await warm.wait()
        assert sorted(name for name, _ in await heard.lines("begun", 2)) == sorted(NAMES[1:])


async def test_children_end_when_their_pool_is_killed(heard: Heard) -> None:
    child = BEGIN + ATTACHED + DRAINING + BEGUN + WAIT
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, child, heard.path)
    children = await heard.lines("begun", 2)
    parent.kill()
    await parent.wait()
    assert await heard.rest() == drained(children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_role_of_workers_alone_ends_with_them_when_told(
    heard: Heard, number: signal.Signals
) -> None:
    child = BEGIN + DRAINING + BEGUN + READY + WAIT
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, child, heard.path)
    children = await heard.lines("begun", 2)
    parent.send_signal(number)
    assert await heard.rest() == drained(children)
    assert await parent.wait() == 0


@pytest.mark.parametrize(("given", "each"), [(0, max(1, pool.cores() // 2)), (3, 3)])
def test_workers_share_the_cores_unless_told_otherwise(given: int, each: int) -> None:
    made = pool.of("all", Path("c.toml"), ["bot.name=x"], given, 2)
    words = list(made._command)
    assert words[-4:] == ["--set", "bot.name=x", "--set", f"models.threads={each}"]
    assert words[words.index("--config") + 1] == "c.toml"
    assert len(set(made._names)) == 2


def test_a_role_without_workers_has_no_pool() -> None:
    with pytest.raises(BadConfig, match="--role all or worker"):
        pool.of("web", None, [], 0, 2)


async def events(log: Path, name: str, count: int) -> list[dict[str, Any]]:
    """Wait for so many lines of an event in a log of JSON lines."""
    clock = WallClock()
    async with asyncio.timeout(240):
        while True:
            lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
            found = [row for row in map(json.loads, lines) if row["event"] == name]
            if len(found) >= count:
                return found[:count]
            await clock.sleep(0.05)


@pytest.mark.models
async def test_two_workers_play_a_room_though_one_is_killed(tmp_path: Path) -> None:
    room, log = DEMO.with_name("room.jsonl"), tmp_path / "log"
    text = CONFIG.format(file=room, speed=SPEED)
    (tmp_path / "config.toml").write_text(text + '[log]\nformat = "json"\n', "utf-8")
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot.cli", "run", "--workers", "2", "--set", "reply.max_age=600.0",
            cwd=tmp_path, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)}, stderr=errors,
        )  # fmt: skip
    try:
        [first] = await events(log, "worker_started", 1)
        await events(log, "worker_ready", 1)
        os.kill(first["pid"], signal.SIGKILL)
        started = await events(log, "worker_started", 3)
        async with asyncio.timeout(240):
            assert await process.wait() == 0  # the recording is over and all is answered
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    names = Counter(row["worker"] for row in started)
    assert names.pop(first["worker"]) == 2
    assert list(names.values()) == [1]
    sent = [json.loads(line) for line in (tmp_path / "posted.jsonl").read_text().splitlines()]
    assert set(Counter(reply["id"] for reply in sent).values()) == {1}
    async with await connect("", tmp_path / "store") as store:
        counts, pending = await Inbox(store).counts(), await Inbox(store).pending()
    assert counts["accepted"] == len(room.read_text("utf-8").splitlines())
    assert pending == 0
