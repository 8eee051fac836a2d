"""A queue whose disk is full accepts nothing that it cannot keep, says so, and goes on later."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.bus.embedded import Embedded
from bot.bus.inbox import Inbox
from bot.bus.server import LOST, Store, connect
from bot.errors import CannotStart
from bot.flow.patience import Patience
from tests.bus.test_inbox import message_of
from tests.bus.test_server import server_pid
from tests.faults.test_partition import living
from tests.faults.waiting import CLOCK, LIMIT, until
from tests.flow.test_crash import Watch, assert_nothing_is_lost_or_doubled

FULL = 1.0
"""Seconds for which the disk stays full."""
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits a running server with prlimit")


def log_of(folder: Path) -> Path:
    """Return the file into which the server of ``folder`` writes what it accepts."""
    [log] = (Embedded(folder).folder / "appendonlydir").glob("*.incr.aof")
    return log


@asynccontextmanager
async def full(store: Store, folder: Path, left: int = 0) -> AsyncIterator[None]:
    """Give the server no room for more than ``left`` bytes while the block runs."""
    pid, endless = await server_pid(store), resource.RLIM_INFINITY
    most = log_of(folder).stat().st_size + left
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, endless))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (endless, endless))


async def put_what_goes(inbox: Inbox, numbers: range) -> tuple[set[int], list[str]]:
    """Put messages, each once; return those that were accepted, and what was said of the rest."""
    accepted, said = set(), []
    for number in numbers:
        try:
            if await inbox.put(message_of(number)):
                accepted.add(number)
        except LOST as error:
            said.append(str(error))
    return accepted, said


async def check_all_goes_in_once_there_is_space(
    store: Store, inbox: Inbox, accepted: set[int]
) -> None:
    """Put everything again: what was accepted is known, the rest is accepted, and all is kept."""
    patience = Patience(store, CLOCK, "test")
    for number in range(100):
        new = await patience(lambda n=number: inbox.put(message_of(n)))  # type: ignore[misc]  # mypy cannot see the default
        assert new == (number not in accepted)
    os.kill(await server_pid(store), signal.SIGKILL)
    await patience(store.client.ping)
    assert await inbox.counts() == {"accepted": 100}
    entries = await inbox.read("w", 1000)
    assert sorted(int(each.message.id) for each in entries) == list(range(100))


@linux
async def test_what_a_full_disk_cannot_keep_is_not_accepted(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), await connect("", tmp_path) as store:
        inbox = Inbox(store)
        accepted, _ = await put_what_goes(inbox, range(50))
        async with full(store, tmp_path, left=1000):
            more, said = await put_what_goes(inbox, range(50, 100))
            assert await inbox.counts() == {"accepted": 50 + len(more)}
        assert len(accepted) == 50
        assert len(more) + len(said) == 50
        assert len(said) > 40
        assert all("AOF" in line and "\n" not in line for line in said)
        await check_all_goes_in_once_there_is_space(store, inbox, accepted | more)


@linux
async def test_who_waits_for_the_queue_says_why_and_goes_on_when_there_is_space(
    tmp_path: Path,
) -> None:
    async with asyncio.timeout(LIMIT), await connect("", tmp_path) as store:
        inbox, patience = Inbox(store), Patience(store, CLOCK, "test")
        async with full(store, tmp_path):
            await put_what_goes(inbox, range(2))
            with capture_logs() as lines:
                waits = asyncio.create_task(patience(lambda: inbox.put(message_of(2))))
                await until(lambda: bool(lines) or waits.done())
                assert not waits.done()
        assert await waits
        assert lines[0]["event"] == "queue_lost"
        assert "Errors writing to the AOF file" in lines[0]["error"]


@linux
async def test_a_room_goes_on_after_the_disk_was_full(room: Path) -> None:
    store_folder = room / "store"
    async with asyncio.timeout(LIMIT), await connect("", store_folder) as store:
        watch = Watch(store)
        async with living(store, room) as ended:
            await watch.until(60)
            async with full(store, store_folder, left=100):
                await CLOCK.sleep(FULL)
                assert not ended.done()
            await ended
        await assert_nothing_is_lost_or_doubled(watch, room)


@contextmanager
def tiny_disk(at: Path) -> Iterator[Path]:
    """Mount a disk of 256 kB at ``at``."""
    at.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(at)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if mounted.returncode:
        pytest.skip(f"only root may mount: {mounted.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 512):
                pass
        except OSError:
            return ballast
    raise AssertionError("a disk without an end")


async def test_a_disk_that_is_really_full_is_survived(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk") as disk:
        async with asyncio.timeout(LIMIT), await connect("", disk) as store:
            inbox = Inbox(store)
            accepted, _ = await put_what_goes(inbox, range(50))
            ballast = fill(disk)
            more, said = await put_what_goes(inbox, range(50, 100))
            assert said
            ballast.unlink()
            await check_all_goes_in_once_there_is_space(store, inbox, accepted | more)


async def test_nobody_joins_a_queue_that_cannot_write_and_all_are_told_why(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk") as disk:
        async with await connect("", disk) as store:
            fill(disk)
            await put_what_goes(Inbox(store), range(50))
            with pytest.raises(CannotStart, match="No space left on device") as caught:
                await connect("", disk)
            assert len(caught.value.faults) == 1


async def test_a_queue_that_starts_on_a_full_disk_says_why_it_cannot(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk") as disk:
        fill(disk)
        with pytest.raises(CannotStart, match=r"disk.*valkey") as caught:
            await connect("", disk)
        assert len(caught.value.faults) == 1
