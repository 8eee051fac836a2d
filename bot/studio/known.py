"""What can be said of a product: the catalogue's facts, lawful and in the text's language.

A text that holds a forbidden word is not said. Of the notes its sentence is left out, for what
stands beside a claim is often another one; of a material or a list the clause or the word; of
terms (a discount, returns) the whole, for half of a condition is another condition. Each is
reported. A text in another language than the one that is written is quoted, not
translated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.model import Catalogue, Fact, Lang, Product, Rules
from bot.rules.facts import facts
from bot.shop.lookup import Shop
from bot.studio.labels import told
from bot.studio.lawful import forbidden, stripped
from bot.studio.sentences import Left, Point

TERMS: Final = ("discount", "shipping", "returns", "payment", "size_guide")
"""Texts that are conditions: they are said whole or not at all."""
TOPICS: Final = (
    "material", "colors", "sizes", "size_guide", "price", "stock", "discount", "shipping",
    "returns", "payment", "link",
)  # fmt: skip
_ENDS: Final = re.compile(r"[。！!；;，,、.\s~～]+$")
"""A question keeps its mark: "Injured? Ask a doctor" says nothing else."""
_SENTENCES: Final = re.compile(r"(?<=[。！!；;])\s*|(?<=[.])\s+(?=[A-Z\u4e00-\u9fff])")
_CLAUSES: Final = re.compile(r"(?<=[，,、])\s*")
_LAST: Final = re.compile(r", (?=[^,]*$)")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff]")
_WORD: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]*[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of one product that may be said, in the order of the catalogue's keys."""

    product: Product
    facts: tuple[Fact, ...]
    left: tuple[Left, ...]
    """What the catalogue holds and may not be said."""
    lang: Lang
    written: Lang
    """The language that the catalogue says it is written in."""
    rules: Rules

    def of(self, *topics: str) -> tuple[Fact, ...]:
        """Return the facts of these topics; "specs" are all specs."""
        wanted = [topic_of(fact, self.product) for fact in self.facts]
        return tuple(
            fact
            for topic in topics
            for fact, own in zip(self.facts, wanted, strict=True)
            if own.partition(".")[0] == topic
        )


def topic_of(fact: Fact, product: Product) -> str:
    """Return what a fact is about: ``price``, ``specs.weight``; a sku may hold a dot."""
    own = f"{product.sku}."
    return fact.id.removeprefix(own) if fact.id.startswith(own) else fact.id.partition(".")[2]


def known(product: Product, catalogue: Catalogue, lang: Lang, rules: Rules) -> Known:
    """Return what may be said of a product, and what may not."""
    shop = Shop(catalogue, {})
    found = [fact for topic in TOPICS for fact in facts(topic, product, shop, lang)]
    for key in product.specs:
        found += facts(f"specs.{key}", product, shop, lang)
    found += facts("notes", product, shop, lang)
    said, left = list[Fact](), list[Left]()
    name = forbidden(product.name, rules)
    if name:
        left.append(Left(Point("name", (), product), "banned_word", name))
    for fact in found:
        topic = topic_of(fact, product)
        kept = [_aloud(each, topic, product, lang) for each in _lawful(fact, topic, rules)]
        said += kept
        why = forbidden(_whole(fact, topic), rules)
        if why:
            left.append(Left(Point(topic, (fact,), product), "banned_word", why))
    return Known(product, tuple(said), tuple(left), lang, catalogue.language, rules)


def _aloud(fact: Fact, topic: str, product: Product, lang: Lang) -> Fact:
    """Return a list as it is read aloud in English: "Black, Oat and Rust"; ``text`` keeps it."""
    listed = topic in ("colors", "sizes") and len(getattr(product, topic)) > 1
    if lang != "en" or not listed or _IDEOGRAPH.search(fact.said):
        return fact
    return replace(fact, said=_LAST.sub(" and ", fact.said))


def _whole(fact: Fact, topic: str) -> str:
    key = topic.partition("specs.")[2]
    return f"{key}: {fact.said}" if key else fact.said


def _lawful(fact: Fact, topic: str, rules: Rules) -> Iterator[Fact]:
    """Yield what of a fact may be said; the notes are a fact for each of their sentences."""
    pieces = _SENTENCES.split(fact.said) if topic == "notes" else [fact.said]
    for piece in pieces:
        text = _ENDS.sub("", piece)
        if not text:
            continue
        if not forbidden(_whole(replace(fact, said=text), topic), rules):
            yield replace(fact, text=fact.text, said=text)
        elif topic not in (*TERMS, "notes") and (rest := _without(text, topic, rules)):
            yield replace(fact, text=rest, said=rest)


def _without(text: str, topic: str, rules: Rules) -> str:
    """Return a text without the clauses that hold forbidden words; empty where none is left."""
    key = topic.partition("specs.")[2]
    if key and forbidden(key, rules):
        return ""
    parts = [part for part in _CLAUSES.split(text) if part]
    kept = [part for part in parts if not forbidden(part, rules)]
    rest = _ENDS.sub("", "".join(kept)) or (stripped(text, rules) if topic == "material" else "")
    return "" if not rest or forbidden(rest, rules) else rest


def foreign(text: str, of: Known) -> bool:
    """Tell whether a text is to be quoted: it is written in the other language.

    Units, sizes and abbreviations (400ml, USB-C, XL) are at home in both.
    """
    if of.lang == "en":
        return bool(_IDEOGRAPH.search(text))
    return of.written == "en" and not _IDEOGRAPH.search(text) and bool(_WORD.search(text))


def native(fact: Fact, of: Known) -> bool:
    """Tell whether a fact can be said in the text's language; else it is quoted."""
    key = topic_of(fact, of.product).partition(".")[2]
    return not foreign(fact.said, of) and not (key and foreign(key, of) and not told(key, of.lang))
