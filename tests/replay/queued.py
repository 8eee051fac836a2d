"""A replay by the live bot's own queue and worker: what the player must come to, more slowly."""

from collections.abc import Sequence

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
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.model import Abilities, ChatMessage, Outcome, Pace, Rules
from tests.fakes import ScriptedReader, ScriptedSession, ScriptedWriter
from tests.flow.desk import SHOP, WORDS


async def by_queue(
    store: Store, messages: Sequence[ChatMessage], rules: Rules, pace: Pace
) -> list[Outcome]:
    clock, rooms, inbox = VirtualClock(), RedisRooms(store), Inbox(store, remember=3600.0)
    shops, abilities = RoomShops({}, SHOP, None), Abilities()
    reader, writer = ScriptedReader(WORDS), ScriptedWriter(None)
    use = Services(clock, rooms, shops, reader, writer, rules, lambda _: abilities)
    worker = Worker(store, inbox, use, "replay")
    ways = {
        room: Outbox(
            room=room,
            clock=clock,
            rooms=rooms,
            shops=shops,
            replies=Replies(store),
            limits=Limits(store, room),
            rules=rules,
            abilities=abilities,
            pace=pace,
            patience=Patience(store, clock, room),
            virtual=True,
        )
        for room in sorted({message.room for message in messages})
    }

    async def deliver(until: float) -> None:
        while True:
            known = [(await way.replies.next_due(room), room) for room, way in ways.items()]
            due, room = min(
                ((at, room) for at, room in known if at is not None), default=(None, "")
            )
            if due is None or due > until:
                return
            clock.advance(due)
            await ways[room].step(ScriptedSession())

    for message in messages:
        await deliver(message.sent_at)
        clock.advance(message.sent_at)
        if await inbox.put(message):
            await worker.step(block=0.0)
    await deliver(float("inf"))
    ledger = Ledger()
    for _, event in await Outcomes(store).after(block=0.0, count=10_000):
        ledger.add(event)
    return list(ledger.final(everything=True))
