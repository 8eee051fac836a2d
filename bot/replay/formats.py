"""Recorded chat, danmate's own and that of other tools, as a stream of messages."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOBase
from pathlib import Path
from reprlib import repr as shown
from typing import TextIO, TypeAlias

from bot.errors import BadLog
from bot.model import ChatMessage
from bot.replay.asides import Aside
from bot.replay.readers import (
    bilibili,
    commands,
    downloader,
    ircs,
    jsonl,
    plain,
    tables,
    twitch,
    youtube,
    youtube_api,
)
from bot.replay.readers.parts import Format, Formats, Head, Item, Reader
from bot.replay.readers.source import Source

Given: TypeAlias = TextIO | Iterable[str]
# ruff: noqa: A002 - format is named like the option

READERS: Mapping[str, Reader] = {
    each.name: each
    for family in (
        jsonl, ircs, plain, twitch, downloader, youtube, youtube_api, bilibili, commands, tables,
    )
    for each in family.READERS
}  # fmt: skip
AUTO = "auto"
PLUGGED = frozenset({"irc", "recent-messages", "irc-json"})  # these need the plug-in irc
FIRST = 20  # unreadable lines that are named
RIVAL = 0.8  # of the best: who fits so well might be meant as well


class Log:
    """The messages of a recording in file order, read once; it counts while it is read.

    Every line that is not blank, or element, counts once: as ``read``, as ``skipped`` (``faults``
    names the first) or as ``other``: no person's message. A file that breaks off counts as
    skipped once more. A strict log raises BadLog at the first fault.
    """

    def __init__(self, items: Iterator[Item], source: Source, kind: str, *, strict: bool) -> None:
        self.format = kind
        self.encoding = source.encoding
        self.read = self.skipped = self.other = 0
        self.faults: list[str] = []
        self.asides: list[Aside] = []
        """What the lines read so far tell beside their messages."""
        self._source = source
        self._strict = strict
        self._messages = self._read(items)

    def __iter__(self) -> Iterator[ChatMessage]:
        return self._messages

    @property
    def consumed(self) -> int:
        """The bytes of the file that have been read, packed as they are."""
        return self._source.consumed

    def _read(self, items: Iterator[Item]) -> Iterator[ChatMessage]:
        for place, message, fault, asides in items:
            if asides:
                self.asides += asides
            if message:
                self.read += 1
                yield message
            elif fault:
                self._skip(place, fault)
            else:
                self.other += 1
        if self._source.fault:
            self._skip(self._source.name, self._source.fault)

    def _skip(self, place: str, fault: str) -> None:
        if self._strict:
            raise BadLog(f"{place}: {fault}")
        self.skipped += 1
        if self.skipped <= FIRST:
            self.faults.append(f"{place}: {fault}")


def known(plugins: Formats) -> dict[str, str]:
    """Return the formats that can be read: by name, in a line for people."""
    own = {name: each.says for name, each in _readers(plugins).items()}
    return own | {name: "added by a plug-in" for name in plugins if name not in own}


@contextmanager
def open_log(
    path: Path, *, plugins: Formats, format: str = AUTO, strict: bool = False
) -> Iterator[Log]:
    """Open the recording ``path``, close it on exit. Raises BadLog, also for what ``read`` does."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadLog(f"{path}: expected a recording, got: {error.strerror}") from error
    with file:
        yield _log(Source(file, str(path)), plugins, format, strict=strict)


def read(
    given: Given, *, name: str, plugins: Formats, format: str = AUTO, strict: bool = False
) -> Log:
    """Return the messages of a text file, or of lines.

    A text file is read by its bytes where it has any: so it may be packed, and in any encoding.
    ``name`` stands in faults and, without suffix, in the room of messages that have none. Raises
    BadLog for an unknown format, or a content that no format fits, or several.
    """
    buffer = getattr(given, "buffer", None)
    if buffer is not None:
        return _log(Source(buffer, name), plugins, format, strict=strict)
    return _log(Source(_Text(given), name, known="utf-8-sig"), plugins, format, strict=strict)


def _log(source: Source, plugins: Formats, format: str, *, strict: bool) -> Log:
    names = known(plugins)
    if format != AUTO and format not in names:
        expected = f"expected one of {', '.join(names)} or auto as format"
        raise BadLog(f"{source.name}: {expected}, got {format}")
    kind = _detected(source, plugins) if format == AUTO else format
    if reader := _readers(plugins).get(kind):
        return Log(reader.read(source, plugins), source, kind, strict=strict)
    return Log(ircs.through(source.lines(), plugins, kind), source, kind, strict=strict)


def _readers(plugins: Formats) -> dict[str, Reader]:
    return {name: it for name, it in READERS.items() if name not in PLUGGED or "irc" in plugins}


def _detected(source: Source, plugins: Formats) -> str:
    """Return the format that the head of a file fits best."""
    head = Head(source)
    fits = {name: each.look(head) for name, each in _readers(plugins).items()}
    best = max(fits.values())
    if not best:
        got = next((line for line in source.head.split("\n") if line.strip("\ufeff \t\r")), "")
        raise BadLog(
            f"{source.name}: expected one of {', '.join(known(plugins))};"
            f" got {shown(got.strip())}; say which by --format"
        )
    rivals = [name for name, fit in fits.items() if fit >= RIVAL * best]
    if len(rivals) > 1:
        raise BadLog(
            f"{source.name}: expected one format, this may be {' or '.join(rivals)};"
            " say which by --format"
        )
    return rivals[0]


class _Text:
    """Text as bytes: what stood for a byte that is no UTF-8 becomes it again."""

    def __init__(self, given: Given) -> None:
        if isinstance(given, TextIOBase):
            self._texts = iter(lambda: given.read(4096), "")
        else:
            self._texts = (line if line.endswith("\n") else line + "\n" for line in given)
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._rest and (text := next(self._texts, "")):
            self._rest = _bytes(text)
        data = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(data) :]
        return data


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


__all__ = ("READERS", "Format", "Formats", "Log", "known", "open_log", "read")
