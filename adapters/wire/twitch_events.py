"""What the events of Twitch tell of a room: lines, deletions, modes, AutoMod, the stream."""

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from adapters.wire.eventsub import decoded
from bot.model import ChatMessage, Removed, Role

ROLES: tuple[tuple[Role, frozenset[str]], ...] = (
    ("host", frozenset({"broadcaster"})),
    ("moderator", frozenset({"moderator", "lead_moderator"})),
    ("vip", frozenset({"vip"})),
    ("subscriber", frozenset({"subscriber", "founder"})),
)
"""What a badge's set_id makes of its bearer, the strongest first."""
FILLER = " \U000e0000"  # clients append it to say the same twice: it is no part of the text


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line, and where it was said if that is another room of a shared chat.

    ``badges`` are the author's in this room: for the account itself they tell what it may do.
    """

    message: ChatMessage
    badges: frozenset[str]
    source_room: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Modes:
    """Who may speak in a room. ``slow``: seconds between two lines of a viewer; 0: no limit."""

    slow: float = 0.0
    followers: bool = False
    subscribers: bool = False
    emotes: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Moderated:
    """AutoMod keeps a line of the account (held), or somebody decided on it."""

    message_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Live:
    """The stream began or ended."""

    on: bool


Told: TypeAlias = Spoken | Removed | Modes | Moderated | Live | None


class _Text(msgspec.Struct):
    text: str = ""


class _Badge(msgspec.Struct):
    set_id: str = ""


class _Reply(msgspec.Struct):
    parent_message_id: str = ""
    parent_user_name: str = ""
    parent_user_login: str = ""


class _Line(msgspec.Struct):
    broadcaster_user_id: str
    message_id: str
    message: _Text
    chatter_user_id: str | None = None  # null where the chatter is anonymous
    chatter_user_login: str | None = None
    chatter_user_name: str | None = None
    badges: list[_Badge] | None = None
    reply: _Reply | None = None
    source_broadcaster_user_id: str | None = None
    source_message_id: str | None = None


class _Removal(msgspec.Struct):
    message_id: str | None = None
    target_user_id: str | None = None


class _Decision(msgspec.Struct):
    message_id: str
    status: str = "held"


class _Modes(msgspec.Struct):
    """Both spellings: of the event, and of Helix' chat/settings."""

    slow_mode: bool = False
    slow_mode_wait_time_seconds: float | None = None
    slow_mode_wait_time: float | None = None
    follower_mode: bool = False
    subscriber_mode: bool = False
    emote_mode: bool = False
    unique_chat_mode: bool = False


def told(kind: str, event: bytes, room: str, at: float, me: str = "") -> Told:
    """Return what an event of the subscription type ``kind`` tells of ``room``; None: nothing.

    ``at`` is when it was sent, ``me`` the account's user id. Raises BadFrame. Source:
    dev.twitch.tv/docs/eventsub/eventsub-subscription-types.
    """
    match kind:
        case "channel.chat.message" | "channel.chat.notification":
            return _spoken(decoded(event, _Line), room, at, me)
        case "channel.chat.message_delete":
            message_id = decoded(event, _Removal).message_id
            return Removed(room, id=message_id) if message_id else None
        case "channel.chat.clear_user_messages":
            author = decoded(event, _Removal).target_user_id
            return Removed(room, author_id=author) if author else None
        case "channel.chat.clear":
            return Removed(room)
        case "channel.chat_settings.update":
            return modes(event)
        case "channel.chat.user_message_hold" | "channel.chat.user_message_update":
            found = decoded(event, _Decision)
            return Moderated(found.message_id, found.status)
        case "stream.online" | "stream.offline":
            return Live(kind == "stream.online")
        case _:
            return None


def modes(settings: bytes) -> Modes:
    """Return the modes of a room from an event, or from an item of Helix; raise BadFrame."""
    found = decoded(settings, _Modes)
    wait = found.slow_mode_wait_time_seconds or found.slow_mode_wait_time or 0.0
    return Modes(
        slow=max(0.0, wait) if found.slow_mode else 0.0,
        followers=found.follower_mode,
        subscribers=found.subscriber_mode,
        emotes=found.emote_mode,
        unique=found.unique_chat_mode,
    )


def role_of(badges: frozenset[str]) -> Role:
    """Return the strongest role that the badges give."""
    return next((role for role, names in ROLES if badges & names), "viewer")


def _spoken(line: _Line, room: str, at: float, me: str) -> Spoken | None:
    text = _without_mention(line.message.text, line.reply).rstrip(FILLER)
    author_id = line.chatter_user_id
    if not text.strip() or not line.message_id or not author_id:
        return None  # a subscription without a word, a gift by nobody, a reply that only names
    badges = frozenset(badge.set_id for badge in line.badges or ())
    source = line.source_broadcaster_user_id
    foreign = source is not None and source != line.broadcaster_user_id
    message = ChatMessage(
        id=line.message_id,
        platform="twitch",
        room=room,
        author=(line.chatter_user_name or "").strip() or line.chatter_user_login or author_id,
        author_id=author_id,
        role=_role(line, badges, me, foreign=foreign),
        text=text,
        sent_at=at,
        reply_to=line.reply.parent_message_id or None if line.reply else None,
    )
    if not foreign:
        return Spoken(message, badges)
    return Spoken(message, badges, source, line.source_message_id or line.message_id)


def _role(line: _Line, badges: frozenset[str], me: str, *, foreign: bool) -> Role:
    if me and line.chatter_user_id == me:
        return "bot"
    if foreign:  # whoever has a say in another room of a shared chat has none in this one
        return "viewer"
    return "host" if line.chatter_user_id == line.broadcaster_user_id else role_of(badges)


def _without_mention(text: str, reply: _Reply | None) -> str:
    """Return a reply's text without the "@Name " that Twitch puts before it."""
    for name in (reply.parent_user_name, reply.parent_user_login) if reply else ():
        mention = f"@{name}"
        rest = text[len(mention) :]
        if name and text.lower().startswith(mention.lower()) and rest[:1] in ("", " "):
            return rest.lstrip(" ")
    return text
