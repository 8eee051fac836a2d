"""The flow put together for one room, on a virtual clock and the real queue."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, ClassVar, get_args

from bot.bus.inbox import Inbox
from bot.bus.limits import Limits
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.config import DEMO
from bot.flow.clock import VirtualClock
from bot.flow.outbox import Outbox
from bot.flow.outcomes import Ledger
from bot.flow.patience import Patience
from bot.flow.recall import Recall
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.model import (
    Abilities,
    ChatMessage,
    Delivered,
    Intent,
    Kind,
    Outcome,
    Pace,
    Reply,
    RoomState,
    Rules,
    Window,
)
from bot.ports import App, Judge, Reader, Session, Writer
from bot.shop.catalogue import load
from tests.fakes import ScriptedReader

ROOM = "test/room"
START = 1000.0
SHOP = load(DEMO)
WORDS: dict[str, Intent] = {
    "多少钱": "price",
    "how much": "price",
    "有货": "stock",
    "材质": "product",
    "下播": "stream",
    "试": "show",
    "你好": "greeting",
}
FREE = ((1000, 1.0),)
"""A limit that no test meets by chance."""


class Desk:
    """One room's worker and outbox with all that they share."""

    def __init__(
        self,
        store: Store,
        *,
        rules: Rules | None = None,
        reader: Reader | None = None,
        writer: Writer | None = None,
        judge: Judge | None = None,
        timer: Callable[[], float] = float,
        abilities: Abilities | None = None,
        windows: Sequence[Window] = (),
        same_text: float = 0.0,
        room: str = ROOM,
        clock: VirtualClock | None = None,
    ) -> None:
        self.store = store
        self.room = room
        self.clock = clock or VirtualClock(START)
        self.rules = rules or Rules()
        self.rooms = RedisRooms(store)
        self.inbox = Inbox(store)
        self.replies = Replies(store)
        self.shops = RoomShops({}, SHOP, None)
        self.reader = reader or ScriptedReader(WORDS)
        abilities = abilities or Abilities()
        self.use = Services(
            clock=self.clock,
            rooms=self.rooms,
            shops=self.shops,
            reader=self.reader,
            writer=writer,
            rules=self.rules,
            abilities=lambda _: abilities,
            judge=judge,
            timer=timer,
            past=Recall(store),
        )
        self.worker = Worker(store, self.inbox, self.use, "w")
        self.outbox = Outbox(
            room=room,
            clock=self.clock,
            rooms=self.rooms,
            shops=self.shops,
            replies=self.replies,
            limits=Limits(store, "test"),
            rules=self.rules,
            abilities=abilities,
            pace=Pace(tuple(windows), same_text),
            patience=Patience(store, self.clock, room),
            virtual=True,
        )

    async def put(self, *messages: ChatMessage) -> None:
        for message in messages:
            assert await self.inbox.put(replace(message, room=self.room))

    async def hear(self, *messages: ChatMessage) -> None:
        """Carry messages to their outcomes, in one batch."""
        await self.put(*messages)
        assert await self.worker.step(block=0.0) == len(messages)

    async def post(self, session: Session, at: float) -> float | None:
        """Post what is due at ``at``."""
        self.clock.advance(at)
        return await self.outbox.step(session)

    async def set(self, **values: Any) -> None:
        """Change what the room remembers."""

        def change(state: RoomState) -> tuple[RoomState, None]:
            return replace(state, **values), None

        await self.rooms.update(self.room, change)

    async def events(self) -> list[Outcome | Delivered]:
        return [event for _, event in await Outcomes(self.store).after(block=0.0, count=10_000)]

    async def outcomes(self) -> list[Outcome]:
        """Return the outcome of each message as it stands."""
        ledger = Ledger()
        for event in await self.events():
            ledger.add(event)
        return list(ledger.final(everything=True))

    async def delivered(self) -> list[tuple[str, str, str | None]]:
        """Return what became of each reply: its id, the delivery, the reason."""
        found = [event for event in await self.events() if isinstance(event, Delivered)]
        return [(each.reply_id, each.delivery, each.reason) for each in found]


async def assert_conserved(store: Store) -> None:
    """Check that accepted = outcomes + pending, and that each message has one outcome at most."""
    inbox = Inbox(store)
    counts = await inbox.counts()
    ended = sum(counts.get(kind, 0) for kind in get_args(Kind))
    assert counts.get("accepted", 0) == ended + await inbox.pending()
    events = [event for _, event in await Outcomes(store).after(block=0.0, count=10**6)]
    ids = [event.message.id for event in events if isinstance(event, Outcome)]
    assert len(ids) == len(set(ids)) == ended


class ScriptedAdapter:
    """Connects to the given sessions in turn; an exception in their place is raised."""

    platform: ClassVar[str] = "test"
    Settings: ClassVar[type[Any]] = object
    abilities: ClassVar[Abilities] = Abilities()

    def __init__(self, *script: Session | Exception) -> None:
        self.room = ROOM
        self.script = list(script)
        self.connects = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        self.connects += 1
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        yield step

    def app(self) -> App | None:
        return None


def line(reply: Reply) -> tuple[str, tuple[str, ...]]:
    """Return what was posted and whom it answers."""
    return reply.text, reply.answers
