"""A recording under way: reads what the queue tells, and has it written down in order."""

import asyncio
import json
from dataclasses import dataclass, field, replace

from bot.bus.codec import Event
from bot.bus.outcomes import LONGEST_BLOCK, streams
from bot.bus.recording import Told
from bot.bus.removals import Removal, Removals
from bot.model import Outcome
from bot.replay.recording.book import Book, Entry, Key
from bot.replay.recording.means import Means
from bot.replay.recording.scribe import Scribe
from bot.replay.recording.scrubbing import emptied

BATCH = 256
"""Events that are read in one go."""
OFTEN = 1.0
"""Seconds between two times that what was written is put on the disk, and that is noted: what a
power cut costs is read again from the queue."""
SELDOM = 60.0
"""Seconds between two times that removed messages are taken out of files, and old files deleted."""
SEEDED = 2_000
"""Events of a shard whose authors are known by name at the start."""


@dataclass
class Taking:
    """One process records, from ``start`` to ``end``."""

    use: Means
    book: Book = field(default_factory=Book)
    lines: int = 0
    since: float = 0.0

    def __post_init__(self) -> None:
        self._events = streams(self.use.store)
        self._removals = [Removals(self.use.store, number) for number in self._shards]
        self._removed: dict[int, str] = {}
        self._scrubbed: dict[
            int, str
        ] = {}  # as far as files are rid of it: a crash forgets no more
        self._scribe = Scribe(self.use, self._waits)
        self._often = self._seldom = 0.0

    def _waits(self, key: Key) -> bool | None:
        return self.book.waits(key)

    @property
    def _shards(self) -> range:
        return range(self.use.store.shards)

    async def start(self) -> None:
        """Go on where the last recording stopped, or begin with what happens now.

        Raises LOST, or OSError.
        """
        use, self.since = self.use, self.use.clock.now()
        known = await use.desk.cursors()
        if use.folder.place.is_dir():
            await asyncio.to_thread(use.folder.finish)
        if known:
            self.since = min(int(at.partition("-")[0]) / 1000 for at in known.values())
            self.book = Book(await asyncio.to_thread(use.folder.keys, self.since))
        for number in self._shards:
            events, removals = self._events[number], self._removals[number]
            self.book.start(number, known.get(str(number)) or await events.last())
            self._removed[number] = known.get(f"removed {number}") or await removals.last()
            for event in await events.latest(SEEDED):
                self._know(event)
        self._scrubbed = dict(self._removed)
        await use.desk.reached(self._cursors())
        await use.scene.learn()
        await self._scribe.ready()

    async def step(self, block: float = LONGEST_BLOCK) -> None:
        """Write what has happened since the last step, waiting up to ``block`` seconds for it.

        Raises LOST, or OSError: then nothing is lost, and the next step tries again.
        """
        await self._scribe.ready()
        await self._read(block)
        now = self.use.clock.now()
        often = now - self._often >= OFTEN
        if often:
            await self._look(now)
        self._write(now)
        if often:
            self._often = now
            await self._reached()
        if now - self._seldom >= SELDOM:
            self._seldom = now
            await self._tidy(now)
        await self._scribe.turn(now)

    async def end(self) -> None:
        """Write all that is known, and finish the file. Raises LOST, or OSError."""
        await self._scribe.ready()
        while await self._read(0.0):
            pass
        now = self.use.clock.now()
        await self._look(now)
        self._write(now, everything=True)
        await self._tidy(now)
        await self._reached()
        await self._scribe.finish()

    def drop(self) -> None:
        """Let go of a file that cannot be written; the next step begins another."""
        self._scribe.drop()

    async def _read(self, block: float) -> int:
        """Read removals and then events; return how many events there were."""
        for number, removals in enumerate(self._removals):
            for at, removal in await removals.after(self._removed[number]):
                self._removed[number] = at
                self._remove(removal)
        found = await asyncio.gather(
            *(
                each.after(self.book.last(number), block, BATCH)
                for number, each in enumerate(self._events)
            )
        )
        now = self.use.clock.now()
        for number, events in enumerate(found):
            for at, event in events:
                self._know(event)
                self.book.add(number, at, event, now)
        rooms = {self.book.room(event) for events in found for _, event in events}
        await self.use.scene.look(filter(None, rooms))
        return sum(map(len, found))

    async def _tidy(self, now: float) -> None:
        """Take out of files what was removed until now."""
        await self._scribe.tidy(now)
        self._scrubbed = dict(self._removed)

    def _know(self, event: Event) -> None:
        """Recognise who spoke, before anything is written that may name them."""
        if isinstance(event, Outcome):
            self.book.hear(event)
            if self.use.masks is not None:
                self.use.masks.know(event.message.room, event.message.author)

    def _remove(self, removal: Removal) -> None:
        of, masks = removal.removed, self.use.masks
        self.book.remove(removal)
        author = masks.id(of.room, of.author_id) if masks and of.author_id else of.author_id
        self._scribe.scrub.add(removal, author)
        self._scribe.note("removed", room=of.room, id=of.id, author_id=author, at=removal.at)

    async def _look(self, now: float) -> None:
        """See what has happened in the rooms and no event tells."""
        shown, notes = await self.use.scene.changes(self.since, now, self.book.knows)
        for outcome in shown:
            self.book.put(outcome, now)
        for note in notes:
            self._scribe.note("catalogue", **note)

    def _write(self, now: float, *, everything: bool = False) -> None:
        ready = self.book.take(now, everything=everything)
        lines = [self._line(each) for each in ready]
        self.lines += len(lines)
        self._scribe.write(lines)

    def _line(self, entry: Entry) -> str:
        """Return the line of a message, without who said what where it was removed."""
        outcome = self._masked(entry.outcome)
        line = self.use.line(outcome)
        if entry.removed is None:
            return line
        answer = self.use.line(replace(outcome, reply=entry.answer))
        row = emptied(json.loads(line), entry.removed, json.loads(answer)["reply"])
        return json.dumps(row, ensure_ascii=False)

    def _masked(self, outcome: Outcome) -> Outcome:
        """Return an outcome in which nobody is named, where that is wanted."""
        if (masks := self.use.masks) is None:
            return outcome
        if outcome.reply and not self.book.names(outcome):  # who it names may be anybody
            outcome = replace(outcome, reply=replace(outcome.reply, text="", names=()))
        return masks.outcome(outcome)

    async def _reached(self) -> None:
        """Put what was written on the disk, and note how far that is."""
        await self._scribe.sync()
        await self.use.desk.reached(self._cursors())
        folder, file = str(self.use.folder.place), self._scribe.name
        await self.use.desk.tell(Told(folder, file, self.since, self.lines))

    def _cursors(self) -> dict[str, str]:
        cursors = {str(number): self.book.cursor(number) for number in self._shards}
        return cursors | {f"removed {number}": at for number, at in self._scrubbed.items()}
