"""Reader and judge that give a text the same bytes whatever is read beside it.

What a replay keeps must not hang on what else was in its log. The packed encoder keeps to that,
on a processor whose kernels do (see bot/inference/packed.py); the heads must be asked alike. Where
the kernels do not, every text is read in a pass of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import structlog
import torch
from torch import Tensor

from bot.errors import MissingWeights
from bot.inference import heads, packed, reader, relevance, weights
from bot.inference.classifier import Classifier, Parts
from bot.inference.encoder import Encoder, Input
from bot.inference.heads import Trained
from bot.inference.memory import trim
from bot.inference.packed import LEAST, TILE
from bot.inference.reader import EncoderReader
from bot.inference.relevance import ANSWERED, CrossEncoder
from bot.model import INTENTS, Lang

log = structlog.get_logger()

TRIED = ("a", "多少钱", "这件衣服有没有大码", "does it come in another colour, and for how much?")
"""Texts that a processor must read alike alone and among others."""
TEXTS, QUESTIONS = 1024, 64
"""Texts, or questions with all their passages, that make one batch: a second or two of work."""


class Exact(Classifier):
    """A classifier whose scores of a text depend on the text alone, on one kind of processor."""

    def __init__(self, encoder: Encoder, trained: Trained, *, threads: int = 0) -> None:
        super().__init__(encoder, trained, threads=threads, least=LEAST)
        self.alone = not self._keeps()
        """Whether every text is read in a pass of its own."""
        if self.alone:
            log.warning("read_one_by_one", reason="this processor adds otherwise in a batch")

    def _plan(self, lengths: Sequence[int]) -> list[list[int]]:
        return [[row] for row in range(len(lengths))] if self.alone else super()._plan(lengths)

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

    def _keeps(self) -> bool:
        """Tell whether this processor reads TRIED alike alone and among others, wherever they are.

        They are read behind one another, up to eight times, and from each of them on.
        """
        alone = {text: self._bytes([text])[0] for text in TRIED}
        for begin in range(len(TRIED)):
            for often in (1, 2, 4, 8):
                texts = (TRIED[begin:] + TRIED[:begin]) * often
                if self._bytes(texts) != [alone[text] for text in texts]:
                    return False
        return True

    def _bytes(self, texts: Sequence[str]) -> list[tuple[bytes, ...]]:
        """Return what one pass says of each text."""
        parts = self._pass(self.encoder.tokenize(texts), texts)
        return [tuple(part[row].tobytes() for part in parts) for row in range(len(texts))]


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
