"""Chat as chat-downloader keeps it: one shape for YouTube, Twitch and others."""

import re
from collections.abc import Iterator

import msgspec

from bot.model import ChatMessage
from bot.replay.readers.parts import Formats, Item, Maker, Reader, decoded, each, role, shares
from bot.replay.readers.rows import Rows
from bot.replay.readers.source import Source

TIMED = re.compile(r'(?<!\\)"(?:time_in_seconds|time_text|message_type|action_type)"\s*:')
AUTHOR = re.compile(r'(?<!\\)"author"\s*:\s*\{')
IDENTIFIED = re.compile(r'(?<!\\)"(?:message_id|message_type|timestamp)"\s*:')
TYPED = {"", "text_message", "paid_message", "highlighted_message", "action"}
"""What holds a person's words; the other types tell of gifts, members, polls and deletions."""


class _Badge(msgspec.Struct):
    title: str | None = None
    name: str | None = None
    icon_name: str | None = None


class _Author(msgspec.Struct):
    id: str | int | None = None
    name: str | None = None
    display_name: str | None = None
    badges: list[_Badge] | None = None
    is_moderator: bool | None = None
    is_subscriber: bool | None = None
    is_broadcaster: bool | None = None


class _Reply(msgspec.Struct):
    message_id: str | None = None


class _Message(msgspec.Struct):
    message: str | None = None
    message_id: str | int | None = None
    message_type: str = ""
    timestamp: float | None = None  # microseconds
    time_in_seconds: float | None = None
    author: _Author | None = None
    channel: str | None = None
    in_reply_to: _Reply | None = None


def _read(source: Source, _: Formats) -> Iterator[Item]:
    """Read an array or lines. Source: chat-downloader.readthedocs.io/en/latest/items.html."""
    maker = Maker("", "")

    def read(text: str) -> Iterator[ChatMessage | None]:
        one = decoded(text, _Message)
        if one.message_type not in TYPED or not one.message:
            yield None
            return
        who = one.author or _Author()
        maker.platform = _platform(who)
        maker.room = f"{maker.platform}/{(one.channel or source.room).lstrip('#')}"
        yield maker.make(
            one.message,
            author=who.display_name or who.name or "",
            author_id=who.id or "",
            id=one.message_id or "",
            role=role(_names(who)),
            at=one.time_in_seconds if one.timestamp is None else one.timestamp,
            reply_to=one.in_reply_to.message_id if one.in_reply_to else None,
        )

    return each(Rows(source), maker, read)


def _platform(who: _Author) -> str:
    identity = str(who.id or "")
    if identity.startswith("UC"):  # a channel of YouTube
        return "youtube"
    return "twitch" if identity.isdigit() else "log"


def _names(who: _Author) -> Iterator[str]:
    for badge in who.badges or ():
        yield from filter(None, (badge.title, badge.name, badge.icon_name))
    named = ("broadcaster", who.is_broadcaster), ("mod", who.is_moderator)
    yield from (name for name, holds in (*named, ("subscriber", who.is_subscriber)) if holds)


READERS = (
    Reader(
        "chat-downloader",
        "JSON of chat-downloader, an array or lines",
        shares(TIMED, AUTHOR, IDENTIFIED),
        _read,
    ),
)
