"""The reader: one pass of the encoder gives a text's intent, sentiment, tone and embedding."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np

from bot.errors import MissingWeights
from bot.inference import classifier as classifiers
from bot.inference.batcher import Batcher
from bot.inference.classifier import Classifier, Scores
from bot.model import INTENTS, SENTIMENTS, Intent, Lang, Reading
from bot.shop.text import language, normal

TRAINED = Path(__file__).with_name("data") / "reader"
"""The adapter and heads that ship."""
BATCH = 256
"""Lines that are read at once where more wait: half a second of work for two cores."""
OFFENSIVE = 0.5
"""Probability from which a text counts as offensive."""


class EncoderReader:
    """Implements ports.Reader.

    Texts that wait while the model works are read in one batch, equal ones once. Later texts that
    are equal after normalising come from a cache of the last ``remember`` readings.
    """

    def __init__(
        self, classifier: Classifier, lang: Lang, remember: int = 20_000, batch: int = BATCH
    ) -> None:
        self._classifier = classifier
        self._lang: Lang = lang
        self._cache: OrderedDict[str, Reading] = OrderedDict()
        self._remember = remember
        self._batcher: Batcher[str, Reading] = Batcher(self._run, limit=batch)
        self.hits = 0
        self.misses = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._batcher.aclose()

    def batches(self) -> tuple[int, int]:
        """Return how many batches the model has read, and how many texts were in them."""
        return self._batcher.batches, self._batcher.items

    @property
    def hit_rate(self) -> float:
        """Return the share of texts, 0 to 1, that the cache answered."""
        return self.hits / max(1, self.hits + self.misses)

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means. Never raises for any str."""
        key = normal(text)
        if (known := self._cache.get(key)) is not None:
            self.hits += 1
            self._cache.move_to_end(key)
            return known
        self.misses += 1
        reading = await self._batcher.submit(key)
        if self._remember:
            self._cache[key] = reading
        if len(self._cache) > self._remember:
            self._cache.popitem(last=False)
        return reading

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text; those that are equal after normalising are read once."""
        keys = list(map(normal, texts))
        distinct = list(dict.fromkeys(keys))
        readings = await asyncio.gather(*map(self.read, distinct))
        known = dict(zip(distinct, readings, strict=True))
        return [known[key] for key in keys]

    def _run(self, texts: list[str]) -> list[Reading]:
        """Read a batch. Runs in the batcher's thread."""
        distinct = list(dict.fromkeys(texts))
        scores = self._classifier.classify(distinct)
        readings = {text: self._reading(text, scores, row) for row, text in enumerate(distinct)}
        return [readings[text] for text in texts]

    def _reading(self, text: str, scores: Scores, row: int) -> Reading:
        intents = np.round(scores.intents[row].astype(float), 4)
        best = int(intents.argmax())
        labels = self._classifier.labels
        mood = "neutral" if scores.moods is None else SENTIMENTS[int(scores.moods[row].argmax())]
        return Reading(
            intent=cast(Intent, labels[best]),
            score=float(intents[best]),
            scores=dict(zip(labels, intents.tolist(), strict=True)),
            sentiment=mood,
            lang=language(text, self._lang),
            vector=tuple(scores.vectors[row].tolist()),
            offensive=scores.offence is not None and bool(scores.offence[row] > OFFENSIVE),
            unsure=bool(intents[best] < self._classifier.threshold),
        )


def load(
    source: str,
    lang: Lang,
    trained: Path = TRAINED,
    progress: Callable[[str], None] = print,
    *,
    any_labels: bool = False,
) -> EncoderReader:
    """Load the encoder and what was taught to it. Blocks for some seconds: call it in a thread.

    The bot knows its own intents only; to read by ``any_labels`` is for looking at a model.
    Raises MissingWeights with one line that says what is missing and what to do.
    """
    classifier = classifiers.load(source, trained, progress)
    strange = sorted(set(classifier.labels) - set(INTENTS))
    if strange and not any_labels:
        raise MissingWeights(
            f"{trained}: expected labels out of {', '.join(INTENTS)}, got {', '.join(strange)}"
        )
    return EncoderReader(classifier, lang)
