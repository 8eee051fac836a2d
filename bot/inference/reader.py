"""The reader: one pass of the encoder gives a text's intent, sentiment and embedding."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from bot.errors import MissingWeights
from bot.inference import weights
from bot.inference.batcher import Batcher
from bot.inference.encoder import Encoder
from bot.inference.train import MOODS
from bot.model import Intent, Lang, Reading, Sentiment, Vector
from bot.shop.text import language, tidy

TRAINED = Path(__file__).with_name("data") / "reader"
"""The adapter and heads that ship."""
BATCH = 32


@dataclass(frozen=True, slots=True)
class Heads:
    """What was trained: linear layers over the first token's state, and what they name."""

    labels: tuple[str, ...]
    temperature: float
    intent: tuple[Tensor, Tensor]
    mood: tuple[Tensor, Tensor]


class EncoderReader:
    """Implements ports.Reader and ports.Embedder.

    Texts that wait while the model works are read in one batch. A text is read once: later ones
    that are equal after tidying come from a cache of ``remember`` readings.
    """

    def __init__(self, encoder: Encoder, heads: Heads, lang: Lang, remember: int = 20_000) -> None:
        self._encoder = encoder
        self._heads = heads
        self._lang: Lang = lang
        self._cache: OrderedDict[str, Reading] = OrderedDict()
        self._remember = remember
        self._batcher: Batcher[str, Reading] = Batcher(self._run, limit=BATCH)
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

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means. Never raises for any str."""
        key = tidy(text)
        if (known := self._cache.get(key)) is not None:
            self.hits += 1
            self._cache.move_to_end(key)
            return known
        self.misses += 1
        reading = await self._batcher.submit(key)
        self._cache[key] = reading
        if len(self._cache) > self._remember:
            self._cache.popitem(last=False)
        return reading

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text; those that are equal after tidying are read once."""
        distinct = list(dict.fromkeys(map(tidy, texts)))
        readings = await asyncio.gather(*map(self.read, distinct))
        known = dict(zip(distinct, readings, strict=True))
        return [known[tidy(text)] for text in texts]

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one unit vector for each text."""
        return [reading.vector for reading in await self.read_all(texts)]

    def _run(self, texts: list[str]) -> list[Reading]:
        """Read a batch, sorted by length into passes of BATCH. Runs in the batcher's thread."""
        encodings = self._encoder.tokenize(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        readings: list[Reading | None] = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            with torch.inference_mode():
                state, vectors = self._encoder(*self._encoder.pad_up([encodings[i] for i in rows]))
                intents = self._probabilities(state, self._heads.intent, self._heads.temperature)
                moods = self._probabilities(state, self._heads.mood, 1.0)
            for place, row in enumerate(rows):
                readings[row] = self._reading(
                    texts[row], intents[place], moods[place], vectors[place]
                )
        return cast(list[Reading], readings)

    @staticmethod
    def _probabilities(state: Tensor, head: tuple[Tensor, Tensor], temperature: float) -> Tensor:
        weight, bias = head
        return torch.softmax((state @ weight.T + bias) / temperature, dim=-1)

    def _reading(self, text: str, intents: Tensor, moods: Tensor, vector: Tensor) -> Reading:
        scores = {
            label: round(score, 4)
            for label, score in zip(self._heads.labels, intents.tolist(), strict=True)
        }
        best = max(scores, key=scores.__getitem__)
        return Reading(
            intent=cast(Intent, best),
            score=scores[best],
            scores=scores,
            sentiment=cast(Sentiment, MOODS[int(moods.argmax())]),
            lang=language(text, self._lang),
            vector=tuple(vector.tolist()),
        )


def load(
    source: str, lang: Lang, trained: Path = TRAINED, progress: Callable[[str], None] = print
) -> EncoderReader:
    """Load the encoder and what was trained on it. Blocks for some seconds: call it in a thread.

    Raises MissingWeights with one line that says what is missing and what to do.
    """
    encoder = Encoder(weights.encoder(source, progress))
    try:
        tensors = load_file(trained / "reader.safetensors")
        card = json.loads((trained / "reader.json").read_text("utf-8"))
        heads = Heads(
            labels=tuple(card["labels"]),
            temperature=float(card["temperature"]),
            intent=(tensors["intent.weight"].float(), tensors["intent.bias"].float()),
            mood=(tensors["mood.weight"].float(), tensors["mood.bias"].float()),
        )
        encoder.merge(tensors, float(card["scale"]))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        expected = "expected reader.safetensors and reader.json as danmate train writes them"
        raise MissingWeights(f"{trained}: {expected} ({error!r})") from None
    encoder.bert.bfloat16()
    return EncoderReader(encoder.eval(), heads, lang)
