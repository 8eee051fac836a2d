"""A linear model over character n-grams: it knows words where the encoder knows sense.

Viewers ask the same things in much the same words, misspelt and abbreviated in ways that an
encoder's vocabulary cuts into nonsense. Counting their letters costs microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.inference.encoder import Input
from bot.model import SENTIMENTS

LONGEST = 5
"""Characters of the longest n-gram."""
BUCKETS = 1 << 15
"""Rows of the table: n-grams are told apart by their hash only."""
EPOCHS, BATCH, RATE = 8, 128, 0.1
"""How the table is taught; chosen on chat.dev.jsonl of the tests."""


def grams(text: Input) -> list[int]:
    """Return the distinct buckets of a normal text's n-grams, blanks marking where words end.

    Of a pair none: what matters there is what the two have to do with each other.
    """
    if not isinstance(text, str):
        return [0]
    found = {
        crc32(word[at : at + size].encode("utf-8", "replace")) % BUCKETS
        for word in (f" {part} " for part in text.split())
        for size in range(1, LONGEST + 1)
        for at in range(len(word) - size + 1)
    }
    return sorted(found) or [0]


class Ngrams(nn.Module):
    """Buckets of n-grams to ``outputs`` logits: fastText's classifier without its hidden layer."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(BUCKETS, outputs, mode="sum")
        nn.init.zeros_(self.table.weight)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, bags: Sequence[Sequence[int]]) -> Tensor:
        """Return (n, outputs) for n bags of buckets; each bag weighs one in all."""
        flat = torch.tensor([bucket for bag in bags for bucket in bag])
        sizes = torch.tensor([len(bag) for bag in bags])
        starts = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]])
        weights = sizes.float().rsqrt().repeat_interleave(sizes)
        logits: Tensor = self.table(flat, starts, per_sample_weights=weights) + self.bias
        return logits


@dataclass(frozen=True, slots=True)
class Targets:
    """What n lines are labelled: (n,) each, UNKNOWN or nan where it is not known."""

    label: Tensor
    mood: Tensor
    offence: Tensor


def teach(
    bags: Sequence[Sequence[int]], targets: Targets, labels: int, weights: Tensor, seed: int
) -> Ngrams:
    """Return a table taught to give ``labels`` intents, sentiments and offence, in this order."""
    torch.manual_seed(seed)
    table = Ngrams(labels + len(SENTIMENTS) + 1)
    optimiser = torch.optim.Adam(table.parameters(), lr=RATE)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - epoch / EPOCHS)
        order = torch.randperm(len(bags)).tolist()
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            logits = table([bags[row] for row in rows])
            loss = _loss(logits, targets, torch.tensor(rows), labels, weights)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
    table.zero_grad()
    return table.requires_grad_(requires_grad=False).eval()


def _loss(logits: Tensor, targets: Targets, rows: Tensor, labels: int, weights: Tensor) -> Tensor:
    label, mood, offence = targets.label[rows], targets.mood[rows], targets.offence[rows]
    total = logits.sum() * 0.0
    if bool((label >= 0).any()):
        total = total + F.cross_entropy(
            logits[:, :labels], label, weight=weights, label_smoothing=0.05
        )
    if bool((mood >= 0).any()):
        total = total + F.cross_entropy(logits[:, labels:-1], mood, label_smoothing=0.05)
    if bool((known := ~offence.isnan()).any()):
        bad = F.binary_cross_entropy_with_logits(logits[:, -1][known], offence[known])
        total = total + bad
    return total
