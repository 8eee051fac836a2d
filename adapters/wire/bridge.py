"""The bridge's objects, in JSON, to values and back: what a feeder tells, and what it is told."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import msgspec

from bot.errors import BadFrame, Held, Refused, Throttled
from bot.model import ChatMessage, Heard, Removed, Reply, Role, Showing

FRAME = 65_536
"""Bytes of one object, unless a room allows more."""
MOST = 1_000
"""Objects that come in one body."""
CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
AT = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
VALUE = re.compile(r"(?<=\bvalue) '.*'", re.DOTALL)
"""What somebody wrote, in a reason that may be logged."""

Short: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Id: TypeAlias = Short | Number
"""As in a recording, a number will do."""


class Said(msgspec.Struct, tag="message", frozen=True):
    """A message; ``platform`` and ``room`` are the bridge's own, whatever a feeder says."""

    text: Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"\S")]
    id: Id | None = None
    author: Name | None = None
    author_id: Id | None = None
    role: Role | None = None
    sent_at: Annotated[float, msgspec.Meta(ge=0, le=1e11)] | None = None
    reply_to: Id | None = None


class Deleted(msgspec.Struct, tag="delete", frozen=True):
    """One message was taken out of the room."""

    id: Id


class Cleared(msgspec.Struct, tag="clear", frozen=True):
    """All of one author's, or of everybody's, was taken out of the room."""

    author_id: Id | None = None


class Shown(msgspec.Struct, tag="showing", frozen=True):
    """A product, by link number or sku, is on screen."""

    product: Id
    id: Id | None = None


class Posted(msgspec.Struct, tag="posted", frozen=True):
    """What became of a reply. ``retry_after`` in seconds: nothing was posted, it was too fast."""

    id: Short
    delivery: Literal["sent", "held", "refused"]
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    retry_after: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None


class Fault(msgspec.Struct, tag="error", frozen=True):
    """The other side could not read us. It is not answered: two bots would never end."""

    reason: object = None


Told: TypeAlias = Said | Deleted | Cleared | Shown
Frame: TypeAlias = Told | Posted | Fault


@dataclass(frozen=True, slots=True)
class Place:
    """The room that a feeder speaks for; ``account`` is our name or id on its platform."""

    platform: str
    room: str
    account: str = ""

    def heard(
        self,
        told: Told,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
        made: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> Heard:
        """Return what was told as the core's value; ``made`` gives an id where it has none."""
        match told:
            case Deleted():
                return Removed(self.room, id=str(told.id))
            case Cleared():
                return Removed(self.room, author_id=_text(told.author_id))
            case Shown():
                return Showing(self.room, str(told.product), _text(told.id) or made())
        author = told.author or ""
        author_id = _text(told.author_id) or author
        own = self.account and self.account.casefold() in (author.casefold(), author_id.casefold())
        return ChatMessage(
            id=_text(told.id) or made(),
            platform=self.platform,
            room=self.room,
            author=author,
            author_id=author_id,
            role="bot" if own else told.role or "viewer",
            text=told.text,
            sent_at=now() if told.sent_at is None else told.sent_at,
            reply_to=_text(told.reply_to),
        )


def decode(data: str | bytes | None, limit: int = FRAME) -> Frame:
    """Return the object in ``data``; None stands for what was no text.

    Raises BadFrame, which names the field, and nothing else whatever the input.
    """
    if data is None or _size(data) > limit:
        raise BadFrame(f"expected one object as text, of at most {limit} bytes")
    try:
        return msgspec.json.decode(data, type=Frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFrame(_reason(error)) from None


def decode_all(body: bytes, kind: str = "message") -> list[Frame]:
    """Return the objects of a body: one, an array, or one a line; an untyped one is a ``kind``.

    Raises BadFrame, which names the object by its place in the array or its line.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        lines = [(f"line {at}", line) for at, line in enumerate(body.splitlines(), 1)]
        items = [(place, _any(place, line)) for place, line in lines if line.strip()]
        if len(items) < 2:  # noqa: PLR2004 - what is one line is one object
            raise BadFrame(_reason(error)) from None
    else:
        many = found if isinstance(found, list) else [found]
        items = [(f"[{at}]" if many is found else "", item) for at, item in enumerate(many)]
    if len(items) > MOST:
        raise BadFrame(f"expected at most {MOST} objects, got {len(items)}")
    return [_frame(place, item, kind) for place, item in items]


def reply_frame(reply: Reply) -> str:
    """Return the object that asks a feeder to post ``reply``."""
    return _encode(
        {
            "type": "reply",
            "id": reply.id,
            "room": reply.room,
            "text": reply.text,
            "reply_to": reply.reply_to or (reply.answers[0] if reply.answers else None),
            "answers": list(reply.answers),
            "facts": [{"id": fact.id, "text": fact.text} for fact in reply.facts],
        }
    )


def error_frame(reason: str) -> str:
    """Return the object that tells a feeder that it was not understood."""
    return _encode({"type": "error", "reason": reason})


def accepted_frame(heard: Heard) -> str:
    """Return the object that tells a feeder that a line of its is safe in the queue."""
    return _encode({"type": "accepted", "id": heard.id})


def judge(posted: Posted) -> None:
    """Return where a reply stands; raise Held, Throttled or Refused where it does not."""
    match posted:
        case Posted(delivery="held"):
            raise Held(_code(posted.reason, "held"))
        case Posted(delivery="refused", retry_after=float(seconds)) if seconds > 0:
            raise Throttled(_code(posted.reason, "throttled"), seconds, room_only=True)
        case Posted(delivery="refused"):
            raise Refused(_code(posted.reason, "refused"))


def _code(words: str | None, code: str) -> str:
    """Return a reason that begins with a stable code: the feeder's own, or ``code``."""
    plain = " ".join((words or "").split())
    if not plain or CODE.fullmatch(plain.partition(":")[0]):
        return plain or code
    return f"{code}: {plain}"


def _frame(place: str, item: object, kind: str) -> Frame:
    if isinstance(item, dict):
        item = {"type": kind, **item}
    try:
        frame: Frame = msgspec.convert(item, type=Frame)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFrame(f"{place}: {_reason(error)}".removeprefix(": ")) from None
    return frame


def _any(place: str, line: bytes) -> object:
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadFrame(f"{place}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "expected an object, found too many inside each other"
    words = VALUE.sub("", str(error))
    if found := AT.fullmatch(words):
        return f"{found[2]}: {found[1]}"
    return f"expected an object of the bridge: {words}"


def _size(data: str | bytes) -> int:
    return len(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)


def _encode(item: Mapping[str, object]) -> str:
    return msgspec.json.encode(item).decode()


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
