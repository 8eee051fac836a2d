"""Outcomes on their way into a recording: each is final, in the order of the messages, told once.

A message whose reply is on its way holds back what was said after it, so that a replay meets all
in the order in which it was said.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from bot.bus.removals import Removal, Told
from bot.flow.outcomes import Ledger
from bot.model import Delivered, Outcome, Reply

K = TypeVar("K")
Key: TypeAlias = tuple[str, str]
"""A message's platform and id."""
HOLD = 2.0
"""Seconds that a line waits for those before it which are still being worked on."""
PATIENCE = 180.0
"""Seconds after which an outcome is written as it stands though its reply has no end yet."""
BACK = 120_000
"""Milliseconds of events that are read again after a start, to know the replies on their way."""
REMEMBERED = 100_000
"""Messages that are known to be written: more than come in the time that is read again."""
REPLIES = 10_000
"""Replies whose room is known."""
REMOVALS = 1_000
"""Removals that are remembered for what comes late."""


@dataclass(slots=True)
class _Item:
    outcome: Outcome
    since: float
    shard: int
    before: str
    """The cursor behind which its event stands; "" for what was no event."""
    answer: Reply | None = None
    final: bool = False
    removed: float | None = None
    """When moderators removed the message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written of a message."""

    outcome: Outcome
    removed: float | None = None
    """When moderators removed the message; None: they did not."""
    answer: Reply | None = None
    """What it was to be answered by, though that may not have been posted."""


class Book:
    """What is not written yet. ``written`` are the messages that stand in files already."""

    def __init__(self, written: Collection[Key] = (), patience: float = PATIENCE) -> None:
        self._written: OrderedDict[Key, str | None] = OrderedDict.fromkeys(written)
        self._heard = OrderedDict[Key, str | None]()
        self._patience = patience
        self._items: dict[Key, _Item] = {}
        self._ledgers = defaultdict[str, Ledger](Ledger)
        self._rooms = OrderedDict[str, str | None]()
        self._cursors: dict[int, str] = {}
        self._first: dict[int, str] = {}
        self._removals = deque[Removal](maxlen=REMOVALS)

    def start(self, shard: int, cursor: str) -> None:
        """Go on behind a cursor: what stands before it is nobody's business."""
        self._cursors[shard] = self._first[shard] = cursor

    def last(self, shard: int) -> str:
        """Return the cursor of the latest event."""
        return self._cursors[shard]

    def add(self, shard: int, cursor: str, event: Outcome | Delivered, now: float) -> None:
        """Note what happened."""
        before, self._cursors[shard] = self._cursors[shard], cursor
        if isinstance(event, Delivered):
            if room := self._rooms.get(event.reply_id):
                self._ledgers[room].add(event)
            return
        if event.reply is not None:
            _keep(self._rooms, event.reply.id, REPLIES, event.message.room)
        item = self._items.setdefault(key_of(event), _Item(event, now, shard, before, event.reply))
        self._ledgers[event.message.room].add(event)
        for removal in self._removals:  # of late: work on it was under way
            _mark(item, removal)

    def put(self, outcome: Outcome, now: float) -> None:
        """Note an outcome of what came with no event; it is final."""
        self._items.setdefault(key_of(outcome), _Item(outcome, now, -1, "", final=True))

    def hear(self, outcome: Outcome) -> None:
        """Note that it is known who said a message."""
        _keep(self._heard, key_of(outcome), REMEMBERED)

    def names(self, outcome: Outcome) -> bool:
        """Say whether it is known who said each message that a reply answers: it may name them."""
        answers = outcome.reply.answers if outcome.reply else ()
        return all((outcome.message.platform, each) in self._heard for each in answers)

    def knows(self, key: Key) -> bool:
        """Say whether a message stands here or in a file."""
        return key in self._items or key in self._written

    def remove(self, removal: Removal) -> None:
        """Mark what waits and was removed: who said what is not to be written."""
        self._removals.append(removal)
        for item in self._items.values():
            _mark(item, removal)

    def take(self, now: float, *, everything: bool = False) -> Iterator[Entry]:
        """Yield and forget what can be written; at the end, ``everything`` as it stands."""
        self._settle(now, everything=everything)
        waiting = sorted(self._items, key=lambda key: self._items[key].outcome.message.sent_at)
        for key in waiting:
            item = self._items[key]
            waits = HOLD if item.final and self.names(item.outcome) else self._patience
            if not everything and now - item.since < waits:
                return
            del self._items[key]
            if key not in self._written:
                _keep(self._written, key, REMEMBERED)
                yield Entry(item.outcome, item.removed, item.answer)

    def waits(self, key: Key) -> bool | None:
        """Say whether a message is still to be written; None: it is not known here."""
        return True if key in self._items else False if key in self._written else None

    def room(self, event: Outcome | Delivered) -> str | None:
        """Return where something happened; None: that is not known."""
        if isinstance(event, Outcome):
            return event.message.room
        return self._rooms.get(event.reply_id)

    def cursor(self, shard: int) -> str:
        """Return the cursor behind which everything stands that is needed after a start."""
        known = (each.before for each in self._items.values() if each.shard == shard)
        first = min((each for each in known if each), key=_order, default=self._cursors[shard])
        back = f"{max(0, _order(self._cursors[shard])[0] - BACK)}-0"
        return max(self._first[shard], min(first, back, key=_order), key=_order)

    def _settle(self, now: float, *, everything: bool) -> None:
        before = now - self._patience
        for ledger in self._ledgers.values():
            for outcome in ledger.final(everything=everything, before=before):
                item = self._items.get(key_of(outcome))
                if item is not None and not item.final:
                    item.outcome, item.final = outcome, True
            ledger.forget(before - self._patience)


def key_of(outcome: Outcome) -> Key:
    """Return by what a message is known again."""
    return outcome.message.platform, outcome.message.id


def _keep(known: OrderedDict[K, str | None], key: K, most: int, value: str | None = None) -> None:
    """Note a key as the latest, and forget the oldest beyond so many."""
    known[key] = value
    if len(known) > most:
        known.popitem(last=False)


def _mark(item: _Item, removal: Removal) -> None:
    """Mark an item whose message was removed."""
    said = item.outcome.message
    if removal.covers(Told(said.id, said.room, said.author, said.author_id, said.sent_at)):
        item.removed = removal.at if item.removed is None else min(item.removed, removal.at)


def _order(cursor: str) -> tuple[int, int]:
    at, _, number = cursor.partition("-")
    return int(at), int(number or 0)
