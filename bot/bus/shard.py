"""One shard of the queue: its messages are leased, and finished once with what they cause."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

from redis.exceptions import ResponseError

from bot.bus.codec import BODY, Arg, decode, encode, encode_event, key
from bot.bus.outcomes import LONGEST_BLOCK, MOST
from bot.bus.removals import bare
from bot.bus.replies import reply_keys
from bot.bus.scripts import FINISH, GIVE_BACK, RENEW
from bot.bus.server import Store
from bot.bus.setback import Setback
from bot.bus.tally import counted_as, tally_key
from bot.errors import BadFrame
from bot.model import ChatMessage, Kind, Outcome

GROUP = "workers"
DELETED = "deleted"
"""Why a message that moderators removed is ignored."""
REMEMBERED = 3600
"""Seconds after its last one that the tries of a message are forgotten."""

Fields: TypeAlias = dict[bytes, bytes]
Rows: TypeAlias = Sequence[tuple[bytes, Fields]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that ``consumer`` has leased, for the ``deliveries``-th time."""

    id: bytes
    message: ChatMessage
    consumer: str
    deliveries: int = 1
    stream: str = ""
    """Where it stands: the one of the two streams of its shard."""
    urgent: bool = False


class Shard:
    """The rooms that share a slot: what is urgent of them in one stream, the rest in another."""

    def __init__(self, store: Store, number: int, lease: float) -> None:
        self._redis: Any = store.client  # its hints name the shapes of every protocol at once
        self._finish = store.script(FINISH)
        self._renew = store.script(RENEW)
        self._give_back = store.script(GIVE_BACK)
        self._set_back = Setback(store, number)
        self._lease = round(lease * 1000)
        self.number = number
        self.urgent = key("in:hi", shard=number)
        self.rest = key("in:lo", shard=number)
        self._shared = [key(name, shard=number) for name in ("outcomes", "counts", "dead", "load")]
        self._hungry = key("hungry", shard=number)
        self._after = {self.urgent: b"-", self.rest: b"-"}

    async def read(self, consumer: str, count: int, block: float = LONGEST_BLOCK) -> list[Entry]:
        """Lease up to ``count`` new messages of either stream, the urgent ones first.

        Waits up to ``block`` seconds for the first. Must not be cancelled: what was read would
        wait for its lease to end.
        """
        wait = round(min(block, LONGEST_BLOCK) * 1000) or None  # 0 would wait for ever
        return await self._read(consumer, ">", count, wait)

    async def own(self, consumer: str) -> list[Entry]:
        """Lease again what ``consumer`` held when it ended: to be asked once, at its start."""
        entries = await self._read(consumer, "0", None, None)
        times: dict[tuple[str, bytes], int] = {}
        for stream in {each.stream for each in entries}:
            rows = await self._redis.xpending_range(stream, GROUP, "-", "+", len(entries), consumer)
            times |= {(stream, row["message_id"]): row["times_delivered"] for row in rows}
        return [replace(each, deliveries=times.get((each.stream, each.id), 1)) for each in entries]

    async def claim(self, consumer: str, count: int) -> list[Entry]:
        """Lease up to ``count`` messages of either stream whose lease has ended, oldest first.

        Call it again and again: it goes on where it stopped, so that none is passed over. Should
        the server's clock have gone back since anybody's last call, all leases start anew.
        """
        await self._grouped(lambda: self._set_back(self._after, GROUP))
        claimed = [await self._claim(stream, consumer, count) for stream in self._after]
        return [each for entries in claimed for each in entries]

    async def tries(self, entry: Entry) -> int:
        """Return how often work on a message has begun, the first time taken for granted."""
        return 1 + int(await self._redis.get(self._tries(entry)) or 0)

    async def begin(self, entry: Entry) -> None:
        """Note that work on a message that was delivered before begins once more."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(self._tries(entry))
            pipe.expire(self._tries(entry), REMEMBERED)
            await pipe.execute()

    async def renew(self, entries: Sequence[Entry]) -> list[Entry]:
        """Start the leases of ``entries`` (of one consumer) anew; return those still held."""
        held: set[tuple[str, bytes]] = set()
        for stream, args in self._of_each(entries):
            call = self._grouped(lambda s=stream, a=args: self._renew([s], a))  # type: ignore[misc]  # mypy cannot see the defaults
            held |= {(stream, entry_id) for entry_id in await call}
        return [each for each in entries if (each.stream, each.id) in held]

    async def ask(self, consumer: str, seconds: float) -> None:
        """Tell the others that ``consumer`` has nothing to do, for so long."""
        await self._redis.set(self._hungry, consumer, px=round(seconds * 1000))

    async def asked(self, consumer: str) -> bool:
        """Say whether another has nothing to do; one who shares has answered for all."""
        who = await self._redis.getdel(self._hungry)
        return who is not None and who.decode() != consumer

    async def give_back(self, entries: Sequence[Entry]) -> None:
        """Let others have messages that nobody has begun, as if they had just come."""
        for stream, args in self._of_each(entries):
            await self._give_back([stream], args)

    async def finish(self, entry: Entry, outcome: Outcome, dead: str = "") -> bool:
        """Record ``outcome``, queue its reply if that is pending, and acknowledge, all at once.

        Of a message that was deleted it is told without what it said. ``dead``: why the message
        goes to the dead letters. Returns False, and changes nothing, if the message already has an
        outcome.
        """
        room = entry.message.room
        told = bare(outcome) if outcome.reason == DELETED else outcome
        keys = [entry.stream, *self._shared, tally_key(room, self.number)]
        args: list[Arg] = [GROUP, entry.id, outcome.outcome, encode_event(told), dead, room]
        args += [MOST, counted_as(outcome)]
        if (reply := outcome.reply) is not None and reply.delivery == "pending":
            keys += reply_keys(reply.room, reply.id, self.number)[:2]
            args += [reply.id, encode(reply), reply.due]
        return bool(await self._finish(keys, args))

    async def discard(
        self, stream: str, entry: bytes, room: str, outcome: Kind = "ignored"
    ) -> bool:
        """Count a message's outcome without telling of it, and forget the message.

        Returns False if the message already has an outcome.
        """
        args: list[Arg] = [GROUP, entry, outcome, "", "", room, MOST, outcome]
        keys = [stream, *self._shared, tally_key(room, self.number)]
        return bool(await self._finish(keys, args))

    async def waiting(self) -> int:
        """Return how many messages have no outcome yet, leased ones included."""
        lengths = [await self._redis.xlen(stream) for stream in (self.urgent, self.rest)]
        return sum(map(int, lengths))

    def _of_each(self, entries: Sequence[Entry]) -> list[tuple[str, list[Arg]]]:
        """Return what a call on the entries of each stream takes."""
        return [
            (stream, [GROUP, entries[0].consumer, *(e.id for e in entries if e.stream == stream)])
            for stream in sorted({each.stream for each in entries})
        ]

    async def _read(
        self, consumer: str, after: Literal[">", "0"], count: int | None, block: int | None
    ) -> list[Entry]:
        streams = {self.urgent: after, self.rest: after}
        found: Mapping[bytes, Rows] = await self._grouped(
            lambda: self._redis.xreadgroup(GROUP, consumer, streams, count=count, block=block)
        )
        entries: list[Entry] = []
        for stream in streams:
            entries += await self._entries(stream, found.get(stream.encode(), []), consumer, {})
        return entries

    async def _claim(self, stream: str, consumer: str, count: int) -> list[Entry]:
        rows = await self._grouped(
            lambda: self._redis.xpending_range(
                stream, GROUP, self._after[stream], "+", count, idle=self._lease
            )
        )
        self._after[stream] = b"(" + rows[-1]["message_id"] if len(rows) == count else b"-"
        times = {row["message_id"]: row["times_delivered"] + 1 for row in rows}
        if not times:
            return []
        won = await self._grouped(
            lambda: self._redis.xclaim(stream, GROUP, consumer, self._lease, list(times))
        )
        return await self._entries(stream, won, consumer, times)

    async def _entries(
        self, stream: str, rows: Rows, consumer: str, times: dict[bytes, int]
    ) -> list[Entry]:
        """Decode entries; what does not decode could stop every worker, so it is put away."""
        entries = []
        for entry_id, packed in rows:
            try:
                message = decode(packed.get(BODY, b""), ChatMessage)
            except BadFrame as error:
                args: list[Arg] = [GROUP, entry_id, "dead", "", str(error), "", MOST, "dead"]
                keys = [stream, *self._shared, tally_key("", self.number)]
                await self._finish(keys, args)
            else:
                number = times.get(entry_id, 1)
                urgent = stream == self.urgent
                entries.append(Entry(entry_id, message, consumer, number, stream, urgent))
        return entries

    def _tries(self, entry: Entry) -> str:
        return key("tries", entry.stream, entry.id.decode(), shard=self.number)

    async def _grouped(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` does; make the groups first where they are missing or were lost."""
        try:
            return await call()
        except ResponseError as error:
            if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                raise
        for stream in (self.urgent, self.rest):
            try:
                await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):  # another worker was quicker
                    raise
        return await call()
