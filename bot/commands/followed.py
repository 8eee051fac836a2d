"""Follows what becomes of the messages of a rehearsal, and tells it in the log's order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TextIO

from bot.bus.codec import Event
from bot.bus.outcomes import Outcomes, streams
from bot.bus.server import LOST
from bot.commands.reports import Reported
from bot.commands.stage import Key, Stage
from bot.flow.clock import WallClock, until
from bot.flow.outcomes import Ledger
from bot.house import House
from bot.model import Outcome
from bot.replay.causes import Explained
from bot.replay.golden import Golden
from bot.replay.load import Watch
from bot.replay.report.counts import Sends
from bot.web.lines import as_json

AGAIN = 0.2
"""Seconds between two tries while the queue is away."""
LOOK = 1.0
"""Seconds between two looks at how many messages wait."""


@dataclass
class Told:
    """Where outcomes go."""

    out: TextIO
    shown: Callable[[int], None] = lambda _: None
    """Gets how many have been told."""
    report: Reported | None = None
    golden: Golden | None = None
    watch: Watch = field(default_factory=Watch)
    explained: Explained = field(default_factory=Explained)
    counts: Counter[str] = field(default_factory=Counter)
    sends: Sends = field(default_factory=lambda: Sends(()))
    _sent: set[str] = field(default_factory=set)

    def tell(self, outcome: Outcome) -> None:
        """Tell an outcome, in the log's time."""
        self.watch.final(outcome)
        self.out.write(as_json(outcome) + "\n")
        self.out.flush()
        self.counts[outcome.outcome] += 1
        reply = outcome.reply
        if reply and reply.at is not None and reply.id not in self._sent:
            self._sent.add(reply.id)
            self.sends.add(outcome.message.room, reply.at)
        if self.report:
            self.report.add(outcome)
        if self.golden and (change := self.golden.add(as_json(replace(outcome, seconds={})))):
            self.explained.add(change)
        self.shown(self.counts.total())

    def limits(self) -> list[str]:
        """Return in lines how much of each limit was used."""
        return [
            f"limit of {use.window.count} in {use.window.seconds:g} s ({use.window.name}):"
            f" {use.most} at most"
            for use in self.sends.limits()
        ]


class Following:
    """Reads the events of a rehearsal. An outcome waits for those of the messages before it."""

    def __init__(self, house: House, stage: Stage, told: Told) -> None:
        self._house = house
        self._stage = stage
        self._told = told
        self._wall = WallClock()
        self._since = self._wall.now(), house.clock.now()
        self._ledger = Ledger()
        self._order = iter(stage.script.sent)
        self._next = next(self._order, None)
        self._waiting: dict[Key, Outcome] = {}

    async def run(self, over: asyncio.Event) -> None:
        """Tell what becomes final until ``over`` is set, and all that is final by then."""
        [events] = streams(self._house.store)
        cursor: str | None = "0-0"
        while cursor is not None:
            cursor = await self._read(events, cursor, over)
        self._final(everything=True)
        for outcome in self._waiting.values():  # what stood before them was not heard
            self._told.tell(outcome)

    async def look(self, over: asyncio.Event) -> None:
        """Note now and then how many messages wait, until ``over`` is set."""
        while not over.is_set():
            if self._stage.ahead is not None:
                await self._look()
            await until(over, LOOK)

    async def _look(self) -> None:
        try:
            waiting = await self._house.inbox.pending()
        except LOST:
            return
        self._told.watch.waiting(self._house.clock.now() - (self._stage.ahead or 0.0), waiting)

    async def _read(self, events: Outcomes, cursor: str, over: asyncio.Event) -> str | None:
        """Take what is behind ``cursor``; return the new one, None once there is no more."""
        last = over.is_set()  # asked first: all that is written by then is read
        try:
            found = await events.after(cursor)
        except LOST:  # nothing is missed: the cursor stands, and the worker has it started again
            await until(over, AGAIN)
            return None if last else cursor
        for at, event in found:
            cursor = at
            self._take(at, event)
        self._final()
        return None if last and not found else cursor

    def _take(self, at: str, event: Event) -> None:
        self._ledger.add(event)
        if isinstance(event, Outcome) and event.outcome != "shed":  # nobody began with those
            began = self._ended(at) - event.seconds.get("handle", 0.0)
            self._told.watch.taken(self._stage.by_log(event), began - (self._stage.ahead or 0.0))

    def _ended(self, at: str) -> float:
        """Return when an event was written, by our clock: its cursor is the server's time."""
        real, own = self._since
        return own + (int(at.partition("-")[0]) / 1000 - real) * self._stage.clock.speed

    def _final(self, *, everything: bool = False) -> None:
        for outcome in self._ledger.final(everything=everything):
            mine = self._stage.by_log(outcome)
            self._waiting[mine.message.platform, mine.message.id] = mine
        while self._next in self._waiting:
            self._told.tell(self._waiting.pop(self._next))
            self._next = next(self._order, None)


@asynccontextmanager
async def following(house: House, stage: Stage, told: Told) -> AsyncIterator[asyncio.Task[None]]:
    """Follow a rehearsal while the block runs, and to its end; the task fails where it does."""
    over = asyncio.Event()
    follows = Following(house, stage, told)
    reading = asyncio.create_task(follows.run(over))
    looking = asyncio.create_task(follows.look(over))
    try:
        yield reading
    finally:
        over.set()  # a read is not cancelled: it ends by itself
        await asyncio.gather(reading, looking)
