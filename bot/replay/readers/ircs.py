"""Raw tagged IRC: as lines, as the strings of a document, or as a key of JSON objects."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay.readers.parts import BOTS, Formats, Head, Item, Reader, decoded, shares
from bot.replay.readers.rows import Rows
from bot.replay.readers.source import Piece, Source

IRC = r"(?:@[^ ]*=[^ ]* +(?::\S+ +)?|:\S*[!.]\S* +)(?:[A-Z]+|\d{3})\b"
LINE = re.compile(rf"^\s*(?:{IRC}|PING(?:\s|$))")
STRINGS = re.compile(rf'(?<!\\)"messages"\s*:\s*\[\s*(?:\]|"(?:{IRC}|PING|@|:|[^"\\]*"?\s*$))')
KEYED = re.compile(rf'(?<!\\)"(?:raw|line|input)"\s*:\s*\[?\s*"{IRC}')


class _Keyed(msgspec.Struct):
    raw: str | None = None
    line: str | None = None
    input: str | list[str] | None = None

    def lines(self) -> list[str]:
        """Return the lines of IRC that the object holds, at least one."""
        found = self.raw or self.line or self.input
        if not found:
            raise BadFrame("expected one of the keys raw, line, input with a line of IRC")
        return found if isinstance(found, list) else [found]


def through(lines: Iterable[Piece], plugins: Formats, name: str) -> Iterator[Item]:
    """Read lines as a format that another package adds: one item for each of them."""
    now = Piece("", "")

    def texts() -> Iterator[str]:  # "" for a bad one: a reader counts lines
        nonlocal now
        for now in lines:
            yield now.text

    messages = plugins[name](texts())
    while True:
        try:
            found = next(messages)
        except StopIteration:
            return
        except BadFrame as error:
            yield Item(now.place, fault=" ".join(str(error).split()))
            continue
        if now.fault:
            yield Item(now.place, fault=now.fault)
        elif found or now.text.strip():
            yield Item(now.place, _known(found) if found else None)


def _known(message: ChatMessage) -> ChatMessage:
    if message.role != "host" and message.author.strip().lower() in BOTS:
        return replace(message, role="bot")
    return message


def _lines(source: Source, plugins: Formats) -> Iterator[Item]:
    return through(source.lines(), plugins, "irc")


def _strings(source: Source, plugins: Formats) -> Iterator[Item]:
    return through((_string(piece) for piece in Rows(source)), plugins, "irc")


def _string(piece: Piece) -> Piece:
    if piece.fault or not piece.text.strip():
        return piece
    try:
        return Piece(piece.place, decoded(piece.text, str))
    except BadFrame as error:
        return Piece(piece.place, "", str(error))


def _keyed(source: Source, plugins: Formats) -> Iterator[Item]:
    def pieces() -> Iterator[Piece]:
        for piece in Rows(source):
            if piece.fault or not piece.text.strip():
                yield piece
                continue
            try:
                lines = decoded(piece.text, _Keyed).lines()
            except BadFrame as error:
                lines = []
                yield Piece(piece.place, "", str(error))
            yield from (Piece(piece.place, line) for line in lines)

    return through(pieces(), plugins, "irc")


def _look_strings(head: Head) -> float:
    return 1.0 if len(head.rows) == 1 and STRINGS.search(head.text) else 0.0


READERS = (
    Reader("irc", "raw IRC lines with their tags, as justlog keeps them", shares(LINE), _lines),
    Reader(
        "recent-messages",
        '{"messages": ["…"]} of the recent-messages service',
        _look_strings,
        _strings,
    ),
    Reader(
        "irc-json",
        "JSON with lines of IRC as the key raw, line or input (justlog's)",
        shares(KEYED),
        _keyed,
    ),
)
