"""The topics of all comments: found among the wordings that count, then given to every one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.model import Lang
from bot.shop.text import bare
from bot.studio.comments.labels import Said, counted, label, telling
from bot.studio.comments.sayings import nameless
from bot.studio.comments.spool import Spool
from bot.studio.comments.topics import APART, Labels, Space, centres, grouped, nearest

SAMPLE: Final = 3_000
"""Wordings among which topics are sought: the most frequent half, and others drawn by lot."""
MOST: Final = 24
LEAST, SHARE = 3, 0.003
"""Comments that a topic has at least: a number, and a share of all."""
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Theme:
    """What a topic is called, and the words that tell it from others."""

    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Themes:
    """The topics, the largest first, and for each wording the topic or APART."""

    themes: tuple[Theme, ...]
    of: Labels


@dataclass(slots=True)
class _Wordings:
    """How often each wording came (0: it may not be shown), and in which language it is."""

    counts: Ints
    langs: npt.NDArray[np.int8]

    @classmethod
    def of(cls, spool: Spool) -> "_Wordings":
        counts = np.zeros(spool.kinds, np.int64)
        langs = np.zeros(spool.kinds, np.int8)
        for comment in spool:
            if comment.shown and bare(comment.text):
                counts[comment.kind] += 1
                langs[comment.kind] = LANGS.index(comment.lang)
        return cls(counts, langs)

    def spoken(self, kinds: Iterable[int]) -> list[Lang]:
        return [LANGS[self.langs[kind]] for kind in kinds]

    def sample(self, seed: int) -> Ints:
        """Return the wordings to compare, in the order of their numbers."""
        kinds = np.flatnonzero(self.counts)
        ranked = kinds[np.argsort(-self.counts[kinds], kind="stable")]
        if len(ranked) <= SAMPLE:
            return np.sort(ranked)
        often, rest = ranked[: SAMPLE // 2], ranked[SAMPLE // 2 :]
        drawn = np.random.default_rng(seed).choice(rest, SAMPLE - len(often), replace=False)
        return np.sort(np.concatenate([often, drawn]))


def themes(spool: Spool, seed: int) -> Themes:
    """Return the topics of what a spool holds. Blocks for some seconds: call it in a thread."""
    wordings = _Wordings.of(spool)
    sample = wordings.sample(seed)
    if not len(sample):
        return Themes((), np.full(spool.kinds, APART, np.int32))
    langs = wordings.spoken(sample)
    raw = _picked(spool, sample)
    space = Space.of(raw, langs)
    places = space.place(raw, langs)
    own = _often(grouped(places), wordings.counts[sample])
    weights = wordings.counts[sample].astype(float)
    middles = centres(places, own, weights)
    every = _given(spool, wordings, space, middles)
    kept = _kept(every, wordings.counts, len(middles))
    renumbered = np.full(len(middles) + 1, APART, np.int32)
    renumbered[kept] = np.arange(len(kept))
    texts = _texts(spool, sample)
    near = places @ middles[kept].T if len(kept) else places[:, :0]
    found = _named(texts, wordings.counts[sample], renumbered[every[sample]], near)
    return Themes(tuple(found), renumbered[every])


def _often(own: Labels, counts: Ints) -> Labels:
    """Return the groups, with what many wrote in the very same words as groups of their own."""
    alone = np.flatnonzero((own == APART) & (counts >= LEAST))
    made = own.copy()
    made[alone] = own.max(initial=APART) + 1 + np.arange(len(alone), dtype=np.int32)
    return made


def _picked(spool: Spool, kinds: Ints) -> npt.NDArray[np.float32]:
    """Return the vectors of some wordings; ``kinds`` ascend."""
    parts, first = [], 0
    for chunk in spool.vectors():
        here = kinds[(kinds >= first) & (kinds < first + len(chunk))]
        parts.append(chunk[here - first].astype(np.float32))
        first += len(chunk)
    return np.concatenate(parts)


def _given(
    spool: Spool, wordings: _Wordings, space: Space, middles: npt.NDArray[np.float32]
) -> Labels:
    """Return the topic of each wording; what may not be shown has none."""
    parts, first = [], 0
    for chunk in spool.vectors():
        kinds = range(first, first + len(chunk))
        places = space.place(chunk.astype(np.float32), wordings.spoken(kinds))
        parts.append(nearest(places, middles))
        first += len(chunk)
    every: Labels = np.concatenate(parts)
    every[wordings.counts == 0] = APART
    return every


def _kept(every: Labels, counts: Ints, groups: int) -> Ints:
    """Return the groups that are topics, the largest first."""
    sizes = np.zeros(groups, np.int64)
    inside = every >= 0
    np.add.at(sizes, every[inside], counts[inside])
    least = max(LEAST, SHARE * counts.sum())
    order = np.argsort(-sizes, kind="stable")[:MOST]
    kept: Ints = order[sizes[order] >= least]
    return kept


def _texts(spool: Spool, kinds: Ints) -> list[str]:
    """Return the text in which each wording first came."""
    wanted, found = set(kinds.tolist()), dict[int, str]()
    for comment in spool:
        if comment.kind in wanted:
            found.setdefault(comment.kind, nameless(comment.text))
            if len(found) == len(wanted):
                break
    return [found[kind] for kind in kinds.tolist()]


def _named(
    texts: Sequence[str], counts: Ints, own: Labels, near: npt.NDArray[np.float32]
) -> list[Theme]:
    lines: list[list[str]] = [[] for _ in range(near.shape[1])]
    for text, topic in zip(texts, own.tolist(), strict=True):
        if topic >= 0:
            lines[topic].append(text)
    said = [counted(each) for each in lines]
    every = sum(said, Counter[str]())
    whole = sum(map(len, lines))
    found = []
    for topic, wordings in enumerate(lines):
        rows = np.flatnonzero(own == topic).tolist()
        spoken = [Said(texts[row], int(counts[row]), float(near[row, topic])) for row in rows]
        words = telling(said[topic], every, whole, len(wordings))
        found.append(Theme(label(spoken, words), tuple(words)))
    return found
