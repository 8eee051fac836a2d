"""What is said rests on facts of the catalogue; where there is none, somebody else must answer."""

from dataclasses import replace
from typing import Any

import pytest

from bot.model import (
    GOODS,
    INTENTS,
    Answer,
    Autonomy,
    Body,
    Catalogue,
    Changes,
    Evidence,
    Fact,
    Faq,
    HandOff,
    Intent,
    Lang,
    Passage,
    Plan,
    Product,
    Question,
    Reading,
    Rules,
    Silence,
)
from bot.rules.facts import current, facts, money
from bot.rules.plan import plan
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop

HOODIE = Product(
    "A1", "加绒连帽卫衣", 129.0, link=1, aliases=("卫衣", "hoodie"), list_price=199.0, stock=50,
    discount="两件9折", sizes=("S", "M"), size_guide="S 80-100斤，M 100-120斤", colors=("黑", "灰"),
    material="棉", specs={"克重": "500g"}, notes="机洗",
)  # fmt: skip
CAKE = Product("B2", "蛋糕", 59.5, stock=0, shipping="冷链", returns="食品不退")
BARE = Product("C3", "袜子", 9.0)
CATALOGUE = Catalogue(
    "店", "CNY", "zh", (HOODIE, CAKE, BARE),
    shipping="包邮", returns="7天无理由", payment="微信", version="v1",
)  # fmt: skip
SHOP = Shop(CATALOGUE, {})
FAQ = Faq(("几点下播",), "10点～")


def read(intent: Intent = "price", score: float = 0.9) -> Reading:
    return Reading(intent, score, {}, "neutral", "zh")


def planned(
    *topics: str,
    sku: str | None = "A1",
    intent: Intent = "price",
    rules: Rules | None = None,
    score: float = 0.9,
    lang: Lang = "zh",
    **given: Any,
) -> Plan:
    question = Question(lang, topics, sku, **given)
    return plan(question, read(intent, score), SHOP, rules or Rules())


def stated(*topics: str, sku: str | None = "A1", **given: Any) -> list[tuple[str, str, str]]:
    answer = planned(*topics, sku=sku, **given)
    assert isinstance(answer, Answer), answer
    return [(fact.id, fact.text, fact.said) for fact in answer.facts]


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("discount", ("A1.discount", "两件9折", "两件9折")),
        ("stock", ("A1.stock", "50", "50")),
        ("colors", ("A1.colors", "黑、灰", "黑、灰")),
        ("sizes", ("A1.sizes", "S、M", "S、M")),
        ("size_guide", ("A1.size_guide", "S 80-100斤，M 100-120斤", "S 80-100斤，M 100-120斤")),
        ("material", ("A1.material", "棉", "棉")),
        ("notes", ("A1.notes", "机洗", "机洗")),
        ("shipping", ("shop.shipping", "包邮", "包邮")),
        ("returns", ("shop.returns", "7天无理由", "7天无理由")),
        ("payment", ("shop.payment", "微信", "微信")),
        ("link", ("A1.link", "1", "1")),
        ("specs.克重", ("A1.specs.克重", "500g", "500g")),
    ],
)
def test_each_topic_states_its_fact(topic: str, expected: tuple[str, str, str]) -> None:
    assert stated(topic) == [expected]


def test_the_price_is_stated_with_the_list_price_where_that_is_higher() -> None:
    assert stated("price") == [
        ("A1.price", "129 CNY", "129元"),
        ("A1.list_price", "199 CNY", "199元"),
    ]


@pytest.mark.parametrize("list_price", [129.0, 99.0, None])
def test_a_list_price_that_is_not_higher_is_not_stated(list_price: float | None) -> None:
    shop = Shop(replace(CATALOGUE, products=(replace(HOODIE, list_price=list_price),)), {})
    assert [f.id for f in facts("price", shop.by_sku["A1"], shop, "zh")] == ["A1.price"]


@pytest.mark.parametrize(
    "topic",
    ["discount", "stock", "colors", "sizes", "size_guide", "material", "notes", "link", "specs.克重",
     "restock"],
)  # fmt: skip
def test_a_fact_that_the_catalogue_lacks_is_handed_off(topic: str) -> None:
    assert planned(topic, sku="C3") == HandOff("no_fact", "C3")


def test_no_topic_at_all_is_handed_off() -> None:
    assert planned() == HandOff("no_fact", "A1")


@pytest.mark.parametrize("topic", ["shipping", "returns", "payment"])
def test_a_shop_that_does_not_say_how_it_ships_is_not_quoted(topic: str) -> None:
    shop = Shop(Catalogue("s", "CNY", "zh", (BARE,)), {})
    found = plan(Question("zh", (topic,), "C3"), read("shipping"), shop, Rules())
    assert found == HandOff("no_fact", "C3")


def test_what_is_known_of_several_topics_is_stated() -> None:
    assert stated("price", "material", sku="C3") == [("C3.price", "9 CNY", "9元")]


def test_a_fact_asked_twice_is_stated_once() -> None:
    assert len(stated("colors", "colors")) == 1


@pytest.mark.parametrize(("lang", "said"), [("zh", "已售罄"), ("en", "sold out")])
def test_no_stock_is_sold_out(lang: Lang, said: str) -> None:
    assert stated("stock", sku="B2", lang=lang) == [("B2.stock", "0", said)]


def test_the_products_shipping_and_returns_stand_over_the_shops() -> None:
    assert stated("shipping", "returns", "payment", sku="B2") == [
        ("B2.shipping", "冷链", "冷链"),
        ("B2.returns", "食品不退", "食品不退"),
        ("shop.payment", "微信", "微信"),
    ]


def test_shop_wide_facts_need_no_product() -> None:
    assert stated("shipping", sku=None) == [("shop.shipping", "包邮", "包邮")]


def test_other_facts_without_a_product_are_handed_off() -> None:
    assert planned("price", sku=None) == HandOff("no_product")


def test_a_product_that_was_named_and_does_not_exist_is_handed_off() -> None:
    assert planned("price", sku=None, named=True) == HandOff("unknown_product")
    assert planned("shipping", sku=None, named=True) == HandOff("unknown_product")


def test_two_products_that_fit_are_handed_off() -> None:
    assert planned("price", sku=None, rivals=("A1", "B2")) == HandOff("which_one")


GUIDE = "S 80-100斤，M 100-120斤，L 120-140斤"


def row(guide: str, kilos: float) -> str | None:
    shop = Shop(Catalogue("s", "CNY", "zh", (replace(BARE, size_guide=guide),)), {})
    found = facts("size_guide", shop.by_sku["C3"], shop, "zh", Body(kilos))
    return found[0].said if found else None


@pytest.mark.parametrize(
    ("guide", "kilos", "expected"),
    [
        (GUIDE, 45.0, "S 80-100斤"),
        (GUIDE, 40.0, "S 80-100斤"),
        (GUIDE, 50.0, "S 80-100斤，M 100-120斤"),
        (GUIDE, 60.0, "M 100-120斤，L 120-140斤"),
        (GUIDE, 70.0, "L 120-140斤"),
        (GUIDE, 39.5, None),
        (GUIDE, 70.5, None),
        ("M100-120斤，L120-140斤", 45.0, None),
        ("M100-120斤，L120-140斤", 55.0, "M100-120斤"),
        ("S 80-100斤 M 100-120斤 L 120-140斤", 55.0, "M 100-120斤"),
        ("M: 50-60kg; L: 60-70kg", 55.0, "M: 50-60kg"),
        ("M 42.5-50kg", 45.0, "M 42.5-50kg"),
        ("M 110-130lbs, L 130-150 lb", 55.0, "M 110-130lbs"),
        ("M 50公斤-60公斤", 55.0, "M 50公斤-60公斤"),
        ("38 90~110斤，40 110至130斤", 50.0, "38 90~110斤"),
        ("M 160-165cm 100-120斤", 55.0, "M 160-165cm 100-120斤"),
        ("体重100-120斤穿M，120-140斤穿L", 55.0, "体重100-120斤穿M"),
        ("均码", 55.0, "均码"),
    ],
)
def test_a_body_weight_picks_its_rows_of_the_size_guide(
    guide: str, kilos: float, expected: str | None
) -> None:
    assert row(guide, kilos) == expected


def test_a_weight_that_no_row_holds_is_handed_off() -> None:
    assert planned("size_guide", intent="size", body=Body(99.0)) == HandOff("no_fact", "A1")


def test_a_weight_in_pounds_on_the_boundary_is_in_the_row() -> None:
    assert row("M 110-130lbs", 130 * 0.45359237) == "M 110-130lbs"


@pytest.mark.parametrize("intent", GOODS)
def test_goods_are_answered_by_default(intent: Intent) -> None:
    assert isinstance(planned("price", intent=intent), Answer)


@pytest.mark.parametrize("intent", ["greeting", "praise", "complaint", "chitchat", "spam", "abuse"])
def test_what_asks_nothing_gets_silence_by_default(intent: Intent) -> None:
    assert planned("price", intent=intent) == Silence("not_a_question")


def test_show_is_for_the_host() -> None:
    assert planned("price", intent="show") == HandOff("host_only", "A1")


def test_stream_is_answered_from_the_faq_alone() -> None:
    assert planned(intent="stream") == HandOff("no_fact", "A1")
    assert isinstance(planned(intent="stream", faq=FAQ), Answer)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize(
    ("autonomy", "expected"),
    [
        ("auto", Answer),
        ("approve", Answer),
        ("hand_off", HandOff("host_only", "A1")),
        ("ignore", Silence("not_a_question")),
    ],
)
def test_the_operators_table_decides_for_every_intent(
    intent: Intent, autonomy: Autonomy, expected: object
) -> None:
    found = planned("price", intent=intent, rules=Rules(autonomy={intent: autonomy}))
    if isinstance(found, Answer):
        assert (expected, found.draft) == (Answer, autonomy == "approve")
    else:
        assert found == expected


def test_an_intent_that_the_table_leaves_out_keeps_its_default() -> None:
    rules = Rules(autonomy={"price": "hand_off"})
    assert isinstance(planned("stock", intent="stock", rules=rules), Answer)


def test_an_unsure_reading_gets_silence() -> None:
    assert planned("price", score=0.49) == Silence("low_confidence")
    assert isinstance(planned("price", score=0.6), Answer)


@pytest.mark.parametrize(("score", "explicit", "said"), [
    (0.79, False, False), (0.79, True, True), (0.61, True, True), (0.59, True, False),
])  # fmt: skip
def test_plain_words_may_be_read_with_less_certainty(
    score: float,
    explicit: bool,  # noqa: FBT001 - a table of cases
    said: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert isinstance(planned("price", score=score, explicit=explicit), Answer) is said


def test_a_reader_that_is_unsure_is_silence_however_high_its_score() -> None:
    unsure = replace(read(score=0.99), unsure=True)
    question = Question("zh", ("price",), "A1")
    assert plan(question, unsure, SHOP, Rules()) == Silence("low_confidence")
    known = replace(question, faq=FAQ)
    assert isinstance(plan(known, unsure, SHOP, Rules()), Answer)  # the same words need no reader


def test_an_faq_row_is_answered_even_where_the_reading_is_unsure_or_small_talk() -> None:
    for intent in ("chitchat", "stream", "greeting"):
        answer = planned(intent=intent, score=0.1, faq=FAQ)
        assert isinstance(answer, Answer)
        assert answer.faq == "10点～"


def test_an_faq_answer_is_said_as_it_stands_and_needs_no_model() -> None:
    answer = planned("price", faq=FAQ)
    assert isinstance(answer, Answer)
    assert answer.facts == (Fact("faq.几点下播", "10点～", "10点～"),)
    assert not answer.free
    assert answer.key == "faq:10点～"


def test_an_faq_answer_waits_for_approval_where_the_intent_does() -> None:
    answer = planned(intent="stream", faq=FAQ, rules=Rules(autonomy={"stream": "approve"}))
    assert isinstance(answer, Answer)
    assert answer.draft


@pytest.mark.parametrize("intent", ["shipping", "after_sale", "price", "stream"])
def test_ones_own_order_is_for_the_host(intent: Intent) -> None:
    assert planned("shipping", intent=intent, own_order=True) == HandOff("own_order", "A1")
    assert planned("shipping", intent=intent, own_order=True, faq=FAQ) == HandOff("own_order", "A1")


def test_a_complaint_about_ones_own_order_is_for_the_host_and_any_other_is_not_answered() -> None:
    assert planned(intent="complaint", own_order=True) == HandOff("own_order")
    assert planned(intent="praise", own_order=True) == Silence("not_a_question")


def test_equal_answers_have_one_key_and_others_have_another() -> None:
    answers = [
        planned("price"),
        planned("price", intent="discount", named=True),
        planned("price", lang="en"),
        planned("price", sku="C3"),
        planned("price", "stock"),
    ]
    keys = [answer.key for answer in answers if isinstance(answer, Answer)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_the_key_changes_with_the_price() -> None:
    shop = Shop(overlay(CATALOGUE, Changes({"A1": 99.0})), {})
    answer = plan(Question("zh", ("price",), "A1"), read(), shop, Rules())
    before = planned("price")
    assert isinstance(answer, Answer)
    assert isinstance(before, Answer)
    assert answer.key != before.key


def test_only_several_facts_are_worth_a_language_model() -> None:
    assert [p.free for p in (planned("stock"), planned("price")) if isinstance(p, Answer)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(("lang", "name"), [("zh", "加绒连帽卫衣"), ("en", "hoodie")])
def test_a_product_is_called_as_the_viewer_would(lang: Lang, name: str) -> None:
    answer = planned("price", lang=lang)
    assert isinstance(answer, Answer)
    assert answer.name == name


def test_a_product_without_a_name_in_the_viewers_language_keeps_its_own() -> None:
    answer = planned("price", sku="C3", lang="en")
    assert isinstance(answer, Answer)
    assert answer.name == "袜子"


@pytest.mark.parametrize(
    ("amount", "currency", "lang", "said"),
    [
        (129.0, "CNY", "zh", "129元"),
        (129.0, "CNY", "en", "¥129"),
        (59.9, "USD", "en", "$59.90"),
        (59.0, "USD", "zh", "$59"),
        (0.0, "EUR", "en", "€0"),
        (59.0, "SEK", "en", "59 SEK"),
        (1250000.0, "VND", "en", "1250000 VND"),
        (12999.95, "CNY", "zh", "12999.95元"),
    ],
)
def test_money_is_said_with_all_its_digits(
    amount: float, currency: str, lang: Lang, said: str
) -> None:
    assert money(amount, currency, lang) == said


def fact(topic: str, text: str, sku: str = "A1") -> Fact:
    return Fact(f"{sku}.{topic}", text, text)


CHANGED = Shop(
    overlay(CATALOGUE, Changes({"A1": 150.0, "B2": 1.0}, {"A1": 0}, (Faq(("q",), "new"),))), {}
)


@pytest.mark.parametrize(
    ("stated_fact", "before", "after"),
    [
        (fact("price", "129 CNY"), True, False),
        (fact("price", "150 CNY"), False, True),
        (fact("list_price", "199 CNY"), True, True),
        (fact("stock", "50"), True, False),
        (fact("price", "9 CNY", "C3"), True, True),
        (fact("price", "9 CNY", "Z9"), False, False),
        (fact("material", "棉"), True, True),
        (fact("specs.price", "x"), True, True),
        (fact("shipping", "包邮", "shop"), True, True),
        (Fact("faq.q", "new", "new"), False, True),
        (Fact("faq.price", "old", "old"), False, False),
    ],
)
def test_a_fact_is_current_while_the_catalogue_says_it(
    stated_fact: Fact, *, before: bool, after: bool
) -> None:
    assert current(stated_fact, SHOP, "zh") is before
    assert current(stated_fact, CHANGED, "zh") is after


def test_a_list_price_below_a_raised_price_is_no_longer_current() -> None:
    raised = Shop(overlay(CATALOGUE, Changes({"A1": 250.0})), {})
    assert not current(fact("list_price", "199 CNY"), raised, "zh")


@pytest.mark.parametrize("price", [1250000.0, 12999.95])
def test_a_small_change_of_a_large_price_is_noticed(price: float) -> None:
    products = (replace(HOODIE, price=price, list_price=None),)
    shop = Shop(replace(CATALOGUE, products=products), {})
    (old,) = facts("price", products[0], shop, "zh")
    assert current(old, shop, "zh")
    assert not current(old, Shop(overlay(shop.catalogue, Changes({"A1": price + 0.05})), {}), "zh")


def test_a_sku_may_hold_a_dot() -> None:
    product = replace(HOODIE, sku="A.1")
    shop = Shop(replace(CATALOGUE, products=(product,)), {})
    (price, _) = facts("price", product, shop, "zh")
    assert current(price, shop, "zh")
    assert not current(price, Shop(overlay(shop.catalogue, Changes({"A.1": 1.0})), {}), "zh")


SURE, FIT = (
    Passage("notes", "加绒连帽卫衣 | 机洗", "机洗", "A1"),
    Passage("shipping", "发货：包邮", "包邮"),
)
ROW = Passage("faq", "几点下播 10点～", "10点～", faq=FAQ)
PRICE = Passage("price", "加绒连帽卫衣 | 价格：129 CNY", "129 CNY", "A1")


def weighed(
    *evidence: tuple[Passage, float],
    topics: tuple[str, ...] = (),
    score: float = 0.9,
    intent: Intent = "product",
    scores: dict[str, float] | None = None,
    **given: Any,
) -> Plan:
    asked: dict[str, Any] = {"product": "A1", "explicit": False} | given
    question = Question("zh", topics, **asked)
    reading = Reading(intent, score, scores or {intent: score}, "neutral", "zh")
    return plan(question, reading, SHOP, Rules(), [Evidence(*found) for found in evidence])


def said(found: Plan) -> list[str]:
    return [fact.said for fact in found.facts] if isinstance(found, Answer) else []


def test_what_no_word_asks_for_is_quoted_where_it_answers_for_certain() -> None:
    assert said(weighed((SURE, 0.95), (FIT, 0.1))) == ["机洗"]
    assert weighed((SURE, 0.5), (FIT, 0.1)) == HandOff("no_fact", "A1")
    assert weighed() == HandOff("no_fact", "A1")


def test_a_size_guide_without_a_row_that_fits_is_not_quoted() -> None:
    guide = Passage(
        "size_guide", "加绒连帽卫衣 | 尺码表：S 80-100斤", "S 80-100斤，M 100-120斤", "A1"
    )
    heavy: dict[str, Any] = {"topics": ("size_guide",), "intent": "size", "body": Body(95.0)}
    assert weighed((guide, 0.95), **heavy) == HandOff("no_fact", "A1")


def test_an_faq_row_that_answers_is_said_whole() -> None:
    found = weighed((ROW, 0.9), (SURE, 0.8))
    assert isinstance(found, Answer)
    assert found.faq == "10点～"


def test_a_topic_whose_text_speaks_of_something_else_is_not_stated() -> None:
    asked: dict[str, Any] = {"topics": ("shipping",), "intent": "shipping", "explicit": True}
    assert said(weighed((FIT, 0.8), **asked)) == ["包邮"]
    assert said(weighed((FIT, 0.05), **asked)) == ["包邮"]  # nothing else answers it either
    assert said(weighed((FIT, 0.05), (SURE, 0.9), **asked)) == ["机洗"]
    asked["worded"] = False
    assert weighed((FIT, 0.05), **asked) == HandOff("no_fact", "A1")


def test_a_topic_that_a_word_names_gives_way_to_a_text_that_answers_far_better() -> None:
    asked: dict[str, Any] = {"topics": ("shipping",), "intent": "shipping", "explicit": True}
    assert said(weighed((FIT, 0.5), (SURE, 0.9), **asked)) == ["机洗"]
    assert said(weighed((FIT, 0.75), (SURE, 0.9), **asked)) == ["包邮"]
    both = asked | {"parts": ("几天到", "能机洗吗")}  # one clause may be about each
    assert "包邮" in said(weighed((FIT, 0.5), (SURE, 0.9), **both))


def test_a_row_of_the_faq_that_is_as_sure_as_the_topic_is_said_beside_it() -> None:
    asked: dict[str, Any] = {"topics": ("shipping",), "intent": "shipping", "explicit": True}
    assert said(weighed((FIT, 0.98), (ROW, 0.97), **asked)) == ["包邮", "10点～"]
    assert said(weighed((FIT, 0.98), (ROW, 0.9), **asked)) == ["包邮"]


def test_a_place_that_the_text_does_not_speak_of_needs_proof() -> None:
    asked: dict[str, Any] = {"topics": ("shipping",), "intent": "shipping", "explicit": True}
    asked["places"] = frozenset({"canada"})
    assert weighed((FIT, 0.5), **asked) == HandOff("no_fact", "A1")
    assert said(weighed((FIT, 0.9), **asked)) == ["包邮"]
    there = replace(FIT, text="Shipping: to Canada, 9 USD", said="包邮")
    assert said(weighed((there, 0.2), **asked)) == ["包邮"]


def test_a_figure_that_is_not_what_is_asked_for_gives_way_to_what_is() -> None:
    asked: dict[str, Any] = {"topics": ("price",), "intent": "price", "explicit": True}
    assert said(weighed((PRICE, 0.01), **asked)) == ["129元", "199元"]
    assert said(weighed((PRICE, 0.01), (ROW, 0.95), **asked)) == ["10点～"]
    assert weighed((PRICE, 0.01), (SURE, 0.95), **asked) == HandOff("no_fact", "A1")


def test_a_figure_that_is_not_known_is_not_replaced_by_another() -> None:
    asked: dict[str, Any] = {"topics": ("stock",), "intent": "stock", "product": "C3"}
    price = Passage("price", "袜子 | 价格：9 CNY", "9 CNY", "C3")
    assert weighed((price, 0.95), explicit=True, **asked) == HandOff("no_fact", "C3")


def test_a_text_that_was_not_surely_read_is_answered_on_certain_proof_alone() -> None:
    split: dict[str, float] = {"product": 0.4, "shipping": 0.3, "chitchat": 0.3}
    unsure: dict[str, Any] = {"score": 0.4, "scores": split}
    assert said(weighed((SURE, 0.95), **unsure)) == ["机洗"]
    assert weighed((SURE, 0.75), **unsure) == Silence("low_confidence")
    chatter: dict[str, Any] = {"intent": "chitchat", "score": 0.9, "scores": {"chitchat": 0.9}}
    assert weighed((SURE, 0.99), **chatter) == Silence("not_a_question")


def test_what_is_asked_may_tell_which_of_two_products_is_meant() -> None:
    rivals: dict[str, Any] = {"product": None, "rivals": ("A1", "B2"), "named": False}
    other = Passage("returns", "蛋糕 | 退换：食品不退", "食品不退", "B2")
    assert said(weighed((SURE, 0.95), (other, 0.05), **rivals)) == ["机洗"]
    assert weighed((SURE, 0.95), (other, 0.5), **rivals) == HandOff("which_one")
    assert weighed((SURE, 0.4), **rivals) == HandOff("which_one")


def test_what_the_shop_says_of_all_its_goods_needs_no_choice_either() -> None:
    rivals: dict[str, Any] = {"product": None, "rivals": ("A1", "B2"), "named": False}
    assert said(weighed((ROW, 0.9), (SURE, 0.5), **rivals)) == ["10点～"]
    parts = rivals | {"parts": ("几点下播", "能机洗吗")}
    other = Passage("returns", "蛋糕 | 退换：食品不退", "食品不退", "B2")
    assert said(weighed((ROW, 0.9), (SURE, 0.85), (other, 0.7), **parts)) == ["10点～"]
    assert weighed((ROW, 0.5), (SURE, 0.5), **rivals) == HandOff("which_one")


def test_what_is_the_same_for_all_products_named_needs_no_choice() -> None:
    rivals: dict[str, Any] = {"product": None, "rivals": ("A1", "C3"), "explicit": True}
    asked: dict[str, Any] = {"topics": ("shipping",), "intent": "shipping"}
    assert said(weighed(**rivals, **asked)) == ["包邮"]
    rivals["rivals"] = ("A1", "B2")  # the cake has a shipping of its own
    assert weighed(**rivals, **asked) == HandOff("which_one")


def test_a_second_question_in_the_line_is_answered_with_the_first() -> None:
    both: dict[str, Any] = {
        "topics": ("price",), "intent": "price", "explicit": True, "parts": ("多少钱", "能机洗吗"),
    }  # fmt: skip
    assert said(weighed((PRICE, 0.9), (SURE, 0.95), **both)) == ["129元", "199元", "机洗"]
    assert said(weighed((PRICE, 0.9), (ROW, 0.95), **both)) == ["129元", "199元", "10点～"]
    assert said(weighed((PRICE, 0.9), (SURE, 0.4), **both)) == ["129元", "199元"]


def test_what_names_a_product_and_is_answered_for_certain_needs_no_sure_reading() -> None:
    chatter: dict[str, Any] = {"intent": "chitchat", "score": 0.9, "scores": {"chitchat": 0.9}}
    assert said(weighed((SURE, 0.96), named=True, **chatter)) == ["机洗"]
    assert weighed((SURE, 0.9), named=True, **chatter) == Silence("not_a_question")


def test_two_questions_about_the_shop_are_both_answered() -> None:
    gift = Passage("faq", "送什么 一双袜子", "一双袜子", faq=Faq(("送什么",), "一双袜子"))
    asked: dict[str, Any] = {"product": None, "parts": ("几点下播", "送什么")}
    assert said(weighed((ROW, 0.99), (gift, 0.98), intent="discount", **asked)) == [
        "10点～",
        "一双袜子",
    ]
