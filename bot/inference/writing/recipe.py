"""How to train the writer: what may be chosen, and what follows from the number of steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; the card keeps every number."""

    steps: int = 1200
    seed: int = 0
    batch: int = 8
    """Pairs of a step, all of one language."""
    rank: int = 16
    rate: float = 5e-4
    """Peak learning rate: it rises over the first steps and falls along a cosine."""
    warm: float = 0.05
    """Share of the steps in which the rate rises."""
    least: float = 0.05
    """Share of the peak rate that is left at the end."""
    decay: float = 0.01
    clip: float = 1.0
    """Longest gradient of a step."""
    window: int = 24
    """Batches whose pairs are sorted by length of the prompt together: less padding."""
    held_out: int = 100
    """Held-out pairs of each language that the result is measured on."""
