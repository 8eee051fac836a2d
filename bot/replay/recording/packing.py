"""The files of recordings: their names, their lines, and how they are packed and replaced."""

import gzip
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from bot.errors import BadLog
from bot.replay.readers.packed import unpacked

Packing: TypeAlias = Literal["gz", "zst", "none"]
Change: TypeAlias = Callable[[bytes], bytes | None]
"""What a line becomes: itself where it is not changed, None where it goes."""
Out: TypeAlias = IO[bytes] | gzip.GzipFile
NAME = re.compile(r"danmate-(?P<at>\d{8}T\d{6}Z)(?:-(?P<again>\d+))?\.jsonl(?:\.gz|\.zst)?")
PLAIN = ".jsonl"
NEW = ".new"
"""The ending of a file that is not whole yet."""
LEVEL = 6
OWN = 0o600
"""Chat is personal: nobody else may read it."""
CHUNK = 1 << 20


def name_of(now: float, again: int = 0) -> str:
    """Return the name of a file that begins ``now``, the ``again``-th of this second."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"danmate-{stamp}{f'-{again + 1}' if again else ''}{PLAIN}"


def files(folder: Path) -> list[Path]:
    """Return the recordings in a folder, the oldest first."""
    found = [(path, name) for path in folder.iterdir() if (name := NAME.fullmatch(path.name))]
    found.sort(key=lambda each: (each[1]["at"], int(each[1]["again"] or 1), each[1][0]))
    return [path for path, _ in found]


def lines(path: Path) -> Iterator[bytes]:
    """Yield the whole lines of a recording, up to where it breaks off."""
    with path.open("rb") as file:
        yield from _lines(file, str(path))


def pack(path: Path, packing: Packing) -> Path:
    """Pack a plain file, without the line that was not finished; return what it is now.

    What it was stays until what it becomes lies whole on the disk. Raises OSError.
    """
    if packing == "none":
        _trim(path)
        return path
    packed = path.with_name(f"{path.name}.{packing}")
    with path.open("rb") as file, _replacing(packed, os.fstat(file.fileno())) as out:
        for line in _lines(file, str(path)):
            out.write(line)
    path.unlink()
    return packed


def rewrite(path: Path, change: Change) -> int:
    """Change the lines of a recording; return how many became something else. Raises OSError.

    The file is replaced in one step, and only where a line has changed; its time stays.
    """
    if not any(change(line) != line for line in lines(path)):
        return 0
    count = 0
    with path.open("rb") as file, _replacing(path, os.fstat(file.fileno())) as out:
        for line in _lines(file, str(path)):
            changed = change(line)
            count += changed != line
            out.write(changed or b"")
    return count


def _trim(path: Path) -> None:
    """Take off the line that was not finished."""
    with path.open("r+b") as file:
        like, end = os.fstat(file.fileno()), 0
        for line in file:
            end += len(line) if line.endswith(b"\n") else 0
        if end < like.st_size:
            file.truncate(end)
            os.utime(path, ns=(like.st_atime_ns, like.st_mtime_ns))


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    head = file.read(8)
    source = unpacked(head, file, name)
    rest = b"" if source else head
    read = (source or file).read
    with suppress(OSError, EOFError, BadLog):
        while data := read(CHUNK):
            *whole, rest = (rest + data).split(b"\n")
            yield from (line + b"\n" for line in whole)


@contextmanager
def _replacing(path: Path, like: os.stat_result) -> Iterator[Out]:
    """Yield a file that stands in the place of ``path`` once the block has ended well."""
    new = path.with_name(path.name + NEW)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWN), "wb") as file:
            with _packer(file, path.suffix) as out:
                yield out
            file.flush()
            os.fsync(file.fileno())
        os.utime(new, ns=(like.st_atime_ns, like.st_mtime_ns))
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


@contextmanager
def _packer(file: IO[bytes], suffix: str) -> Iterator[Out]:
    if suffix == ".gz":  # without a name and a time in it: the same lines give the same bytes
        with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as packed:
            yield packed
    elif suffix == ".zst":
        with _zstd().ZstdFile(file, "wb") as packed:
            yield packed
    else:
        yield file


def _zstd() -> Any:
    """Return the module that packs with zstd; Python 3.14 brings it along."""
    newer = sys.version_info >= (3, 14)
    return import_module("compression.zstd" if newer else "backports.zstd")
