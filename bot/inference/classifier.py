"""The classifier: texts in, probabilities of every head out; one pass, no event loop, no cache."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Barrier

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Encoding
from torch import Tensor

from bot.inference import heads, packed, weights
from bot.inference.encoder import Encoder, Input
from bot.inference.heads import Heads, Trained
from bot.inference.memory import trim
from bot.inference.ngrams import grams

TOKENS = 256
"""Tokens in one pass, as if all were as long as the longest: more are no faster on a CPU."""
LEAST = 64
"""Tokens below which a pass is not split: what a pass costs anyhow is then more than it saves."""
Array = npt.NDArray[np.float32]
Parts = tuple[Array, Array, Array, Array]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the heads say about n texts; of a head that was not taught, nothing (None)."""

    intents: Array
    """(n, labels): calibrated probabilities, each row summing to 1."""
    moods: Array | None
    """(n, 3): probabilities of negative, neutral, positive."""
    offence: Array | None
    """(n,): probability of being offensive."""
    vectors: Array
    """(n, width): unit embeddings."""


class Classifier:
    """An encoder with its heads; packed, in bf16 where the processor computes with it.

    ``threads`` passes run side by side, each on one core: two passes on two cores take half as
    long as one pass after the other on both, since a short line gives two cores too little to
    share. 0 is as many as torch uses.

    ``exact`` computes in fp32, unpacked; else passes have ``least`` tokens at least.
    """

    def __init__(
        self,
        encoder: Encoder,
        trained: Trained,
        *,
        exact: bool = False,
        threads: int = 0,
        least: int = packed.TILE,
    ) -> None:
        self._taught = trained.taught
        self.heads: Heads = trained.build(encoder)
        self._temperature = float(trained.card["temperature"])
        self.labels = trained.labels
        self.threshold = float(trained.card["threshold"])
        """The probability below which a reading is unsure: the text is out of scope, or unclear."""
        self.encoder = encoder.eval()
        if not exact:
            self.encoder.pack(torch.bfloat16 if packed.worth_it() else torch.float32, least)
        self._threads = threads or torch.get_num_threads()
        self._pool = _single_threads(self._threads)

    def classify(self, texts: Sequence[Input]) -> Scores:
        """Return the scores of normal ``texts`` or pairs, one at least, in their order.

        They are read in passes of like length.
        """
        encodings = self.encoder.tokenize(texts)
        passes = self._plan([len(encoding.ids) for encoding in encodings])
        parts = list(
            self._pool.map(
                self._pass,
                [[encodings[row] for row in rows] for rows in passes],
                [[texts[row] for row in rows] for rows in passes],
            )
        )
        return self._scores(parts, [row for rows in passes for row in rows])

    def _plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Return the rows of each pass."""
        return plan(lengths, self._threads)

    def _scores(self, parts: Sequence[Parts], order: Sequence[int]) -> Scores:
        """Put together what the passes gave, whose rows came in this order."""
        back = np.argsort(np.array(order), kind="stable")
        intents, moods, offence, vectors = (
            np.concatenate([part[at] for part in parts])[back] for at in range(4)
        )
        return Scores(
            intents,
            moods if "mood" in self._taught else None,
            offence if "offence" in self._taught else None,
            vectors,
        )

    def _pass(self, encodings: Sequence[Encoding], texts: Sequence[Input]) -> Parts:
        """Run one pass. Runs in a thread of the pool."""
        with torch.inference_mode():
            state, embedding = self.encoder.read(encodings)
            return self._told(state, embedding, texts)

    def _told(self, state: Tensor, embedding: Tensor, texts: Sequence[Input]) -> Parts:
        """Return what the heads make of what the encoder gave."""
        own = self.heads
        state = own.ready(state)
        if "meaning" in self._taught:
            embedding = torch.nn.functional.normalize(own.meaning(state), dim=-1)
        intents, moods, offence = own.logits(state, [grams(text) for text in texts])
        return (
            torch.softmax(intents / self._temperature, -1).numpy(),
            torch.softmax(moods, -1).numpy(),
            torch.sigmoid(offence).numpy(),
            embedding.numpy(),
        )


def plan(lengths: Sequence[int], threads: int) -> list[list[int]]:
    """Return the rows of each pass: rows of like length together, the longest first.

    A pass holds TOKENS at most, or one row, and no more than its share for ``threads`` to be busy
    alike; the short passes at the end even out who is done when.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    room = min(TOKENS, max(LEAST, -(-sum(lengths) // threads)))
    passes: list[list[int]] = []
    for row in order:
        if passes and (len(passes[-1]) + 1) * lengths[passes[-1][0]] <= room:
            passes[-1].append(row)
        else:
            passes.append([row])
    return passes


@cache
def _single_threads(count: int) -> ThreadPoolExecutor:
    """Return a pool whose threads use one core each, and leave torch's setting to the others.

    It is the same for all: models that compute side by side on the same cores hinder each other.
    Torch keeps the number for each thread that has set it, and the latest for threads to come: so
    all threads of the pool must have set theirs before it is set back.
    """
    before, ready = torch.get_num_threads(), Barrier(count + 1)

    def begin() -> None:
        torch.get_num_threads()  # a thread's first call takes the latest setting over
        torch.set_num_threads(1)
        ready.wait()

    pool = ThreadPoolExecutor(count, "classifier", begin)
    for _ in range(count):
        pool.submit(int)
    ready.wait()
    torch.set_num_threads(before)
    return pool


def load(
    source: str,
    trained: Path,
    progress: Callable[[str], None],
    *,
    exact: bool = False,
    threads: int = 0,
) -> Classifier:
    """Load the encoder that ``source`` names and what was taught to it. Blocks for seconds.

    ``exact`` computes in fp32. Raises MissingWeights.
    """
    known = heads.load(trained)
    words = None if exact else packed.words()
    encoder = Encoder(weights.encoder(source, progress), words=words)
    loaded = Classifier(encoder, known, exact=exact, threads=threads)
    trim()
    return loaded
