"""What the judge says of a passage is led by what the reader knows of the question."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Intent, Passage, Reading
from bot.rules.evidence import ASKED_BY, weighed

PRICE, NOTES = Passage("price", "p", "p", "A1"), Passage("notes", "n", "n", "A1")


def led(passage: Passage, score: float, intent: Intent, sure: float = 0.99) -> float:
    reading = Reading(intent, sure, {intent: sure}, "neutral", "zh")
    (found,) = weighed([passage], [score], reading)
    assert found.passage == passage
    return found.score


def test_a_passage_of_the_topic_that_was_read_gains_and_of_another_loses() -> None:
    assert led(PRICE, 0.2, "price") > 0.4
    assert led(PRICE, 0.5, "shipping") < 0.4


def test_a_passage_that_any_intent_may_ask_for_keeps_its_score() -> None:
    assert led(NOTES, 0.5, "price") == 0.5


@given(
    st.sampled_from(sorted(ASKED_BY)), st.floats(0, 1), st.floats(0, 1),
    st.sampled_from(get_args(Intent)), st.floats(0, 1),
)  # fmt: skip
def test_a_score_stays_a_probability_and_a_higher_one_stays_higher(
    topic: str, one: float, other: float, intent: Intent, sure: float
) -> None:
    passage = Passage(topic, "x", "x")
    low, high = sorted((one, other))
    assert 0 <= led(passage, low, intent, sure) <= led(passage, high, intent, sure) <= 1


def test_each_passage_keeps_its_place() -> None:
    reading = Reading("product", 0.9, {"product": 0.9}, "neutral", "zh")
    found = weighed([NOTES, PRICE], [0.9, 0.1], reading)
    assert [each.passage for each in found] == [NOTES, PRICE]
    with pytest.raises(ValueError, match="shorter"):
        weighed([NOTES, PRICE], [0.9], reading)
