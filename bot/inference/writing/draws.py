"""What a generator draws beside a choice: whether something happens."""

from random import Random


def likely(draw: Random, share: float) -> bool:
    """Return True in a ``share``, 0 to 1, of the calls."""
    return draw.random() < share
