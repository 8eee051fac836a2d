"""The queue: messages are put once, leased, and finished once together with what they cause."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

from redis.exceptions import ResponseError

from bot.bus.codec import BODY, Arg, Event, decode, decode_event, encode, encode_event, key
from bot.bus.replies import PUT, reply_keys
from bot.bus.server import Store
from bot.errors import BadFrame
from bot.model import ChatMessage, Outcome

GROUP = "workers"
LONGEST_BLOCK = 0.5
"""Seconds that a read may wait, because it must not be cancelled."""

Fields: TypeAlias = dict[bytes, bytes]
T = TypeVar("T")

# ARGV: milliseconds to remember the message, body
_ACCEPT = """
if not redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1]) then return 0 end
redis.call('XADD', KEYS[2], '*', 'm', ARGV[2])
redis.call('HINCRBY', KEYS[3], 'accepted', 1)
return 1
"""

# An entry leaves the stream when it is finished, so its presence says that it is not: exact
# without a time limit, and what is left is what is pending.
# ARGV: group, entry, kind, event or '', dead letter's reason or '', reply's id, body, due
_FINISH = (
    PUT
    + """
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if not entry then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
redis.call('HINCRBY', KEYS[3], ARGV[3], 1)
if ARGV[4] ~= '' then redis.call('XADD', KEYS[2], '*', 'm', ARGV[4]) end
if ARGV[5] ~= '' then
  redis.call('XADD', KEYS[4], '*', 'm', entry[2][2], 'reason', ARGV[5])
end
if KEYS[5] then put(KEYS[5], KEYS[6], ARGV[6], ARGV[7], ARGV[8]) end
return 1
"""
)

# Whoever was stalled for longer than a lease must not take back what others claimed since.
# ARGV: group, consumer, entries
_RENEW = """
local held = {}
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', 0, 'JUSTID')
    held[#held + 1] = ARGV[i]
  end
end
return held
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that ``consumer`` has leased, for the ``deliveries``-th time."""

    id: bytes
    message: ChatMessage
    consumer: str
    deliveries: int = 1


class Inbox:
    """The messages that wait for a worker: each is accepted once and has one outcome.

    ``accepted`` in ``counts()`` equals all outcomes, plus ``unreadable``, plus ``pending()``.
    """

    def __init__(
        self, store: Store, lease: float = 10.0, dead_after: int = 4, remember: float = 300.0
    ) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._accept = store.client.register_script(_ACCEPT)
        self._finish = store.client.register_script(_FINISH)
        self._renew = store.client.register_script(_RENEW)
        self._lease = round(lease * 1000)
        self._dead_after = dead_after
        self._remember = round(remember * 1000)
        self._stream = key("in")
        self._keys = [self._stream, key("outcomes"), key("counts"), key("dead")]
        self._after = b"-"

    async def put(self, message: ChatMessage) -> bool:
        """Accept ``message``; False if its platform and id were seen in the last minutes."""
        keys = [key("seen", message.platform, message.id), self._stream, key("counts")]
        return bool(await self._accept(keys=keys, args=[self._remember, encode(message)]))

    async def read(self, consumer: str, count: int, block: float = LONGEST_BLOCK) -> list[Entry]:
        """Lease up to ``count`` new messages, waiting up to ``block`` seconds for the first.

        Must not be cancelled: what was read would wait for its lease to end.
        """
        wait = round(min(block, LONGEST_BLOCK) * 1000) or None  # 0 would wait for ever
        return await self._read(consumer, ">", count, wait)

    async def own(self, consumer: str) -> list[Entry]:
        """Lease again what ``consumer`` held when it ended: to be asked once, at its start."""
        entries = await self._read(consumer, "0", None, None)
        if not entries:
            return []
        rows = await self._redis.xpending_range(
            self._stream, GROUP, "-", "+", len(entries), consumer
        )
        times = {row["message_id"]: row["times_delivered"] for row in rows}
        return await self._living(
            [replace(each, deliveries=times.get(each.id, 1)) for each in entries]
        )

    async def claim(self, consumer: str, count: int) -> list[Entry]:
        """Lease up to ``count`` messages whose lease has ended, the oldest first.

        Call it again and again: it goes on where it stopped, so that none is passed over. What
        has been delivered often enough is set aside instead, because it may end whoever takes it.
        """
        rows = await self._grouped(
            lambda: self._redis.xpending_range(
                self._stream, GROUP, self._after, "+", count, idle=self._lease
            )
        )
        self._after = b"(" + rows[-1]["message_id"] if len(rows) == count else b"-"
        times = {row["message_id"]: row["times_delivered"] + 1 for row in rows}
        if not times:
            return []
        won = await self._grouped(
            lambda: self._redis.xclaim(self._stream, GROUP, consumer, self._lease, list(times))
        )
        return await self._living(await self._entries(won, consumer, times))

    async def renew(self, entries: Sequence[Entry]) -> list[Entry]:
        """Start the leases of ``entries`` (of one consumer) anew; return those still held."""
        if not entries:
            return []
        args: list[Arg] = [GROUP, entries[0].consumer, *(each.id for each in entries)]
        held = set(await self._grouped(lambda: self._renew(keys=[self._stream], args=args)))
        return [each for each in entries if each.id in held]

    async def finish(self, entry: Entry, outcome: Outcome) -> bool:
        """Record ``outcome``, queue its reply if that is pending, and acknowledge, all at once.

        Returns False, and changes nothing, if the message already has an outcome.
        """
        return await self._end(entry, outcome, "")

    async def set_aside(self, entry: Entry, reason: str) -> bool:
        """Move a message that cannot be handled to the dead letters; its outcome is shed."""
        return await self._end(entry, Outcome(entry.message, "shed", reason), reason)

    async def counts(self) -> dict[str, int]:
        """Return how many were accepted, and how many had each outcome and each delivery."""
        found = await self._redis.hgetall(key("counts"))
        return {name.decode(): int(number) for name, number in found.items()}

    async def pending(self) -> int:
        """Return how many messages have no outcome yet, leased ones included."""
        return int(await self._redis.xlen(self._stream))

    async def _read(
        self, consumer: str, after: Literal[">", "0"], count: int | None, block: int | None
    ) -> list[Entry]:
        found = await self._grouped(
            lambda: self._redis.xreadgroup(
                GROUP, consumer, {self._stream: after}, count=count, block=block
            )
        )
        return await self._entries(found.get(self._stream.encode(), []), consumer, {})

    async def _entries(
        self, rows: Sequence[tuple[bytes, Fields]], consumer: str, times: dict[bytes, int]
    ) -> list[Entry]:
        """Decode entries; what does not decode could stop every worker, so it is put away."""
        entries = []
        for entry_id, packed in rows:
            try:
                message = decode(packed.get(BODY, b""), ChatMessage)
            except BadFrame as error:
                args: list[Arg] = [GROUP, entry_id, "unreadable", "", str(error)]
                await self._finish(keys=self._keys, args=args)
            else:
                entries.append(Entry(entry_id, message, consumer, times.get(entry_id, 1)))
        return entries

    async def _living(self, entries: Sequence[Entry]) -> list[Entry]:
        for each in entries:
            if each.deliveries > self._dead_after:
                await self.set_aside(each, "dead_letter")
        return [each for each in entries if each.deliveries <= self._dead_after]

    async def _end(self, entry: Entry, outcome: Outcome, reason: str) -> bool:
        keys = [*self._keys]
        args: list[Arg] = [GROUP, entry.id, outcome.outcome, encode_event(outcome), reason]
        if (reply := outcome.reply) is not None and reply.delivery == "pending":
            keys += reply_keys(reply.room, reply.id)[:2]
            args += [reply.id, encode(reply), reply.due]
        return bool(await self._finish(keys=keys, args=args))

    async def _grouped(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` does; make the group first where it is missing or was lost."""
        try:
            return await call()
        except ResponseError as error:
            if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                raise
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another worker was quicker
                raise
        return await call()


class Outcomes:
    """What became of messages and replies, in order, for any number of readers."""

    def __init__(self, store: Store) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._stream = key("outcomes")

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
        rows = found.get(self._stream.encode(), [])
        return [(at.decode(), decode_event(packed[BODY])) for at, packed in rows]

    async def trim(self, before: float) -> None:
        """Forget events and dead letters from before ``before``: readers should be past them."""
        for stream in (self._stream, key("dead")):
            oldest = f"{round(before * 1000)}-0"
            await self._redis.xtrim(stream, minid=oldest, approximate=False)
