"""Questions that ask the same, in whatever words: grouped by product, facts and meaning."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.shop.alike import FILLERS
from bot.shop.kinds import plain
from bot.shop.places import places
from bot.web.asks import Ask

Near: TypeAlias = NDArray[np.float32]
"""An embedding of unit length."""
NEAR: Final = 0.72
"""Mean cosine of a wording with those of a group that it joins. Of 30 questions in 86 wordings, zh
and en, whose neighbours differ by one word, 0.70 puts 56 in a hundred pairs together and no wrong
one; 0.68 begins to mix them."""
SAME: Final = 0.9
"""Cosine from which two wordings are one, though each has a word of its own."""
WORDINGS: Final = 300
"""The most frequent wordings that are compared; the others are grouped by their words alone."""
_WORD: Final = re.compile(r"[a-z]+|\d+")
_ASKING: Final = FILLERS | frozenset(
    ("what", "when", "where", "how", "which", "who", "s", "re", "it", "me", "does", "now")
)
STEM: Final = 4


@dataclass(slots=True)
class Wording:
    """One way to ask something about one product."""

    key: str
    product: str | None
    asks: list[Ask]
    places: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        line = plain(self.asks[0].text)
        found = [word for word in _WORD.findall(line) if word not in _ASKING]
        self.places = places(line)
        self.words = frozenset(word[:STEM] for word in found if not word.isdigit())
        self.numbers = frozenset(word for word in found if word.isdigit())

    @property
    def facts(self) -> frozenset[str]:
        """Return what was said to it the last time that anything was."""
        return next((ask.facts for ask in reversed(self.asks) if ask.facts), frozenset())

    def differs(self, other: "Wording") -> bool:
        """Tell whether it asks for something else: another place, number, or a word for a word."""
        ours, theirs = self.words - other.words, other.words - self.words
        swapped = bool(self.words & other.words) and bool(ours) and bool(theirs)
        return not self.comparable(other) or swapped

    def comparable(self, other: "Wording") -> bool:
        """Tell whether two wordings are about the same places and numbers."""
        return self.places == other.places and self.numbers == other.numbers


@dataclass(slots=True)
class Group:
    """Wordings that ask the same, the most frequent first."""

    wordings: list[Wording]
    placed: int = 0
    """How many of them have a vector."""
    row: int = 0
    """Where the mean of these stands."""

    @property
    def asks(self) -> list[Ask]:
        """Return all that ask it, the first first."""
        found = [ask for wording in self.wordings for ask in wording.asks]
        return sorted(found, key=lambda ask: ask.at)

    def takes(self, wording: Wording, near: Near, known: Mapping[str, Near]) -> bool:
        """Tell whether a wording asks what all of the group's ask."""
        return not any(
            wording.differs(each)
            and not (
                wording.comparable(each)
                and each.key in known
                and float(known[each.key] @ near) >= SAME
            )
            for each in self.wordings
        )


def wordings(asks: Iterable[Ask]) -> list[Wording]:
    """Return the ways to ask that there are, the most frequent first."""
    found: defaultdict[tuple[str | None, str], list[Ask]] = defaultdict(list)
    for ask in asks:
        found[ask.product, ask.key].append(ask)
    made = [Wording(key, product, list_) for (product, key), list_ in found.items()]
    return sorted(made, key=lambda each: -len(each.asks))


def grouped(found: Sequence[Wording], vectors: Mapping[str, Near]) -> list[Group]:
    """Return the groups; ``vectors`` by a wording's key, as far as they are known."""
    products: defaultdict[str | None, list[Wording]] = defaultdict(list)
    for wording in found:
        products[wording.product].append(wording)
    return [group for of in products.values() for group in _Groups(of, vectors).all]


class _Groups:
    """The groups of one product: each wording joins the nearest that it fits, or begins one."""

    def __init__(self, found: Sequence[Wording], vectors: Mapping[str, Near]) -> None:
        self.all: list[Group] = []
        compared = [vectors[each.key] for each in found[:WORDINGS] if each.key in vectors]
        self._vectors = vectors
        self._stated: dict[frozenset[str], Group] = {}
        self._rows: list[Group] = []
        self._middles = np.zeros((len(compared), len(compared[0]) if compared else 0), np.float32)
        for number, wording in enumerate(found):
            self._add(wording, vectors.get(wording.key) if number < WORDINGS else None)

    def _add(self, wording: Wording, near: Near | None) -> None:
        group = self._stated.get(wording.facts) or self._nearest(wording, near)
        if group is None:
            self.all.append(group := Group([]))
        group.wordings.append(wording)
        if wording.facts:
            self._stated.setdefault(wording.facts, group)
        if near is not None:
            self._move(group, near)

    def _nearest(self, wording: Wording, near: Near | None) -> Group | None:
        if near is None:
            return None
        cosines = self._middles[: len(self._rows)] @ near
        fits = np.flatnonzero(cosines >= NEAR)
        for row in fits[np.argsort(-cosines[fits])]:
            group = self._rows[int(row)]
            apart = wording.facts and any(each.facts for each in group.wordings)
            if not apart and group.takes(wording, near, self._vectors):
                return group
        return None

    def _move(self, group: Group, near: Near) -> None:
        """Let a group's middle be the mean of one vector more."""
        if not group.placed:
            group.row = len(self._rows)
            self._rows.append(group)
        group.placed += 1
        middle = self._middles[group.row]
        middle += (near - middle) / group.placed
