"""Finds words in a text in whatever spelling: full width, look-alikes, blanks and marks between.

A text is read in one form (``fold``). Ideographs may stand apart by up to three blanks, marks or
emoji ("微 信", "全.网.最.低"), letters as "v x"; but no word reaches over a comma or a full stop.
Latin words are whole words, and a letter may be doubled ("fuuck").
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bot.shop.text import normal

VARIANTS = Path(__file__).with_name("variants.toml")
WHOLE = 100_000
"""A text is searched to its end, unlike a viewer's line."""
APART = 3
"""Blanks and marks that may stand between two ideographs of a word."""
_BARRIERS = frozenset(",。!?;:！？，；：\n")
_GAP = r"[^\w'’,。!?;:]|_"
_SPELT = re.compile(rf"(?<![a-z0-9'’])[a-z]({_GAP})[a-z](?:\1[a-z])*(?![a-z0-9'’])")
_APART = re.compile(_GAP)
_PLAIN = re.compile(r"[\u4e00-\u9fff]+")
_WIDE = "\u2e80"
"""From here on characters are ideographs, which know no word boundaries."""


@cache
def _variants() -> dict[int, str]:
    rows = tomllib.loads(VARIANTS.read_text("utf-8"))["variants"]
    return {ord(other): plain for plain, others in rows.items() for other in others}


def fold(text: str) -> str:
    """Return a text in the form in which words are looked for.

    Normal; Traditional ideographs as Simplified ones; letters that stand apart are joined.
    """
    line = normal(text, WHOLE).translate(_variants())
    return _SPELT.sub(lambda spelt: _APART.sub("", spelt[0]), line)


def _latin(character: str) -> bool:
    return character < _WIDE and character.isalnum()


def _mark(character: str) -> bool:
    return not character.isalnum() and character not in _BARRIERS


@dataclass(slots=True)
class _Node:
    """A letter of the tree of words, and what the words that end here stand for."""

    next: dict[str, "_Node"] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)


class Matcher:
    """Finds every word of a table in one walk over the text."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        """``words`` are (word, what it stands for)."""
        self._root = _Node()
        for word, meaning in words:
            self._add(spelling(word), meaning)

    def _add(self, word: str, meaning: int) -> None:
        node = self._root
        for character in word:
            node = node.next.setdefault(character, _Node())
        if word and meaning not in node.ends:
            node.ends.append(meaning)

    def spans(self, line: str) -> Iterator[tuple[int, int, int]]:
        """Yield (start, end, meaning) for each word in a folded line, also where they overlap."""
        first = self._root.next
        for start, character in enumerate(line):
            node = first.get(character)
            if node and not (start and _latin(character) and _latin(line[start - 1])):
                yield from self._walk(line, start, node)

    def _walk(self, line: str, start: int, node: _Node) -> Iterator[tuple[int, int, int]]:
        at = start
        while True:
            end = at + 1
            if node.ends and not (_latin(line[at]) and _inside(line, at)):
                yield from ((start, end, meaning) for meaning in node.ends)
            found = _step(line, at, node)
            if found is None:
                return
            at, node = found


def _inside(line: str, at: int) -> bool:
    """Tell whether a Latin word goes on after this letter and its doubles."""
    end = at + 1
    while end < len(line) and line[end] == line[at] and line[at].isalpha():
        end += 1
    return end < len(line) and _latin(line[end])


def _step(line: str, at: int, node: _Node) -> tuple[int, _Node] | None:
    """Return where the next letter of a word stands, and its node; None where there is none."""
    here, nearest = line[at], at + 1
    doubled = nearest < len(line) and line[nearest] == here and here.isalpha()
    if doubled and here not in node.next:
        nearest += 1
    gap = nearest
    while gap < len(line) and gap - nearest <= APART and _mark(line[gap]):
        gap += 1
    if gap >= len(line) or gap - nearest > APART:
        return None
    if gap > nearest:
        if blank := node.next.get(" "):
            node = blank
        elif _latin(here) and _latin(line[gap]):
            return None
    found = node.next.get(line[gap])
    return (gap, found) if found else None


def spelling(word: str) -> str:
    """Return a word as the tree holds it: folded, with blanks between Latin words alone."""
    if _PLAIN.fullmatch(word) and len(set(word)) == len(word):
        return word.translate(_variants())  # most are so: a pack is read ten times faster
    line = fold(word)
    kept = []
    for at, character in enumerate(line):
        if character.isalnum():
            kept.append(character)
        elif kept and kept[-1] != " " and _latin(kept[-1]):
            after = next((c for c in line[at:] if c.isalnum()), "")
            if after and _latin(after):
                kept.append(" ")
    return "".join(kept)
