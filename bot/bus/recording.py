"""Who records what happens, how far that has come, and whether it is wanted: one for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from bot.bus.codec import Arg, key
from bot.bus.server import Store

LEASE = 15.0
"""Seconds after which somebody else records where the one who did says nothing any more."""
FRESH = 10
"""Seconds for which what was told of a recording holds."""
CHOSEN = 3600
"""Seconds for which a choice on the page stands though nobody records or shows the page."""
ASKED = 60
"""Seconds for which a request to begin a new file stands."""

# ARGV: who asks, milliseconds
_HOLD = """
local who = redis.call('GET', KEYS[1])
if who and who ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
# ARGV: who asks, then fields and values; nothing is noted for one who does not hold the lease
_REACHED = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the one who records tells the others."""

    folder: str = ""
    file: str = ""
    since: float = 0.0
    lines: int = 0
    """Outcomes that were written since then."""
    fault: str = ""
    """Why nothing can be written now."""


class Recording:
    """One process's view: its lease, the cursors, the switch on the page, requests."""

    def __init__(self, store: Store, lease: float = LEASE) -> None:
        """Look at the recordings of a store; ``lease`` is in seconds."""
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._hold = store.script(_HOLD)
        self._reached = store.script(_REACHED)
        self._release = store.script(_RELEASE)
        self._me = token_hex(8)
        self._span = round(lease * 1000)
        names = ("lease", "cursors", "wanted", "told", "anew")
        self._lease, self._at, self._wanted, self._told, self._anew = (
            key("recording", name) for name in names
        )

    async def hold(self) -> bool:
        """Take the lease, or renew it; False while another process has it."""
        return bool(await self._hold([self._lease], [self._me, self._span]))

    async def held(self) -> bool:
        """Say whether any process has the lease."""
        return bool(await self._redis.exists(self._lease))

    async def release(self) -> None:
        """Let another process record."""
        if await self._release([self._lease], [self._me]):
            await self._redis.delete(self._told)

    async def cursors(self) -> dict[str, str]:
        """Return how far each stream has been recorded, by the name that ``reached`` was given."""
        found = await self._redis.hgetall(self._at)
        return {name.decode(): at.decode() for name, at in found.items()}

    async def reached(self, cursors: Mapping[str, str]) -> bool:
        """Note how far streams have been recorded; False, and nothing is, without the lease."""
        args: list[Arg] = [part for pair in cursors.items() for part in pair]
        return bool(await self._reached([self._lease, self._at], [self._me, *args]))

    async def forget(self) -> None:
        """Begin the next recording with what happens then."""
        await self._redis.delete(self._at)

    async def wanted(self) -> bool | None:
        """Return what was chosen on the page; None: nothing, so that the configuration holds.

        A choice outlives a restart: it stands for an hour after the last process has asked for it.
        """
        found = await self._redis.getex(self._wanted, ex=CHOSEN)
        return None if found is None else found == b"1"

    async def want(self, *, on: bool | None) -> None:
        """Choose for all processes; None: leave it to the configuration."""
        if on is None:
            await self._redis.delete(self._wanted)
        else:
            await self._redis.set(self._wanted, int(on), ex=CHOSEN)

    async def tell(self, told: Told) -> None:
        """Tell the others how the recording goes; it holds for ``FRESH`` seconds."""
        values = (told.folder, told.file, repr(told.since), told.lines, told.fault)
        fields = dict(zip(Told.__dataclass_fields__, values, strict=True))
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(self._told, mapping=fields)
            pipe.expire(self._told, FRESH)
            await pipe.execute()

    async def told(self) -> Told | None:
        """Return how the recording goes, None where nobody records."""
        found = await self._redis.hgetall(self._told)
        said = {name.decode(): value.decode("utf-8", "replace") for name, value in found.items()}
        if not said.keys() >= Told.__dataclass_fields__.keys():
            return None
        since, lines = float(said["since"]), int(said["lines"])
        return Told(said["folder"], said["file"], since, lines, said["fault"])

    async def ask_anew(self) -> None:
        """Ask the one who records to finish its file and begin another."""
        await self._redis.set(self._anew, "", ex=ASKED)

    async def asked_anew(self) -> bool:
        """Say whether somebody asks for another file and has not been answered."""
        return bool(await self._redis.exists(self._anew))

    async def begun_anew(self) -> None:
        """Answer that the file is finished."""
        await self._redis.delete(self._anew)
