"""Names that a line misspells: by sound in Chinese, by a letter in English."""

import re
from collections import defaultdict
from collections.abc import Iterable

from pypinyin import lazy_pinyin
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

    def heard(self, line: str) -> list[str]:
        """Return the names that a tidy line misspells, by the longest that fits."""
        for run in _IDEOGRAPHS.finditer(line):
            spoken = lazy_pinyin(run[0])
            for size in self._sizes:
                for at in range(len(spoken) - size + 1):
                    if found := self._syllables.get(tuple(spoken[at : at + size])):
                        return found
        for word in _LATIN.finditer(line):
            if found := self._typed.get(word[0]) or self._nearly(word[0]):
                return found
        return []

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
