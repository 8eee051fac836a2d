"""Twitch's own IRC lines to values: what moderators removed, a room's modes, notices."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.wire.irc import IrcLine
from bot.errors import BadFrame
from bot.model import Removed

MAX_DIGITS = 9  # of seconds and minutes


@dataclass(frozen=True, slots=True)
class Modes:
    """Who may speak in a room. Source: dev.twitch.tv/docs/irc/tags (ROOMSTATE)."""

    room_id: str = ""
    slow: int = 0
    """Seconds between two lines of one viewer; 0: slow mode is off."""
    followers: int = -1
    """Minutes for which one must have followed; -1: anybody may speak."""
    subscribers: bool = False
    emotes: bool = False
    unique: bool = False
    """Whether a line must not repeat what was said before (the tag r9k)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the server says to us alone; ``id`` is "" where it has no msg-id."""

    id: str
    text: str


def lines(frame: str) -> list[str]:
    """Return the lines of a WebSocket frame, which may hold several; the last needs no CRLF."""
    return [line for part in frame.split("\n") if (line := part.rstrip("\r"))]


def channel(line: IrcLine) -> str:
    """Return the channel that a line is about, lower case, without #; "" if about none."""
    first = line.params[0] if line.params else ""
    return first[1:].lower() if first.startswith("#") else ""


def removed(line: IrcLine) -> Removed | None:
    """Return what CLEARMSG or CLEARCHAT takes away; None for every other line.

    Where there are no tags the log-in name stands for the author's id, as in a message. Raises
    BadFrame for a line that names no channel, or a CLEARMSG that names no message.
    """
    if line.command not in ("CLEARMSG", "CLEARCHAT"):
        return None
    name = channel(line)
    target = line.tags.get("target-msg-id")
    if not name or (line.command == "CLEARMSG" and not target):
        raise BadFrame(f"irc: {line.command}: expected a channel and what is gone")
    room = f"twitch/{name}"
    if line.command == "CLEARMSG":
        return Removed(room, id=target)
    author = line.tags.get("target-user-id") or " ".join(line.params[1:]).strip()
    return Removed(room, author_id=author or None)


def modes(line: IrcLine, before: Modes) -> Modes:
    """Return the modes after a ROOMSTATE, which may name only those that change.

    Raises BadFrame for a number that is none.
    """
    tags = line.tags
    return Modes(
        room_id=tags.get("room-id") or before.room_id,
        slow=_number(tags, "slow", before.slow),
        followers=_number(tags, "followers-only", before.followers),
        subscribers=bool(_number(tags, "subs-only", before.subscribers)),
        emotes=bool(_number(tags, "emote-only", before.emotes)),
        unique=bool(_number(tags, "r9k", before.unique)),
    )


def notice(line: IrcLine) -> Notice | None:
    """Return what a NOTICE says; None for every other line."""
    if line.command != "NOTICE":
        return None
    return Notice(line.tags.get("msg-id", ""), " ".join(line.params[1:]))


def _number(tags: Mapping[str, str], key: str, before: int) -> int:
    value = tags.get(key, "")
    digits = value.removeprefix("-")
    if not value:
        return before
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        raise BadFrame(f"irc: {key}: expected a number, found {value[:40]!r}")
    return int(value)
