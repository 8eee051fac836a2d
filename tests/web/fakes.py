"""Stand-ins for what the web side is given."""

import asyncio
from collections.abc import Mapping

from bot.model import Beat, Delivered, Outcome, QueueStats
from bot.web.health import Health
from bot.web.metrics import Metrics

WORKING = QueueStats(crew=(("w", Beat("all", warm=True)),))


def health(
    stats: QueueStats | Exception = WORKING,
    rooms: Mapping[str, bool] | None = None,
    metrics: Metrics | None = None,
) -> Health:
    """Return the health of a danmate whose queue says ``stats``, or fails with it."""

    async def look() -> QueueStats:
        if isinstance(stats, Exception):
            raise stats
        return stats

    return Health(look, lambda: rooms or {}, metrics or Metrics(["room"]))


class Stream:
    """A bus's stream of outcomes in memory; the cursor of the first is ``1-0``."""

    def __init__(self, *items: Outcome | Delivered) -> None:
        self._items = list(items)
        self._read = 0
        self._changed = asyncio.Condition()

    async def put(self, *items: Outcome | Delivered) -> None:
        async with self._changed:
            self._items += items
            self._changed.notify_all()

    async def read_up_to_here(self) -> None:
        """Return when the reader has come back for more than there is."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._read == len(self._items))

    async def after(
        self, cursor: str, block: float, count: int
    ) -> list[tuple[str, Outcome | Delivered]]:
        start = int(cursor.partition("-")[0])
        async with self._changed:
            self._read = start
            self._changed.notify_all()
            try:
                async with asyncio.timeout(block):
                    await self._changed.wait_for(lambda: len(self._items) > start)
            except TimeoutError:
                return []
            rows = [(f"{number}-0", item) for number, item in enumerate(self._items, 1)]
            return rows[start : start + count]
