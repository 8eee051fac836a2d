"""Sentence patterns as data: by kind of point and by voice, in Chinese and English.

A pattern is a sentence with slots: ``{material}`` for a fact, ``{name}`` for the product. It fits
a point whose facts are exactly its slots; words beside the facts (``{name}``, ``{key}`` of a spec,
what the point brings) may stand in it or not. ``{said}``, ``{said2}`` and so on are a point's facts
whatever they are of.
Pattern files stand in ``data``: ``facts-zh.toml`` holds ``[material]`` with lists ``all``,
``warm``, ``lively``, ``expert`` and ``plain``.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bot.model import Lang

FOLDER: Final = Path(__file__).with_name("data")
Voice: TypeAlias = Literal["plain", "warm", "lively", "expert"]
SLOT: Final = re.compile(r"\{(\w+)\}")
LATER: Final = "+"
"""Opens a pattern that cannot be the first sentence about a product: "On top of that, …"."""
WORDS: Final = frozenset(
    {"name", "it", "is", "s", "es", "has", "this", "them", "its", "one", "does"}
)
"""Slots that are no facts: the name, and English words in its number (it or they)."""
SAID: Final = "said"
_MORE: Final = re.compile(
    r"^(?:再|还有|另外|至于|顺|补|对了|接下来|轮到|到价格|收一收)|也|同时|叠"
    r"|^(?:Then|Next|And|Also|To add|Plus|One more|On top|Now|Before I|A small)\b|\b(?:too|also)\b"
)
"""Opens what is added to something said before."""
_FIRST: Final = re.compile(
    r"^(?:先[看说交]|第一|从\{\w+\}说起|\{\w+\}先交代)|^(?:Let's start|Start with)|first: "
)
"""Opens a round of facts."""
_LEAD: Final = re.compile(r"[A-Za-z']+(?: [A-Za-z']+)?|[^\s{]{2}|\{\w+\}")
OWN_VOICE: Final = 0.4
"""How much further to the front a pattern of the text's own voice is tried."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sentence with slots. ``voice`` "all" suits any."""

    text: str
    voice: str = "all"
    later: bool = False

    @property
    def slots(self) -> frozenset[str]:
        """Return the names of what is to be filled in."""
        return frozenset(SLOT.findall(self.text))

    @property
    def adds(self) -> bool:
        """Tell whether it goes on from something that was said of the product: "And the …"."""
        return bool(_MORE.search(self.text))

    @property
    def first(self) -> bool:
        """Tell whether it says that it comes first: "start with the material"."""
        return bool(_FIRST.search(self.text))

    @property
    def lead(self) -> str:
        """Return how it begins: two sentences that begin alike are one too many."""
        found = _LEAD.match(self.text)
        return found[0] if found else ""

    def states(self, facts: frozenset[str], words: frozenset[str]) -> bool:
        """Tell whether it states all of these facts, and needs no word but these."""
        rest = self.slots - WORDS
        told = positions(len(facts)) if SAID in rest else facts
        articles = {word.replace("key", new) for word in words for new in ("article", "verb")}
        return told <= rest <= told | words | articles


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of a language, by kind of point."""

    lang: Lang
    kinds: Mapping[str, tuple[Pattern, ...]]

    def fitting(
        self, kind: str, facts: frozenset[str], words: frozenset[str], voice: Voice
    ) -> Iterator[Pattern]:
        """Yield the patterns of a kind that state all of these facts, in this voice or in any."""
        for pattern in self.kinds.get(kind, ()):
            if pattern.voice in ("all", voice) and pattern.states(facts, words):
                yield pattern


def positions(count: int) -> frozenset[str]:
    """Return the slots of so many facts, whatever they are of: said, said2, said3."""
    return frozenset(f"{SAID}{number if number > 1 else ''}" for number in range(1, count + 1))


def load(lang: Lang, *names: str) -> Patterns:
    """Return the patterns of the files ``NAME-LANG.toml``; a kind of several files holds all."""
    kinds: dict[str, tuple[Pattern, ...]] = {}
    for name in names:
        for kind, rows in _read(lang, name).items():
            kinds[kind] = kinds.get(kind, ()) + rows
    return Patterns(lang, kinds)


@cache
def _read(lang: Lang, name: str) -> Mapping[str, tuple[Pattern, ...]]:
    tables = tomllib.loads((FOLDER / f"{name}-{lang}.toml").read_text("utf-8"))
    return {
        kind: tuple(_pattern(text, voice) for voice, texts in voices.items() for text in texts)
        for kind, voices in tables.items()
    }


def _pattern(text: str, voice: str) -> Pattern:
    return Pattern(text.removeprefix(LATER).strip(), voice, text.startswith(LATER))


def draw(*parts: object) -> float:
    """Return a number from 0 to 1 that the parts alone decide: chance that can be repeated."""
    text = "|".join(map(str, parts))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def rank(pattern: Pattern, voice: Voice, *parts: object) -> float:
    """Return where a pattern stands in the order of trial; its own voice goes first, mostly."""
    return draw(pattern.text, *parts) * (OWN_VOICE if pattern.voice == voice else 1.0)
