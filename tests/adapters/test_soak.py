"""A room for a while, with a fault every few seconds: what was heard is not lost, nor said twice.

``SOAK=1800 pytest tests/adapters/test_soak.py -s`` takes half an hour for each platform, at 50
messages a second with a fault every 20 s, and prints what came out.
"""

import asyncio
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from bot.bus.server import Store
from bot.model import Kind
from tests.adapters.flow import CLOCK, Flow
from tests.adapters.test_stages import STAGES
from tests.flow.desk import assert_conserved
from tests.platforms.apart import Apart, apart, resident
from tests.platforms.stage import Stage, Verdict

SECONDS = float(os.environ.get("SOAK", "3"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
"""Of the order of the faults."""
RATE = float(os.environ.get("SOAK_RATE", "50"))
"""Lines a second: what a busy machine cannot take in waits in the socket, and a cut throws it away."""
BEHIND = 0.2
"""Seconds of chat that are made up for where the machine was busy, or nobody could speak."""
LONG = SECONDS > 60
EVERY = 20.0 if LONG else 1.5
ASKS = 10 if LONG else 40
"""One line in so many is a question: a short soak does not wait for the limits."""
ASKED = ("4号多少钱", "几点下播", "1号有货吗", "how much is link 2", "3号什么材质")
HERE = {"bridge", "room"}
"""Whose adapter is what others connect to: they are in its process. All others have their own."""
UNFINISHED = re.compile(r"\((\d)/(?!\1)\d\)$")
"""A line that goes on in the next one."""


class Soaked(Flow):
    """A flow, and what happens to it."""

    def __init__(self, stage: Stage, store: Store) -> None:
        super().__init__(stage, store)
        self.said, self.faults = 0, list[str]()

    async def chat(self, until: float) -> None:
        """Say RATE lines a second, one in ASKS a question, together those that are due at once."""
        loop = asyncio.get_running_loop()
        now, owed = loop.time(), 1.0
        while now < until:
            lines = range(self.said, self.said + int(owed))
            await asyncio.gather(*map(self._say, lines))
            self.said = lines.stop
            await CLOCK.sleep(1 / RATE)
            before, now = now, loop.time()
            owed = min(owed - len(lines) + (now - before) * RATE, RATE * BEHIND)

    async def _say(self, number: int) -> None:
        text = ASKED[number // ASKS % len(ASKED)] if number % ASKS == 0 else f"666 {number}"
        await self.stage.say(f"viewer{number % 500}", text)

    async def break_things(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        for fault in self._faults():
            await CLOCK.sleep(EVERY)
            if loop.time() >= until:
                return
            self.faults.append(fault)
            if fault == "cut":
                await self.stage.cut()
            else:
                self.stage.decide(fault)

    def _faults(self) -> Iterator[Any]:
        # without a log-in the account is given up, as it must be: that would be the end
        verdicts = sorted(self.stage.verdicts - {"sent", "logged_out"})
        faults = cast(list[Verdict | str], ["cut", *verdicts])
        order = random.Random(SEED)
        while True:  # each once, then each again in another order
            order.shuffle(faults)
            yield from tuple(faults)


def setting(name: str, folder: Path) -> AbstractAsyncContextManager[Stage]:
    """Return the stage: in a process of its own where that can be, so that its memory is not ours."""
    return STAGES[name](folder) if name in HERE else apart(name, folder)


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_nothing_heard_is_lost_and_no_limit_is_broken(
    name: str, store: Store, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    async with setting(name, tmp_path) as stage:
        soak = Soaked(stage, store)
        memory, theirs = [], list[float]()
        async with soak.running():
            ends = loop.time() + SECONDS
            chat = asyncio.create_task(soak.chat(ends))
            faults = asyncio.create_task(soak.break_things(ends))
            for _ in range(8):
                await CLOCK.sleep(SECONDS / 8)
                memory.append(round(resident(), 1))
                if isinstance(stage, Apart):
                    await stage.look()
                    theirs.append(round(stage.memory, 1))
            await asyncio.gather(chat, faults)
            stage.decide("sent")  # a verdict that no reply has met yet is none any more
            await soak.settled()
            if isinstance(stage, Apart):
                await stage.look()
        counts = await soak.inbox.counts()
        stream = await outcomes(store)
        figures = {
            "platform": name,
            "said": soak.said,
            "heard": counts.get("accepted", 0),
            "outcomes": {kind: counts[kind] for kind in get_args(Kind) if kind in counts},
            "deliveries": dict(stream),
            "posted": len(stage.posted),
            "violations": stage.violations,
            "seed": SEED,
            "faults": Counter(soak.faults),
            "order": " ".join(soak.faults),
            "memory_mb": memory,
            "platform_mb": theirs,
        }
        print(json.dumps(figures))  # noqa: T201 - the result of a long soak
        await assert_conserved(store)
        seen = sum(not UNFINISHED.search(text) for text in stage.posted)
        assert stream["sent"] <= seen <= stream["sent"] + stream["unknown"]
        assert stage.violations == 0
        assert counts["answered"]


async def outcomes(store: Store) -> Counter[str]:
    """Return how many replies had each delivery."""
    from bot.bus.outcomes import Outcomes
    from bot.model import Delivered

    events = [event for _, event in await Outcomes(store).after(block=0.0, count=10**6)]
    return Counter(event.delivery for event in events if isinstance(event, Delivered))
