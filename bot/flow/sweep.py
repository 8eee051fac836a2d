"""Lets danmate forget in time: each place that holds what viewers said or who they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from bot.bus.codec import encode, key
from bot.bus.dead import DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.outcomes import streams
from bot.bus.persons import Persons
from bot.bus.removals import Removals, Told, pages, sketch_of
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import LOST, Store
from bot.flow.clock import WallClock, until
from bot.model import Delivered
from bot.ports import Clock
from bot.rules import forgetting

EVERY = 60.0
"""Seconds between two sweeps."""
SHORTEST = 60.0
"""Seconds that work on a message may take, and an answer be on its way, whatever is configured."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Seconds that each place keeps what it holds."""

    events: float = 3600.0
    """What was said and what became of it."""
    dead: float = 86_400.0
    """Messages that could not be handled."""
    rooms: float = 86_400.0
    """What the staff did; and all but the settings of a room in which nothing happens."""


class Sweep:
    """Sweeps one store. Any number of processes may: one at a time does."""

    def __init__(self, store: Store, keep: Keep) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._store = store
        self._keep = keep
        self._rooms = RedisRooms(store)
        self._replies = Replies(store)

    async def run(self, stop: asyncio.Event, clock: Clock) -> None:
        """Sweep once a minute until ``stop``; ``clock`` tells the time in which the rooms live."""
        wall = WallClock()  # the server numbers what it keeps by its own time
        while not stop.is_set():
            with suppress(*LOST):  # whoever works with the queue says so
                if await self.mine():
                    await self(wall.now(), clock.now())
            await until(stop, EVERY)

    async def mine(self) -> bool:
        """Say whether this process is the one to sweep now; asked once a turn."""
        span = round(EVERY * 900)  # a little less than a turn, in milliseconds
        return bool(await self._redis.set(key("sweeping"), "", nx=True, px=span))

    async def __call__(self, now: float, own: float | None = None) -> None:
        """Forget what is too old ``now``, by the server's clock.

        ``own`` is the time in which the rooms live where that is another, as in a rehearsal.
        """
        before = now - self._keep.events
        for number, events in enumerate(streams(self._store)):
            removals = Removals(self._store, number)
            await removals.scrub(now)
            await removals.trim(before)
            await events.trim(before)
        await DeadLetters(self._store).trim(now - self._keep.dead)
        await self._unheard(min(before, now - SHORTEST))
        async for room in Persons(self._store, lambda _, author: author).rooms():
            await self._room(room, now, now if own is None else own)
        await self._disk()

    async def _unheard(self, before: float) -> None:
        """Let messages expire that nobody has worked on for so long; their text is not kept."""
        for shard in Inbox(self._store).shards:
            for stream in (shard.urgent, shard.rest):
                async for entry, told in self._older(stream, before):
                    await shard.discard(stream, entry, told.room, "expired")

    async def _older(self, stream: str, before: float) -> AsyncIterator[tuple[bytes, Told]]:
        async for page in pages(self._redis, stream):
            for entry, packed in page:
                if int(entry.partition(b"-")[0]) >= before * 1000:
                    return
                yield entry, sketch_of(packed.get(b"m", b""), event=False).message or Told()

    async def _room(self, room: str, now: float, own: float) -> None:
        events = min(-SHORTEST, -self._keep.events)
        await self._open(room, own + events, now)
        old = partial(forgetting.old, before=own + events, deeds=own - self._keep.rooms)
        await self._rooms.update(room, old)
        state = await self._rooms.get(room)
        if not await self._still(room, encode(state), now):
            return
        idle = partial(forgetting.idle, unless=state)
        if await self._rooms.update(room, idle):
            await self._redis.hdel(self._idle(room), room)

    async def _open(self, room: str, before: float, now: float) -> None:
        """Settle replies that no gateway has posted for so long."""
        for reply in await self._replies.due(room, before):
            await self._replies.cancel(reply.id, room, "too_late", now)
        for reply in await self._replies.stuck(room, before):
            unknown = Delivered(reply.id, "unknown", now, reason="crashed")
            await self._replies.settle(unknown, room)

    async def _still(self, room: str, state: bytes, now: float) -> bool:
        """Say whether a room is as it was for as long as rooms remember."""
        digest = sha256(state).hexdigest()[:16]
        known = (await self._redis.hget(self._idle(room), room) or b"").decode()
        was, _, since = known.partition(" ")
        if was == digest:
            return now - float(since) > self._keep.rooms
        await self._redis.hset(self._idle(room), room, f"{digest} {now!r}")
        return False

    async def _disk(self) -> None:
        """Let what was forgotten leave the disk too, once in the time that events are kept."""
        span = max(1, round(max(SHORTEST, self._keep.events) * 1000))
        if await self._redis.set(key("rewritten"), "", nx=True, px=span):
            await self._store.rewrite()

    def _idle(self, room: str) -> str:
        return key("idle", shard=self._store.shard(room))
