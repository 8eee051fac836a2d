"""Twitch as TwitchDownloader and EventSub recorders keep it."""

import re
from collections.abc import Iterator

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay.readers import times
from bot.replay.readers.parts import (
    ABSENT,
    START,
    Formats,
    Item,
    Maker,
    Reader,
    decoded,
    each,
    plain,
    role,
    shares,
)
from bot.replay.readers.rows import Rows
from bot.replay.readers.source import Source

COMMENTS = re.compile(r'(?<!\\)"comments"\s*:\s*\[')
COMMENTER = re.compile(r'(?<!\\)"(?:content_offset_seconds|commenter|FileInfo)"\s*:')
EVENT = re.compile(r'(?<!\\)"(?:message_type|subscription)"\s*:')
PAYLOAD = re.compile(r'(?<!\\)"(?:payload|event)"\s*:\s*\{')
CHAT = "channel.chat.message"


class _Streamer(msgspec.Struct):
    name: str = ""
    login: str | None = None


class _Video(msgspec.Struct):
    created_at: str | None = None


class _Before(msgspec.Struct):
    streamer: _Streamer | None = None
    video: _Video | None = None


class _Badge(msgspec.Struct):
    id: str = msgspec.field(name="_id", default="")


class _Notice(msgspec.Struct):
    kind: str | None = msgspec.field(name="msg-id", default=None)


class _Body(msgspec.Struct):
    body: str = ""
    user_badges: list[_Badge] | None = None
    user_notice_params: _Notice | None = None


class _Commenter(msgspec.Struct):
    display_name: str | None = None
    name: str | None = None
    id: str | int | None = msgspec.field(name="_id", default=None)


class _Comment(msgspec.Struct):
    message: _Body
    content_offset_seconds: float | None = None
    created_at: str | None = None
    commenter: _Commenter | None = None
    id: str | int = msgspec.field(name="_id", default="")


def _download(source: Source, _: Formats) -> Iterator[Item]:
    """Read a chat of TwitchDownloader: each comment says when it was made, or how far in.

    Source: github.com/lay295/TwitchDownloader, ChatRoot.
    """
    rows = Rows(source)
    maker = Maker("twitch", f"twitch/{source.room}")

    def read(text: str) -> Iterator[ChatMessage | None]:
        if rows.before:
            _before(rows.before, maker)
            rows.before = ""
        one = decoded(text, _Comment)
        who = one.commenter or _Commenter()
        notice = one.message.user_notice_params
        if notice and notice.kind:  # a subscription, a raid: the service speaks
            yield None
            return
        at = times.read(one.created_at) if one.created_at else None
        yield maker.make(
            one.message.body,
            author=who.display_name or who.name or "",
            author_id=who.id or "",
            id=one.id,
            role=role(badge.id for badge in one.message.user_badges or ()),
            at=one.content_offset_seconds if at is None else at,
        )

    return each(rows, maker, read)


def _before(text: str, maker: Maker) -> None:
    """Take what stands before the comments: whose channel it is, and when the stream began."""
    try:
        before = decoded(text.rstrip().rstrip(",") + "}", _Before)
    except BadFrame:  # it tells less, and nothing is lost
        return
    if before.streamer and (name := before.streamer.login or before.streamer.name):
        maker.room = f"twitch/{name.lower()}"
    if before.video and before.video.created_at:
        maker.start = times.read(before.video.created_at) or START


class _SetBadge(msgspec.Struct):
    set_id: str = ""


class _Text(msgspec.Struct):
    text: str = ""


class _Parent(msgspec.Struct):
    parent_message_id: str | None = None


class _Chat(msgspec.Struct):
    message: _Text
    message_id: str = ""
    broadcaster_user_login: str = ""
    chatter_user_id: str = ""
    chatter_user_name: str = ""
    badges: list[_SetBadge] = []
    reply: _Parent | None = None


class _Kind(msgspec.Struct):
    type: str = ""


class _Payload(msgspec.Struct):
    subscription: _Kind | None = None
    event: msgspec.Raw = ABSENT


class _Metadata(msgspec.Struct):
    message_timestamp: str | None = None


class _Frame(msgspec.Struct):
    payload: _Payload | None = None
    subscription: _Kind | None = None  # of a webhook
    event: msgspec.Raw = ABSENT
    metadata: _Metadata | None = None


def _events(source: Source, _: Formats) -> Iterator[Item]:
    """Read frames of EventSub: all but the type channel.chat.message is nobody's.

    Source: dev.twitch.tv/docs/eventsub/eventsub-subscription-types.
    """
    maker = Maker("twitch", f"twitch/{source.room}")

    def read(text: str) -> Iterator[ChatMessage | None]:
        frame = decoded(text, _Frame)
        what = frame.payload or _Payload(frame.subscription, frame.event)
        if not what.subscription or what.subscription.type != CHAT or not plain(what.event):
            yield None
            return
        chat = decoded(plain(what.event), _Chat)
        if chat.broadcaster_user_login:
            maker.room = f"twitch/{chat.broadcaster_user_login.lower()}"
        stamp = frame.metadata.message_timestamp if frame.metadata else None
        yield maker.make(
            chat.message.text,
            author=chat.chatter_user_name,
            author_id=chat.chatter_user_id,
            id=chat.message_id,
            role=role(badge.set_id for badge in chat.badges),
            at=times.read(stamp) if stamp else None,
            reply_to=chat.reply.parent_message_id if chat.reply else None,
        )

    return each(Rows(source), maker, read)


READERS = (
    Reader(
        "twitch-downloader", "chat JSON of TwitchDownloader", shares(COMMENTS, COMMENTER), _download
    ),
    Reader("eventsub", "frames of Twitch's EventSub", shares(EVENT, PAYLOAD), _events),
)
