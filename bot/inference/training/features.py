"""What the encoder gives while it stands still: the states and the meanings of prepared lines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from tokenizers import Encoding
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.inference.encoder import PREFIX, Encoder
from bot.inference.training.lines import Line
from bot.inference.training.student import Example

T = TypeVar("T")


def with_meaning(
    encoder: Encoder, lines: Sequence[Line], examples: Sequence[Example]
) -> list[Example]:
    """Give every example the untrained encoder's embedding, less what all lines have in common.

    Unrelated lines have a cosine of 0.8 in e5; without their mean, near 0.
    """
    encodings = encoder.tokenize([PREFIX + line.text for line in lines])
    vectors = encoded(encoder, encodings, 1)
    mean = torch.stack(vectors).mean(0)
    return [
        replace(example, meaning=F.normalize(vector - mean, dim=0))
        for example, vector in zip(examples, vectors, strict=True)
    ]


def with_state(encoder: Encoder, examples: Sequence[Example]) -> list[Example]:
    """Give every example the heads' input, as the encoder stands."""
    states = encoded(encoder, [example.encoding for example in examples], 0)
    return [replace(example, state=state) for example, state in zip(examples, states, strict=True)]


def encoded(encoder: Encoder, encodings: Sequence[Encoding], which: int) -> list[Tensor]:
    """Return each text's state (``which`` 0) or embedding (1), as the encoder stands."""
    encoder.eval()
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
    found: list[Tensor] = [torch.empty(0)] * len(encodings)
    for rows in in_order(order):
        ids, mask = encoder.pad_up([encodings[row] for row in rows])
        with torch.no_grad():
            values = encoder(ids, mask)[which].float()
        for row, value in zip(rows, values, strict=True):
            found[row] = value
    return found


def in_order(items: Sequence[T], size: int = 64) -> Iterator[Sequence[T]]:
    """Yield the items in pieces of ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
