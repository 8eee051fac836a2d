"""What a line of the staff states, and whether that is an answer, as far as words tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Intent, Question, Reading, Vector
from bot.rules.stated import Said, answers, planned, stated
from tests import strategies

PRICE = (("A1", "price"), ("A1", "list_price"))


def said(
    line: str,
    intent: Intent = "chitchat",
    score: float = 0.9,
    *,
    sku: str | None = None,
    by: str = "",
    rivals: tuple[str, ...] = (),
    vector: Vector = (),
) -> Said:
    reading = Reading(intent, score, {intent: score}, "neutral", "zh", vector)
    return Said(stated(line), reading, Question("zh", (), sku, named_by=by, rivals=rivals), reading)


def gives(line: Said, *topics: tuple[str, str], answer: Vector = ()) -> bool:
    return answers(line, topics, answer, "A1")


# What is stated ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("只要129！", "只要129"),
        ("多少钱？只要129", "只要129"),
        ("price? 129", "129"),
        ("多少钱", ""),
        ("还有人要吗", ""),
        ("How much do you think", ""),
        ("价格等会儿公布", ""),
        ("let me check", ""),
        ("想要的扣1", ""),
        ("还剩最后几件", "还剩最后几件"),
        ("有货。价格待会说，先看面料", "有货，先看面料"),
        ("129.9元", "129.9元"),
        ("1,299元,包邮", "1,299元，包邮"),
        ("it's 59.90 now. ships today", "it's 59.90 now，ships today"),
        ("", ""),
        ("？？？", ""),
    ],
)
def test_questions_and_promises_state_nothing(line: str, rest: str) -> None:
    assert stated(line) == rest


@given(strategies.texts)
def test_what_is_stated_states_itself(text: str) -> None:
    assert stated(stated(text)) == stated(text)


# Whether it answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["129元", "¥99", "今天只要99", "99拿走", "一百二十九元", "129.9", "$59", "just 59 today"],
)
def test_a_price_is_a_figure(line: str) -> None:
    assert gives(said(line, "price"), *PRICE)


@pytest.mark.parametrize(
    "line", ["价格很好", "拍1号链接", "160斤可以", "48小时发货", "还有50件", "第3个", "200个人在看"]
)
def test_a_figure_of_something_else_is_no_price(line: str) -> None:
    assert not gives(said(line, "price"), *PRICE)


def test_a_bare_figure_is_a_price_where_its_product_is_named_or_prices_are_spoken_of() -> None:
    assert gives(said("卫衣99", "size", sku="A1", by="name"), *PRICE)
    assert not gives(said("大家99", "size"), *PRICE)


@pytest.mark.parametrize(
    ("line", "of"),
    [
        (said("99元", "price"), "A1"),  # what is on screen
        (said("99元", "price", sku="B2", by="name"), "B2"),
        (said("99元", "price", sku="B2", by="sound"), "A1"),
        (said("99元", "price", rivals=("B2", "C3")), "C3"),
    ],
)
def test_it_is_about_the_product_that_it_names_or_else_the_one_on_screen(
    line: Said, of: str
) -> None:
    assert [sku for sku in ("A1", "B2", "C3") if gives(line, (sku, "price"))] == (
        ["B2", "C3"] if line.about.rivals else [of]
    )


def test_what_holds_for_the_whole_shop_may_be_said_of_any_product() -> None:
    line = said("全场包邮", "shipping", sku="B2", by="name")
    assert gives(line, ("shop", "shipping"))
    assert not gives(line, ("A1", "shipping"))


def test_a_question_that_the_host_repeats_tells_what_the_figure_is() -> None:
    unclear = Reading("size", 0.5, {"size": 0.5}, "neutral", "zh")
    clear = Reading("price", 0.9, {"price": 0.9}, "neutral", "zh")
    about = Question("zh", ())
    assert gives(Said("129", unclear, about, clear), *PRICE)
    assert not gives(Said("129", unclear, about, unclear), *PRICE)


def test_words_near_the_answers_are_an_answer() -> None:
    near, far = (0.6, 0.8), (1.0, 0.0)
    line = said("播到十点", "chitchat", vector=near)
    assert gives(line, ("faq", "faq"), answer=(0.0, 1.0))
    assert not gives(line, ("faq", "faq"), answer=(-0.8, 0.6))
    assert not gives(line, ("faq", "faq"), answer=())
    assert gives(said("棉的", "product", 0.2, vector=far), ("A1", "material"), answer=(0.5, 0.8))
    assert not gives(
        said("棉的", "product", 0.2, vector=far), ("A1", "material"), answer=near[::-1][:1]
    )


def test_another_feature_of_the_product_is_no_answer() -> None:
    line = said("面料是纯棉", "product", vector=(0.0, 1.0))
    assert gives(line, ("A1", "material"), answer=(0.8, 0.6))
    assert not gives(line, ("A1", "specs.克重"), answer=(1.0, 0.0))


# What an answer is about -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "topics", "words"),
    [
        (
            "zh:A1.price=129 CNY|A1.list_price=199 CNY",
            (("A1", "price"), ("A1", "list_price")),
            "129 CNY 199 CNY",
        ),
        ("en:a.b.price=1 USD", (("a.b", "price"),), "1 USD"),
        ("zh:A1.specs.克重=500g", (("A1", "specs.克重"),), "500g"),
        ("zh:shop.shipping=包邮|新疆除外", (("shop", "shipping"),), "包邮"),
        ("zh:A1.stock=5|faq.能洗吗=能", (("A1", "stock"), ("faq", "faq")), "5 能"),
        ("faq:今晚10点=结束", (("faq", "faq"),), "今晚10点=结束"),
        ("an:c1", (), ""),
        ("ack:c1", (), ""),
        ("", (), ""),
    ],
)
def test_a_key_tells_what_its_answer_is_about(
    key: str, topics: tuple[tuple[str, str], ...], words: str
) -> None:
    assert planned(key) == (topics, words)


@given(st.text(max_size=40), strategies.texts, strategies.readings())
def test_any_key_and_line_are_compared_without_a_fault(
    key: str, text: str, reading: Reading
) -> None:
    topics, _ = planned(key)
    line = Said(stated(text), reading, Question("zh", ()), reading)
    assert answers(line, topics, reading.vector, None) in (True, False)
