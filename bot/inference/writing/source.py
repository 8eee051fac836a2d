"""The generator's data: goods, what shops say, how viewers ask, how a reply says it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
import tomli

from bot.model import Lang

FOLDER = Path(__file__).parent / "data"
Texts = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trade:
    """Goods of one kind, and which attributes suit them; a held trade is never trained on."""

    name: str
    goods: Mapping[str, str]
    """The English name of each Chinese one."""
    materials: Texts = ()
    sizes: str | None = None
    colors: bool = False
    specs: Texts = ()
    notes: Texts = ()
    held: bool = False


@dataclass(frozen=True, slots=True)
class Shop:
    """What catalogues of one language say where it is not special to a trade."""

    shipping: Texts
    returns: Texts
    payment: Texts
    discount: Texts
    colors: Texts
    size_guide: Mapping[str, Texts]
    sizes: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Detail:
    """A spec (its key first, then values) or a subject of the notes, and how viewers ask for it."""

    zh: Texts
    en: Texts
    ask_zh: Texts
    ask_en: Texts
    held_zh: Texts
    held_en: Texts

    def says(self, lang: Lang) -> Texts:
        """Return what a catalogue of this language says."""
        return self.zh if lang == "zh" else self.en

    def asked(self, lang: Lang, *, held: bool) -> Texts:
        """Return how viewers of this language ask."""
        if held:
            return self.held_zh if lang == "zh" else self.held_en
        return self.ask_zh if lang == "zh" else self.ask_en


@dataclass(frozen=True, slots=True)
class Asked:
    """Wordings of one question; the held ones are never trained on."""

    asked: Texts
    held: Texts


@dataclass(frozen=True, slots=True)
class Aside:
    """Lines that ask for nothing that a catalogue says."""

    zh: Texts
    en: Texts
    held_zh: Texts
    held_en: Texts

    def lines(self, lang: Lang, *, held: bool) -> Texts:
        """Return the lines of one language."""
        if held:
            return self.held_zh if lang == "zh" else self.held_en
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Dress:
    """What stands around a question in a chat."""

    before: Texts
    after: Texts
    also: Texts
    """Between two questions of one line."""
    it: Texts
    """Stands for the product."""


@dataclass(frozen=True, slots=True)
class Questions:
    """How viewers ask; by language, then by topic."""

    zh: Mapping[str, Asked]
    en: Mapping[str, Asked]
    chatter: Aside
    orders: Aside
    """Instructions to the bot."""
    typos: Mapping[str, Mapping[str, str]]
    dress: Mapping[str, Dress]

    def topics(self, lang: Lang) -> Mapping[str, Asked]:
        """Return the wordings of each topic."""
        return self.zh if lang == "zh" else self.en


Phrases = Mapping[str, Mapping[str, Texts]]
"""By kind of fact, then "first" (names the product) or "next"; openings, joints, ends, together."""


@dataclass(frozen=True, slots=True)
class Source:
    """All data files."""

    trades: tuple[Trade, ...]
    shops: Mapping[str, Shop]
    materials: Mapping[str, Mapping[str, Texts]]
    specs: Mapping[str, Detail]
    notes: Mapping[str, Detail]
    questions: Questions
    phrases: Mapping[str, Phrases]


@lru_cache(maxsize=1)
def source() -> Source:
    """Return the data files, read once."""
    return Source(
        trades=_read("goods", dict[str, tuple[Trade, ...]])["trades"],
        shops=_read("shop", dict[str, Shop]),
        materials=_read("materials", dict[str, Mapping[str, Texts]]),
        specs=_read("specs", dict[str, Detail]),
        notes=_read("notes", dict[str, Detail]),
        questions=_read("questions", Questions),
        phrases=_read("phrases", dict[str, Phrases]),
    )


def digest() -> str:
    """Return a hash of the data files: what a card names."""
    whole = hashlib.sha256()
    for file in sorted(FOLDER.glob("*.toml")):
        whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:16]


def _read(name: str, kind: type[T]) -> T:
    table = tomli.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    return msgspec.convert(table, kind)
