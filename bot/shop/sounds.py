"""Names that a line misspells: by sound in Chinese, by a letter in English."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.style import convert
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.shop.alike import PLAIN

_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]{2,}")
_LATIN = re.compile(r"[a-z]{4,}")
LONG = 8
"""Letters of a word that may be two letters off; a shorter one may be one off."""
SHORT = 5
"""Letters of the shortest word that may be misspelt."""


class Sounds:
    """The names of a catalogue by their pinyin without tones, and their Latin words."""

    def __init__(self, names: Iterable[str]) -> None:
        self._syllables: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._typed: dict[str, list[str]] = defaultdict(list)
        self._words: dict[str, list[str]] = defaultdict(list)
        for name in names:
            if _IDEOGRAPHS.fullmatch(name):
                spoken = tuple(lazy_pinyin(name))
                self._syllables[spoken].append(name)
                self._typed["".join(spoken)].append(name)
            for word in _LATIN.findall(name):
                if len(word) >= SHORT and word not in PLAIN:
                    self._words[word].append(name)
        self._spelt = list(self._words)
        self._sizes = sorted({len(key) for key in self._syllables}, reverse=True)
        self._follow: dict[str, set[str]] = defaultdict(set)
        for first, second, *_ in (key for key in self._syllables if len(key) > 1):
            self._follow[first].add(second)
        self._begins: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def heard(self, line: str) -> list[str]:
        """Return the names that a tidy line misspells, by the longest that fits."""
        for run in _IDEOGRAPHS.finditer(line):
            if not self._may_hold(run[0]):
                continue
            spoken = lazy_pinyin(run[0])
            for size in self._sizes:
                for at in range(len(spoken) - size + 1):
                    if found := self._syllables.get(tuple(spoken[at : at + size])):
                        return found
        for word in _LATIN.finditer(line):
            if found := self._typed.get(word[0]) or self._nearly(word[0]):
                return found
        return []

    def _may_hold(self, run: str) -> bool:
        """Tell whether some reading of a run could be heard as the beginning of a name.

        Most runs have none, and that is known without looking for the words in them, which is what
        takes long.
        """
        expected: frozenset[str] = frozenset()
        for character in run:
            known = self._begins.get(character) or self._begin(character)
            if known is None or not expected.isdisjoint(known[0]):
                return True
            expected = known[1]
        return False

    def _begin(self, character: str) -> tuple[frozenset[str], frozenset[str]] | None:
        """Return the readings of an ideograph and what may come next where a name begins with it.

        None for one that has no reading: then nothing is known of what stands beside it either.
        """
        if not (readings := _readings(character)):
            return None
        after = frozenset().union(*(self._follow.get(each, ()) for each in readings))
        self._begins[character] = readings, after
        return self._begins[character]

    def _nearly(self, word: str) -> list[str]:
        if len(word) < SHORT or word in self._words or word in PLAIN:
            return []
        most = 2 if len(word) >= LONG else 1
        close = process.extract(
            word, self._spelt, scorer=OSA.distance, score_cutoff=most, limit=None
        )
        near = [(distance, known) for known, distance, _ in close if known[0] == word[0]]
        best = min((distance for distance, _ in near), default=0)
        return [name for distance, known in near if distance == best for name in self._words[known]]


def _readings(character: str) -> frozenset[str]:
    """Return every syllable, without its tone, that an ideograph may be in any line."""
    alone = PINYIN_DICT.get(ord(character), "")
    within = _in_phrases().get(character, ())
    return frozenset(map(_toneless, filter(None, (*alone.split(","), *within))))


@cache
def _in_phrases() -> Mapping[str, frozenset[str]]:
    """Return the readings of each ideograph in the phrases that pypinyin knows."""
    found: dict[str, set[str]] = defaultdict(set)
    for phrase, syllables in PHRASES_DICT.items():
        for character, (reading, *_) in zip(phrase, syllables, strict=True):
            found[character].add(reading)
    return {character: frozenset(readings) for character, readings in found.items()}


@cache
def _toneless(syllable: str) -> str:
    """Return a syllable as ``lazy_pinyin`` writes it: no tone, and v for ü."""
    return convert(syllable, Style.NORMAL, strict=True).replace("ü", "v")
