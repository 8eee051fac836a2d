"""What became of messages and replies, in order, for any number of readers."""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from bot.bus.codec import BODY, Event, decode_event, key
from bot.bus.server import Store
from bot.errors import BadFrame

log = structlog.get_logger()

LONGEST_BLOCK = 0.5
"""Seconds that a read may wait, because it must not be cancelled."""
MOST = 200_000
"""Events that a shard keeps at most, about 100 MB: a raid must not fill the server's memory."""


def streams(store: Store) -> "list[Outcomes]":
    """Return the events of each shard of a store."""
    return [Outcomes(store, shard) for shard in range(store.shards)]


class Outcomes:
    """The events of one shard."""

    def __init__(self, store: Store, shard: int = 0) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._stream = key("outcomes", shard=shard)

    async def last(self) -> str:
        """Return the cursor behind which only what happens from now on stands."""
        newest = await self._redis.xrevrange(self._stream, count=1)
        return newest[0][0].decode() if newest else "0-0"

    async def after(
        self, cursor: str = "0-0", block: float = LONGEST_BLOCK, count: int = 256
    ) -> list[tuple[str, Event]]:
        """Return up to ``count`` events behind ``cursor`` with their own cursors.

        Waits up to ``block`` seconds (at most ``LONGEST_BLOCK``) for the first.
        """
        wait = round(min(block, LONGEST_BLOCK) * 1000) or None
        found = await self._redis.xread({self._stream: cursor}, count=count, block=wait)
        return _readable(found.get(self._stream.encode(), []))

    async def latest(self, count: int) -> list[Event]:
        """Return the last ``count`` events, the newest last."""
        return [event for _, event in await self.before("+", count)]

    async def before(self, cursor: str, count: int) -> list[tuple[str, Event]]:
        """Return the last ``count`` events up to ``cursor`` with their own, the newest last.

        ``+`` is behind the last, ``(`` before a cursor leaves that one out.
        """
        rows = await self._redis.xrevrange(self._stream, max=cursor, count=count)
        return _readable(rows)[::-1]

    async def trim(self, before: float) -> None:
        """Forget events from before ``before``: readers should be past them."""
        oldest = f"{round(before * 1000)}-0"
        await self._redis.xtrim(self._stream, minid=oldest, approximate=False)


def _readable(rows: Iterable[tuple[bytes, Mapping[bytes, bytes]]]) -> list[tuple[str, Event]]:
    events = []
    for at, packed in rows:
        try:
            events.append((at.decode(), decode_event(packed.get(BODY, b""))))
        except BadFrame as error:  # of a newer version, perhaps: it must not end who reads on
            log.warning("event_unreadable", at=at.decode(), error=str(error))
    return events
