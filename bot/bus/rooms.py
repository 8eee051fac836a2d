"""The rooms' states, changed by compare-and-set: no locks, any number of workers."""

import asyncio
from weakref import WeakValueDictionary

from bot.bus.codec import decode, encode, key
from bot.bus.server import Store
from bot.errors import DanmateError
from bot.model import RoomState
from bot.ports import Change, T

TRIES = 1000

# Answers nothing once swapped, else the present bytes, so that a lost race costs no second look.
_SWAP = """
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2])
return false
"""


class RedisRooms:
    """``bot.ports.Rooms`` in Redis."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._swap = store.script(_SWAP)
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    async def get(self, room: str) -> RoomState:
        """Return the state; a room that nobody has changed has the default state."""
        return _state(await self._store.call("GET", self._key(room)) or b"")

    async def update(self, room: str, change: Change[T]) -> T:
        """Apply ``change`` atomically (it may be called more than once) and return its result.

        A change that changes nothing writes nothing. Raises DanmateError after ``TRIES`` lost
        races, which only a change that never settles can cause.
        """
        # Those of one process wait for each other: a race that is lost costs more than the wait.
        async with self._turns.setdefault(room, asyncio.Lock()):
            return await self._update(room, change)

    async def _update(self, room: str, change: Change[T]) -> T:
        name = self._key(room)
        old = await self._store.call("GET", name) or b""
        for _ in range(TRIES):
            before = _state(old)
            after, result = change(before)
            if after == before:
                return result
            now: bytes | None = await self._swap([name], [old, encode(after)])
            if now is None:
                return result
            old = now
        raise DanmateError(f"{room}: the state was changed by others {TRIES} times")

    def _key(self, room: str) -> str:
        return key("room", room, shard=self._store.shard(room))


def _state(raw: bytes) -> RoomState:
    return decode(raw, RoomState) if raw else RoomState()
