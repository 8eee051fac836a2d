"""Which products a line of chat names: by link number, name, kind, part of a name, typo, colour."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import add

from bot.model import Product
from bot.shop.kinds import Words, kinds, plain
from bot.shop.links import links
from bot.shop.parts import HEAD, forms, heads, parts
from bot.shop.sounds import Sounds

_LATIN = re.compile(r"[a-z0-9]{2,}")
_LATIN_OR_DIGIT = re.compile(r"[a-z]|\d")
TRAIT = "~"
"""Begins the key of a trait, among the words that tell products apart."""
CLEAR = 4
"""Characters of a part of a name that is meant as the name wherever it stands."""
_ONE = re.compile(
    r"[那这][个款件双条罐盒副根瓶支只套台包袋种]|\bones?\b"
    r"|(?<!是)(?<!是\S)(?<!是\S\S)(?<=\S\S)的(?=[是有几多还能可戴穿用怎咋啥卖价])"
)
"""Points at a product: the mustard one, 蜂蜜黄油那个, 葫芦的还有吗."""
FREQUENT = 300
"""Products that share a part of their names, from which the part tells none of them."""
FEW = 4
"""Products that a part of their names may leave to choose from."""
Telling = tuple[Iterable[tuple[str, int, int]], Mapping[str, AbstractSet[str]]]
"""Words of a line with their places, and the products that each tells."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a line names: skus that match equally well, or something that is not there."""

    skus: tuple[str, ...] = ()
    missing: bool = False
    by: str = ""
    """What told: "link", "name", "part of a name", "sound", "colour"; empty where nothing did."""


class Names:
    """The products of a catalogue by all that they are called; made once for a catalogue."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.links = {p.link: p.sku for p in products if p.link is not None}
        self.skus = {p.sku.lower(): p.sku for p in reversed(products)}
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._parts: dict[str, set[str]] = defaultdict(set)
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._colors: dict[str, set[str]] = defaultdict(set)
        self._hints: dict[str, set[str]] = defaultdict(set)
        self._own: dict[str, set[str]] = defaultdict(set)
        self._holds: dict[str, set[str]] = defaultdict(set)
        for product in products:
            self._learn(product)
        heads = ((key.removeprefix(HEAD), key) for key in self._kinds if key.startswith(HEAD))
        self._heads = {part: self._kinds[key] for part, key in heads}
        self._telling = frozenset({*self._parts, *self._heads})
        self._words = Words((name, name) for name in self._exact)
        self._sounds = Sounds(self._exact)

    def _learn(self, product: Product) -> None:
        table = kinds()
        for given in (product.name, *product.aliases):
            name = plain(given)
            if not name:
                continue
            for form in forms(name):
                if product.sku not in self._exact[form]:
                    self._exact[form].append(product.sku)
            for part, _, _ in parts(name):
                self._parts[part].add(product.sku)
            for hint, _, _ in _hints(name):
                self._hints[hint].add(product.sku)
            self._learn_kinds(name, product.sku)
        shades = " ".join((product.name, *product.aliases, *product.colors))
        for span in table.colors.spans(plain(shades)):
            self._colors[span.means].add(product.sku)

    def _learn_kinds(self, name: str, sku: str) -> None:
        table = kinds()
        for span in table.words.spans(name):
            self._holds[span.means].add(sku)
        for kind in heads(name):
            self._own[kind].add(sku)
            for wider in table.wide(kind):
                self._kinds[wider].add(sku)

    def find(self, line: str, *, loose: bool) -> Named:
        """Return what a line of chat names. A link number beats all else.

        ``loose``: a part of a name, a colour, or a kind of goods that is not sold here counts too:
        so it is where a price is asked for, while "is it waterproof" names no waterproof jacket.
        """
        line = plain(line)
        if (linked := self._linked(line)) is not None:
            return linked
        if found := self._named(line):
            skus, meant = _common(found), self._heard(line)  # "kestral guitar, got a bag for it"
            return Named(skus if meant & {*skus} else (*skus, *sorted(meant)), by="name")
        pointed = _ONE.search(line) is not None
        if partly := self._partly(line, loose=loose, pointed=pointed):
            return Named(partly, by="part of a name")
        if heard := self._heard(line):
            return Named(tuple(sorted(heard)), by="sound")
        if (loose or pointed) and (coloured := self._coloured(line)):
            return coloured
        return (self._foreign(line) if loose else None) or Named()

    def others(self, text: str, sku: str | None) -> tuple[str, ...]:
        """Return the names in a text that belong to other products than ``sku``."""
        line = plain(text)
        found = {span.means for span in self._words.spans(line)}
        return tuple(sorted(name for name in found if sku not in self._exact[name]))

    def _linked(self, line: str) -> Named | None:
        numbers = links(line)
        if not numbers:
            return None
        skus = tuple(self.links[n] for n in numbers if n in self.links)
        return Named(skus, missing=not skus, by="link")

    def _named(self, line: str) -> list[frozenset[str]]:
        """Return for each word of a line that names products their skus, the longest first."""
        evidence = [
            *((s.start, s.end, frozenset(self._exact[s.means])) for s in self._words.spans(line)),
            *self._of_kind(line),
        ]
        if not evidence:
            return []
        covered, hinted = self._coverage(line), _covering((_hints(line), self._hints))
        return [_best(_best(skus, covered), hinted) for _, _, skus in _apart(evidence)]

    def _heard(self, line: str) -> set[str]:
        return {sku for name in self._sounds.heard(line) for sku in self._exact[name]}

    def _of_kind(self, line: str) -> Iterator[tuple[int, int, frozenset[str]]]:
        for span in kinds().words.spans(line):
            for start, means in kinds().within(line, span):
                # a scarf that is called no more than that may be the silk scarf that is meant
                generic = self._own.get(kinds().broader.get(means, ""))
                if skus := self._kinds.get(means) or generic:
                    held = set() if means in self._own else self._holds.get(means, set())
                    yield start, span.end, frozenset(skus | held)
                    break
        for part, start, end in self._parts_of(line):
            if skus := self._heads.get(part):
                yield start, end, frozenset(skus)

    def _partly(self, line: str, *, loose: bool, pointed: bool) -> tuple[str, ...]:
        """Return the product whose name has most of its parts in a line, few where it points."""
        meant = loose or pointed
        covered = self._coverage(line, *([(_traits(line), self._hints)] if meant else []))
        if not covered:
            return ()
        best = _best(frozenset(covered), covered)
        if len(best) > 1:
            best = _best(best, _covering((_hints(line), self._hints)))
        clear = meant or max(covered.values(), default=0) >= CLEAR
        several = FEW if meant or self._own_name(line) else 1
        return tuple(sorted(best)) if clear and len(best) <= several else ()

    def _own_name(self, line: str) -> bool:
        """Tell whether a line has a word of names that is no word of goods: Nimbus, Mila."""
        table = kinds()
        words = [word for word, _, _ in self._parts_of(line) if word.isascii() and word.isalpha()]
        return any(
            word in self._parts and not (table.words.meaning(word) or table.traits.meaning(word))
            for word in words
        )

    def _coverage(self, line: str, *more: Telling) -> dict[str, int]:
        """Return for each product how many characters of the line its names cover."""
        shades = ((s.means, s.start, s.end) for s in kinds().colors.spans(line))
        return _covering((self._parts_of(line), self._parts), (shades, self._colors), *more)

    def _parts_of(self, line: str) -> tuple[tuple[str, int, int], ...]:
        """Return the parts of a line; none where no name has any of them."""
        pairs = map(add, line, line[1:])
        if self._telling.isdisjoint(pairs) and not _LATIN_OR_DIGIT.search(line):
            return ()
        return parts(line)

    def _coloured(self, line: str) -> Named | None:
        """Return the one product that has the colour that a line names."""
        for span in kinds().colors.spans(line):
            skus = self._colors.get(span.means, set())
            if len(skus) == 1:
                return Named(tuple(skus), by="colour")
        return None

    def _foreign(self, line: str) -> Named | None:
        """Tell whether a line names goods, or something else, that is not sold here."""
        table = kinds()
        strange = table.words.spans(line) or table.others.spans(line)
        return Named(missing=True, by="name") if strange else None


def _common(found: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """Return the products that all words together leave: those that fit each, else every one."""
    common = frozenset.intersection(*found)
    return tuple(sorted(common or frozenset().union(*found)))


def _apart(
    evidence: Iterable[tuple[int, int, frozenset[str]]],
) -> list[tuple[int, int, frozenset[str]]]:
    """Return the longest words that do not overlap; words of one place and length are one."""
    kept: list[tuple[int, int, frozenset[str]]] = []
    for start, end, skus in sorted(evidence, key=lambda e: (e[0] - e[1], e[0])):
        same = next((i for i, k in enumerate(kept) if k[:2] == (start, end)), None)
        if same is not None:
            kept[same] = (start, end, kept[same][2] | skus)
        elif all(end <= other[0] or other[1] <= start for other in kept):
            kept.append((start, end, skus))
    return kept


def _covering(*telling: Telling) -> dict[str, int]:
    """Return for each product how many characters of a line the words cover that it has."""
    places: dict[str, set[int]] = defaultdict(set)
    for found, by in telling:
        for word, start, end in found:
            skus = by.get(word)
            if skus and len(skus) <= FREQUENT:
                for sku in skus:
                    places[sku].update(range(start, end))
    return {sku: len(covered) for sku, covered in places.items()}


def _hints(line: str) -> Iterator[tuple[str, int, int]]:
    """Yield what tells the products of one kind apart: traits, and words of any goods (mini)."""
    yield from _traits(line)
    for word in _LATIN.finditer(line):
        yield word[0], word.start(), word.end()


def _traits(line: str) -> Iterator[tuple[str, int, int]]:
    for span in kinds().traits.spans(line):
        yield TRAIT + span.means, span.start, span.end


def _best(skus: frozenset[str], covered: Mapping[str, int]) -> frozenset[str]:
    """Return those of ``skus`` whose names cover most of the line."""
    most = max((covered.get(sku, 0) for sku in skus), default=0)
    return frozenset(sku for sku in skus if covered.get(sku, 0) == most)
