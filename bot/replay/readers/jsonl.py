"""danmate's own recordings, and JSON of other tools whose keys say what they hold."""

import json
import re
from collections.abc import Iterator, Mapping
from reprlib import repr as shown
from typing import Any

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay import asides
from bot.replay.readers.own import own
from bot.replay.readers.parts import (
    BOTS,
    START,
    SURROGATE,
    Formats,
    Head,
    Item,
    Reader,
    Told,
    each,
)
from bot.replay.readers.parts import Maker as Numbers
from bot.replay.readers.rows import Rows
from bot.replay.readers.source import Source
from bot.replay.readers.times import LATEST

ALIASES: Mapping[str, tuple[str, ...]] = {  # what others call it: the first that is there wins
    "text": ("comment", "content", "message", "msg", "danmaku"),
    "author": ("user", "nickname", "name", "username", "author_name"),
    "sent_at": ("time", "timestamp", "ts"),
}
IDS = ("id", "author_id", "reply_to")  # numbers will do
DEFAULTS = {"platform": "log", "author": "", "author_id": "", "role": "viewer"}
LOOK = re.compile(r'^\s*(?:\[\s*)?\{\s*["}]')
OWN = asides.KIND
UNSURE = 0.5  # any JSON looks like this, so that every other format comes before it


def _look(head: Head) -> float:
    return UNSURE * head.share(LOOK) if head.rows else UNSURE  # nothing is nothing in any format


def _read(source: Source, _: Formats) -> Iterator[Item]:
    numbers = Numbers("log", f"log/{source.room}")
    at = START - 1

    def read(text: str) -> Iterator[ChatMessage | Told | None]:
        nonlocal at
        if quick := own(text, numbers.room):
            at = quick.sent_at
            yield quick
            return
        line = _line(text)
        row = _row(line)
        if OWN in row and "text" not in row:
            yield Told(None, asides.of_line(row))
            return
        message = _message(row, f"line-{numbers.number}", numbers.room, at + 1)
        at = message.sent_at
        yield message if message.text else Told(message, asides.of_row(line, message))

    return each(Rows(source), numbers, read)


def _message(row: Mapping[str, Any], default_id: str, room: str, at: float) -> ChatMessage:
    defaults = {"id": default_id, "room": room, "sent_at": at}
    given = DEFAULTS | defaults | _given(row)
    if "text" not in given:
        names = ", ".join(("text", *ALIASES["text"]))
        raise BadFrame(f"expected one of the keys {names}, got {shown(list(row))}")
    if "role" not in row and str(given["author"]).strip().lower() in BOTS:
        given["role"] = "bot"
    try:
        found = msgspec.convert(given, ChatMessage)
    except msgspec.ValidationError as error:
        raise BadFrame(f"expected a message: {error}") from None
    if not 0 <= found.sent_at <= LATEST:
        raise BadFrame(f"expected seconds since the epoch, got {given['sent_at']}")
    return found


def _line(text: str) -> Mapping[str, Any]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"expected JSON, got {shown(text.strip())}: {error}") from None
    if not isinstance(row, dict):
        raise BadFrame(f"expected a JSON object, got {shown(row)}")
    return row


def _row(line: Mapping[str, Any]) -> Mapping[str, Any]:
    if "text" not in line and isinstance(message := line.get("message"), dict):
        return message  # the line of an outcome
    return line


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


JSONL = Reader("jsonl", "danmate's own, or any JSON with a key such as text", _look, _read)
READERS = (JSONL,)
