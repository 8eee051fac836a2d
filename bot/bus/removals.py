"""What moderators took out of rooms: told to the pages, and taken out of what danmate keeps."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.bus.codec import BODY, Event, decode, encode, key
from bot.bus.server import Store
from bot.errors import BadFrame
from bot.model import Delivered, Removed

log = structlog.get_logger()

PAGE = 1000
"""Entries that one call reads or deletes."""
MOST = 10_000
"""Removals that a shard keeps at most: a raid of bans must not fill the server's memory."""
LATE = 180.0
"""Seconds after its removal that a message may still get its outcome: several leases."""
PASS = 50_000
"""Milliseconds for which one process alone looks through a shard."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who said what: as much of a message as tells whether it was removed."""

    id: str = ""
    room: str = ""
    author: str = ""
    author_id: str = ""
    sent_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Sketch:
    """As much of an event as tells whose it is: quicker to read than all of it."""

    message: Told | None = None
    answers: tuple[str, ...] = ()
    """Of a delivery: ids of the messages that it answers."""
    text: str = ""
    """Of a delivery: the line, with who is mentioned in it."""
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, and when by our clock."""

    removed: Removed
    at: float

    def covers(self, message: Told) -> bool:
        """Say whether it took this message away: what is said later stays."""
        removed = self.removed
        if removed.room != message.room:
            return False
        if removed.id is not None:
            return removed.id == message.id
        of = removed.author_id
        return of in (None, message.author_id) and message.sent_at <= self.at


class Removals:
    """The removals of one shard's rooms, in order, for any number of readers."""

    def __init__(self, store: Store, shard: int = 0) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._shard = shard
        self._stream = key("removed", shard=shard)
        self._scrubbed = key("scrubbed", shard=shard)
        self._passing = key("scrubbing", shard=shard)

    async def put(self, removal: Removal) -> None:
        """Note a removal."""
        entry = {BODY: encode(removal.removed), b"at": repr(removal.at)}
        await self._redis.xadd(self._stream, entry, maxlen=MOST, approximate=True)

    async def last(self) -> str:
        """Return the cursor behind which only what is removed from now on stands."""
        newest = await self._redis.xrevrange(self._stream, count=1)
        return newest[0][0].decode() if newest else "0-0"

    async def after(self, cursor: str = "0-0") -> list[tuple[str, Removal]]:
        """Return the removals behind ``cursor`` with their own cursors; never waits."""
        rows = await self._redis.xrange(self._stream, f"({cursor}", count=PAGE)
        found = []
        for at, packed in rows:
            try:
                removed = decode(packed.get(BODY, b""), Removed)
                found.append((at.decode(), Removal(removed, float(packed[b"at"]))))
            except (BadFrame, KeyError, ValueError) as error:
                log.warning("event_unreadable", at=at.decode(), error=type(error).__name__)
        return found

    async def trim(self, before: float) -> None:
        """Forget the removals from before ``before`` (seconds since the epoch)."""
        oldest = f"{round(before * 1000)}-0"
        await self._redis.xtrim(self._stream, minid=oldest, approximate=False)

    async def scrub(self, now: float) -> int:
        """Delete what was removed out of the shard's outcomes and dead letters; return how many.

        Looks at the removals since the last time, and again at the latest before that, because
        work on a message may have been under way. Their counts stay. One process at a time does;
        for the others there is nothing to do.
        """
        if not await self._redis.set(self._passing, "", nx=True, px=PASS):
            return 0
        try:
            since = float(await self._redis.get(self._scrubbed) or 0) - LATE
            fresh = [each async for each in self._since(since)]
            gone = await self._scrubbed_of(fresh) if fresh else 0
            await self._redis.set(self._scrubbed, repr(now))
        finally:
            await self._redis.delete(self._passing)
        return gone

    async def _since(self, since: float) -> AsyncIterator[Removal]:
        cursor = f"{max(0, round(since * 1000))}-0"
        while rows := await self.after(cursor):
            for at, removal in rows:
                cursor = at
                yield removal

    async def _scrubbed_of(self, removals: Iterable[Removal]) -> int:
        index, gone, ids = _Index(removals), 0, set[str]()
        for name in ("dead", "outcomes"):
            stream = key(name, shard=self._shard)
            async for page in pages(self._redis, stream):
                found = []
                for entry, packed in page:
                    sketch = sketch_of(packed.get(BODY, b""), event=name == "outcomes")
                    if message := sketch.message:
                        if index.covers(message):
                            ids.add(message.id)
                            found.append(entry)
                    elif not (ids | index.ids).isdisjoint(sketch.answers):
                        found.append(entry)
                gone += int(await self._redis.xdel(stream, *found)) if found else 0
        return gone


class _Index:
    """Many removals, looked up at once."""

    def __init__(self, removals: Iterable[Removal]) -> None:
        self._rooms: dict[tuple[str, str | None, str | None], Removal] = {}
        for each in removals:
            of = each.removed
            known = self._rooms.get((of.room, of.id, of.author_id))
            if known is None or known.at < each.at:
                self._rooms[of.room, of.id, of.author_id] = each
        self.ids = {of_id for _, of_id, _ in self._rooms if of_id is not None}

    def covers(self, message: Told) -> bool:
        room = message.room
        keys = ((room, message.id, None), (room, None, message.author_id), (room, None, None))
        return any(each.covers(message) for at in keys if (each := self._rooms.get(at)))


def sketch_of(raw: bytes, *, event: bool) -> Sketch:
    """Return whose a message or, with its tag, an event is; nobody's where it cannot be read."""
    try:
        return decode(raw, tuple[str, Sketch])[1] if event else Sketch(decode(raw, Told))
    except BadFrame:
        return Sketch()


def bare(event: Event) -> Event:
    """Return an event without who it is about and what was said by them and to them."""
    if isinstance(event, Delivered):
        return replace(event, text="")
    message = replace(event.message, author="", author_id="", text="")
    return replace(event, message=message, reply=None, notice=None, because=None)


async def pages(redis: Any, stream: str) -> AsyncIterator[list[tuple[bytes, dict[bytes, bytes]]]]:
    """Yield what stands in a stream now, ``PAGE`` entries at a time, oldest first."""
    last = await redis.xrevrange(stream, count=1)
    after = "-"
    while rows := last and await redis.xrange(stream, after, last[0][0], count=PAGE):
        yield rows
        after = f"({rows[-1][0].decode()}"
