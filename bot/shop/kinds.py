"""Kinds of goods and colours in Chinese and English: a hoodie is a 卫衣, and a sneaker a shoe."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_letters, digits

from bot.shop.text import tidy

TABLE = Path(__file__).with_name("kinds.toml")
TRAITS = Path(__file__).with_name("traits.toml")
_BERRY = re.compile(r"[a-z][^\Waeiou]y$")
_LETTERS = frozenset(ascii_letters + digits)
_PLURALS = ("", "s", "es")


@dataclass(frozen=True, slots=True)
class Span:
    """A word of a tidy line, from ``start`` to ``end``, and what it means."""

    start: int
    end: int
    means: str


def plain(text: str) -> str:
    """Return a text as names are compared: tidy, and a hyphen is a blank (half-zip, half zip)."""
    return tidy(text).replace("-", " ")


class Words:
    """Finds words of a table in a line: the longest that fit, Latin ones as whole words."""

    def __init__(self, table: Iterable[tuple[str, str]]) -> None:
        """``table`` gives (word, meaning); the first meaning of a word counts."""
        self._means: dict[str, str] = {}
        for word, meaning in table:
            self._means.setdefault(plain(word), meaning)
            if _BERRY.search(word):
                self._means.setdefault(plain(word)[:-1] + "ies", meaning)
        self._means.pop("", None)
        lengths: dict[str, set[int]] = defaultdict(set)
        for word in self._means:
            lengths[word[:2]].add(len(word))
        self._lengths = {start: sorted(of, reverse=True) for start, of in lengths.items()}
        self._starts = _starts(self._means)

    def meaning(self, word: str) -> str | None:
        """Return what a plain word means, or None."""
        return self._means.get(word)

    def spans(self, line: str) -> list[Span]:
        """Return the words in a plain line; where two overlap, the longer one, or the first."""
        found = list(self._all(line))
        if len(found) < 2:  # noqa: PLR2004 - there is nothing to choose
            return found
        found.sort(key=lambda span: (span.start - span.end, span.start))
        kept: list[Span] = []
        for span in found:
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return sorted(kept, key=lambda span: span.start)

    def _all(self, line: str) -> Iterator[Span]:
        for start in [match.start() for match in self._starts.finditer(line)]:
            if start and _latin(line[start]) and _latin(line[start - 1]):
                continue  # no word begins inside another
            one, two = line[start], line[start : start + 2]
            found = (self._lengths.get(two, ()), self._lengths.get(one, ()) if two != one else ())
            for length in (*found[0], *found[1]):
                word = line[start : start + length]
                if len(word) == length and word in self._means:
                    end = whole(line, start, start + length)
                    if end is not None:
                        yield Span(start, end, self._means[word])
                        break


def _starts(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds each place of a line where one of the words may begin."""
    long = [word for word in words if len(word) > 1]
    one = _any_of(word for word in words if len(word) == 1)
    return re.compile(f"{_any_of(w[0] for w in long)}(?={_any_of(w[1] for w in long)})|{one}")


def _any_of(characters: Iterable[str]) -> str:
    listed = "".join(map(re.escape, sorted(set(characters))))
    return f"[{listed}]" if listed else "(?!)"


def whole(line: str, start: int, end: int) -> int | None:
    """Return where a word of a line ends, a plural's ending included; None inside a longer one.

    Ideographs have no borders; letters and digits of the Latin script have.
    """
    if _latin(line[start]) and start and _latin(line[start - 1]):
        return None
    if not _latin(line[end - 1]):
        return end
    for ending in _PLURALS:
        after = end + len(ending)
        if line.startswith(ending, end) and not (after < len(line) and _latin(line[after])):
            return after
    return None


def _latin(character: str) -> bool:
    return character in _LETTERS


@dataclass(frozen=True)
class Kinds:
    """The table: words of goods, of colours, and of what is asked for but never sold."""

    words: Words
    broader: Mapping[str, str]
    colors: Words
    others: Words
    traits: Words
    """Words that tell goods of a kind apart, in whichever language: jade, butterfly, folding."""

    def within(self, line: str, span: Span) -> Iterator[tuple[int, str]]:
        """Yield the kinds that a word of a line means, and that its end does: jade pendant."""
        for start in range(span.start, span.end):
            if start == span.start:
                yield start, span.means
            elif not (_latin(line[start - 1]) and _latin(line[start])):
                word = line[start : span.end]
                yield from ((start, s.means) for s in self.words.spans(word) if s.end == len(word))

    def wide(self, kind: str) -> Iterator[str]:
        """Yield a kind and all that are broader: sneaker, shoe, footwear."""
        seen: set[str] = set()
        at: str | None = kind
        while at is not None and at not in seen:
            seen.add(at)
            yield at
            at = self.broader.get(at)


@cache
def kinds() -> Kinds:
    """Return the table that ships."""
    data = tomllib.loads(TABLE.read_text("utf-8"))
    rows = data["kinds"]
    return Kinds(
        words=Words((word, row["en"][0]) for row in rows for word in (*row["zh"], *row["en"])),
        broader={row["en"][0]: row["is"] for row in rows if "is" in row},
        colors=Words(
            (word, row["en"][0]) for row in data["colors"] for word in (*row["zh"], *row["en"])
        ),
        others=Words((word, word) for word in data["others"]),
        traits=Words(
            (word, row["en"][0])
            for row in tomllib.loads(TRAITS.read_text("utf-8"))["traits"]
            for word in (*row["zh"], *row["en"])
        ),
    )
