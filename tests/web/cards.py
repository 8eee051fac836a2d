"""Answers, what was asked, and what became of them: for tests of what is shown of it."""

from typing import Any

from bot.config import DEMO
from bot.model import ChatMessage, Delivered, Outcome, Reply
from bot.shop.catalogue import load
from bot.web.aired import Aired, Card, Taken

ROOM = "room/a"
SHOP = load(DEMO)
FIRST = SHOP.products[0]


def message(
    number: int, author: str = "Bob", text: str = "how much?", room: str = ROOM
) -> ChatMessage:
    at = 1.0 + number / 1000
    return ChatMessage(f"m{number}", "room", room, author, f"~{author}", "viewer", text, at)


def answered(said: ChatMessage, text: str = "It is $59.", to: str = "") -> Outcome:
    """Return the outcome of a message; ``to`` is the reply that it joins, which brings no words."""
    reply = Reply(
        to or f"re:{said.id}", said.room, "" if to else text, "template", (), (said.id,),
        product=FIRST.sku,
    )  # fmt: skip
    return Outcome(said, "answered", intent="price", lang="en", product=FIRST.sku, reply=reply)


def sent(*answers: str, delivery: Any = "sent", reason: str | None = None) -> Delivered:
    return Delivered(f"re:{answers[0]}", delivery, 2.0, "@Bob It is $59.", answers, reason)


def aired(lexicon: Any = None) -> Aired:
    return Aired({ROOM: SHOP, "room/b": SHOP}, lexicon)


def seen(board: Aired, *items: Outcome | Delivered) -> list[Card | Taken]:
    return [change for item in items for change in board.see(item)]


def told(board: Aired, *items: Outcome | Delivered) -> list[dict[str, object]]:
    return [board.told(each) for each in seen(board, *items) if isinstance(each, Card)]
