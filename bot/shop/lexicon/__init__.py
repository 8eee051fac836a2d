"""Words that the bot does not say: packs of data with a reason for each, in whatever spelling."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.errors import BadConfig
from bot.model import Catalogue, Faq, Forbidden, Lexicon, Product
from bot.shop.lexicon.matcher import Matcher, fold
from bot.shop.lexicon.packs import DEFAULT, SHIPPED, Pack, Term, parse, read

__all__ = ["DEFAULT", "SHIPPED", "Flag", "Packs", "flagged", "load", "parse"]
_ALLOWED = -1
"""Stands for the words that no pack forbids."""


@dataclass(frozen=True)
class Packs:
    """Several packs as one lexicon. What one of them allows, none forbids."""

    packs: tuple[Pack, ...]
    _terms: tuple[tuple[Term, str], ...] = field(init=False, compare=False, repr=False)
    _matcher: Matcher = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        terms = tuple((term, pack.name) for pack in self.packs for term in pack.terms)
        words = [(word, _ALLOWED) for pack in self.packs for word in pack.allow]
        for at, (term, _) in enumerate(
            terms
        ):  # a word stands for 2 * at, an exemption for one more
            words += [(word, 2 * at) for word in term.words]
            words += [(word, 2 * at + 1) for word in term.exempt]
        object.__setattr__(self, "_terms", terms)
        object.__setattr__(self, "_matcher", Matcher(words))

    def find(self, text: str) -> Iterator[Forbidden]:
        """Yield what is forbidden in a text: words from its start to its end, then patterns."""
        line = fold(text)
        spans = sorted(self._matcher.spans(line))
        harmless = [span for span in spans if span[2] % 2]  # exemptions, and -1
        for start, end, meaning in [*(s for s in spans if not s[2] % 2), *self._patterns(line)]:
            term, pack = self._terms[meaning // 2]
            if not _exempt(line, start, end, meaning, term, harmless):
                yield Forbidden(line[start:end], pack, term.reason, term.why)

    def _patterns(self, line: str) -> Iterator[tuple[int, int, int]]:
        for at, (term, _) in enumerate(self._terms):
            if term.pattern:
                for found in term.pattern.finditer(line):
                    if found[0]:
                        yield found.start(), found.end(), 2 * at


def _exempt(
    line: str,
    start: int,
    end: int,
    meaning: int,
    term: Term,
    harmless: Sequence[tuple[int, int, int]],
) -> bool:
    """Tell whether a find stands within words in which it is harmless."""
    for first, last, of in harmless:
        if of in (_ALLOWED, meaning + 1) and first <= start and end <= last:
            return True
    if term.exempt_pattern is None:
        return False
    found = term.exempt_pattern.finditer(line)
    return any(match.start() <= start and end <= match.end() for match in found)


def load(names: Sequence[str]) -> Packs:
    """Read packs by name or path. Raises BadConfig with one line for each fault of any of them."""
    packs, faults = [], list[str]()
    for name in names:
        try:
            packs.append(read(name))
        except BadConfig as fault:
            faults += fault.faults
    if faults:
        raise BadConfig(*faults)
    return Packs(tuple(packs))


@dataclass(frozen=True, slots=True)
class Flag:
    """A text of the catalogue that would be blocked in a reply."""

    path: str
    found: Forbidden

    def __str__(self) -> str:
        return f"{self.path}: {self.found}"


def flagged(catalogue: Catalogue, lexicon: Lexicon) -> list[Flag]:
    """Return every forbidden word of the texts that a reply may quote, in the file's order."""
    return [
        Flag(path, found)
        for path, text in _texts(catalogue)
        if text
        for found in _distinct(lexicon.find(text))
    ]


def _distinct(finds: Iterator[Forbidden]) -> list[Forbidden]:
    """Return each find once, without those that are a part of an earlier one."""
    kept: list[Forbidden] = []
    for found in finds:
        if not any(found.word in other.word for other in kept):
            kept.append(found)
    return kept


def _texts(catalogue: Catalogue) -> Iterator[tuple[str, str | None]]:
    for key in ("shipping", "returns", "payment"):
        yield f"shop.{key}", getattr(catalogue, key)
    for number, product in enumerate(catalogue.products):
        for path, text in _of_product(product):
            yield f"products[{number}].{path}", text
    for number, row in enumerate(catalogue.faq):
        yield from _of_row(f"faq[{number}]", row)


def _of_product(product: Product) -> Iterator[tuple[str, str | None]]:
    yield "name", product.name
    for key in ("aliases", "sizes", "colors"):
        for number, text in enumerate(getattr(product, key)):
            yield f"{key}[{number}]", text
    for key in ("discount", "size_guide", "material", "shipping", "returns", "notes"):
        yield key, getattr(product, key)
    for key, text in product.specs.items():
        yield f"specs.{key}", f"{key}: {text}"


def _of_row(path: str, row: Faq) -> Iterator[tuple[str, str | None]]:
    yield f"{path}.answer", row.answer
