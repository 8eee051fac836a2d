"""Reader and judge that give a text the same bytes whatever is read beside it.

What a replay keeps must not hang on what else was in its log. In a batch the others can move a
text's last digits in two ways: the text is padded to their length, or its row falls to another
kernel of the multiplication, one that adds in another order. So here a text's own length alone
says to which length it is padded, and of how many rows passes have a multiple.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import structlog
import torch
from tokenizers import Encoding
from torch import Tensor

from bot.errors import MissingWeights
from bot.inference import heads, packed, reader, relevance, weights
from bot.inference.classifier import TOKENS, Array, Classifier, Parts, Scores
from bot.inference.encoder import Encoder, Input
from bot.inference.heads import Trained
from bot.inference.memory import trim
from bot.inference.reader import EncoderReader
from bot.inference.relevance import ANSWERED, CrossEncoder
from bot.model import INTENTS, Lang

log = structlog.get_logger()

TILE = 16
"""The kernels multiply so many rows alike, wherever they stand; what is left over they do not."""
ROWS, LEAST = 4, 64
"""Texts and tokens that a pass has at least: there are other kernels for fewer."""
FINE = 8
"""Lengths from one power of two to the next: half of the passes' padding is below 3 %."""
TRIED = ("a", "多少钱", "这件衣服有没有大码", "does it come in another colour, and for how much?")
"""Texts that a processor must read alike alone and in any row of a full pass."""
TEXTS, QUESTIONS = 1024, 64
"""Texts, or questions with all their passages, that make one batch: a second or two of work."""


class Exact(Classifier):
    """A classifier whose scores of a text depend on the text alone, on one kind of processor.

    Where the processor's kernels do not keep to that, every text is read in a pass of its own.
    """

    def __init__(self, encoder: Encoder, trained: Trained, *, threads: int = 0) -> None:
        super().__init__(encoder, trained, threads=threads)
        self.alone = not self._keeps()
        if self.alone:
            log.warning("read_one_by_one", reason="this processor adds otherwise in a batch")

    def classify(self, texts: Sequence[Input]) -> Scores:
        """Return the scores of ``texts``, one at least, in their order."""
        encodings = self.encoder.tokenize(texts)
        passes = plan(list(map(self._length, encodings)), self._threads, alone=self.alone)
        parts = list(
            self._pool.map(
                self._padded,
                [[encodings[row] for row in rows] for rows in passes],
                [[texts[row] for row in rows] for rows in passes],
            )
        )
        return self._scores(parts, [row for rows in passes for row in rows])

    def _padded(self, encodings: Sequence[Encoding], texts: Sequence[Input]) -> Parts:
        """Run one pass, its length and its rows filled up. Runs in a thread of the pool."""
        length = self._length(encodings[0])
        spare = 0 if self.alone else -len(texts) % rows_of(length)
        rows, filled = [*encodings, *[encodings[0]] * spare], [*texts, *[texts[0]] * spare]
        intents, moods, offence, vectors = self._pass(rows, filled, length)
        count = len(texts)
        return intents[:count], moods[:count], offence[:count], vectors[:count]

    def _told(self, state: Tensor, embedding: Tensor, texts: Sequence[Input]) -> Parts:
        """Ask the heads of TILE rows at a time, filled up: a longer column's tail differs."""
        count, spare = len(texts), -len(texts) % TILE
        state = torch.cat([state, state[:1].expand(spare, -1)])
        embedding = torch.cat([embedding, embedding[:1].expand(spare, -1)])
        texts = [*texts, *[texts[0]] * spare]
        blocks = [
            super(Exact, self)._told(state[at:end], embedding[at:end], texts[at:end])
            for at in range(0, len(texts), TILE)
            for end in (at + TILE,)
        ]
        intents, moods, offence, vectors = map(np.concatenate, zip(*blocks, strict=True))
        return intents[:count], moods[:count], offence[:count], vectors[:count]

    def _length(self, encoding: Encoding) -> int:
        """Return how long the passes are that read a text."""
        return min(padded(len(encoding.ids)), self.encoder.longest)

    def _keeps(self) -> bool:
        """Tell whether this processor reads TRIED alike alone, and in every row of a full pass."""
        for text in TRIED:
            (one,) = self.encoder.tokenize([text])
            length = self._length(one)
            step = rows_of(length)
            few, *more = (
                self._pass([one] * size, [text] * size, length)
                for size in range(step, _most(length) + 1, step)
            )
            if not all(_alike(*both) for many in more for both in zip(few, many, strict=True)):
                return False
        return True


def padded(length: int) -> int:
    """Return to how many tokens a text of ``length`` is padded: FINE steps in each doubling.

    It depends on nothing else, and is at most an eighth more.
    """
    step = max(1, (1 << (length.bit_length() - 1)) // FINE)
    return -(-length // step) * step


def rows_of(length: int) -> int:
    """Return of how many rows a pass of that padded length has a multiple: whole tiles, no few."""
    step = max(ROWS, TILE // math.gcd(length, TILE))
    return step * -(-LEAST // (step * length))


def _alike(few: Array, many: Array) -> bool:
    """Tell whether every row of ``many`` is the first one of ``few``, to the bit."""
    return np.array_equal(many, np.broadcast_to(few[:1], many.shape))


def plan(lengths: Sequence[int], threads: int, *, alone: bool = False) -> list[list[int]]:
    """Return the rows of each pass: those of one of the ``lengths``, the longest first.

    A pass holds TOKENS at most, or as few rows as one can have, and no more than its share for
    ``threads`` to be busy alike; ``alone``, it holds one.
    """
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths):
        groups[length].append(row)
    share = -(-sum(lengths) // threads)
    found: list[list[int]] = []
    for length in sorted(groups, reverse=True):
        step = rows_of(length)
        most = 1 if alone else min(_most(length), max(step, share // length // step * step))
        found += _cut(groups[length], most)
    return found


def _most(length: int) -> int:
    """Return how many rows of a length a pass holds at most."""
    step = rows_of(length)
    return max(step, TOKENS // length // step * step)


def _cut(rows: Sequence[int], most: int) -> Iterator[list[int]]:
    for at in range(0, len(rows), most):
        yield list(rows[at : at + most])


@asynccontextmanager
async def open_reader(
    source: str, lang: Lang, trained: Path | None = None, threads: int = 0
) -> AsyncIterator[EncoderReader]:
    """Load the reader; ``threads`` 0 takes all processors. Raises MissingWeights.

    It remembers nothing: whoever keeps what it says does.
    """
    folder = trained or reader.TRAINED
    classifier = await asyncio.to_thread(_load, source, folder, threads)
    if strange := sorted(set(classifier.labels) - set(INTENTS)):
        wanted = f"labels out of {', '.join(INTENTS)}"
        raise MissingWeights(f"{folder}: expected {wanted}, got {', '.join(strange)}")
    async with EncoderReader(classifier, lang, remember=0, batch=TEXTS) as loaded:
        yield loaded


@asynccontextmanager
async def open_judge(
    source: str, trained: Path | None = None, threads: int = 0
) -> AsyncIterator[CrossEncoder]:
    """Load the cross-encoder. Raises MissingWeights."""
    folder = trained or relevance.TRAINED
    classifier = await asyncio.to_thread(_load, source, folder, threads)
    if ANSWERED not in classifier.labels:
        known = ", ".join(classifier.labels)
        raise MissingWeights(f'{folder}: expected a label "{ANSWERED}", got {known}')
    async with CrossEncoder(classifier, batch=QUESTIONS) as loaded:
        yield loaded


def _load(source: str, trained: Path, threads: int) -> Exact:
    if threads:
        torch.set_num_threads(threads)
    known = heads.load(trained)
    encoder = Encoder(weights.encoder(source, _say), words=packed.words())
    loaded = Exact(encoder, known, threads=threads)
    trim()
    return loaded


def _say(text: str) -> None:
    log.warning("preparing_weights", what=text)
