"""Who is at work: each process beats every few seconds, and whoever asks sees the living."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from bot.bus.codec import decode, encode, key
from bot.bus.server import LOST, Store
from bot.errors import BadFrame
from bot.model import Beat

EVERY = 2.0
"""Seconds between two beats."""
ALIVE = 10.0
"""Seconds after its last beat that a process counts as alive."""
FORGOTTEN = 3600
"""Seconds after which a process that said no goodbye is forgotten."""

_NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""
# The server stamps the beats, because the machines' clocks may differ.
# ARGV: name, beat
_BEAT = (
    _NOW
    + """
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.6f ', now) .. ARGV[2])
"""
)
# ARGV: seconds that one counts as alive, seconds after which one is forgotten
_ALIVE = (
    _NOW
    + """
local found, crew = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #crew, 2 do
  local stamp, beat = string.match(crew[i + 1], '^([%d.]+) (.*)$')
  local age = now - (tonumber(stamp) or 0)
  if age > tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], crew[i])
  elseif age <= tonumber(ARGV[1]) then
    found[#found + 1] = {crew[i], stamp, beat}
  end
end
return found
"""
)


class Crew:
    """The processes of danmate that share a store."""

    def __init__(self, store: Store) -> None:
        self._redis = store.client
        self._beat = store.script(_BEAT)
        self._alive = store.script(_ALIVE)
        self._key = key("crew")

    async def beat(self, name: str, beat: Beat) -> None:
        """Note that ``name`` is alive, and what it says of itself. The server dates the beat."""
        await self._beat([self._key], [name, encode(beat)])

    async def alive(self, within: float = ALIVE) -> list[tuple[str, Beat]]:
        """Return by name whose last beat is at most ``within`` seconds old.

        Forgets who has been silent for an hour; skips a beat of a version that is not ours.
        """
        found: list[tuple[bytes, bytes, bytes]] = await self._alive(
            [self._key], [within, FORGOTTEN]
        )
        crew = []
        for name, stamp, raw in found:
            with suppress(BadFrame):
                crew.append((name.decode(), replace(decode(raw, Beat), at=float(stamp))))
        return sorted(crew, key=lambda member: member[0])

    async def leave(self, name: str) -> None:
        """Forget ``name``: it has ended as it should."""
        await self._redis.hdel(self._key, name)

    @asynccontextmanager
    async def beating(self, name: str, say: Callable[[], Beat]) -> AsyncIterator[None]:
        """Beat with what ``say`` returns while the block runs, then leave.

        While the queue is away nothing is said.
        """
        over = asyncio.Event()
        keeping = asyncio.create_task(self._keep(name, say, over))
        try:
            yield
        finally:
            over.set()
            await keeping

    async def _keep(self, name: str, say: Callable[[], Beat], over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(*LOST):
                await self.beat(name, say())
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), EVERY)
        with suppress(*LOST):
            await self.leave(name)
