"""Plays a recording through the whole bot on a virtual clock: hours of chat in seconds.

The next thing to happen is always the next message or the next reply that is due, so nothing
waits and nothing is guessed: the same log gives the same outcomes to the byte.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from bot.bus.inbox import Inbox
from bot.bus.limits import Limits
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.flow.clock import VirtualClock
from bot.flow.outbox import Outbox
from bot.flow.outcomes import Ledger
from bot.flow.patience import Patience
from bot.flow.services import Services, Shops
from bot.flow.worker import Worker
from bot.model import Abilities, ChatMessage, Outcome, Pace, Reply, Rules
from bot.ports import Judge, Reader, Writer

AHEAD = 256
"""Messages that are read in one go, so that the model works in full batches."""
REMEMBER = 86_400.0
"""Seconds that a message is known again: longer than a replay takes."""


class Silent:
    """A session that takes every reply, as a platform does on a good day."""

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield nothing: the player has the messages."""
        return
        yield

    async def post(self, reply: Reply) -> None:
        """Take the reply."""


@dataclass
class Player:
    """Everything that a replay needs but the log."""

    store: Store
    shops: Shops
    reader: Reader
    writer: Writer | None
    rules: Rules
    abilities: Abilities
    pace: Pace
    clock: VirtualClock = field(default_factory=VirtualClock)
    judge: Judge | None = None
    timer: Callable[[], float] = float

    def __post_init__(self) -> None:
        self._rooms = RedisRooms(self.store)
        self._inbox = Inbox(self.store, remember=REMEMBER)
        use = Services(
            clock=self.clock,
            rooms=self._rooms,
            shops=self.shops,
            reader=self.reader,
            writer=self.writer,
            rules=self.rules,
            abilities=lambda _: self.abilities,
            judge=self.judge,
            timer=self.timer,
        )
        self._worker = Worker(self.store, self._inbox, use, "replay")
        self._outboxes: dict[str, Outbox] = {}
        self._due: dict[str, float] = {}
        self._events = Outcomes(self.store)
        self._cursor = "0-0"
        self._ledger = Ledger()

    async def play(
        self, messages: Iterable[ChatMessage], report: Callable[[int], None] = lambda _: None
    ) -> AsyncIterator[Outcome]:
        """Yield one outcome for each message, in their order. ``report`` gets the count so far."""
        stream, count = iter(messages), 0
        while batch := list(islice(stream, AHEAD)):
            await self.reader.read_all([message.text for message in batch])
            for message in batch:
                await self._deliver(until=message.sent_at)
                self.clock.advance(message.sent_at)
                if not await self._inbox.put(message):
                    continue  # seen before: it has its outcome
                await self._worker.step(block=0.0)
                await self._note(message.room)
                count += 1
            report(count)
            for outcome in await self._final():
                yield outcome
        await self._deliver(until=float("inf"))
        for outcome in await self._final(everything=True):
            yield outcome

    async def _note(self, room: str) -> None:
        """Look up when the room's next reply is due."""
        outbox = self._outbox(room)
        due = await outbox.replies.next_due(room)
        if due is None:
            self._due.pop(room, None)
        else:
            self._due[room] = due

    async def _deliver(self, until: float) -> None:
        """Post all that is due before ``until``, each at its own time."""
        while self._due:
            room = min(self._due, key=lambda name: (self._due[name], name))
            if self._due[room] > until:
                return
            self.clock.advance(self._due[room])
            await self._outbox(room).step(Silent())
            await self._note(room)

    def _outbox(self, room: str) -> Outbox:
        if room not in self._outboxes:
            self._outboxes[room] = Outbox(
                room=room,
                clock=self.clock,
                rooms=self._rooms,
                shops=self.shops,
                replies=Replies(self.store),
                limits=Limits(self.store, room),
                rules=self.rules,
                abilities=self.abilities,
                pace=self.pace,
                patience=Patience(self.store, self.clock, room),
                virtual=True,
            )
        return self._outboxes[room]

    async def _final(self, *, everything: bool = False) -> list[Outcome]:
        while events := await self._events.after(self._cursor, block=0.0):
            for cursor, event in events:
                self._cursor = cursor
                self._ledger.add(event)
        return list(self._ledger.final(everything=everything))
