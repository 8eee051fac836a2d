"""Fills a worker's queue with what is new and with what the dead left, but not with too much."""

import asyncio
import random
from collections.abc import Sequence

from bot.bus.inbox import Inbox
from bot.bus.shard import Entry, Shard
from bot.flow.clock import until
from bot.flow.fair import FairQueue
from bot.flow.leases import Leases
from bot.flow.patience import Patience
from bot.ports import Clock

BATCH = 64
"""Messages that are read at once."""
AHEAD = 2 * BATCH
"""Messages that wait in a worker where all is well."""
DEEP = 1024
"""Messages that wait in it at most: looking deep into the queue is what lets it be fair."""
PEEK = 0.05
"""Seconds between two looks beyond AHEAD."""
HUNGRY = 1.0
"""Seconds for which a worker that has nothing to do asks the others for some of theirs."""


class Supply:
    """What one worker takes out of the queue, all under ``name``."""

    def __init__(
        self,
        inbox: Inbox,
        queue: FairQueue,
        leases: Leases,
        patience: Patience,
        wall: Clock,
        name: str,
    ) -> None:
        """``wall`` is the time in which leases run."""
        self._inbox = inbox
        self._queue = queue
        self._leases = leases
        self._patience = patience
        self._wall = wall
        self._name = name
        self.came = asyncio.Event()
        """Set whenever there is more in the queue."""

    async def run(self, stop: asyncio.Event) -> None:
        """Fill the queue until ``stop`` is set.

        Must not be cancelled: what is read would wait for its lease to end.
        """
        self._take(await self._patience(lambda: self._inbox.own(self._name)))
        await asyncio.gather(
            self._sweep(stop), *(self._fetch(shard, stop) for shard in self._inbox.shards)
        )

    def _take(self, entries: Sequence[Entry]) -> None:
        self._leases.add(entries)
        self._queue.add(entries)
        self.came.set()

    async def _fetch(self, shard: Shard, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if len(self._queue) < AHEAD:
                found = await self._patience(lambda: shard.read(self._name, BATCH))
                if not found and not len(self._queue):
                    await self._patience(lambda: shard.ask(self._name, HUNGRY))
                self._take(found)
            else:  # what is beyond is taken only to look for rooms that nobody has served for long
                await self._wall.sleep(PEEK)
                await self._share(shard)
                if len(self._queue) < DEEP:
                    self._take(await self._patience(lambda: shard.read(self._name, BATCH, 0)))

    async def _share(self, shard: Shard) -> None:
        """Give some of what waits back, if another worker has nothing to do."""
        if await self._patience(lambda: shard.asked(self._name)):
            shared = self._queue.share()
            await self._patience(lambda: self._inbox.give_back(shared))
            self._leases.drop(*shared)

    async def _sweep(self, stop: asyncio.Event) -> None:
        """Take over what others held when they died."""
        while not stop.is_set():
            pause = self._inbox.lease / 4 * random.uniform(0.5, 1.0)  # noqa: S311 - so that not all sweep at once
            await until(stop, pause)
            full = True
            while full and len(self._queue) < DEEP and not stop.is_set():
                found = await self._patience(lambda: self._inbox.claim(self._name, BATCH))
                self._take(found)
                full = len(found) >= BATCH
