"""What held-out lines say of a student: its scores, and how its probabilities become honest."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from bot.inference.training import calibrate
from bot.inference.training.features import in_order
from bot.inference.training.student import UNKNOWN, Example, Student, targets

Logits = tuple[Tensor, Tensor, Tensor]
"""Of n lines: intents (n, labels), moods (n, 3), offence (n,)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a card keeps: divisor of the logits, least certainty, held-out scores."""

    temperature: float
    threshold: float
    scores: dict[str, float]


def measure(student: Student, held: Sequence[Example]) -> dict[str, float]:
    """Return held-out loss and accuracies; empty where nothing was held out."""
    return _scores(_logits(student, held), held) if held else {}


def _scores(found: Logits, held: Sequence[Example]) -> dict[str, float]:
    intents, moods, offence = found
    wanted = targets(held)
    scores: dict[str, float] = {}
    if bool((inside := wanted.label != UNKNOWN).any()):
        scores["loss"] = float(F.cross_entropy(intents[inside], wanted.label[inside]))
        scores["intent"] = _share((intents.argmax(1) == wanted.label)[inside])
    if bool((known := wanted.mood != UNKNOWN).any()):
        scores["sentiment"] = _share((moods.argmax(1) == wanted.mood)[known])
    if bool((known := ~wanted.offence.isnan()).any()):
        scores["offensive"] = _share(((offence > 0) == (wanted.offence > 0.5))[known])  # noqa: PLR2004 - yes or no
        scores.setdefault("loss", 1.0 - scores["offensive"])
    return scores


def lean(student: Student, held: Sequence[Example]) -> None:
    """Let the n-grams count as much as fits the held-out lines best, head by head."""
    heads, wanted = student.heads, targets(held)
    intents, moods, offence = _logits(student, held)
    extra, count = heads.ngrams([example.bag for example in held]), len(heads.labels)
    known = ~wanted.offence.isnan()
    both = torch.stack([-offence, offence], 1)[known] / 2
    extra_both = torch.stack([-extra[:, -1], extra[:, -1]], 1)[known] / 2
    heads.lean = torch.tensor(
        [
            calibrate.lean(intents, extra[:, :count], wanted.label),
            calibrate.lean(moods, extra[:, count:-1], wanted.mood),
            calibrate.lean(both, extra_both, wanted.offence[known].long()),
        ]
    )


def judge(student: Student, held: Sequence[Example], cost: float) -> Verdict:
    """Return the verdict of the held-out lines on a student that has learnt."""
    if not held:
        return Verdict(1.0, 0.0, {})
    found = _logits(student, held)
    scores = _scores(found, held)
    if "intent" not in scores:
        return Verdict(1.0, 0.0, scores)
    logits = found[0]
    label = targets(held).label
    outside = torch.tensor([example.outside for example in held])
    inside = label != UNKNOWN
    temperature = calibrate.temperature(logits[inside], label[inside])
    sure = torch.softmax(logits / temperature, -1).amax(-1)
    right = logits.argmax(1) == label
    threshold = calibrate.threshold(sure[inside & right], cost)
    scores["calibration"] = calibrate.error(sure[inside], right[inside])
    if bool(outside.any()):
        scores["out_of_scope"] = _share(sure[outside] < threshold)
    return Verdict(temperature, threshold, scores)


def _share(hits: Tensor) -> float:
    return float(hits.float().mean())


def _logits(student: Student, held: Sequence[Example]) -> Logits:
    student.eval()
    parts = []
    for batch in in_order(held):
        with torch.no_grad():
            parts.append(student.heads.logits(student.state(batch), [x.bag for x in batch]))
    intents, moods, offence = (torch.cat(part) for part in zip(*parts, strict=True))
    return intents, moods, offence
