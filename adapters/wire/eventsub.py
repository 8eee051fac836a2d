"""Twitch's EventSub frames to values: what comes over its WebSocket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

import msgspec

from bot.errors import BadFrame

S = TypeVar("S")
LONGEST = 600.0
"""Seconds of silence that a session may have at most."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """A session is open: subscribe within 10 s.

    ``keepalive``: seconds of silence that it may have; 0: not told.
    """

    session_id: str
    keepalive: float
    at: float


@dataclass(frozen=True, slots=True)
class Keepalive:
    """The connection lives: also any frame of a type that is not known."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The session moves to ``url``, which is to be used as it is."""

    url: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """A subscription to ``kind`` of the room ``room_id`` is gone."""

    subscription_id: str
    kind: str
    status: str
    room_id: str


@dataclass(frozen=True, slots=True)
class Notification:
    """Something happened in the room ``room_id``. ``id`` is the same when it is sent again."""

    id: str
    kind: str
    at: float
    room_id: str
    event: bytes
    """JSON: see adapters.wire.twitch_events."""


Frame: TypeAlias = Welcome | Keepalive | Reconnect | Revoked | Notification


class _Metadata(msgspec.Struct):
    message_type: str
    message_timestamp: str
    message_id: str = ""
    subscription_type: str = ""


class _Session(msgspec.Struct):
    id: str = ""
    keepalive_timeout_seconds: float | None = None
    reconnect_url: str | None = None


class _Subscription(msgspec.Struct):
    id: str = ""
    type: str = ""
    status: str = ""
    condition: Mapping[str, object] | None = None


class _Payload(msgspec.Struct):
    session: _Session | None = None
    subscription: _Subscription | None = None
    event: msgspec.Raw = msgspec.Raw()


class _Frame(msgspec.Struct):
    metadata: _Metadata
    payload: _Payload | None = None


def read(data: str | bytes) -> Frame:
    """Return what one WebSocket message is; raise BadFrame.

    Source: dev.twitch.tv/docs/eventsub/websocket-reference.
    """
    frame = decoded(data, _Frame)
    meta, payload = frame.metadata, frame.payload or _Payload()
    session, subscription = payload.session or _Session(), payload.subscription or _Subscription()
    at = seconds(meta.message_timestamp)
    kind = meta.subscription_type or subscription.type
    match meta.message_type:
        case "session_welcome":
            if not session.id:
                raise BadFrame("eventsub: a welcome without a session id")
            keepalive = session.keepalive_timeout_seconds or 0.0
            return Welcome(session.id, min(LONGEST, max(0.0, keepalive)), at)
        case "session_reconnect":
            if not session.reconnect_url:
                raise BadFrame("eventsub: a reconnect without its URL")
            return Reconnect(session.reconnect_url)
        case "revocation":
            return Revoked(subscription.id, kind, subscription.status, _room(subscription))
        case "notification":
            room, event = _room(subscription), bytes(payload.event)
            return Notification(meta.message_id, kind, at, room, event or b"{}")
        case _:
            return Keepalive()


def seconds(stamp: str) -> float:
    """Return seconds since the epoch for an RFC 3339 time, to the microsecond; raise BadFrame."""
    try:
        found = datetime.fromisoformat(stamp)
        if found.tzinfo is None:
            raise BadFrame("eventsub: a time without its zone")
        return found.timestamp()
    except (ValueError, OverflowError) as error:
        raise BadFrame("eventsub: expected a time of RFC 3339") from error


def decoded(data: str | bytes, kind: type[S]) -> S:
    """Return JSON as a struct; raise BadFrame for what is none, or has fields of other types."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadFrame(
            f"eventsub: expected JSON of another form: {type(error).__name__}"
        ) from error


def _room(subscription: _Subscription) -> str:
    found = (subscription.condition or {}).get("broadcaster_user_id")
    return found if isinstance(found, str) else ""
