"""What a topic is called: its most telling comment, and what it says more often than others do."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.shop.text import tidy

WORDS: Final = 3
SHORTEST, LONGEST, FITTING = 4, 40, 16
"""Columns of a label, of which an ideograph takes two: at least, at most, and up to which length
none is too long."""
PRIOR: Final = 0.5
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_LATIN: Final = re.compile(r"[a-z][a-z'-]+")
_EDGE: Final = re.compile(r"^[\s\W]+|[\s。.!！~～…,，]+$")
STOP: Final = frozenset(
    re.findall(
        r"\w+",
        "the a an is are am was be do does did i you it we they he she my your me to of in on for"
        " and or so this that these those its with at as if can will would have has had not no just"
        " im ur u dont what how which when where who from there one any get got",
    )
)
"""English words that alone tell nothing."""
LOOSE: Final = frozenset("的了吗呢啊呀是我你他她它们有在就都也不这那个么吧嘛")
"""Characters that alone tell nothing: no word begins or ends with one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A wording of a topic: how often it came, and how near the topic's middle it is (to 1)."""

    text: str
    count: int
    near: float


def label(said: Sequence[Said], words: Sequence[str] = ()) -> str:
    """Return the comment that stands for all: central, frequent, short, with the telling words.

    "" where nothing was said.
    """
    best, found = -math.inf, ""
    for one in said:
        text = _EDGE.sub("", one.text.strip())
        wide = _columns(text)
        if not SHORTEST <= wide <= LONGEST:
            continue
        telling = sum(word in tidy(text) for word in words) / max(len(words), 1)
        long = max(0, wide - FITTING) / FITTING
        worth = one.near + 0.15 * math.log1p(one.count) + 0.15 * telling - 0.2 * long
        if worth > best:
            best, found = worth, text
    return found or (_EDGE.sub("", said[0].text)[: LONGEST // 2] if said else "")


def _columns(text: str) -> int:
    return len(text) + len("".join(_HAN.findall(text)))


def terms(text: str) -> Iterator[str]:
    """Yield what a text says: English words and pairs of them, Chinese runs of two to four."""
    line = tidy(text)
    words = _LATIN.findall(line)
    yield from (word for word in words if word not in STOP)
    for one, other in pairwise(words):
        if not {one, other} <= STOP and one not in STOP and other not in STOP:
            yield f"{one} {other}"
    for run in _HAN.findall(line):
        for size in (2, 3, 4):
            for at in range(len(run) - size + 1):
                gram = run[at : at + size]
                if gram[0] not in LOOSE and gram[-1] not in LOOSE:
                    yield gram


def telling(own: Mapping[str, int], every: Mapping[str, int], whole: int, size: int) -> list[str]:
    """Return the terms that a topic says more often than all lines do, the most telling first.

    ``own`` and ``every`` count terms in ``size`` lines of the topic and ``whole`` in all. A term
    that is part of a chosen one, or holds one, is not told again.
    """

    def worth(term: str) -> float:
        inside, outside = own[term], max(every[term] - own[term], 0)
        rate = (inside + PRIOR) / (size + 1)
        other = (outside + PRIOR) / (whole - size + 1)
        return math.log(rate / other) * math.sqrt(inside) * (1 + 0.15 * min(len(term), 6))

    found: list[str] = []
    for term in sorted(own, key=lambda each: (-worth(each), each)):
        if len(found) == WORDS or worth(term) <= 0 or own[term] < 2:  # noqa: PLR2004 - once is chance
            break
        if not any(term in other or other in term for other in found):
            found.append(term)
    return found


def counted(texts: Iterable[str]) -> Counter[str]:
    """Return in how many different wordings each term stands."""
    return Counter(term for text in set(texts) for term in set(terms(text)))
