"""Events of rooms in which viewers ask, for what watches the feed."""

from dataclasses import replace
from itertools import count
from typing import Any

from bot.model import ChatMessage, Delivered, Fact, Kind, Outcome, Reply, Role

ROOM = "room/local"
START = 1_000_000.0
PRICE = (Fact("A1.price", "129 CNY", "129元"),)
numbers = count(1)


def line(
    text: str,
    at: float = START,
    *,
    author: str | None = None,
    role: Role = "viewer",
    reply_to: str | None = None,
    room: str = ROOM,
    id: str | None = None,  # noqa: A002 - as in a message
) -> ChatMessage:
    """A message with an id, and an author if none is given, of its own."""
    number = next(numbers)
    author = author or f"v{number}"
    return ChatMessage(
        id or f"m{number}",
        room.partition("/")[0],
        room,
        author,
        f"~{author}",
        role,
        text,
        at,
        reply_to,
    )


def left(
    text: str,
    at: float = START,
    reason: str = "no_fact",
    outcome: Kind = "handed_off",
    *,
    product: str | None = "A1",
    **more: Any,
) -> Outcome:
    """A question that the bot had no answer to."""
    return Outcome(
        line(text, at, **more),
        outcome,
        reason,
        intent="product",
        score=0.9,
        lang="zh",
        product=product,
    )


def answered(text: str, at: float = START, *, product: str = "A1", **more: Any) -> Outcome:
    """A question with its answer, which is not posted yet."""
    message = line(text, at, **more)
    reply = Reply(f"re:{message.id}", message.room, "129元", "template", PRICE, (message.id,))
    return Outcome(
        message, "answered", intent="price", score=0.9, lang="zh", product=product, reply=reply
    )


def joined(outcome: Outcome, text: str, at: float = START, **more: Any) -> Outcome:
    """Another question that the reply of ``outcome`` answers as well."""
    assert outcome.reply is not None
    reply = replace(outcome.reply, answers=(), text="", delivery="not_sent")
    return replace(outcome, message=line(text, at, **more), reply=reply)


def posted(
    outcome: Outcome, at: float, *others: Outcome, delivery: Any = "sent", **more: Any
) -> Delivered:
    """What became of an outcome's reply."""
    assert outcome.reply is not None
    answers = (outcome.message.id, *(other.message.id for other in others))
    return Delivered(outcome.reply.id, delivery, at, "129元", answers, **more)
