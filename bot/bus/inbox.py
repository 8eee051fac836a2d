"""The queue: a message is accepted once, and waits in the shard of its room for a worker."""

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.bus.codec import Arg, encode, encode_event, key
from bot.bus.outcomes import MOST
from bot.bus.server import Store
from bot.bus.shard import Entry, Shard
from bot.model import STAFF, ChatMessage, Outcome

KEPT = 8
"""Of so many messages beyond a room's cap one is taken."""

# ARGV: milliseconds to remember the message, body, room, cap or 0, one of how many beyond it,
#       what stands before and behind the body in the event of a shed message, events kept
_ACCEPT = """
if not redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 0 end
redis.call('HINCRBY', KEYS[3], 'accepted', 1)
local cap = tonumber(ARGV[4])
local waiting = redis.call('HINCRBY', KEYS[4], ARGV[3], 1)
if cap > 0 and waiting > cap then
  local beyond = redis.call('HINCRBY', KEYS[5], ARGV[3], 1)
  if waiting > 2 * cap or beyond % ARGV[5] ~= 0 then
    redis.call('HINCRBY', KEYS[4], ARGV[3], -1)
    redis.call('HINCRBY', KEYS[3], 'shed', 1)
    redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[8], '*', 'm', ARGV[6] .. ARGV[2] .. ARGV[7])
    return 1
  end
end
redis.call('XADD', KEYS[2], '*', 'm', ARGV[2])
return 1
"""


def _around() -> list[bytes]:
    """Return the event of a message that is shed, cut open where the message stands in it."""
    message = ChatMessage("", "", "", "", "", "viewer", "", 0.0)
    return encode_event(Outcome(message, "shed", "room_cap")).split(encode(message))


class Inbox:
    """The messages that wait for a worker: each is accepted once and has one outcome.

    ``accepted`` in ``counts()`` equals all outcomes plus ``pending()``. A room of which more than
    ``room_cap`` messages wait (twice as many that are urgent; 0: no limit) is sampled: of what
    comes in addition one in ``KEPT`` is taken, the rest has the outcome shed. Staff is
    always heard.
    """

    def __init__(
        self,
        store: Store,
        lease: float = 10.0,
        remember: float = 300.0,
        room_cap: int = 0,
    ) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._store = store
        self._accept = store.script(_ACCEPT)
        self._remember = round(remember * 1000)
        self._room_cap = room_cap
        self._around = _around()
        self.lease = lease
        self.shards = [Shard(store, number, lease) for number in range(store.shards)]

    async def put(self, message: ChatMessage, *, urgent: bool = False) -> bool:
        """Accept ``message``; False if its platform and id were seen in the last minutes."""
        shard = self.shards[self._store.shard(message.room)]
        number = shard.number
        cap = 0 if message.role in STAFF else self._room_cap * (1 + urgent)
        keys = [
            key("seen", message.platform, message.id, shard=number),
            shard.urgent if urgent else shard.rest,
            *(key(name, shard=number) for name in ("counts", "load", "beyond", "outcomes")),
        ]
        body, (before, behind) = encode(message), self._around
        args: list[Arg] = [self._remember, body, message.room, cap, KEPT, before, behind, MOST]
        return bool(await self._accept(keys, args))

    async def read(self, consumer: str, count: int, block: float = 0.0) -> list[Entry]:
        """Lease up to ``count`` new messages of each stream of each shard; see ``Shard.read``."""
        return _flat(
            await asyncio.gather(*(each.read(consumer, count, block) for each in self.shards))
        )

    async def own(self, consumer: str) -> list[Entry]:
        """Lease again what ``consumer`` held when it ended; see ``Shard.own``."""
        return _flat([await each.own(consumer) for each in self.shards])

    async def claim(self, consumer: str, count: int) -> list[Entry]:
        """Lease messages whose lease has ended; see ``Shard.claim``."""
        return _flat([await each.claim(consumer, count) for each in self.shards])

    async def tries(self, entry: Entry) -> int:
        """Return how often work on a message has begun; see ``Shard.tries``."""
        return await self._of(entry).tries(entry)

    async def begin(self, entry: Entry) -> None:
        """Note that work on a message that was delivered before begins once more."""
        await self._of(entry).begin(entry)

    async def renew(self, entries: Sequence[Entry]) -> list[Entry]:
        """Start the leases of ``entries`` (of one consumer) anew; return those still held."""
        return _flat([await shard.renew(held) for shard, held in self._of_each(entries)])

    async def give_back(self, entries: Sequence[Entry]) -> None:
        """Let others have messages that nobody has begun, as if they had just come."""
        for shard, held in self._of_each(entries):
            await shard.give_back(held)

    async def finish(self, entry: Entry, outcome: Outcome) -> bool:
        """Record ``outcome``, queue its reply if that is pending, and acknowledge, all at once.

        Returns False, and changes nothing, if the message already has an outcome.
        """
        return await self._of(entry).finish(entry, outcome)

    async def set_aside(self, entry: Entry, reason: str) -> bool:
        """Move a message that cannot be handled to the dead letters."""
        return await self._of(entry).finish(entry, Outcome(entry.message, "dead", reason), reason)

    async def counts(self) -> dict[str, int]:
        """Return how many were accepted, and how many had each outcome and each delivery."""
        total: dict[str, int] = {}
        for shard in self.shards:
            found = await self._redis.hgetall(key("counts", shard=shard.number))
            for name, number in found.items():
                total[name.decode()] = total.get(name.decode(), 0) + int(number)
        return {name: number for name, number in total.items() if number}

    async def pending(self) -> int:
        """Return how many messages have no outcome yet, leased ones included."""
        return sum([await shard.waiting() for shard in self.shards])

    async def waiting(self, room: str) -> int:
        """Return how many messages of ``room`` have no outcome yet."""
        load = key("load", shard=self._store.shard(room))
        return int(await self._redis.hget(load, room) or 0)

    def _of(self, entry: Entry) -> Shard:
        return self.shards[self._store.shard(entry.message.room)]

    def _of_each(self, entries: Sequence[Entry]) -> list[tuple[Shard, list[Entry]]]:
        grouped: dict[int, list[Entry]] = {}
        for each in entries:
            grouped.setdefault(self._store.shard(each.message.room), []).append(each)
        return [(self.shards[number], held) for number, held in sorted(grouped.items())]


def _flat(parts: Sequence[list[Entry]]) -> list[Entry]:
    return [each for entries in parts for each in entries]
