"""Honest probabilities: a temperature, a threshold for what is out of scope, and their error."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

BINS = 10


def temperature(logits: Tensor, target: Tensor) -> float:
    """Return the divisor of ``logits`` (n, labels) that fits ``target`` (n,) best.

    Guo et al. 2017, arXiv 1706.04599; 1 where there is nothing to fit.
    """
    if len(target) == 0:
        return 1.0
    candidates = [0.1 * 1.05**step for step in range(77)]  # 0.1 to 4
    return min(candidates, key=lambda t: float(F.cross_entropy(logits / t, target)))


def lean(own: Tensor, extra: Tensor, target: Tensor) -> float:
    """Return how much of the logits ``extra`` to add to ``own`` (n, labels) to fit ``target`` best.

    Targets below 0 are not known and do not count; 0 where there is nothing to fit.
    """
    known = target >= 0
    if not bool(known.any()) or own.shape[1] == 0:
        return 0.0
    own, extra, target = own[known], extra[known], target[known]

    def loss(weight: float) -> float:
        logits = own + weight * extra
        return float(F.cross_entropy(logits / temperature(logits, target), target))

    return min((step / 10 for step in range(21)), key=loss)


def threshold(sure: Tensor, cost: float) -> float:
    """Return the largest value below which at most a share ``cost`` of ``sure`` lies."""
    if len(sure) == 0:
        return 0.0
    ordered = torch.sort(sure).values
    return float(ordered[int(len(ordered) * cost)])


def error(sure: Tensor, right: Tensor) -> float:
    """Return the expected calibration error: how far certainty (n,) is from being right (n,).

    The mean distance over BINS bins of equal width, weighted by how many lines each holds.
    """
    total = 0.0
    place = (sure * BINS).long().clamp(max=BINS - 1)
    for number in range(BINS):
        inside = place == number
        if bool(inside.any()):
            gap = sure[inside].mean() - right[inside].float().mean()
            total += float(gap.abs()) * float(inside.float().mean())
    return total
