"""What a comment asks, and whether the bot could answer it: its planner decides, as live."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.model import (
    GOODS,
    Answer,
    ChatMessage,
    Fact,
    HandOff,
    Intent,
    Kind,
    Outcome,
    Reading,
    Reply,
    Rules,
)
from bot.rules import plan
from bot.shop import topics
from bot.shop.lookup import Shop, resolve
from bot.shop.text import tidy
from bot.studio.comments.use import asks

REMEMBER: Final = 50_000
WISHES: Final[Mapping[str, str]] = {"shelf": "shelf_life", "port": "charging", "gsm": "thickness"}
"""Names of attributes that topics.SPECS calls otherwise; the rest are called as there."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the bot would do with a text, whoever says it."""

    kind: Kind
    reason: str | None
    question: bool
    product: str | None
    attribute: str
    facts: tuple[Fact, ...] = ()


class Planner:
    """Plans each text once for each product on screen; knows the latest texts."""

    def __init__(self, shop: Shop | None, rules: Rules) -> None:
        self._shop = shop
        self._rules = rules
        self._known: OrderedDict[tuple[str, str | None], Judged] = OrderedDict()

    def __call__(self, text: str, reading: Reading, showing: str | None) -> Judged:
        """Return what the bot would do with ``text`` while ``showing`` is on screen."""
        key = text, showing
        if (known := self._known.get(key)) is None:
            known = self._known[key] = self._judged(text, reading, showing)
            if len(self._known) > REMEMBER:
                self._known.popitem(last=False)
        return known

    def _judged(self, text: str, reading: Reading, showing: str | None) -> Judged:
        asking = asks(reading.intent, unsure=reading.unsure)
        if self._shop is None:
            reason = "no_catalogue" if asking else "not_a_question"
            kind: Kind = "handed_off" if asking else "ignored"
            return Judged(kind, reason, asking, None, attribute(text, reading.intent, ()))
        question = resolve(text, reading, self._shop, showing)
        planned = plan.plan(question, reading, self._shop, self._rules)
        named = attribute(text, reading.intent, question.topics)
        product = question.product if reading.intent in GOODS or question.named else None
        if isinstance(planned, Answer):
            return Judged("drafted", None, True, planned.product or product, named, planned.facts)
        if isinstance(planned, HandOff):
            return Judged(
                "handed_off", planned.reason, True, product and (planned.product or product), named
            )
        return Judged("ignored", planned.reason, asking, product if asking else None, named)


def attribute(text: str, intent: Intent, asked: tuple[str, ...]) -> str:
    """Return the one thing that is asked: a topic of the planner, a usual spec, or the intent."""
    line = tidy(text)
    if asked:
        return asked[0]
    if intent in GOODS and (found := topics.asked(line, intent, None)):
        return found[0]
    if intent in ("product", "size"):
        for words, key in topics.SPECS:
            if words.search(line):
                name = next(each for each in key.pattern.split("|") if each.isascii())
                return WISHES.get(name, name)
    return intent


def outcome(message: ChatMessage, reading: Reading, judged: Judged) -> Outcome:
    """Return what would have become of a message, for the comparison with what people said."""
    reply = None
    if judged.facts:
        reply = Reply(f"re:{message.id}", message.room, "", "template", judged.facts, (message.id,))
    return Outcome(
        message, judged.kind, judged.reason, reading.intent, reading.score, reading.sentiment,
        reading.lang, judged.product, reply,
    )  # fmt: skip
