"""The dead letters: messages that no worker could handle, kept until a person looks at them."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from bot.bus.codec import BODY, decode, key
from bot.bus.server import Store
from bot.errors import BadFrame
from bot.model import ChatMessage

PAGE = 256
"""Letters that one call reads: a flood of them must not stop the server."""
_ID = re.compile(r"(?:(?P<shard>[0-9]{1,9})-)?(?P<entry>[0-9]{1,20}-[0-9]{1,20})")

# Of many who retry or drop a letter at once, one moves it.
# ARGV: entry, room
_RETRY = """
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then return 0 end
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'm', letter[2][2])
redis.call('HINCRBY', KEYS[3], 'dead', -1)
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
return 1
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was set aside ``at`` a time of the server, and why."""

    id: str
    """Its entry in the stream of its shard; with the shard before it where there are several."""
    shard: int
    at: float
    reason: str
    message: ChatMessage | None
    """None: its bytes are no message that this version knows."""


class DeadLetters:
    """What was set aside in all shards.

    A letter counts as an outcome, ``dead``, for as long as it is not retried.
    """

    def __init__(self, store: Store) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._retry = store.script(_RETRY)
        self._shards = store.shards

    async def list(self, limit: int) -> list[DeadLetter]:
        """Return the newest ``limit`` letters, newest first."""
        found: list[DeadLetter] = []
        for shard in range(self._shards):
            rows = await self._redis.xrevrange(_stream(shard), count=limit)
            found += [self._letter(shard, *row) for row in rows]
        return sorted(found, key=attrgetter("at", "id"), reverse=True)[:limit]

    async def count(self) -> int:
        """Return how many letters there are."""
        return sum([int(await self._redis.xlen(_stream(n))) for n in range(self._shards)])

    async def each(self) -> AsyncIterator[DeadLetter]:
        """Yield every letter that is there now, oldest first in its shard; what comes later is not.

        So a message that dies again while all are retried is not retried for ever.
        """
        for shard in range(self._shards):
            last = await self._redis.xrevrange(_stream(shard), count=1)
            after = "-"
            while rows := last and await self._redis.xrange(
                _stream(shard), after, last[0][0], count=PAGE
            ):
                for row in rows:
                    yield self._letter(shard, *row)
                after = f"({rows[-1][0].decode()}"

    async def get(self, letter: str) -> DeadLetter | None:
        """Return the letter of an id, None where there is none."""
        if (place := self._place(letter)) is None:
            return None
        shard, entry = place
        rows = await self._redis.xrange(_stream(shard), entry, entry)
        return self._letter(shard, *rows[0]) if rows else None

    async def retry(self, letter: str) -> bool:
        """Put a message back into the queue, as if it had just come and nobody had taken it.

        False, and nothing is changed, if it is not there any more or cannot be read.
        """
        found, place = await self.get(letter), self._place(letter)
        if found is None or found.message is None or place is None:
            return False
        shard, entry = place
        keys = [key(name, shard=shard) for name in ("dead", "in:lo", "counts", "load")]
        return bool(await self._retry(keys, [entry, found.message.room]))

    async def drop(self, letter: str) -> bool:
        """Forget a letter for good; it stays counted as dead. False if it is not there any more."""
        if (place := self._place(letter)) is None:
            return False
        shard, entry = place
        return bool(await self._redis.xdel(_stream(shard), entry))

    async def trim(self, before: float) -> None:
        """Forget the letters from before ``before`` (seconds since the epoch)."""
        for shard in range(self._shards):
            oldest = f"{round(before * 1000)}-0"
            await self._redis.xtrim(_stream(shard), minid=oldest, approximate=False)

    def _place(self, letter: str) -> tuple[int, str] | None:
        """Return the shard and the entry that an id names."""
        parts = _ID.fullmatch(letter)
        if parts is None or any(int(part) >= 2**64 for part in parts["entry"].split("-")):
            return None
        if parts["shard"] is None:
            return (0, parts["entry"]) if self._shards == 1 else None
        shard = int(parts["shard"])
        return (shard, parts["entry"]) if shard < self._shards else None

    def _letter(self, shard: int, entry: bytes, packed: dict[bytes, bytes]) -> DeadLetter:
        name = entry.decode()
        try:
            message = decode(packed.get(BODY, b""), ChatMessage)
        except BadFrame:
            message = None
        return DeadLetter(
            name if self._shards == 1 else f"{shard}-{name}",
            shard,
            int(name.partition("-")[0]) / 1000,
            packed.get(b"reason", b"").decode(errors="replace"),
            message,
        )


def _stream(shard: int) -> str:
    return key("dead", shard=shard)
