"""YouTube live chat as the Data API gives it, in pages or one resource a line."""

import re
from collections.abc import Iterator

import msgspec

from bot.replay.readers import times
from bot.replay.readers.parts import (
    Formats,
    Found,
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

RESOURCE = re.compile(r'(?<!\\)"youtube#liveChatMessage(?:ListResponse)?"')


class _Snippet(msgspec.Struct, rename="camel"):
    type: str = ""
    published_at: str | None = None
    display_message: str | None = None


class _Details(msgspec.Struct, rename="camel"):
    user_comment: str | None = None


class _Paid(msgspec.Struct, rename="camel"):
    super_chat_details: _Details | None = None


class _Author(msgspec.Struct, rename="camel"):
    channel_id: str = ""
    display_name: str = ""
    is_chat_owner: bool = False
    is_chat_moderator: bool = False
    is_chat_sponsor: bool = False


class _Resource(msgspec.Struct, rename="camel"):
    snippet: msgspec.Raw
    author_details: _Author | None = None
    id: str = ""


def _api(source: Source, _: Formats) -> Iterator[Item]:
    """Read pages of liveChatMessages.list.

    Source: developers.google.com/youtube/v3/live/docs/liveChatMessages.
    """
    maker = Maker("youtube", f"youtube/{source.room}")

    def read(text: str) -> Iterator[Found]:
        one = decoded(text, _Resource)
        snippet = decoded(plain(one.snippet), _Snippet)
        words = None
        if snippet.type == "textMessageEvent":
            words = snippet.display_message
        elif snippet.type == "superChatEvent":
            paid = decoded(plain(one.snippet), _Paid).super_chat_details
            words = paid.user_comment if paid else None
        who = one.author_details or _Author()
        owner = ("owner", who.is_chat_owner), ("moderator", who.is_chat_moderator)
        named = (*owner, ("member", who.is_chat_sponsor))
        yield maker.make(
            words or "",
            author=who.display_name,
            author_id=who.channel_id,
            id=one.id,
            role=role(name for name, holds in named if holds),
            at=times.read(snippet.published_at) if snippet.published_at else None,
        )

    return each(Rows(source), maker, read)


READERS = (
    Reader(
        "youtube-api",
        "pages of YouTube's Data API (liveChatMessages.list)",
        shares(RESOURCE),
        _api,
    ),
)
