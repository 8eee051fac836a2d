"""The heads: linear layers over one pass of the encoder, and the folder that keeps them."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from bot.errors import MissingWeights
from bot.inference import lora
from bot.inference.encoder import Encoder
from bot.inference.ngrams import Ngrams
from bot.model import SENTIMENTS

TENSORS, CARD = "reader.safetensors", "reader.json"
HEAD, BODY = "head.", "bert."
FORMAT = 2
SIZE = 0.1
"""What a number of the heads' input amounts to: with more, Adam's steps overshoot."""


class Heads(nn.Module):
    """Intent (n labels), mood (3), offence (1) and meaning (an embedding of the encoder's width).

    To the first three a linear model over the text's n-grams adds its say, ``lean`` much.

    Each reads the first token's state and the mean over the tokens, (n, 2 width), after ``ready``
    has taken away what all lines have in common. ``meaning`` is taught to keep the untrained
    encoder's sense of what is alike, which teaching intents blurs.
    """

    lean: Tensor
    """How much the n-grams' logits count for intent, mood and offence; 0 is not at all."""
    middle: Tensor
    spread: Tensor

    def __init__(self, width: int, labels: Sequence[str]) -> None:
        super().__init__()
        self.labels = tuple(labels)
        with warnings.catch_warnings():  # of no labels: lines may say only what is offensive
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            self.intent = nn.Linear(2 * width, len(self.labels))
        self.mood = nn.Linear(2 * width, len(SENTIMENTS))
        self.offence = nn.Linear(2 * width, 1)
        self.meaning = nn.Linear(2 * width, width)
        self.ngrams = Ngrams(len(self.labels) + len(SENTIMENTS) + 1)
        self.register_buffer("lean", torch.zeros(3))
        self.register_buffer("middle", torch.zeros(2 * width))
        self.register_buffer("spread", torch.ones(()))

    def suit(self, states: Tensor) -> None:
        """Take the middle and the spread of these states (n, 2 width) as what ``ready`` removes."""
        self.middle = states.mean(0)
        self.spread = (states - self.middle).square().mean().sqrt() / SIZE + 1e-6

    def logits(self, state: Tensor, bags: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Return intents (n, labels), moods (n, 3) and offence (n,) of n ready states and bags."""
        intents, moods, offence = self.intent(state), self.mood(state), self.offence(state)
        if bool(self.lean.any()):
            extra, count = self.ngrams(bags), len(self.labels)
            intents = intents + self.lean[0] * extra[:, :count]
            moods = moods + self.lean[1] * extra[:, count:-1]
            offence = offence + self.lean[2] * extra[:, -1:]
        return intents, moods, offence.squeeze(-1)

    def ready(self, state: Tensor) -> Tensor:
        """Return the state (n, 2 width) as the heads read it: around 0, SIZE each."""
        return (state - self.middle) / self.spread


@dataclass(frozen=True)
class Trained:
    """What danmate train made: tensors and their card, as one folder holds them."""

    tensors: Mapping[str, Tensor]
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels, in the order of the intent head's rows."""
        return tuple(self.card["labels"])

    @property
    def taught(self) -> frozenset[str]:
        """Return the names of the heads that were taught; the others say nothing."""
        return frozenset(self.card["heads"])

    def save(self, folder: Path) -> None:
        """Write the folder; what was there under these names is replaced, tensors first."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({k: v.contiguous() for k, v in self.tensors.items()}, folder / TENSORS)
        (folder / TENSORS).chmod(0o644)  # another account may run the bot
        text = json.dumps(self.card, indent=1, ensure_ascii=False) + "\n"
        (folder / CARD).write_text(text, "utf-8")

    def build(self, encoder: Encoder) -> Heads:
        """Put what was taught into ``encoder`` and return the heads. Raises MissingWeights."""
        heads = Heads(encoder.width, self.labels)
        own = {
            k.removeprefix(HEAD): v.float() for k, v in self.tensors.items() if k.startswith(HEAD)
        }
        try:
            heads.load_state_dict({**heads.state_dict(), **own})
            self.embody(encoder)
        except (RuntimeError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise MissingWeights(f"{TENSORS}: made for another encoder ({reason})") from None
        lora.merge(encoder.bert, self.tensors)
        return heads.eval().requires_grad_(requires_grad=False)

    def embody(self, encoder: Encoder) -> None:
        """Put the layers that were taught whole into ``encoder``.

        Raises KeyError or RuntimeError where it has others.
        """
        whole = dict(encoder.bert.named_parameters())
        with torch.no_grad():
            for name, tensor in self.tensors.items():
                if name.startswith(BODY):
                    whole[name.removeprefix(BODY)].copy_(tensor)


def load(folder: Path) -> Trained:
    """Read what danmate train wrote. Raises MissingWeights."""
    try:
        tensors = load_file(folder / TENSORS)
        card = json.loads((folder / CARD).read_text("utf-8"))
        trained = Trained(tensors, card)
        if card["format"] != FORMAT:
            raise MissingWeights(f"{folder}: expected format {FORMAT}: train it again")
        _ = float(card["temperature"]), float(card["threshold"]), trained.labels, trained.taught
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        expected = f"expected {TENSORS} and {CARD} as danmate train writes them"
        raise MissingWeights(f"{folder}: {expected} ({error!r})") from None
    return trained
