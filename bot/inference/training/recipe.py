"""How to train: what may be chosen, and what follows from the number of lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.inference.training.lines import OUT_OF_SCOPE, Line

Method = Literal["lora", "full", "head"]
FEW = 25
"""Lines a label below which none is held out: few-shot. 10 % of 25 lines would be two."""
HELD_OUT = 0.1
STEPS = 2400
"""Steps after which a set has been learnt, in 5 epochs at least and 20 at most."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; the card keeps every number."""

    method: Method = "lora"
    seed: int = 0
    epochs: int = 8
    batch: int = 32
    rank: int = 16
    rate: float = 1e-3
    """Peak learning rate: it rises over the first tenth of the steps and falls to nothing."""
    drop: float = 0.1
    smoothing: float = 0.1
    """Label smoothing: what the right label leaves to the others."""
    contrast: float = 0.0
    """Weight of the supervised contrastive loss (Khosla et al. 2020), for few lines a label."""
    meaning: float = 1.0
    """Weight of keeping the untrained encoder's sense of what is alike; 0 teaches no embedding."""
    probe: int = 0
    """Epochs in which the heads alone learn, before the encoder does (Kumar et al. 2022)."""
    held_out: float = HELD_OUT
    patience: int = 2
    """Epochs without a better held-out loss after which training stops."""
    cost: float = 0.01
    """Share of in-scope lines that the out-of-scope threshold may turn away."""


def advise(lines: Sequence[Line], method: Method, seed: int, epochs: int | None) -> Recipe:
    """Return the recipe that suits the number of lines."""
    counts = Counter(line.label for line in lines if line.label not in (None, OUT_OF_SCOPE))
    few = bool(counts) and len(lines) / len(counts) < FEW
    if method == "head":
        held_out = 0.0 if few else HELD_OUT
        return Recipe(method, seed, epochs or 200, rate=3e-3, held_out=held_out, patience=20)
    rate = {"lora": 1e-3, "full": 1e-4}[method]
    if any(line.passage is not None for line in lines):  # nobody looks a pair up by its sense
        enough = min(12, max(5, STEPS * 32 // len(lines)))
        return Recipe(method, seed, epochs or enough, rate=rate, meaning=0.0)
    if few:
        gentle = rate / 2 if method == "lora" else rate
        return Recipe(method, seed, epochs or 15, rate=gentle, contrast=0.5, probe=60, held_out=0.0)
    enough = min(20, max(5, STEPS * 32 // len(lines)))
    return Recipe(method, seed, epochs or enough, rate=rate)
