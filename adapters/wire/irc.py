"""Tagged IRC lines to values and back, and Twitch's PRIVMSG to a ChatMessage."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.errors import BadFrame
from bot.model import ChatMessage, Role

UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
ESCAPED = str.maketrans({";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n", "\\": "\\\\"})
BADGES: tuple[tuple[Role, frozenset[str]], ...] = (
    ("host", frozenset({"broadcaster"})),
    ("moderator", frozenset({"moderator", "lead_moderator"})),
    ("vip", frozenset({"vip"})),
    ("subscriber", frozenset({"subscriber", "founder"})),
)
ACTION = "\x01ACTION "
FILLER = " \U000e0000"  # clients append it to say the same twice: it is no part of the text
MAX_DIGITS = 15  # of a time in ms: up to the year 33658


@dataclass(frozen=True, slots=True)
class IrcLine:
    """One line: ``source`` is None where the line names none, a tag without a value is ""."""

    command: str
    params: tuple[str, ...] = ()
    source: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Who a line comes from: a person has a nick and a user, a server only a name."""

    nick: str
    user: str = ""
    host: str = ""


class Lines:
    """Bytes in, lines out: any cut of a stream into chunks gives the same lines.

    A line ends at LF; CRs before it and empty lines are dropped, bytes that are no UTF-8 become
    U+FFFD. A line longer than ``limit`` bytes is dropped whole and counted in ``overlong``.
    """

    def __init__(self, limit: int = 65_536) -> None:
        self.overlong = 0
        self._limit = limit
        self._open = bytearray()
        self._skip = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that ``chunk`` completes."""
        *whole, rest = chunk.split(b"\n")
        lines = []
        for part in whole:
            self._grow(part)
            lines.append(self.rest())
        self._grow(rest)
        return [line for line in lines if line]

    def rest(self) -> str:
        """Return what no LF has ended, "" if there is nothing: for the end of the stream."""
        line = bytes(self._open).rstrip(b"\r").decode("utf-8", "replace")
        self._open.clear()
        self._skip = False
        return line

    def _grow(self, part: bytes) -> None:
        if self._skip:
            return
        self._open += part
        if len(self._open) > self._limit:
            self.overlong += 1
            self._open.clear()
            self._skip = True


def parse(line: str) -> IrcLine:
    """Return the parts of a line, with or without its CRLF; raise BadFrame if it has no command."""
    rest = line.rstrip("\r\n").lstrip(" ")
    if any(char in rest for char in "\r\n\0"):
        raise BadFrame("irc: expected one line, found a line break or NUL inside it")
    tags: dict[str, str] = {}
    source = ""
    if rest.startswith("@"):
        head, _, rest = rest[1:].partition(" ")
        tags = _tags(head)
        rest = rest.lstrip(" ")
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    middle, colon, trailing = f" {rest.lstrip(' ')}".partition(" :")
    words = [word for word in middle.split(" ") if word]
    if not words:
        raise BadFrame("irc: expected a command")
    params = (*words[1:], trailing) if colon else tuple(words[1:])
    return IrcLine(words[0], params, source or None, tags)


def source(text: str | None) -> Source:
    """Return the parts of ``nick!user@host``; what is not there is ""."""
    mask, _, host = (text or "").partition("@")
    nick, _, user = mask.partition("!")
    return Source(nick, user, host)


def foreign(tags: Mapping[str, str]) -> bool:
    """Return whether a line was said in another room of a shared chat, and copied into this one.

    Source: dev.twitch.tv/docs/irc/tags (source-room-id).
    """
    return tags.get("source-room-id", tags.get("room-id")) != tags.get("room-id")


def role(tags: Mapping[str, str]) -> Role:
    """Return the role that the badges give; those of another room give none here."""
    if foreign(tags):
        return "viewer"
    badges = {badge.partition("/")[0] for badge in tags.get("badges", "").split(",")}
    if tags.get("mod") == "1":
        badges.add("moderator")
    if tags.get("vip") == "1":
        badges.add("vip")
    return next((role for role, names in BADGES if badges & names), "viewer")


def build(line: IrcLine) -> str:
    """Return the line without its CRLF; raise BadFrame for parts that would not parse back."""
    words = []
    if line.tags:
        words.append("@" + ";".join(_tag(key, value) for key, value in line.tags.items()))
    if line.source:
        words.append(":" + line.source)
    words += [line.command, *line.params]
    if line.params and (not line.params[-1] or " " in line.params[-1] or line.params[-1][0] == ":"):
        words[-1] = ":" + line.params[-1]
    text = " ".join(words)
    if line.command.startswith("@") or parse(text) != line:
        raise BadFrame("irc: expected words without blanks, and a colon before the last only")
    return text


def to_message(
    line: str | IrcLine, default_id: str = "", default_at: float = 0.0
) -> ChatMessage | None:
    """Return what a person typed in a Twitch channel; None for every other line.

    The defaults stand in for the tags ``id`` and ``tmi-sent-ts``. Raises BadFrame.
    """
    frame = parse(line) if isinstance(line, str) else line
    if frame.command != "PRIVMSG" or "!" not in (frame.source or "") or not frame.params:
        return None
    channel, tags, text = frame.params[0], frame.tags, _text(frame)
    person = source(frame.source).nick
    if not channel.startswith("#") or not text.strip():
        return None
    return ChatMessage(
        id=tags.get("id") or default_id,
        platform="twitch",
        room=f"twitch/{channel[1:].lower()}",
        author=tags.get("display-name", "").strip() or person,
        author_id=tags.get("user-id") or person,
        role=role(tags),
        text=text,
        sent_at=_sent_at(tags, default_at),
        reply_to=tags.get("reply-parent-msg-id") or None,
    )


def read_log(lines: Iterable[str]) -> Iterator[ChatMessage | None]:
    """Return one item for each line of a recorded channel: a message, or None.

    A line without tags is named after its number and stands one second after the one before.
    A line that cannot be read raises BadFrame; the next ``next()`` goes on with the line after it.
    """
    return map(_Log().read, lines)


class _Log:
    def __init__(self) -> None:
        self._number = 0
        self._at = 0.0

    def read(self, line: str) -> ChatMessage | None:
        self._number += 1
        line = line.lstrip("\ufeff") if self._number == 1 else line
        if not line.strip():
            return None
        message = to_message(line, f"line-{self._number}", self._at + 1)
        self._at = message.sent_at if message else self._at
        return message


def _tags(head: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in head.split(";"))
    return {key: _unescape(value) for key, _, value in pairs if key}


def _tag(key: str, value: str) -> str:
    return f"{key}={value.translate(ESCAPED)}" if value else key


def _unescape(value: str) -> str:
    if "\\" not in value:  # nearly all
        return value
    return re.sub(r"\\(.?)", lambda found: UNESCAPED.get(found[1], found[1]), value)


def _text(frame: IrcLine) -> str:
    # a server that leaves the colon out has its text split into words: put it together again
    text = " ".join(frame.params[1:])
    if text.startswith(ACTION):
        text = text.removeprefix(ACTION).removesuffix("\x01")
    elif text.startswith("\x01"):
        return ""
    if frame.tags.get("reply-parent-msg-id"):
        for tag in ("reply-parent-display-name", "reply-parent-user-login"):
            mention = f"@{frame.tags.get(tag, '')} "
            if text.lower().startswith(mention.lower()):
                text = text[len(mention) :]
                break
    return text.rstrip(FILLER)


def _sent_at(tags: Mapping[str, str], default: float) -> float:
    stamp = tags.get("tmi-sent-ts") or tags.get("rm-received-ts")
    if not stamp:
        return default
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= MAX_DIGITS):
        raise BadFrame(f"irc: tmi-sent-ts: expected milliseconds, found {stamp[:40]!r}")
    return int(stamp) / 1000
