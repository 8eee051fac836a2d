"""Topics: comments whose meanings lie close together, however many such groups there are.

A meaning is the reader's embedding, without what all lines of a language share, beside the
intents that the reader sees. So "多少钱" and "how much" come together, and two complaints that are
worded alike do not come to a question. Groups are made by average linkage: two are one as long as
their members are alike on average. What is like nothing else stays apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.model import INTENTS, Lang, Reading

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]

WEIGHT: Final = 0.4
"""Of the intents beside the embedding, whose weight is 1."""
ALIKE: Final = 0.25
"""Cosine from which groups are one. Both were chosen on half A of tests/studio/data/comments.jsonl;
anything within 0.35 to 0.5, and 0.2 to 0.28, does about as well there."""
NEAR: Final = 0.5
"""Cosine with the middle of a group from which a line belongs to it."""
STEADY: Final = 25
"""Lines of a language from which its own mean counts more than that of all lines."""
APART: Final = -1


@dataclass(frozen=True, slots=True)
class Space:
    """Where meanings are compared: what each language has in common is taken out."""

    means: dict[Lang, Array]

    @classmethod
    def of(cls, vectors: Array, langs: Sequence[Lang]) -> "Space":
        """Return the space of these lines, one at least; ``vectors`` as ``raw`` gives them."""
        found = np.array(langs)
        words = vectors[:, : -len(INTENTS)].astype(np.float32)
        every = words.mean(0)
        means: dict[Lang, Array] = {}
        for lang in ("zh", "en"):
            own = words[found == lang]
            means[lang] = (own.sum(0) + STEADY * every) / (len(own) + STEADY)
        return cls(means)

    def place(self, vectors: Array, langs: Sequence[Lang]) -> Array:
        """Return unit vectors, whose dot product says how alike two lines are."""
        words = vectors[:, : -len(INTENTS)].astype(np.float32)
        for lang, mean in self.means.items():
            words[np.array(langs) == lang] -= mean
        intents = np.sqrt(vectors[:, -len(INTENTS) :].astype(np.float32))
        return unit(np.hstack([unit(words), WEIGHT * unit(intents)]))


def raw(reading: Reading) -> npt.NDArray[np.float16]:
    """Return what topics need of a reading, in half the bytes: embedding and intents."""
    scores = [reading.scores.get(intent, 0.0) for intent in INTENTS]
    return np.array([*reading.vector, *scores], np.float16)


def unit(rows: Array) -> Array:
    """Return each row with length 1; a row of zeros as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    made: Array = rows / np.maximum(lengths, 1e-9)
    return made


def grouped(places: Array, alike: float = ALIKE) -> Labels:
    """Return the group of each line; APART for a line that is alone.

    Average linkage by chains of nearest neighbours (Murtagh 1983): n * n memory and time.
    """
    count = len(places)
    near = places @ places.T
    np.fill_diagonal(near, -np.inf)
    sizes = np.ones(count)
    heads = np.arange(count)  # of each line, the first line of its group
    alive = np.ones(count, bool)
    chain: list[int] = []
    while True:
        if not chain:
            rest = np.flatnonzero(alive)
            if not len(rest):
                break
            chain.append(int(rest[0]))
        last = chain[-1]
        best = int(near[last].argmax())
        if near[last, best] < alike:  # whatever is in the chain before was less alike still
            alive[last] = False
            _forget(near, last)
            chain.pop()
        elif len(chain) > 1 and near[last, chain[-2]] >= near[last, best]:
            other = chain[-2]
            del chain[-2:]
            _merge(near, sizes, last, other)
            alive[other] = False
            heads[heads == other] = last
        else:
            chain.append(best)
    return _numbered(heads)


def _forget(near: Array, one: int) -> None:
    near[one] = near[:, one] = -np.inf


def _merge(near: Array, sizes: npt.NDArray[np.float64], one: int, other: int) -> None:
    """Make two groups one, as like to each third as its members are on average."""
    total = sizes[one] + sizes[other]
    row = (sizes[one] * near[one] + sizes[other] * near[other]) / total
    near[one] = near[:, one] = row
    near[one, one] = -np.inf
    sizes[one] = total
    _forget(near, other)


def _numbered(heads: npt.NDArray[np.int64]) -> Labels:
    """Return the groups as numbers, the largest as 0."""
    names, backs, counts = np.unique(heads, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    numbers = np.full(len(names), APART, np.int32)
    kept = [name for name in order if counts[name] > 1]
    numbers[kept] = np.arange(len(kept), dtype=np.int32)
    labels: Labels = numbers[backs]
    return labels


def centres(places: Array, labels: Labels, weights: npt.NDArray[np.float64]) -> Array:
    """Return the middle of each group; ``weights`` are how often each line was said."""
    count = int(labels.max(initial=APART)) + 1
    sums = np.zeros((count, places.shape[1]), np.float32)
    kept = labels >= 0
    np.add.at(sums, labels[kept], places[kept] * weights[kept, None].astype(np.float32))
    return unit(sums)


def nearest(places: Array, middles: Array, least: float = NEAR) -> Labels:
    """Return for each line the group whose middle is nearest, APART if none is near enough."""
    if not len(middles):
        return np.full(len(places), APART, np.int32)
    near = places @ middles.T
    best: Labels = near.argmax(1).astype(np.int32)
    best[near[np.arange(len(places)), best] < least] = APART
    return best
