"""YouTube live chat: innertube pages and actions, and yt-dlp's live_chat.json."""

import re
from collections.abc import Iterator

import msgspec

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay.readers import times
from bot.replay.readers.parts import (
    ABSENT,
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

ACTIONS = re.compile(
    r'(?<!\\)"(?:continuationContents|replayChatItemAction|addChatItemAction|liveChatContinuation'
    r'|addLiveChatTickerItemAction|videoOffsetTimeMsec)"\s*:|(?<!\\)"responseContext"\s*:\s*\{'
)
MICRO = 1_000_000


class _Image(msgspec.Struct, rename="camel"):
    emoji_id: str = ""
    shortcuts: list[str] | None = None
    is_custom_emoji: bool = False


class _Run(msgspec.Struct, rename="camel"):
    text: str | None = None
    emoji: _Image | None = None

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        if self.emoji is None:
            return ""
        names = self.emoji.shortcuts or [self.emoji.emoji_id]
        return names[0] if self.emoji.is_custom_emoji and names else self.emoji.emoji_id


class _Text(msgspec.Struct, rename="camel"):
    simple_text: str | None = None
    runs: list[_Run] | None = None

    def __str__(self) -> str:
        return self.simple_text or "".join(map(str, self.runs or ()))


class _Icon(msgspec.Struct, rename="camel"):
    icon_type: str = ""


class _Badge(msgspec.Struct, rename="camel"):
    icon: _Icon | None = None
    custom_thumbnail: msgspec.Raw = ABSENT  # of the channel's members


class _BadgeHolder(msgspec.Struct, rename="camel"):
    live_chat_author_badge_renderer: _Badge | None = None

    def __str__(self) -> str:
        badge = self.live_chat_author_badge_renderer or _Badge()
        return (
            badge.icon.icon_type
            if badge.icon
            else "member"
            if plain(badge.custom_thumbnail)
            else ""
        )


class _Said(msgspec.Struct, rename="camel"):
    message: _Text | None = None
    author_name: _Text | None = None
    author_external_channel_id: str = ""
    author_badges: list[_BadgeHolder] | None = None
    id: str = ""
    timestamp_usec: str | int | None = None


class _Item(msgspec.Struct, rename="camel"):
    live_chat_text_message_renderer: _Said | None = None
    live_chat_paid_message_renderer: _Said | None = None


class _Add(msgspec.Struct, rename="camel"):
    item: _Item


class _Replay(msgspec.Struct, rename="camel"):
    actions: list[msgspec.Raw] = []
    video_offset_time_msec: str | int | None = None


class _Action(msgspec.Struct, rename="camel"):
    add_chat_item_action: _Add | None = None
    replay_chat_item_action: _Replay | None = None
    video_offset_time_msec: str | int | None = None


class _Chat(msgspec.Struct, rename="camel"):
    actions: list[msgspec.Raw] = []


class _Contents(msgspec.Struct, rename="camel"):
    live_chat_continuation: _Chat | None = None
    live_chat_renderer: _Chat | None = None  # of the first page


class _Response(msgspec.Struct, rename="camel"):
    continuation_contents: _Contents | None = None
    contents: _Contents | None = None

    def chat(self) -> _Chat | None:
        """Return what was said, None where the response tells nothing of it."""
        for held in filter(None, (self.continuation_contents, self.contents)):
            if found := held.live_chat_continuation or held.live_chat_renderer:
                return found
        return None


class _Page(_Response, rename="camel"):
    response: _Response | None = None
    response_context: msgspec.Raw = ABSENT
    actions: list[msgspec.Raw] | None = None

    def told(self) -> list[msgspec.Raw] | None:
        """Return the actions of a page, None if this is no page."""
        chat = self.chat() or (self.response or _Response()).chat()
        if chat or self.actions is not None:
            return chat.actions if chat else self.actions
        return [] if self.response or plain(self.response_context) else None


def _innertube(source: Source, _: Formats) -> Iterator[Item]:
    """Read pages, or actions one by one: what people typed, paid or not.

    Source: what github.com/yt-dlp/yt-dlp (live_chat), pytchat and chat-downloader record.
    """
    maker = Maker("youtube", f"youtube/{source.room}")

    def read(text: str) -> Iterator[Found]:
        actions = decoded(text, _Page).told()
        if actions is None:
            yield from _acted(text, maker)
            return
        if not actions:
            yield None
        for action in actions:
            try:
                yield from _acted(plain(action), maker)
            except BadFrame as error:
                yield error

    return each(Rows(source), maker, read)


def _acted(text: str, maker: Maker, offset: str | int | None = None) -> Iterator[Found]:
    action = decoded(text, _Action)
    if action.replay_chat_item_action:
        replay = action.replay_chat_item_action
        within = replay.video_offset_time_msec or action.video_offset_time_msec
        if not replay.actions:
            yield None
        for each_ in replay.actions:
            try:
                yield from _acted(plain(each_), maker, within if offset is None else offset)
            except BadFrame as error:
                yield error
        return
    item = action.add_chat_item_action.item if action.add_chat_item_action else _Item()
    said = item.live_chat_text_message_renderer or item.live_chat_paid_message_renderer
    yield _said(said, maker, offset) if said else None


def _said(said: _Said, maker: Maker, offset: str | int | None) -> ChatMessage | None:
    at = _number(said.timestamp_usec, "timestampUsec")
    after = _number(offset, "videoOffsetTimeMsec")
    if at:
        at /= MICRO
    elif after is not None:
        at = after / 1000
    return maker.make(
        str(said.message or ""),
        author=str(said.author_name or ""),
        author_id=said.author_external_channel_id,
        id=said.id,
        role=role(map(str, said.author_badges or ())),
        at=at,
    )


def _number(value: str | int | None, name: str) -> float | None:
    if value is None or value == "":
        return None
    if not times.NUMBER.fullmatch(str(value)):
        raise BadFrame(f"expected a number as {name}, got {str(value)[:40]!r}")
    return float(str(value).removesuffix("s"))


READERS = (
    Reader(
        "youtube",
        "YouTube's innertube pages and actions, yt-dlp's live_chat.json",
        shares(ACTIONS),
        _innertube,
    ),
)
