"""What is to be said and what was: points, sentences, and what of them fills a pattern."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.model import Checked, Fact, Product, Source
from bot.rules import claims
from bot.studio.patterns import Pattern

MOST: Final = 3
"""How often one pattern may stand in a text."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one sentence must state: the facts, all of them, of one kind of sentence.

    ``kind`` names a table of the pattern files. ``product`` is whom it speaks of; a fact of
    another owner fills the slot ``other_TOPIC``. ``words`` fill further slots with what is no
    fact of the catalogue (the host's name). A point without facts is a sentence of manners: it
    may claim nothing.
    """

    kind: str
    facts: tuple[Fact, ...] = ()
    product: Product | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    free: bool = False
    """Whether a language model may word it."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may be said. ``pattern`` is equal for sentences that differ in facts only."""

    text: str
    facts: tuple[Fact, ...]
    source: Source
    pattern: str
    kind: str
    refused: tuple[Checked, ...] = ()
    """Wordings that the guard did not pass before this one."""


@dataclass(frozen=True, slots=True)
class Left:
    """A point that is not said: no wording of it may be, for this reason."""

    point: Point
    reason: str
    detail: str = ""
    refused: tuple[Checked, ...] = ()


@dataclass(slots=True)
class Used:
    """What a text has said so far: how often each pattern, and which product was named last."""

    patterns: Counter[str] = field(default_factory=Counter)
    leads: Counter[str] = field(default_factory=Counter)
    named: str | None = None
    told: str | None = None
    """The product of which the last fact was stated."""
    most: int = MOST

    def note(self, sentence: Sentence, point: Point, name: str) -> None:
        """Remember a sentence that is going to stand in the text."""
        self.patterns[sentence.pattern] += 1
        self.leads[Pattern(sentence.pattern).lead] += 1
        if point.product and name in sentence.text:
            self.named = point.product.sku
        if point.product and point.facts:
            self.told = point.product.sku

    def fits(self, pattern: str) -> bool:
        """Tell whether a pattern may be used once more."""
        return self.patterns[pattern] < self.most


def slots(point: Point) -> tuple[dict[str, str], dict[str, str]]:
    """Return what fills a pattern: the facts by topic, and the words beside them.

    Of several specs the first fills ``{specs}`` and ``{key}``, the second ``{specs2}``, ``{key2}``;
    so do several facts of any topic.
    """
    facts, words = dict[str, str](), dict(point.words)
    own = f"{point.product.sku}." if point.product else ""
    for fact in point.facts:
        mine = bool(own) and fact.id.startswith(own)
        owner, _, rest = fact.id.partition(".")
        kind, _, key = (fact.id.removeprefix(own) if mine else rest).partition(".")
        if owner == "faq":
            kind, key = "answer", rest
        slot = _free(kind if mine or owner in ("shop", "faq") else f"other_{kind}", facts)
        facts[slot] = fact.said
        if kind == "specs":
            words.setdefault(slot.replace("specs", "key"), key)
    return facts, words


def _free(slot: str, have: Mapping[str, str]) -> str:
    number = 2
    name = slot
    while name in have:
        name, number = f"{slot}{number}", number + 1
    return name


def masked(text: str, point: Point, name: str) -> str:
    """Return a text with marks for what it states: what is left is its pattern."""
    pieces = [fact.said for fact in point.facts] + ([name] if name else [])
    for piece in sorted(filter(None, pieces), key=len, reverse=True):
        text = text.replace(piece, claims.MARK)
    return re.sub(r"\s+", " ", text).strip()
