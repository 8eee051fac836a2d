"""What has become of a room's latest messages, read back when somebody asks."""

from bot.bus.codec import Event
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.bus.tally import tally
from bot.flow.outcomes import Ledger
from bot.model import Outcome
from bot.rules.commands import Past

LOOKED_AT = 20_000
"""Events of the room's shard that are read back: a quarter of an hour of a busy chat, for a fifth
of a second of work."""
PAGE = 500
"""Events that are read in one go: whoever shares the loop waits a few milliseconds."""


class Recall:
    """``Services.past`` out of the queue's own records: nothing is written for it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, room: str) -> Past:
        """Return a room's latest outcomes and its counts."""
        ledger = Ledger()
        for event in reversed(await self._events(room)):
            ledger.add(event)
        return Past(tuple(ledger.final(everything=True)), await tally(self._store, room))

    async def _events(self, room: str) -> list[Event]:
        """Return what concerns a room among the latest events, the newest first."""
        told, cursor, looked = Outcomes(self._store, self._store.shard(room)), "+", 0
        found: list[Event] = []
        while looked < LOOKED_AT and (page := await told.before(cursor, PAGE)):
            cursor, looked = f"({page[0][0]}", looked + len(page)
            found += [event for _, event in reversed(page) if _concerns(event, room)]
        return found


def _concerns(event: Event, room: str) -> bool:
    """Say whether an event is of a room; what was delivered does not tell of which it is."""
    return not isinstance(event, Outcome) or event.message.room == room
