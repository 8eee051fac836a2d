"""Text logs: a time, a name and what was said on each line, as Chatty, justlog and others write."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from bot.errors import BadFrame
from bot.model import ChatMessage, Role
from bot.replay.readers import times
from bot.replay.readers.parts import Formats, Head, Item, Maker, Reader, each, role
from bot.replay.readers.source import Source

DAY, EVENING = 86_400, 43_200
ENOUGH = 0.5  # of the lines, for formats that other text may look like
STAMP = rf"(?:\[\s*(?:{times.TIME})\s*\]|\(\s*(?:{times.TIME})\s*\)|(?:{times.TIME})(?=[\s|]))"
BEGINS = re.compile(rf"^\ufeff?\s*(?P<at>{STAMP})\s*[|–—-]?\s*", re.ASCII)
CHATTY = re.compile(r"<(?P<marks>[~&@!%$+^*]*)(?P<name>[^<>\s]+(?: \(\w+\))?)>\*?\s(?P<text>.*)")
CHATTY_LINE = re.compile(
    rf"^\s*(?:{STAMP})?\s*<[~&@!%$+^*]*[^<>\s]+(?: \(\w+\))?>\*?\s|^# Log (?:started|closed)"
)
JUSTLOG = re.compile(r"#(?P<channel>\w+)\s+(?P<name>\w+):\s+(?P<text>.*)")
JUSTLOG_LINE = re.compile(rf"^\s*{STAMP}\s*#\w+\s+\w+:\s")
PLAIN = re.compile(
    r"(?:\((?P<badges>(?:[^()]|\([^()]*\))*)\)\s*)?(?![#<])(?P<name>[^::\t\n]{1,64}?)\s*[::](?:\s+(?P<text>.*)|(?P<close>\S.*)|$)"
)
PLAIN_LINE = re.compile(
    rf"^\ufeff?\s*{STAMP}\s*[|–—-]?\s*(?![#<\s])[^::\t\n]{{1,64}}?[::](?:\s|[^\d\s]|$)"
)
MARKS: tuple[tuple[str, Role], ...] = (
    ("^", "bot"), ("~", "host"), ("@", "moderator"), ("&", "moderator"), ("*", "moderator"),
    ("!", "vip"), ("%", "subscriber"),
)  # fmt: skip
Said: TypeAlias = Callable[[str, float | None, Maker], ChatMessage | None]


class _Times:
    """Times of day that may pass midnight, and dates, as an epoch or seconds into the stream."""

    def __init__(self) -> None:
        self._day = 0.0
        self._last: float | None = None
        self._started: float | None = None  # at which epoch a day with times alone began

    def started(self, at: float) -> None:
        """Take the midnight before the log was opened."""
        self._started, self._day, self._last = at, 0.0, None

    def read(self, text: str) -> float | None:
        at = times.read(text.strip("[]() \t"))
        if at is None or at > times.EARLIEST:
            return at
        if self._last is not None and at < self._last - EVENING:
            self._day += DAY
        self._last = at
        return at + self._day + (self._started or 0.0)


def _reader(said: Said, platform: str) -> Callable[[Source, Formats], Iterator[Item]]:
    def read_all(source: Source, _: Formats) -> Iterator[Item]:
        maker = Maker(platform, f"{platform}/{source.room.rpartition('#')[2]}")  # 2026-01-01-#ann
        clock = _Times()

        def read(text: str) -> Iterator[ChatMessage | None]:
            if text.startswith("#"):  # what the program says of the log
                if (opened := times.midnight(text)) is not None:
                    clock.started(opened)
                yield None
                return
            begins = BEGINS.match(text)
            at = clock.read(begins["at"]) if begins else None
            if at is None and not (platform == "twitch" and text.lstrip().startswith("<")):
                raise BadFrame(f"expected a line that begins with its time, got {text[:40]!r}")
            yield said(text[begins.end() :] if begins else text, at, maker)

        return each(source.lines(), maker, read)

    return read_all


def _chatty(text: str, at: float | None, maker: Maker) -> ChatMessage | None:
    found = CHATTY.match(text.strip())
    if not found:
        return None  # joins, bans, what the program says
    named = (role_ for mark, role_ in MARKS if mark in found["marks"])
    login = found["name"].partition(" (")
    return maker.make(
        found["text"],
        author=login[0],
        author_id=login[2].rstrip(")").lower() or login[0].lower(),
        role=next(named, "viewer"),
        at=at,
    )


def _justlog(text: str, at: float | None, maker: Maker) -> ChatMessage | None:
    found = JUSTLOG.match(text.strip())
    if not found:
        return None
    maker.room = f"twitch/{found['channel'].lower()}"
    name = found["name"]
    host = name.lower() == found["channel"].lower()
    return maker.make(
        found["text"], author=name, author_id=name.lower(), role="host" if host else "viewer", at=at
    )


def _plain(text: str, at: float | None, maker: Maker) -> ChatMessage | None:
    found = PLAIN.match(text.strip())
    if not found:
        return None
    return maker.make(
        found["text"] or found["close"] or "",
        author=found["name"],
        role=role((found["badges"] or "").split(",")),
        at=at,
    )


def _look(pattern: re.Pattern[str]) -> Callable[[Head], float]:
    def look(head: Head) -> float:
        share = head.share(pattern)
        return share if share >= ENOUGH else 0.0

    return look


READERS = (
    Reader(
        "chatty",
        "logs of Chatty: [time] <@name> text",
        _look(CHATTY_LINE),
        _reader(_chatty, "twitch"),
    ),
    Reader(
        "justlog",
        "text of justlog: [time] #channel name: text",
        _look(JUSTLOG_LINE),
        _reader(_justlog, "twitch"),
    ),
    Reader(
        "plain",
        "[time] name: text, as TwitchDownloader and chat-downloader write text too",
        _look(PLAIN_LINE),
        _reader(_plain, "log"),
    ),
)
