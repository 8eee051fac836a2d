"""A worker whose reader takes a fixed time for each message; run with ``python -m``."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import config as configuration
from bot import pool, telemetry
from bot.bus.rooms import RedisRooms
from bot.flow.clock import WallClock
from bot.flow.fair import FairQueue
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.house import opened
from bot.model import Reading

TAKES = 0.01
"""Seconds that a message takes: one after another, as on a busy processor."""


class SlowReader:
    """Finds praise in everything, which needs no answer."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._busy = asyncio.Lock()

    async def read(self, text: str) -> Reading:
        """Take the time, once those before are done."""
        del text
        async with self._busy:
            await self._clock.sleep(TAKES)
        return Reading("praise", 1.0, {"praise": 1.0}, "positive", "zh")

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Read one after another."""
        return [await self.read(text) for text in texts]


async def work(config: Path) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with opened(configuration.load(config)) as house:
        queue = FairQueue(house.config.reply.max_age / 2)
        use = Services(
            clock=house.clock,
            rooms=RedisRooms(house.store),
            shops=RoomShops(house.catalogues, None, None),
            reader=SlowReader(house.clock),
            writer=None,
            rules=house.config.rules(),
            abilities=house.abilities,
        )
        pool.attach()()
        name = f"slow-{os.getpid()}"
        await Worker(house.store, house.inbox, use, name, queue=queue).run(stop)


if __name__ == "__main__":
    telemetry.configure("warning")
    asyncio.run(work(Path(sys.argv[1])))
