"""Workers and servers are killed again and again, and some messages kill: none other is lost.

``STORM=20 pytest tests/flow/test_storm.py`` kills twenty times as many in as many more messages.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.bus.codec import key
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store, connect
from bot.flow.clock import WallClock
from bot.flow.patience import Patience
from bot.model import ChatMessage, Outcome
from tests.fakes import said
from tests.flow.desk import assert_conserved
from tests.flow.test_crash import TEXTS, Watch

TIMES = int(os.environ.get("STORM", "1"))
COUNT = 6_000 * TIMES
WORKERS, WORKER_KILLS, SERVER_KILLS = 3, 24 * TIMES, 3 * TIMES
POISON = 997
ROOMS = 50
LIMIT = 240 * TIMES
CLOCK = WallClock()
PIPE = asyncio.subprocess.PIPE
Process = asyncio.subprocess.Process


def text(number: int) -> str:
    if number % POISON:
        return TEXTS[number % len(TEXTS)]
    return "boom" if number // POISON % 2 else "die"


def message(number: int) -> ChatMessage:
    one = said(text(number), number=number, author=f"v{number}", at=CLOCK.now())
    return replace(one, room=f"test/{number % ROOMS}")


class Crew:
    """Workers that are started anew when they have died, as a supervisor does."""

    def __init__(self, nursery: Process) -> None:
        self._nursery = nursery
        self._pids: list[int] = []

    @property
    def living(self) -> list[int]:
        self._pids = [pid for pid in self._pids if alive(pid)]
        return self._pids

    async def keep(self) -> None:
        """Keep all of them alive."""
        assert self._nursery.stdin
        assert self._nursery.stdout
        while True:
            while len(self.living) < WORKERS:
                self._nursery.stdin.write(b"one more\n")
                self._pids.append(int(await self._nursery.stdout.readline()))
            await CLOCK.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def crew(folder: Path) -> AsyncIterator[Crew]:
    with (folder / "roles.log").open("ab") as errors:
        nursery = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.flow.roles", "nursery", str(folder / "store"), "-", "-",
            stdin=PIPE, stdout=PIPE, stderr=errors, env={**os.environ, "LEASE": "4.0"},
        )  # fmt: skip
    made = Crew(nursery)
    try:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(made.keep())
            yield made
            keeping.cancel()
    finally:
        for pid in made.living:
            os.kill(pid, signal.SIGTERM)
        while made.living:
            await CLOCK.sleep(0.05)
        assert nursery.stdin
        nursery.stdin.close()
        await nursery.wait()


async def server_pid(store: Store) -> int:
    about = await store.client.info("server")
    return int(about["process_id"])


async def storm(made: Crew, store: Store, watch: Watch) -> None:
    """Kill workers and servers, evenly over the run, at random moments of their work."""
    dice = random.Random(20261124)
    kills = [signal.SIGKILL] * WORKER_KILLS
    every = WORKER_KILLS // SERVER_KILLS
    for number, kill in enumerate(kills, 1):
        await watch.until(COUNT * number // (WORKER_KILLS + 4))
        while not (living := made.living):
            await CLOCK.sleep(0.01)
        os.kill(dice.choice(living), kill)
        if number % every == every // 2:
            os.kill(await server_pid(store), kill)


async def test_nothing_but_the_poison_is_lost_in_a_storm(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), await connect("", tmp_path / "store") as store:
        watch, inbox = Watch(store), Inbox(store)
        patience = Patience(store, CLOCK, "storm")
        async with crew(tmp_path) as made:
            killing = asyncio.create_task(storm(made, store, watch))
            accepted = 0
            for number in range(1, COUNT + 1):
                one = message(number)
                accepted += await patience(lambda m=one: inbox.put(m))  # type: ignore[misc]  # mypy cannot see the default
            await killing
            while await patience(inbox.pending):
                await CLOCK.sleep(0.1)
        await store.ensure()
        await watch.until(COUNT)
        await assert_conserved(store)
        poison = {f"m{number}" for number in range(1, COUNT + 1) if not number % POISON}
        dead = await assert_dead(store, int(await store.client.xlen(key("dead"))))
        assert dead == poison
        assert watch.ended == Counter(f"m{number}" for number in range(1, COUNT + 1))
        assert (await inbox.counts())["accepted"] == COUNT
        assert accepted >= COUNT - SERVER_KILLS - WORKER_KILLS  # a put whose answer was lost


async def assert_dead(store: Store, letters: int) -> set[str]:
    events = [event for _, event in await Outcomes(store).after(block=0.0, count=10**6)]
    dead = [e.message.id for e in events if isinstance(e, Outcome) and e.outcome == "dead"]
    assert len(dead) == len(set(dead)) == letters
    return set(dead)
