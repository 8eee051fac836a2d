"""Recorded chat, danmate's own and that of other tools, as a stream of messages."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import TextIOBase
from itertools import chain, count, islice
from pathlib import Path, PurePath
from reprlib import repr as _shown
from typing import Any, NamedTuple, TextIO, TypeAlias

import msgspec

from bot.errors import BadFrame, BadLog
from bot.model import ChatMessage

Format: TypeAlias = Callable[[Iterable[str]], Iterator[ChatMessage | None]]
"""Takes a line for each item: a message, None if nobody's; after BadFrame ``next()`` goes on."""
Formats: TypeAlias = Mapping[str, Format]
Source: TypeAlias = TextIO | Iterable[str]
# ruff: noqa: A002 - format is named like the option

ALIASES: Mapping[str, tuple[str, ...]] = {  # what others call it: the first that is there wins
    "text": ("comment", "content", "message", "msg", "danmaku"),
    "author": ("user", "nickname", "name", "username", "author_name"),
    "sent_at": ("time", "timestamp", "ts"),
}
IDS = ("id", "author_id", "reply_to")  # numbers will do
DEFAULTS = {"platform": "log", "author": "", "author_id": "", "role": "viewer"}
START = 1767225600.0  # of a log without times
LATEST = 1e11  # seconds: the year 5138; a greater number counts milliseconds
LONGEST = 10_000_000  # bytes of a line
LARGEST = 64_000_000  # bytes of a document, which is read whole
CHUNK = 65_536  # characters: of a line that is too long no more than LONGEST is held
FIRST = 20  # lines that tell the format; unreadable lines that are named
SURROGATE = re.compile("[\ud800-\udfff]")
UNREADABLE = re.compile("[\0\ud800-\udfff]")  # a byte that is no UTF-8 has become a surrogate
DOCUMENT = re.compile(r'\s*\{\s*"messages"\s*:')
LOOKS = {
    "jsonl": re.compile(r'\s*\{\s*["}]'),
    "irc": re.compile(r"(@[^ ]*=[^ ]* +(:\S+ +)?|:\S*[!.]\S* +)([A-Z]+|\d{3})(\s|$)|PING(\s|$)"),
}


class Line(NamedTuple):
    """A line at its place; ``fault`` says why there is no text."""

    place: str
    text: str
    fault: str = ""


class Log:
    """The messages of a recording in file order, read once; it counts while it is read.

    Every line that is not blank counts once: as ``read``, as ``skipped`` (``faults`` names the
    first) or as ``other``: no person's message. A strict log raises BadLog at the first fault.
    """

    def __init__(self, lines: Iterator[Line], reader: Format, kind: str, *, strict: bool) -> None:
        self.format = kind
        self.read = self.skipped = self.other = 0
        self.faults: list[str] = []
        self._strict = strict
        self._messages = self._read(lines, reader)

    def __iter__(self) -> Iterator[ChatMessage]:
        return self._messages

    def _read(self, lines: Iterator[Line], reader: Format) -> Iterator[ChatMessage]:
        line = Line("", "")

        def texts() -> Iterator[str]:  # "" for a bad one: a reader counts lines
            nonlocal line
            for line in lines:
                if line.fault:
                    self._skip(line, line.fault)
                yield line.text

        messages = reader(texts())
        while True:
            try:
                message = next(messages)
            except StopIteration:
                return
            except BadFrame as error:
                self._skip(line, " ".join(str(error).split()))
                continue
            if message:
                self.read += 1
                yield message
            elif line.text.strip():
                self.other += 1

    def _skip(self, line: Line, fault: str) -> None:
        if self._strict:
            raise BadLog(f"{line.place}: {fault}")
        self.skipped += 1
        if self.skipped <= FIRST:
            self.faults.append(f"{line.place}: {fault}")


@contextmanager
def open_log(
    path: Path, *, plugins: Formats, format: str = "auto", strict: bool = False
) -> Iterator[Log]:
    """Open the recording ``path``, close it on exit. Raises BadLog, also for what ``read`` does."""
    try:
        file = path.open(encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise BadLog(f"{path}: expected a recording, got: {error.strerror}") from error
    with file:
        yield read(file, name=str(path), format=format, strict=strict, plugins=plugins)


def read(
    source: Source, *, name: str, plugins: Formats, format: str = "auto", strict: bool = False
) -> Log:
    """Return the messages of ``source``: a text file, or one item for each line.

    A file is opened as ``open_log`` does it: then bytes that are no UTF-8 cost only their line.
    ``name`` stands in faults and, without suffix, in the room of messages that have none. Raises
    BadLog for an unknown format, a content that no format fits, or a broken document.
    """
    expected = f"{name}: expected one of {', '.join(('jsonl', 'recent-messages', *plugins))}"
    chunks = _chunks(source)
    head = list(islice(chunks, FIRST)) or [""]
    head[0] = head[0].removeprefix("\ufeff")
    chunks = chain(head, chunks)
    kind = "recent-messages" if format == "auto" and DOCUMENT.match("".join(head)) else format
    lines = _document(chunks, name) if kind == "recent-messages" else _lines(chunks, name)
    if kind == "auto":
        kind, lines = _detect(lines, expected)
    if kind == "jsonl":
        return Log(lines, _jsonl(f"log/{PurePath(name).stem}"), kind, strict=strict)
    needed = "irc" if kind == "recent-messages" else kind
    if needed not in plugins:
        raise BadLog(f"{expected} or auto as format, got {needed}")
    return Log(lines, plugins[needed], kind, strict=strict)


def _chunks(source: Source) -> Iterator[str]:
    if isinstance(source, TextIOBase):
        return iter(partial(source.readline, CHUNK), "")
    return (line if line.endswith("\n") else line + "\n" for line in source)


def _join(chunks: Iterator[str], limit: int, end: str = "") -> tuple[str, int]:
    # the text up to a chunk with this end, and its bytes; beyond the limit nothing is kept
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk.encode("utf-8", "replace"))
        parts += [chunk] if size <= limit else []
        if end and chunk.endswith(end):
            break
    return "".join(parts), size


def _lines(chunks: Iterator[str], name: str) -> Iterator[Line]:
    joined = iter(partial(_join, chunks, LONGEST, "\n"), ("", 0))
    return (_line(f"{name}:{number}", *each) for number, each in enumerate(joined, 1))


def _line(place: str, text: str, size: int = 0) -> Line:
    if size > LONGEST:
        return Line(place, "", f"expected at most {LONGEST} bytes in a line, got {size}")
    if bad := UNREADABLE.search(text):
        byte = f"0x{ord(bad[0]) & 0xFF:02x}"
        return Line(place, "", f"expected UTF-8, got byte {byte} as character {bad.end()}")
    return Line(place, text)


def _document(chunks: Iterator[str], name: str) -> Iterator[Line]:
    text, size = _join(chunks, LARGEST)
    if size > LARGEST:
        raise BadLog(f"{name}: expected a document of at most {LARGEST} bytes, got {size}")
    try:
        rows = msgspec.convert(_json(text)["messages"], list[str])
    except (BadFrame, LookupError, TypeError, msgspec.ValidationError) as error:
        raise BadLog(f'{name}: expected {{"messages": ["…", …]}}, got {_shown(text)}') from error
    return (_line(f"{name}: messages[{index}]", row) for index, row in enumerate(rows))


def _detect(lines: Iterator[Line], expected: str) -> tuple[str, Iterator[Line]]:
    head = list(islice(lines, FIRST))
    full = [line for line in head if line.fault or line.text.strip()]
    kinds = (kind for line in full for kind, look in LOOKS.items() if look.match(line.text))
    if kind := next(kinds, "" if full else "jsonl"):  # nothing is nothing in any format
        return kind, chain(head, lines)
    got = full[0].fault or f"got {_shown(full[0].text.strip())}"
    raise BadLog(f"{expected}; {full[0].place}: {got}")


def _jsonl(room: str) -> Format:
    at = START - 1

    def message(line: str, number: int) -> ChatMessage | None:
        nonlocal at
        if not line.strip():
            return None
        defaults = {"id": f"line-{number}", "room": room, "sent_at": at + 1}
        given = DEFAULTS | defaults | _given(row := _row(line))
        if "text" not in given:
            names = ", ".join(("text", *ALIASES["text"]))
            raise BadFrame(f"expected one of the keys {names}, got {_shown(list(row))}")
        try:
            found = msgspec.convert(given, ChatMessage)
        except msgspec.ValidationError as error:
            raise BadFrame(f"expected a message: {error}") from None
        if not 0 <= found.sent_at <= LATEST:
            raise BadFrame(f"expected seconds since the epoch, got {given['sent_at']}")
        at = found.sent_at
        return found

    return lambda lines: map(message, lines, count(1))


def _row(line: str) -> Mapping[str, Any]:
    row = _json(line)
    if isinstance(row, dict) and isinstance(row.get("message"), dict) and "text" not in row:
        row = row["message"]  # the line of an outcome
    if not isinstance(row, dict):
        raise BadFrame(f"expected a JSON object, got {_shown(row)}")
    return row


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    given = {}
    for key in ("text", "author", "sent_at", *IDS, "platform", "room", "role"):
        names = (name for name in (key, *ALIASES.get(key, ())) if row.get(name) is not None)
        value: Any = row.get(next(names, key))
        if isinstance(value, str):
            # half a pair, written as \ud83d, is no Unicode: nothing could encode it
            value = SURROGATE.sub("\ufffd", value)
        elif type(value) is int and key in IDS:
            value = str(value)
        elif type(value) in (int, float) and LATEST < value <= LATEST * 1000:
            value /= 1000
        if value is not None and (value != "" or key == "text"):
            given[key] = value
    return given


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"expected JSON, got {_shown(text.strip())}: {error}") from None
