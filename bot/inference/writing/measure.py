"""Measures the writer alone on held-out pairs: what it words, what it refuses, what is true."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.inference.writer import BATCH, Job, Model
from bot.inference.writing.pairs import Pair, pairs, rules
from bot.model import Abilities, Lang
from bot.rules import guard, prompts
from bot.rules.binding import binds

SEED = 7


@dataclass(frozen=True, slots=True)
class Figures:
    """How a writer did on the pairs of one language; shares are 0 to 1."""

    pairs: int
    true: float
    """Of what it worded: bound, and passed by the guard."""
    answered: float
    """Of the pairs whose facts answer the question: worded."""
    refused: float
    """Of the others: refused."""
    unfinished: int
    """Wordings that had no end."""
    unbound: int
    """Wordings with a mark that does not stand beside words for its kind of fact."""
    numbers: int
    """Wordings with a number that no fact has."""
    distinct: float
    """Different wordings, of all that it worded."""
    per_second: float


def measure(model: Model, lang: Lang, count: int, seed: int = SEED) -> Figures:
    """Have ``model`` word ``count`` held-out pairs of a language, in batches."""
    rows = list(pairs(seed, count, lang, "held"))
    made: list[str | None] = []
    begun = time.perf_counter()
    for at in range(0, count, BATCH):
        made += model.write([Job(row.prompt, lang, lambda: False) for row in rows[at : at + BATCH]])
    return judge(rows, made, time.perf_counter() - begun)


def judge(rows: Sequence[Pair], made: Sequence[str | None], seconds: float) -> Figures:
    """Return the figures of wordings that were made for these pairs; "" is a refusal."""
    both = list(zip(rows, made, strict=True))
    worded = [(row, text) for row, text in both if text]
    bound = [(row, text) for row, text in worded if binds(text, row.prompt, row.lang)]
    verdicts = [
        guard.check(prompts.fill(text, row.prompt), row.plan, Abilities(), rules())
        for row, text in bound
    ]
    return Figures(
        pairs=len(rows),
        true=share(sum(verdict.ok for verdict in verdicts), len(worded)),
        answered=share(
            sum(row.answerable for row, _ in worded), sum(row.answerable for row in rows)
        ),
        refused=share(
            sum(text == "" and not row.answerable for row, text in both),
            sum(not row.answerable for row in rows),
        ),
        unfinished=sum(text is None for text in made),
        unbound=len(worded) - len(bound),
        numbers=sum(verdict.detail.startswith("number") for verdict in verdicts),
        distinct=share(len({text for _, text in worded}), len(worded)),
        per_second=round(len(rows) / seconds, 2) if seconds else 0.0,
    )


def share(part: int, whole: int) -> float:
    """Return a part of a whole, rounded; of nothing it is 1."""
    return round(part / whole, 4) if whole else 1.0
