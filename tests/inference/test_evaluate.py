"""What danmate evaluate reports is what a hand count gives."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadLog
from bot.inference.classifier import Scores
from bot.inference.training import calibrate
from bot.inference.training.evaluate import evaluate
from bot.inference.training.lines import Line
from bot.model import INTENTS


class Table:
    """Reads by a table: text to (label, certainty)."""

    labels: tuple[str, ...] = ("price", "size")
    threshold = 0.6

    def __init__(self, **table: tuple[str, float]) -> None:
        self.table = table

    def classify(self, texts: Sequence[str]) -> Scores:
        intents = np.zeros((len(texts), len(self.labels)), np.float32)
        for row, text in enumerate(texts):
            label, sure = self.table[text]
            intents[row] = (1 - sure) / (len(self.labels) - 1)
            intents[row, self.labels.index(label)] = sure
        return Scores(intents, None, None, np.zeros((len(texts), 2), np.float32))


SIX = Table(
    a=("price", 0.9), b=("price", 0.9), c=("price", 0.7), d=("size", 0.8), e=("size", 0.55),
    f=("size", 0.95),
)  # fmt: skip
LINES = [
    Line("a", "price"), Line("b", "price"), Line("c", "size"), Line("d", "size"),
    Line("e", "oos"), Line("f", "oos"),
]  # fmt: skip


def test_the_figures_are_those_of_a_hand_count() -> None:
    report = evaluate(SIX, LINES, 0.0)  # type: ignore[arg-type]  # it reads as a Classifier does
    assert report["lines"] == 6
    assert report["n"] == 4
    assert report["accuracy"] == 0.75
    assert report["labels"]["price"] == {"n": 2, "precision": 0.6667, "recall": 1.0, "f1": 0.8}
    assert report["labels"]["size"] == {"n": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}
    assert report["macro_f1"] == pytest.approx(0.7333, abs=1e-3)
    assert report["confusions"] == [{"wanted": "size", "got": "price", "n": 1, "examples": ["c"]}]
    assert report["out_of_scope"]["n"] == 2
    assert report["out_of_scope"]["own"] == {
        "threshold": 0.6, "in_scope_accuracy": 0.75, "recall": 0.5,
    }  # fmt: skip
    assert report["languages"]["en"]["n"] == 4


def test_chatter_that_is_read_as_a_question_about_goods_is_counted() -> None:
    reader = Table(a=("price", 0.9), b=("stock", 0.4), c=("praise", 0.9))
    reader.labels = INTENTS
    lines = [Line("a", "chitchat"), Line("b", "greeting"), Line("c", "praise")]
    report = evaluate(reader, lines, 0.0)  # type: ignore[arg-type]  # it reads as a Classifier does
    assert report["chatter"] == {
        "n": 3, "read_as_goods": 0.6667, "acted_on": 0.3333, "from_certainty": 0.6,
    }  # fmt: skip
    report = evaluate(reader, lines, 0.0, 0.95)  # type: ignore[arg-type]  # the same
    assert report["chatter"]["acted_on"] == 0.0


def test_lines_that_hold_nothing_to_measure_are_a_fault() -> None:
    with pytest.raises(BadLog, match="expected lines with a label out of price, size"):
        evaluate(SIX, [Line("a", None, "positive")], 0.0)  # type: ignore[arg-type]  # as above


@given(st.floats(0.3, 3.0), st.integers(0, 100))
def test_the_temperature_that_spoilt_the_logits_is_found(wanted: float, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    honest = torch.randn(4000, 4, generator=draw) * 2
    target = torch.multinomial(honest.softmax(-1), 1, generator=draw).squeeze(-1)
    found = calibrate.temperature(honest * wanted, target)
    assert found == pytest.approx(wanted, rel=0.15)


@given(st.lists(st.floats(0, 1), max_size=60), st.floats(0, 0.99))
def test_a_threshold_costs_no_more_than_allowed(sure: list[float], cost: float) -> None:
    tensor = torch.tensor(sure)
    least = calibrate.threshold(tensor, cost)
    assert int((tensor < least).sum()) <= cost * len(sure)


@given(st.lists(st.booleans(), min_size=1, max_size=50))
def test_whoever_is_as_right_as_they_are_sure_has_no_calibration_error(right: list[bool]) -> None:
    share = sum(right) / len(right)
    sure = torch.full((len(right),), share)
    assert calibrate.error(sure, torch.tensor(right)) == pytest.approx(0.0, abs=1e-6)
    assert calibrate.error(1 - sure, torch.tensor(right)) == pytest.approx(
        abs(1 - 2 * share), abs=1e-6
    )
