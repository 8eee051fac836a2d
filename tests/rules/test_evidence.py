"""What the judge says of a passage is led by what the reader knows of the question."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Evidence, Intent, Passage, Question, Reading
from bot.rules.evidence import chosen, merged, needless, weighed
from bot.shop.passages import ASKED_BY

PRICE, NOTES = Passage("price", "p", "p", "A1"), Passage("notes", "n", "n", "A1")


def led(passage: Passage, score: float, intent: Intent, sure: float = 0.99) -> float:
    reading = Reading(intent, sure, {intent: sure}, "neutral", "zh")
    (found,) = weighed("?", [passage], [score], reading)
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
    found = weighed("?", [NOTES, PRICE], [0.9, 0.1], reading)
    assert [each.passage for each in found] == [NOTES, PRICE]
    with pytest.raises(ValueError, match="shorter"):
        weighed("?", [NOTES, PRICE], [0.9], reading)


def test_a_row_of_the_faq_that_is_asked_otherwise_does_not_answer_a_sure_reading() -> None:
    row = Passage("faq", "when does the stream end 9 pm", "9 pm", asked=frozenset({"stream"}))
    assert led(row, 0.95, "shipping") < 0.01
    assert led(row, 0.95, "shipping", sure=0.6) == 0.95
    assert led(row, 0.95, "stream") == 0.95
    assert led(replace(row, asked=frozenset()), 0.95, "shipping") == 0.95


def test_of_a_passage_that_clauses_are_judged_by_the_best_score_counts() -> None:
    first, second = (Evidence(PRICE, 0.2), Evidence(NOTES, 0.9)), (Evidence(PRICE, 0.8),)
    assert merged([first, second]) == (Evidence(PRICE, 0.8), Evidence(NOTES, 0.9))


def test_prices_do_not_tell_which_product_is_meant_but_offers_do() -> None:
    asked = Question("zh", ("price",), rivals=("A1", "B2"))
    own = (Evidence(PRICE, 0.95), Evidence(replace(PRICE, sku="B2"), 0.05))
    assert chosen(asked, own) == asked
    offer = (
        Evidence(Passage("discount", "d", "d", "A1"), 0.9),
        Evidence(replace(NOTES, sku="B2"), 0.4),
    )
    assert chosen(replace(asked, topics=("discount",)), offer).product == "A1"


@pytest.mark.parametrize(
    ("asked", "said", "settles"),
    [
        ("可以寄香港吗", "发货：全国包邮，新疆除外", False),
        ("四川包邮吗", "发货：全国包邮，新疆除外", True),
        ("can you ship to hawaii", "Shipping: free to the lower 48 states", True),
        ("can you ship to canada", "Shipping: within 2 days by USPS", False),
        ("can you ship to canada", "Shipping: within the EU only", True),
        ("can you ship to canada", "Shipping: to Canada 9 USD", True),
    ],
)
def test_a_place_that_a_text_does_not_cover_is_not_settled_by_it(
    asked: str, said: str, *, settles: bool
) -> None:
    reading = Reading("shipping", 0.99, {"shipping": 0.99}, "neutral", "zh")
    (found,) = weighed(asked, [Passage("shipping", said, said)], [0.99], reading)
    assert (found.score > 0.5) is settles


@pytest.mark.parametrize(
    ("asked", "speaks"),
    [
        ("klarna??", False),
        ("是啥皮的", False),
        ("有粉的吗", True),
        ("does it come in teal", True),
        ("哪些颜色", True),
    ],
)
def test_colours_answer_only_who_speaks_of_them(asked: str, *, speaks: bool) -> None:
    reading = Reading("product", 0.6, {"product": 0.6}, "neutral", "zh")
    (found,) = weighed(asked, [Passage("colors", "颜色：粉、黑", "粉、黑")], [0.99], reading)
    assert (found.score > 0.5) is speaks


@pytest.mark.parametrize(
    ("question", "spared"),
    [
        (Question("zh", ("price",), "A1"), True),
        (Question("zh", ("price", "stock"), "A1"), True),
        (Question("zh", ("material",), "A1"), False),
        (Question("zh", ("price", "material"), "A1"), False),
        (Question("zh", ("price",)), False),
        (Question("zh", ("price",), None, rivals=("A1", "A2")), True),
        (Question("zh", ("colors",), None, rivals=("A1", "A2")), False),
        (Question("zh", ("price",), "A1", worded=False), False),
        (Question("zh", ("price",), "A1", parts=("多少钱", "包邮吗")), False),
        (Question("zh", (), "A1"), False),
    ],
)
def test_nothing_is_weighed_where_words_say_what_one_figure_answers(
    question: Question, *, spared: bool
) -> None:
    assert needless(question) is spared
