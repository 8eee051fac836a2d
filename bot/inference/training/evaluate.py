"""Measure a classifier on labelled lines: per label, per language, calibration, out of scope."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from bot.errors import BadLog
from bot.inference.classifier import Classifier, Scores
from bot.inference.training import calibrate
from bot.inference.training.lines import OUT_OF_SCOPE, Line
from bot.model import GOODS, SENTIMENTS
from bot.shop.text import language

CONFUSIONS, EXAMPLES = 12, 3
"""How many confusions are listed, and examples of each."""
OFFENSIVE = 0.5
Report = dict[str, Any]
Names = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Read:
    """The lines that carry a label, side by side with what was read."""

    lines: list[Line]
    wanted: Names
    got: Names
    sure: npt.NDArray[np.float64]
    inside: Flags
    """Whether the wanted label is one of the classifier's; else the line is out of scope."""


def evaluate(
    classifier: Classifier, lines: Sequence[Line], cost: float, least: float = 0.0
) -> Report:
    """Return the figures that README's section on training explains, ready for JSON.

    ``cost`` is the share of in-scope lines that may be turned away to catch those out of scope;
    ``least`` is the certainty from which the bot acts on a reading ([models] threshold). Raises
    BadLog where no line carries anything that the classifier was taught.
    """
    scores = classifier.classify([line.input for line in lines])
    report: Report = {"lines": len(lines)}
    if any(line.label for line in lines) and classifier.labels:
        read = _side_by_side(classifier, lines, scores)
        report |= _intents(read) | {"out_of_scope": _scope(read, classifier.threshold, cost)}
        if set(classifier.labels) >= set(GOODS):
            report["chatter"] = _chatter(read, max(least, classifier.threshold))
    if scores.moods is not None and any(line.mood for line in lines):
        moods = np.array(SENTIMENTS, dtype=object)[scores.moods.argmax(1)]
        report["sentiment"] = _rated([line.mood for line in lines], moods)
    if scores.offence is not None and any(line.offensive is not None for line in lines):
        report["offensive"] = _rated([x.offensive for x in lines], scores.offence > OFFENSIVE)
    if len(report) == 1:
        raise BadLog(f"expected lines with a label out of {', '.join(classifier.labels)}")
    return report


def _side_by_side(classifier: Classifier, lines: Sequence[Line], scores: Scores) -> _Read:
    rows = [row for row, line in enumerate(lines) if line.label]
    wanted = np.array([lines[row].label for row in rows], dtype=object)
    intents = scores.intents[rows]
    return _Read(
        lines=[lines[row] for row in rows],
        wanted=wanted,
        got=np.array(classifier.labels, dtype=object)[intents.argmax(1)],
        sure=intents.max(1).astype(np.float64),
        inside=np.isin(wanted, np.array(classifier.labels, dtype=object)),
    )


def _intents(read: _Read) -> Report:
    wanted, got = read.wanted[read.inside], read.got[read.inside]
    if not len(wanted):
        return {}
    langs = np.array([language(line.text, "zh") for line in read.lines], dtype=object)[read.inside]
    right = torch.from_numpy(wanted == got)
    sure = torch.from_numpy(read.sure[read.inside])
    return {
        **_rated(wanted.tolist(), got),
        "calibration_error": _short(calibrate.error(sure, right)),
        "languages": {
            lang: _rated(wanted[langs == lang].tolist(), got[langs == lang], each=False)
            for lang in sorted(set(langs))
        },
        "confusions": _confusions(read),
    }


def _rated(wanted: Sequence[Any], got: npt.NDArray[Any], *, each: bool = True) -> Report:
    """Return accuracy and macro-F1 over the lines whose wanted value is known, and each label's."""
    pairs = [(w, g) for w, g in zip(wanted, got.tolist(), strict=True) if w is not None]
    hits = Counter(w for w, g in pairs if w == g)
    asked, given = Counter(w for w, _ in pairs), Counter(g for _, g in pairs)
    labels: Report = {}
    for label in sorted(asked, key=str):
        precision, recall = hits[label] / max(given[label], 1), hits[label] / asked[label]
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        labels[str(label)] = {
            "n": asked[label],
            "precision": _short(precision),
            "recall": _short(recall),
            "f1": _short(f1),
        }
    report: Report = {
        "n": len(pairs),
        "accuracy": _short(sum(hits.values()) / max(len(pairs), 1)),
        "macro_f1": _short(sum(row["f1"] for row in labels.values()) / max(len(labels), 1)),
    }
    return report | ({"labels": labels} if each else {})


def _confusions(read: _Read) -> list[Report]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line, wanted, got, inside in zip(
        read.lines, read.wanted, read.got, read.inside, strict=True
    ):
        if inside and wanted != got:
            found[wanted, got].append(line.text)
    most = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:CONFUSIONS]
    return [
        {"wanted": wanted, "got": got, "n": len(texts), "examples": texts[:EXAMPLES]}
        for (wanted, got), texts in most
    ]


def _scope(read: _Read, own: float, cost: float) -> Report:
    """Return what the classifier's own threshold does, and one that costs ``cost`` here."""
    inside = read.sure[read.inside]
    here = calibrate.threshold(torch.from_numpy(inside), cost)
    return {
        "n": int((~read.inside).sum()),
        "own": _turned_away(read, own),
        "at_cost": {"cost": cost, **_turned_away(read, here)},
    }


def _turned_away(read: _Read, threshold: float) -> Report:
    kept = read.sure >= threshold
    right = (read.wanted == read.got) & kept
    outside = ~read.inside
    return {
        "threshold": _short(threshold),
        "in_scope_accuracy": _short(float(right[read.inside].mean()))
        if read.inside.any()
        else None,
        "recall": _short(float((~kept)[outside].mean())) if outside.any() else None,
    }


def _chatter(read: _Read, threshold: float) -> Report:
    """Return how many lines that ask nothing about goods were read as if they did."""
    nothing = ~np.isin(read.wanted, np.array(GOODS, dtype=object))
    nothing &= read.wanted != OUT_OF_SCOPE
    goods = np.isin(read.got, np.array(GOODS, dtype=object)) & nothing
    count = max(int(nothing.sum()), 1)
    return {
        "n": int(nothing.sum()),
        "read_as_goods": _short(int(goods.sum()) / count),
        "acted_on": _short(int((goods & (read.sure >= threshold)).sum()) / count),
        "from_certainty": _short(threshold),
    }


def _short(value: float) -> float:
    return round(float(value), 4)
