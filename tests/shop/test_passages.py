"""All that a catalogue says about a question's product is laid out, each piece with its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Catalogue, Faq, Lang, Passage, Product, Question, Reading
from bot.shop.lookup import Shop
from bot.shop.passages import ABOUT, ABROAD, KEPT, MOST, ROWS, likely, nearest, passages, sentences

CUP = Product(
    "T3", "保温杯", 89.0, link=3, stock=3, colors=("白", "黑"), material="316不锈钢", discount="两件9折",
    specs={"容量": "400ml"}, returns="质保1年", notes="不能进微波炉。杯盖可拆洗！",
)  # fmt: skip
SOCK = Product("S1", "袜子", 9.0)
ROW = Faq(("能开发票吗", "invoice?"), "可以开")
ROW_ZH = Faq(("几点下播",), "10点")
SHOP = Shop(Catalogue("店", "CNY", "zh", (CUP, SOCK), (ROW,), shipping="包邮", returns="7天"), {})
READING = Reading("product", 0.9, {}, "neutral", "zh")


def laid_out(**given: object) -> list[tuple[str, str, str | None]]:
    question = Question("zh", **given)  # type: ignore[arg-type]  # a table of cases
    return [(p.topic, p.text, p.sku) for p in passages(question, READING, SHOP)]


def test_every_piece_of_a_product_has_its_name_and_of_the_shop_what_it_does_not_override() -> None:
    assert laid_out(product="T3") == [
        ("price", "保温杯 | 价格：89 CNY", "T3"),
        ("stock", "保温杯 | 库存：3", "T3"),
        ("link", "保温杯 | 链接：3", "T3"),
        ("specs.容量", "保温杯 | 容量：400ml", "T3"),
        ("notes", "保温杯 | 不能进微波炉。", "T3"),
        ("notes", "保温杯 | 杯盖可拆洗！", "T3"),
        ("discount", "保温杯 | 优惠：两件9折", "T3"),
        ("colors", "保温杯 | 颜色：白、黑", "T3"),
        ("material", "保温杯 | 材质：316不锈钢", "T3"),
        ("returns", "保温杯 | 退换：质保1年", "T3"),
        ("shipping", "发货：包邮", None),
        ("faq", "能开发票吗 可以开", None),
    ]


def test_without_a_product_the_shop_and_its_faq_remain() -> None:
    assert [topic for topic, _, _ in laid_out()] == ["shipping", "returns", "faq"]


def test_of_two_products_that_are_named_both_are_looked_into() -> None:
    owners = {sku for _, _, sku in laid_out(rivals=("T3", "S1"))}
    assert owners == {"T3", "S1", None}


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("机洗，不起球。深色单独洗！", ["机洗，不起球。", "深色单独洗！"]),
        ("Machine wash. No bleach, 0.5 l max. Made in U.S.A.",
         ["Machine wash.", "No bleach, 0.5 l max.", "Made in U.S.A."]),
        ("a.b；c;d", ["a.b；", "c;", "d"]),
        ("...", []),
        ("可机洗", ["可机洗"]),
    ],
)  # fmt: skip
def test_notes_are_cut_into_sentences_and_figures_are_not(text: str, cut: list[str]) -> None:
    assert sentences(text) == cut


@given(st.text(max_size=80))
def test_sentences_are_pieces_of_the_text_in_order(text: str) -> None:
    at = 0
    for sentence in sentences(text):
        at = text.index(sentence, at) + len(sentence)


def asking(vector: tuple[float, ...], lang: Lang = "en") -> Reading:
    return Reading("stream", 0.9, {}, "neutral", lang, vector=vector)


def test_of_a_long_faq_the_nearest_rows_are_judged() -> None:
    rows = tuple(Faq((f"q{n}", f"also q{n}"), f"a{n}") for n in range(100))
    asked = {f"q{n}": asking((1.0, 0.0) if n in (7, 70) else (0.6, 0.8)) for n in range(100)}
    shop = Shop(Catalogue("s", "USD", "en", (), rows), asked)
    found = nearest(asking((1.0, 0.0)), shop)
    assert len(found) == ROWS
    assert {rows[7], rows[70]} <= set(found)
    assert len(passages(Question("en"), asking((1.0, 0.0)), shop)) == ROWS


@pytest.mark.parametrize(
    ("lang", "cosine", "there"),
    [("zh", ABOUT + 0.01, True), ("zh", ABOUT - 0.01, False),
     ("en", ABROAD + 0.01, True), ("en", ABROAD - 0.01, False)],
)  # fmt: skip
def test_a_row_about_something_else_is_not_judged(
    lang: Lang, cosine: float, *, there: bool
) -> None:
    otherwise = replace(asking((1.0, 0.0)), intent="order")
    shop = Shop(Catalogue("店", "CNY", "zh", (), (ROW_ZH,)), {"几点下播": otherwise})
    found = nearest(asking((cosine, (1 - cosine**2) ** 0.5), lang), shop)
    assert (ROW_ZH in found) is there


def test_across_languages_a_row_of_the_same_intent_is_judged_however_far() -> None:
    shop = Shop(Catalogue("店", "CNY", "zh", (), (ROW_ZH,)), {"几点下播": asking((1.0, 0.0))})
    assert nearest(asking((0.0, 1.0), "en"), shop) == [ROW_ZH]
    assert nearest(asking((0.0, 1.0), "zh"), shop) == []
    assert nearest(replace(asking((0.0, 1.0), "en"), score=0.5), shop) == []


def test_a_row_without_an_embedding_is_judged() -> None:
    shop = Shop(Catalogue("店", "CNY", "zh", (), (ROW_ZH,)), {})
    assert nearest(asking((1.0, 0.0), "zh"), shop) == [ROW_ZH]


def test_no_more_is_judged_than_a_pass_can_take() -> None:
    wordy = Product("W", "w", 1.0, notes=". ".join(f"note {n}" for n in range(300)))
    shop = Shop(Catalogue("s", "USD", "en", (wordy,), (ROW,), shipping="free"), {})
    found = passages(Question("en", product="W"), READING, shop)
    assert len(found) == MOST
    assert {"shipping", "faq"} <= {passage.topic for passage in found}


def test_the_nearest_are_judged_and_all_that_the_words_ask_for() -> None:
    found = [Passage("notes", f"n{at}", f"n{at}", "T3") for at in range(20)]
    found.append(Passage("price", "p", "p", "T3"))
    about = [asking((1 - at / 100, 0.0)) for at, _ in enumerate(found)]
    question = Question("en", ("price",), product="T3")
    assert likely(question, asking((1.0, 0.0)), found, about) == [*found[:KEPT], found[-1]]
    assert likely(question, READING, found, about) == found  # nothing to tell them by
    found.append(replace(found[-1], topic="faq", asked=frozenset({"stream"})))  # as it is read
    about.append(asking((0.0, 1.0)))
    assert likely(question, asking((1.0, 0.0)), found, about)[-1] == found[-1]


def test_of_several_products_each_has_its_share() -> None:
    found = [Passage("notes", f"n{at}", f"n{at}", "T3") for at in range(20)]
    about = [asking((1 - at / 100, 0.0)) for at, _ in enumerate(found)]
    rivals = Question("en", rivals=("T3", "S1"))
    assert likely(rivals, asking((1.0, 0.0)), found, about) == found[: 2 * KEPT]
