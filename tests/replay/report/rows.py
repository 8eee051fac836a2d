"""Outcomes of a small evening, made by hand, and a strict reader of the page that shows them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from xml.etree import ElementTree as ET

from bot.model import Because, ChatMessage, Checked, Fact, Intent, Outcome, Reply, Role
from bot.replay.report import About, Figures, Fold, page

START = 1_767_265_200.0
ABOUT = About("evening.jsonl", zone=UTC, version="1.0")
PRICE = Fact("A1.price", "59 USD", "$59")


def message(
    number: str,
    at: float = 0.0,
    text: str = "how much?",
    author: str = "Ann",
    role: Role = "viewer",
) -> ChatMessage:
    return ChatMessage(number, "test", "test/room", author, author.lower(), role, text, START + at)


def reply(number: str, at: float | None, *answers: str) -> Reply:
    return Reply(
        f"re:{number}", "test/room", "The mug is $59.", "template", (PRICE,), answers or (number,),
        due=START + (at or 0.0), at=None if at is None else START + at,
        delivery="not_sent" if at is None else "sent",
    )  # fmt: skip


def answered(number: str, at: float, wait: float = 1.5) -> Outcome:
    return Outcome(
        message(number, at), "answered", intent="price", product="A1",
        reply=reply(number, at + wait),
    )  # fmt: skip


def drafted(number: str, at: float) -> Outcome:
    said = reply(number, None)
    return Outcome(message(number, at), "drafted", "shadow", intent="price", reply=said)


def handed(
    number: str, at: float, text: str = "is it waterproof?", reason: str = "no_fact"
) -> Outcome:
    return Outcome(message(number, at, text), "handed_off", reason, intent="product", product="A1")


def chatter(number: str, at: float, intent: Intent = "chitchat") -> Outcome:
    return Outcome(message(number, at, "lol"), "ignored", "not_a_question", intent=intent)


def staff(number: str, at: float, text: str) -> Outcome:
    return Outcome(message(number, at, text, "Host", "host"), "ignored", "staff")


def refused(number: str, at: float, word: str = "best") -> Outcome:
    checked = (Checked("model", "The best mug", "banned_word", word), Checked("template", "$59"))
    return replace(answered(number, at), because=Because(checked=checked))


def folded(outcomes: Iterable[Outcome], fold: Fold | None = None) -> Figures:
    fold = fold or Fold()
    for outcome in outcomes:
        fold.add(outcome)
    return fold.figures()


def parsed(html: str) -> ET.Element:
    """Return the tree of a page: it is well-formed XML, or this raises ParseError."""
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>\n"))


def drawn(outcomes: Iterable[Outcome], about: About = ABOUT) -> ET.Element:
    return parsed(page(folded(outcomes), about))


def main(tree: ET.Element, lang: str = "en") -> ET.Element:
    found = tree.find(f".//main[@id='report-{lang}']")
    assert found is not None
    return found


def words(element: ET.Element) -> str:
    return " ".join(text.strip() for text in element.itertext() if text.strip())
