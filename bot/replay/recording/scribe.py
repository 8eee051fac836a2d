"""Writes the lines of a recording into one file after the other."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.replay.recording.journal import File
from bot.replay.recording.means import Means
from bot.replay.recording.scrubbing import Scrub
from bot.replay.recording.states import Waits, nobody

FORMAT = 1


@dataclass
class Scribe:
    """The pen: ``scrub`` is what is still to be taken out of files.

    What cannot be written (OSError) is kept, and is written first the next time.
    """

    use: Means
    waits: Waits = nobody
    """Tells which messages are still to be written."""
    scrub: Scrub = field(default_factory=Scrub)
    _file: File | None = None
    _unwritten: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the name of the file at hand; "" where there is none."""
        return self._file.path.name if self._file else ""

    async def ready(self) -> None:
        """Begin a file where there is none, and write what could not be. Raises LOST or OSError."""
        if self._file is None:
            self._file = await self._begun()
        self.write(())

    def note(self, kind: str, **told: object) -> None:
        """Keep a line that tells of something else than a message until the next are written."""
        self._unwritten.append(_json({"danmate": kind, **told}))

    def write(self, lines: Iterable[str]) -> None:
        """Write lines, all or none of them. Raises OSError."""
        self._unwritten += lines
        if self._unwritten and self._file is not None:
            data = "".join(f"{line}\n" for line in self._unwritten)
            self._file.write(data.encode("utf-8", "replace"))
            self._unwritten.clear()

    async def sync(self) -> None:
        """Put what was written on the disk. Raises OSError."""
        if self._file is not None:
            await asyncio.to_thread(self._file.sync)

    async def tidy(self, now: float) -> None:
        """Take out of files what was removed, and delete old ones. Raises OSError."""
        folder = self.use.folder
        if self.scrub:
            since, change = now - self.use.scrubbed, self.scrub.change
            await asyncio.to_thread(folder.rewrite, change, since, self._file)
            self.scrub = Scrub()
        await asyncio.to_thread(folder.prune, now)

    async def turn(self, now: float) -> None:
        """Begin another file where this one is full, or somebody asks. Raises LOST or OSError."""
        asked = await self.use.desk.asked_anew()
        if asked or (self._file is not None and self.use.folder.full(self._file, now)):
            await self.tidy(now)
            await self.finish()
            await self.ready()
        if asked:
            await self.use.desk.begun_anew()

    async def finish(self) -> None:
        """Let go of the file, whole and packed. Raises OSError."""
        await self.sync()
        self.drop()
        await asyncio.to_thread(self.use.folder.finish)

    def drop(self) -> None:
        """Let go of a file as it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _begun(self) -> File:
        now, folder = self.use.clock.now(), self.use.folder
        file = await asyncio.to_thread(folder.begin, now)
        try:
            rooms = await self.use.scene.picture(folder.place, self.waits)
            head = {"danmate": "recording", "format": FORMAT, "at": now, **self.use.about}
            file.write(f"{_json({**head, 'rooms': rooms})}\n".encode())
        except BaseException:
            file.close()
            raise
        return file


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)
