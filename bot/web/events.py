"""One thing that happened, as it goes to the pages, and what waits for one of them."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Final

import structlog

from bot.model import Delivered, Outcome
from bot.web.lines import as_json
from bot.web.sampling import Allowance, plain

log = structlog.get_logger()

LATE: Final = 3.0
"""Seconds that the pages may be behind before they are told of the newest only."""
LEVEL: Final = 0.5
"""Seconds behind at which they are told of everything again."""
BATCH, MANY = 200, 1000
"""Events of one read of the bus; the same while there is something to make up for."""
SHOWN: Final = 50
"""The newest of MANY events, of which the pages are told even so: they must not stand still."""
BURST: Final = 200
"""Plain lines of a sample that may come at once: as many as a page is told of at first."""


@dataclass(slots=True)
class Event:
    """One item as it goes to the clients; ``room`` is None where it is not known.

    It is made JSON when the first client is sent it: most are never asked for.
    """

    cursor: str
    room: str | None
    item: Outcome | Delivered | None = None
    """What it tells; None for what is JSON from the start."""
    deleted: bool = False
    """Whether the item has been made bare, because it was removed."""
    at: float = 0.0
    """When it happened, by the bus's time."""
    data: str = ""
    """The JSON, once it was needed."""
    plain: bool = field(init=False)
    """Whether a page may leave it out where there is too much to read."""

    def __post_init__(self) -> None:
        self.plain = plain(self.item)

    def encode(self) -> str:
        """Return the event as it stands on the wire."""
        if not self.data and self.item is not None:
            self.data = as_json(self.item, deleted=self.deleted)
        if not self.cursor:  # nothing that could be asked for again
            return f"data: {self.data}\n\n"
        return f"id: {self.cursor}\ndata: {self.data}\n\n"


class Inbox:
    """Events that wait for one client: ``most`` plain ones, and as many others.

    ``sample`` is how many plain lines a second the client wants at most, None: all of them.
    """

    def __init__(self, room: str | None, most: int, sample: int | None = None) -> None:
        self.closed = False
        self.dropped = 0
        """Events that were lost, all in all."""
        self.slow = 0
        """Those of them that were lost because the client read too slowly."""
        self.told = False
        """Whether it was logged that the client is slow."""
        self._left_out = 0
        self._said = 0
        self.room = room
        self._allowance = None if sample is None else Allowance(sample, BURST if sample else 0)
        self._plain: deque[tuple[int, Event]] = deque(maxlen=most)
        self._others: deque[tuple[int, Event]] = deque(maxlen=most)
        self._number = 0
        self._some = asyncio.Event()

    def put(self, event: Event) -> None:
        """Queue an event of the client's room; a full queue loses its oldest.

        However many plain ones come, they push out nothing else.
        """
        if self.room not in (None, event.room):
            return
        self._some.set()
        if event.plain and self._allowance is not None and not self._allowance.take(event.at):
            self._left_out += 1
            return
        queue = self._plain if event.plain else self._others
        full = len(queue) == queue.maxlen
        self.dropped += full
        self.slow += full
        self._number += 1
        queue.append((self._number, event))

    def miss(self, room: str | None) -> None:
        """Note that a plain event of ``room`` is left out, because the server is behind."""
        if self.room not in (None, room):
            return
        if self._allowance is None:
            self.dropped += 1
        else:
            self._left_out += 1
        self._some.set()

    def lost(self) -> int:
        """Return how many events were lost since this was asked last."""
        fresh, self._said = self.dropped - self._said, self.dropped
        return fresh

    def left_out(self) -> int:
        """Return how many plain lines were left out of the sample since this was asked last."""
        fresh, self._left_out = self._left_out, 0
        return fresh

    def close(self) -> None:
        """Let the client go."""
        self.closed = True
        self._some.set()

    async def take(self, within: float) -> list[Event]:
        """Return all that waits, in order, or nothing after ``within`` seconds or when closed."""
        try:
            async with asyncio.timeout(within):
                await self._some.wait()
        except TimeoutError:
            return []
        self._some.clear()
        events = sorted(chain(self._plain, self._others), key=itemgetter(0))
        self._plain.clear()
        self._others.clear()
        return [event for _, event in events]


class Lateness:
    """How far a reader of the bus is behind it, by ``now``, which is the bus's time.

    Where the two clocks differ, a read that is not full still tells that nothing else waits.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._behind = False

    @property
    def count(self) -> int:
        """Return how many events to read at once."""
        return MANY if self._behind else BATCH

    def skipped(self, found: int, newest: float) -> int:
        """Return of how many of the ``found`` events the pages are told only what is not plain.

        ``newest`` is when the last of them happened.
        """
        behind, late = self._behind, self._now() - newest
        self._behind = found >= self.count and late > (LEVEL if behind else LATE)
        if self._behind and not behind:
            log.warning("page_behind", seconds=round(late, 1))
        return max(0, found - SHOWN) if behind or self._behind else 0


def dropped(inbox: Inbox) -> list[Event]:
    """Return what tells a client that it has lost events, or that plain ones were left out.

    Where it was too slow, that is logged the first time.
    """
    told = []
    if count := inbox.lost():
        told.append(Event("", None, data=f'{{"type": "dropped", "count": {count}}}'))
        if inbox.slow and not inbox.told:
            inbox.told = True
            log.warning("page_slow", room=inbox.room, lost=inbox.slow)
    if count := inbox.left_out():
        told.append(Event("", None, data=f'{{"type": "sampled", "count": {count}}}'))
    return told
