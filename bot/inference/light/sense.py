"""What lines mean, as unit vectors: the same as the reader's, without what else it says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import structlog

from bot.errors import MissingWeights
from bot.inference.light import blas
from bot.inference.light.bert import Array, Bert, padded
from bot.inference.light.pieces import Pieces, Unlike
from bot.inference.light.tensors import Tensor, mapped
from bot.model import Lang
from bot.shop.text import normal

if TYPE_CHECKING:  # torch is imported only where it must be
    from bot.inference.reader import EncoderReader

log = structlog.get_logger()

TRAINED: Final = Path(__file__).parents[1] / "data" / "reader"
"""What was taught to the reader that ships."""
LONGEST: Final = 128
"""Pieces of a line that are read, as the reader does."""
PASS: Final = 32
"""Lines that are read at once."""
HEAD, BODY = "head.", "bert."
PAD: Final = "<pad>"


@dataclass(frozen=True, slots=True)
class Meant:
    """How one line is meant; ``vector`` has unit length."""

    vector: tuple[float, ...]


class Sense:
    """Reads lines one pass after the other; the event loop goes on meanwhile."""

    def __init__(
        self, pieces: Pieces, bert: Bert, longest: int, head: tuple[Array, Array, Array] | None
    ) -> None:
        self._pieces = pieces
        self._bert = bert
        self._longest = longest
        self._head = head
        """Weight and bias of what was taught about meaning, and the state's middle; or nothing."""

    @classmethod
    def of(cls, folder: Path, trained: Path) -> Self:
        """Return what the encoder of a folder makes of lines, with what was taught to it.

        Raises Unlike for an encoder that is built otherwise than this one can read.
        """
        known = json.loads((folder / "config.json").read_text("utf-8"))
        card = json.loads((trained / "reader.json").read_text("utf-8"))
        taught = mapped(trained / "reader.safetensors")
        files = sorted(folder.glob("*.safetensors"))
        if known.get("hidden_act") != "gelu" or len(files) != 1:
            raise Unlike(f"{folder}: expected one file of a BERT with gelu")
        whole = {name.removeprefix("bert."): each for name, each in mapped(files[0]).items()}
        whole |= {name[len(BODY) :]: each for name, each in taught.items() if name.startswith(BODY)}
        bert = Bert(whole, taught, known["num_attention_heads"], known["layer_norm_eps"])
        longest = min(LONGEST, known["max_position_embeddings"])
        head = _head(taught) if "meaning" in card["heads"] else None
        return cls(Pieces.of(folder / "tokenizer.json"), bert, longest, head)

    async def read_all(self, texts: Sequence[str]) -> list[Meant]:
        """Return how each text is meant. Never raises for any str."""
        return [Meant(tuple(row)) for row in (await asyncio.to_thread(self.read, texts)).tolist()]

    def read(self, texts: Sequence[str]) -> Array:
        """Return (n, width) for n texts, one at least."""
        rows = [self._pieces.cut(normal(text), self._longest) for text in texts]
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        found = [
            self._pass([rows[row] for row in order[at : at + PASS]])
            for at in range(0, len(order), PASS)
        ]
        back = np.argsort(np.array(order))
        vectors: Array = np.concatenate(found)[back]
        return vectors

    def _pass(self, rows: Sequence[Sequence[int]]) -> Array:
        ids, mask = padded(rows, self._pieces.numbers.get(PAD, 0))
        states = self._bert.states(ids, mask)
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True).astype(np.float32)
        if self._head is not None:
            weight, bias, middle = self._head
            mean = (np.concatenate([states[:, 0], mean], -1) - middle) @ weight.T + bias
        unit: Array = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
        return unit


def _head(taught: Mapping[str, Tensor]) -> tuple[Array, Array, Array]:
    """Return the head of meaning, with the states' spread taken into its weight."""
    weight, bias, middle, spread = (
        taught[f"{HEAD}{name}"].astype(np.float32)
        for name in ("meaning.weight", "meaning.bias", "middle", "spread")
    )
    return weight / spread, bias, middle


@asynccontextmanager
async def open_sense(
    source: str, lang: Lang, trained: Path | None = None
) -> AsyncIterator["Sense | EncoderReader"]:
    """Open what compares lines, for the encoder that ``source`` names.

    It is the whole reader where the encoder is built as only transformers knows; ``lang`` is that
    one's language of lines that show none. Raises MissingWeights.
    """
    try:
        sense = await asyncio.to_thread(_opened, source, trained or TRAINED)
    except Unlike as why:
        log.warning("sense_missing", why=str(why))
    else:
        yield sense
        return
    opening = await asyncio.to_thread(_whole)
    async with opening(source, lang, trained) as reader:
        yield reader


def _whole() -> "Callable[..., AbstractAsyncContextManager[EncoderReader]]":
    from bot.inference.models import open_reader

    return open_reader


def _opened(source: str, trained: Path) -> Sense:
    from bot.inference import weights  # it brings what converts them along

    blas.one_core()
    folder = weights.encoder(source, lambda what: log.warning("preparing_weights", what=what))
    try:
        return Sense.of(folder, trained)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingWeights(f"{folder}, {trained}: expected a reader ({error!r})") from error
