"""How danmate writes in Redis: values as bytes (the only serialiser) and the names of keys."""

from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from bot.errors import BadFrame
from bot.model import Beat, ChatMessage, Delivered, Outcome, Removed, Reply, RoomState

Record: TypeAlias = ChatMessage | Removed | Reply | Outcome | Delivered | RoomState | Beat
Event: TypeAlias = Outcome | Delivered
Arg: TypeAlias = bytes | str | float
"""What a Lua call takes."""
T = TypeVar("T")

BODY = b"m"
"""The only field of an entry in a stream (one packed field is faster than ten flat ones)."""

_EVENTS: Mapping[str, type[Outcome] | type[Delivered]] = {
    "outcome": Outcome,
    "delivered": Delivered,
}


def key(*parts: str, shard: int = 0) -> str:
    """Return the name of a key of a shard: ``danmate:{0}:room:twitch/shop``.

    The hash tag keeps together, in a cluster, all keys that a Lua call touches.
    """
    return ":".join((f"danmate:{{{shard}}}", *parts))


def account_key(account: str, *parts: str) -> str:
    """Return the name of a key of an account: ``danmate:{acct:twitch/shop}:…``."""
    return ":".join((f"danmate:{{acct:{account}}}", *parts))


def encode(value: Record) -> bytes:
    """Return ``value`` as msgpack with field names.

    Equal sets give equal bytes; mappings keep their order, because a pruning may count on it.
    Raises BadFrame for a text that is no Unicode (half a surrogate pair).
    """
    return _pack(_ordered(value) if isinstance(value, RoomState) else value)


def decode(raw: bytes, kind: type[T]) -> T:
    """Return the ``kind`` that ``encode`` wrote; fields that are missing take their defaults.

    Raises BadFrame for any other bytes.
    """
    try:
        value: T = _decoder(cast("Hashable", kind)).decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadFrame(f"no {kind.__name__}: {error}") from error
    return value


def encode_event(event: Event) -> bytes:
    """Return ``event`` with its tag, as it stands in the outcomes stream."""
    return _pack(("outcome" if isinstance(event, Outcome) else "delivered", event))


def decode_event(raw: bytes) -> Event:
    """Return what ``encode_event`` wrote. Raises BadFrame for any other bytes."""
    tag, body = decode(raw, tuple[str, msgspec.Raw])
    if (kind := _EVENTS.get(tag)) is None:
        raise BadFrame(f"no event: unknown tag {tag!r}")
    return decode(bytes(body), kind)


def _pack(value: object) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except UnicodeEncodeError as error:
        raise BadFrame(f"no Unicode: {error}") from error


def _ordered(state: RoomState) -> dict[str, object]:
    plain = {each.name: getattr(state, each.name) for each in fields(state)}
    before = state.before and _ordered(state.before)
    return plain | {"muted": sorted(state.muted), "before": before}


@cache
def _decoder(kind: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)
