"""A folder of recordings: one file that is written; the others are finished, packed, deleted.

What was written is in the system's hands: a killed process loses nothing of it. ``sync`` puts it on
the disk. A file that a crash left is finished at the next start, and another begins.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec

from bot.replay.recording.book import Key
from bot.replay.recording.packing import (
    NEW,
    OWN,
    PLAIN,
    Change,
    Packing,
    files,
    lines,
    name_of,
    pack,
    rewrite,
)

MEGA = 1_000_000
LOCK = ".lock"
CATALOGUES = "catalog-*.toml"
HOUR = 3600.0


class _Said(msgspec.Struct):
    platform: str = ""
    id: str = ""


class _Row(msgspec.Struct):
    message: _Said


ROW = msgspec.json.Decoder(_Row)


@dataclass(frozen=True, slots=True)
class Folder:
    """Where recordings lie, and what becomes of them."""

    place: Path
    size: float = 64.0
    """Megabytes after which a file is full."""
    span: float = 86_400.0
    """Seconds that a file may hold, counted from the epoch: days and hours of UTC."""
    packing: Packing = "gz"
    keep: float = 0.0
    """Seconds that a file is kept after its last line; 0: for ever."""

    def begin(self, now: float) -> "File":
        """Begin a file. Raises OSError."""
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.locked():
            names = (self.place / name_of(now, again) for again in count())
            return File(next(path for path in names if not any(map(Path.exists, _all(path)))), now)

    def full(self, file: "File", now: float) -> bool:
        """Say whether another file should begin."""
        return file.size >= self.size * MEGA or now // self.span != file.began // self.span

    def finish(self) -> None:
        """Pack all that nobody writes any more, and tidy up what a crash left. Raises OSError."""
        with self.locked():
            for left in self.place.glob(f"danmate-*{NEW}"):
                left.unlink(missing_ok=True)
            for path in files(self.place):
                if path.suffix == PLAIN and _free(path):
                    self._finish(path)

    def prune(self, now: float) -> int:
        """Delete what is older than it is kept; return how many recordings. Raises OSError."""
        if not self.keep:
            return 0
        with self.locked():
            old = [path for path in files(self.place) if _age(path, now) > self.keep]
            for path in old:
                path.unlink(missing_ok=True)
            for path in self.place.glob(CATALOGUES):
                if _age(path, now) > self.keep + self.span + HOUR:  # it was named at a file's start
                    path.unlink(missing_ok=True)
        return len(old)

    def keys(self, since: float) -> list[Key]:
        """Return which messages stand in the files that were written after ``since``."""
        found = (key_in(line) for line in self.lines(since))
        return [key for key in found if key is not None]

    def lines(self, since: float = 0.0) -> Iterator[bytes]:
        """Yield the lines of the files that were written after ``since``; nobody replaces them."""
        if not self.place.is_dir():
            return
        with self.locked():
            for path in files(self.place):
                if path.stat().st_mtime >= since:
                    yield from lines(path)

    def rewrite(self, change: Change, since: float = 0.0, own: "File | None" = None) -> int:
        """Change lines of finished files that were written after ``since``, and of our ``own``.

        Returns how many lines became another. Raises OSError.
        """
        if not self.place.is_dir():
            return 0
        with self.locked():
            count = own.rewrite(change) if own else 0
            found = [path for path in files(self.place) if path.stat().st_mtime >= since]
            return count + sum(rewrite(path, change) for path in found if _free(path))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process replace or delete files while the block runs."""
        lock = os.open(self.place / LOCK, os.O_RDWR | os.O_CREAT, OWN)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _finish(self, path: Path) -> None:
        _, *packed = _all(path)
        if any(map(Path.exists, packed)) or not any(map(key_in, lines(path))):
            path.unlink()  # it was packed, or holds nothing that happened
        else:
            pack(path, self.packing)


class File:
    """The file that is written. Nobody else touches it while this is open."""

    def __init__(self, path: Path, now: float) -> None:
        """Begin the file ``path``, which is not there. Raises OSError."""
        self.path = path
        self.began = now
        self.size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, OWN)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def write(self, data: bytes) -> None:
        """Write whole lines, all or none of them. Raises OSError, as for a full disk."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Put what was written on the disk. Raises OSError."""
        os.fsync(self._file)

    def rewrite(self, change: Change) -> int:
        """Change the lines that are written; return how many became another. Raises OSError."""
        if not (changed := rewrite(self.path, change)):
            return 0
        new = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        fcntl.flock(new, fcntl.LOCK_EX)
        os.close(self._file)
        self._file, self.size = new, os.fstat(new).st_size
        return changed

    def close(self) -> None:
        """Let others have it."""
        os.close(self._file)


def key_in(line: bytes) -> Key | None:
    """Return which message a line is about; None for a line that tells of something else."""
    try:
        said = ROW.decode(line).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return said.platform, said.id


def _all(path: Path) -> list[Path]:
    """Return what a plain file is called, and what it may become."""
    return [path, *(path.with_name(path.name + ending) for ending in (".gz", ".zst"))]


def _free(path: Path) -> bool:
    """Say whether nobody writes a file."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _age(path: Path, now: float) -> float:
    return now - path.stat().st_mtime
