"""Plays a recording through the whole bot on a virtual clock: hours of chat in seconds.

The next thing to happen is always the next message or the next reply that is due, so nothing
waits and nothing is guessed: the same log gives the same outcomes to the byte. Nobody shares a
replay, so what it remembers lies in memory, and no server is asked.
"""

import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import structlog

from bot.flow.clock import VirtualClock
from bot.flow.outbox import Outbox
from bot.flow.outcomes import Ledger
from bot.flow.pipeline import handle
from bot.flow.services import Services, Shops
from bot.model import Abilities, ChatMessage, Delivered, Outcome, Pace, Reply, Rules
from bot.ports import Judge, Reader, Writer
from bot.replay.asides import Aside, Asides, Bare
from bot.replay.foresight import Foresight
from bot.replay.memory import MemoryLimits, MemoryPast, MemoryReplies, MemoryRooms, NoPatience
from bot.replay.relived import relived

log = structlog.get_logger()

AHEAD = 1024
"""Messages that are read in one go, so that the model works in full batches."""
REMEMBER = 1_000_000
"""Messages that are known again, the latest."""


class Silent:
    """A session that takes every reply, as a platform does on a good day."""

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield nothing: the player has the messages."""
        return
        yield

    async def post(self, reply: Reply) -> None:
        """Take the reply."""


@dataclass(frozen=True, slots=True)
class _Room:
    """One room's way out."""

    outbox: Outbox
    replies: MemoryReplies


@dataclass
class Player:
    """Everything that a replay needs but the log."""

    shops: Shops
    reader: Reader
    writer: Writer | None
    rules: Rules
    abilities: Abilities
    pace: Pace
    clock: VirtualClock = field(default_factory=VirtualClock)
    judge: Judge | None = None
    timer: Callable[[], float] = float
    foresight: Foresight | None = None
    """None: what a message needs of the judge is asked when its turn comes."""

    def __post_init__(self) -> None:
        self._states = MemoryRooms()
        self._past = MemoryPast()
        self._use = Services(
            clock=self.clock,
            rooms=self._states,
            shops=self.shops,
            reader=self.reader,
            writer=self.writer,
            rules=self.rules,
            abilities=lambda _: self.abilities,
            judge=self.judge,
            timer=self.timer,
            past=self._past,
        )
        self._rooms: dict[str, _Room] = {}
        self._due: list[tuple[float, str]] = []  # a heap; a room whose time has moved is skipped
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._ledger = Ledger()
        self._session = Silent()

    async def play(
        self,
        messages: Iterable[ChatMessage],
        report: Callable[[int], None] = lambda _: None,
        told: Sequence[Aside] = (),
    ) -> AsyncIterator[Outcome]:
        """Yield one outcome for each message, in their order. ``report`` gets the count so far.

        ``told`` is what the log tells beside them; it may grow while they are read.
        """
        stream, count, asides = iter(messages), 0, Asides(told)
        while batch := list(islice(stream, AHEAD)):
            await self.reader.read_all([message.text for message in batch])
            for number, message in enumerate(batch):
                await self._pass(asides, until=message.sent_at)
                self.clock.advance(message.sent_at)
                if self.foresight and self.foresight.wanted:
                    await self.foresight.look(batch[number:], self._use)
                if self._is_new(message):
                    await self._hear(message, asides.bare(message))
                    count += 1
            report(count)
            for outcome in self._ledger.final():
                yield asides.final(outcome)
        await self._pass(asides, until=float("inf"))
        for outcome in self._ledger.final(everything=True):
            yield asides.final(outcome)

    def _is_new(self, message: ChatMessage) -> bool:
        """Say whether a message has no outcome yet."""
        known = message.platform, message.id
        if known in self._seen:
            return False
        self._seen[known] = None
        if len(self._seen) > REMEMBER:
            self._seen.popitem(last=False)
        return True

    async def _pass(self, asides: Asides, until: float) -> None:
        """Let pass what happens before ``until``: replies are posted, messages are deleted."""
        for each in asides.news():
            self._states.begin(each.room, each.state)
        for at, removed in asides.due(until):
            await self._deliver(until=at)
            self.clock.advance(at)
            await self._room(removed.room).outbox.retract(removed)
        await self._deliver(until=until)

    async def _hear(self, message: ChatMessage, bare: Bare | None) -> None:
        """Carry one message to its outcome, as a worker does."""
        try:
            carried = relived(bare, message, self._use) if bare else handle(message, self._use)
            outcome = await carried
        except Exception:  # a fault in one message must not stop the others
            log.exception("message_failed", id=message.id, deliveries=1)
            outcome = Outcome(message, "dead", "failed")
        self._tell(outcome)
        reply = outcome.reply
        if reply is not None and reply.delivery == "pending":
            await self._room(message.room).replies.put(reply)
            self._note(message.room)

    def _tell(self, event: Outcome | Delivered) -> None:
        self._ledger.add(event)
        self._past.add(event)

    def _note(self, room: str) -> None:
        """Look up when the room's next reply is due."""
        if (due := self._room(room).replies.first) is not None:
            heapq.heappush(self._due, (due, room))

    async def _deliver(self, until: float) -> None:
        """Post all that is due before ``until``, each at its own time."""
        while self._due and self._due[0][0] <= until:
            due, name = heapq.heappop(self._due)
            room = self._room(name)
            if room.replies.first != due:
                continue
            self.clock.advance(due)
            await room.outbox.step(self._session)
            self._note(name)

    def _room(self, name: str) -> _Room:
        if (room := self._rooms.get(name)) is None:
            replies = MemoryReplies(self._tell)
            room = self._rooms[name] = _Room(self._outbox(name, replies), replies)
        return room

    def _outbox(self, name: str, replies: MemoryReplies) -> Outbox:
        return Outbox(
            room=name,
            clock=self.clock,
            rooms=self._states,
            shops=self.shops,
            replies=replies,
            limits=MemoryLimits(),
            rules=self.rules,
            abilities=self.abilities,
            pace=self.pace,
            patience=NoPatience(),
            virtual=True,
        )
