"""A recorder that is killed, or whose disk is full, loses and doubles nothing."""

import asyncio
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.bus.recorded import Recorder as Told
from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.model import Outcome
from bot.replay.recording.packing import files
from bot.replay.recording.recorder import Recorder
from tests.fakes import said
from tests.flow.desk import Desk
from tests.replay.recording import victim
from tests.replay.recording.stage import heard, ids, stage

LIMIT = 120.0
KILLS = 3
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits a running process with prlimit")


class Telling:
    """Tells outcomes, each of a message of its own, as fast as the queue takes them."""

    def __init__(self, store: Store) -> None:
        self._tell = Told(store)
        self.count = 0

    async def __call__(self, count: int) -> None:
        for _ in range(count):
            message = replace(said("你好" * 20, number=self.count), sent_at=WallClock().now())
            await self._tell(Outcome(message, "ignored", "not_a_question"))
            self.count += 1

    @property
    def ids(self) -> list[str]:
        return [f"m{number}" for number in range(self.count)]


@asynccontextmanager
async def recording(url: str, place: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", victim.__name__, url, str(place), stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def begun(store: Store, place: Path) -> None:
    """Return when there is a recording."""
    while not place.is_dir() or not files(place):
        await store.client.ping()


async def written(store: Store, place: Path, count: int) -> None:
    """Return when so many messages are in the recordings."""
    while not place.is_dir() or len(ids(place)) < count:
        await store.client.ping()


async def test_a_killed_recorder_loses_nothing_and_doubles_nothing(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    tell, place = Telling(store), tmp_path / "recordings"
    async with asyncio.timeout(LIMIT):
        for kill in range(KILLS):
            async with recording(store_url, place) as process:
                await begun(store, place)
                await tell(40)
                await written(store, place, 1 + 30 * kill)
                process.send_signal(signal.SIGKILL)
        async with recording(store_url, place) as process:
            await tell(20)
            await written(store, place, tell.count - 10)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    assert sorted(ids(place)) == sorted(tell.ids)
    assert [path.suffix for path in files(place)] == [".gz"] * len(files(place))
    assert [heard(path)[2] for path in files(place)] == [0] * len(files(place))


@linux
async def test_what_a_full_disk_cannot_take_is_written_once_it_can(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    tell, place = Telling(store), tmp_path / "recordings"
    endless = resource.RLIM_INFINITY
    async with asyncio.timeout(LIMIT), recording(store_url, place) as process:
        assert process.stderr is not None
        await begun(store, place)
        await tell(10)
        await written(store, place, 10)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (64, endless))
        await tell(10)
        seen = b""
        while b"recording_failed" not in seen:
            seen += await process.stderr.readline()
        await tell(10)
        assert [heard(path)[2] for path in files(place)] == [0] * len(files(place))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (endless, endless))
        while b"recording_resumed" not in seen:
            seen += await process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, rest = await process.communicate()
        assert process.returncode == 0
    assert ids(place) == tell.ids
    assert (seen + rest).count(b"recording_failed") == 1


async def test_a_folder_that_cannot_be_made_is_told_once_and_the_recording_waits_for_it(
    store: Store, tmp_path: Path
) -> None:
    desk, tell, stop = Desk(store), Telling(store), asyncio.Event()
    (tmp_path / "not").write_text("a folder")
    use = replace(stage(desk, tmp_path / "not" / "yet", named=True), clock=WallClock())
    with capture_logs() as logs:
        async with asyncio.timeout(LIMIT):
            running = asyncio.create_task(Recorder(use, on=True).run(stop))
            while not any(each["event"] == "recording_failed" for each in logs):
                await store.client.ping()
            await tell(5)
            (tmp_path / "not").unlink()
            while not (tmp_path / "not").is_dir():
                await store.client.ping()
            stop.set()
            await running
    assert ids(tmp_path / "not" / "yet") == tell.ids
    assert [each["event"] for each in logs if each["event"].startswith("recording")] == [
        "recording_failed", "recording_started", "recording_resumed", "recording_stopped",
    ]  # fmt: skip
