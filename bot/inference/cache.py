"""What the models made of texts, kept in one file: a second replay needs no model.

A value is found by what it was asked and by who was asked: weights, adapter, code and machine. So a
change of any of them finds nothing, and nothing old is ever taken for new.
"""

import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol, Self

import structlog

log = structlog.get_logger()

FILE: Final = "readings.db"
KEEP: Final = 250_000
"""Values that are kept, the latest: about half a gigabyte."""
KEEP_IN_MEMORY: Final = 50_000
"""Values that a run without a file keeps, the latest: 100 megabytes at most."""
AT_ONCE: Final = 500
"""Keys in one question to the file."""
WAIT: Final = 5.0
"""Seconds that one process waits for another that writes."""
_CRC: Final = 4
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS outputs (id INTEGER PRIMARY KEY, key BLOB UNIQUE, value BLOB) STRICT;
CREATE TABLE IF NOT EXISTS digests (file TEXT PRIMARY KEY, state TEXT, digest TEXT) STRICT;
"""


class Outputs(Protocol):
    """Where outputs of models are kept: ``kind`` says whose, a key what was asked."""

    def get(self, kind: str, keys: Sequence[str], /) -> Mapping[str, bytes]:
        """Return the values of those keys that are known."""

    def put(self, kind: str, found: Mapping[str, bytes], /) -> None:
        """Keep values."""


class Memory:
    """Keeps the latest ``keep`` values for as long as it lives."""

    def __init__(self, keep: int = KEEP_IN_MEMORY) -> None:
        self._keep = keep
        self._values: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, keys: Sequence[str], /) -> Mapping[str, bytes]:
        """Return the values of those keys that are known."""
        found = {key: self._values.get((kind, key)) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def put(self, kind: str, found: Mapping[str, bytes], /) -> None:
        """Keep values, and forget as many of the oldest as there are too many."""
        self._values |= {(kind, key): value for key, value in found.items()}
        while len(self._values) > self._keep:
            del self._values[next(iter(self._values))]


class Forgetful:
    """Keeps nothing."""

    def get(self, _: str, __: Sequence[str], /) -> Mapping[str, bytes]:
        """Return nothing."""
        return {}

    def put(self, _: str, __: Mapping[str, bytes], /) -> None:
        """Keep nothing."""


class Cache:
    """Outputs in an SQLite file, which any number of processes may share. Use as a context.

    ``makers`` names who makes each kind of output, by a digest; other kinds are not kept. Of all
    values the latest ``keep`` stay. Nothing that happens to the file stops anybody: one that is
    broken is made anew, and where nothing can be read or written, nothing is known.
    """

    def __init__(self, file: Path, makers: Mapping[str, str], keep: int = KEEP) -> None:
        self._file = file
        self._makers = makers
        self._keep = keep
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        self._db = opened(self._file)
        return self

    def __exit__(self, *_: object) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def get(self, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of those keys that are known."""
        if self._db is None or kind not in self._makers:
            return {}
        asked = {self._key(kind, key): key for key in keys}
        hashes = list(asked)
        found: dict[str, bytes] = {}
        try:
            for at in range(0, len(hashes), AT_ONCE):
                part = hashes[at : at + AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = self._db.execute(
                    f"SELECT key, value FROM outputs WHERE key IN ({marks})",  # noqa: S608 - marks
                    part,
                )
                found |= {asked[key]: value[_CRC:] for key, value in rows if _whole(value)}
        except sqlite3.Error as error:
            self._failed(error)
        return found

    def put(self, kind: str, found: Mapping[str, bytes]) -> None:
        """Keep values, and forget as many of the oldest as there are too many."""
        if self._db is None or kind not in self._makers:
            return
        rows = [(self._key(kind, key), _sealed(value)) for key, value in found.items()]
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(
                    "INSERT INTO outputs (key, value) VALUES (?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    rows,
                )
                self._db.execute(
                    "DELETE FROM outputs WHERE id <= (SELECT max(id) FROM outputs) - ?",
                    (self._keep,),
                )
        except sqlite3.Error as error:
            self._failed(error)

    def _key(self, kind: str, key: str) -> bytes:
        text = f"{kind}\0{self._makers[kind]}\0{key}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def _failed(self, error: sqlite3.Error) -> None:
        """Make a broken file anew; leave one alone that another process writes."""
        if not _broken(error):
            log.warning("cache_unusable", file=str(self._file), error=str(error))
            return
        if self._db is not None:
            self._db.close()
        self._db = renewed(self._file, error)


def opened(file: Path) -> sqlite3.Connection | None:
    """Open the file, made anew if it is broken; None where there can be none."""
    try:
        return _connected(file)
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.Error) and _broken(error):
            return renewed(file, error)
        log.warning("cache_unusable", file=str(file), error=str(error))
    return None


def renewed(file: Path, error: sqlite3.Error) -> sqlite3.Connection | None:
    """Begin a broken file anew."""
    log.warning("cache_rebuilt", file=str(file), error=str(error))
    try:
        for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(name).unlink(missing_ok=True)
        return _connected(file)
    except (OSError, sqlite3.Error) as fault:
        log.warning("cache_unusable", file=str(file), error=str(fault))
        return None


def _broken(error: sqlite3.Error) -> bool:
    """Say whether the file is none, or holds other tables; else it is busy, or the disk full."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _connected(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(file, timeout=WAIT, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # a crash costs the last values, never the file
        db.executescript(_TABLES)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _sealed(value: bytes) -> bytes:
    return zlib.crc32(value).to_bytes(_CRC, "big") + value


def _whole(value: bytes) -> bool:
    return zlib.crc32(value[_CRC:]).to_bytes(_CRC, "big") == value[:_CRC]


def file_digest(file: Path, cache: Path) -> str:
    """Return the digest of a file's content, looked up where neither size nor time has changed."""
    about = file.stat()
    state = f"{about.st_size}:{about.st_mtime_ns}:{about.st_ino}"
    if (db := opened(cache)) is None:
        return content_digest(file)
    with closing(db), suppress(sqlite3.Error):
        query = "SELECT digest FROM digests WHERE file = ? AND state = ?"
        if row := db.execute(query, (str(file), state)).fetchone():
            return str(row[0])
        digest = content_digest(file)
        db.execute("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", (str(file), state, digest))
        return digest
    return content_digest(file)


def content_digest(file: Path) -> str:
    """Return the digest of a file's content."""
    found = blake2b(digest_size=16)
    with file.open("rb") as source:
        while part := source.read(1 << 20):
            found.update(part)
    return found.hexdigest()
