"""A wording that calls one fact by the name of another is found out."""

import pytest

from bot.model import Answer, Fact, Lang
from bot.rules.binding import AFTER, BEFORE, PLAIN, binds
from bot.rules.prompts import kinds, prompt

FACTS = {
    "price": Fact("A1.price", "129 CNY", "129元"),
    "list_price": Fact("A1.list_price", "199 CNY", "199元"),
    "stock": Fact("A1.stock", "5", "5"),
    "sold_out": Fact("A1.stock", "0", "已售罄"),
    "shipping": Fact("shop.shipping", "包邮", "包邮"),
    "colors": Fact("A1.colors", "黑、灰", "黑、灰"),
    "specs": Fact("A1.specs.克重", "500g", "500g"),
    "link": Fact("A1.link", "3", "3"),
    "other": Fact("A1.anything", "x", "x"),
}


def made(lang: Lang, *names: str) -> str:
    facts = tuple(FACTS[name] for name in names)
    return prompt(Answer("price", lang, facts, "k", product="A1", name="卫衣"), "?")


@pytest.mark.parametrize(
    ("lang", "names", "wording"),
    [
        ("zh", ("price", "shipping"), "亲～★现在①，发货：②哦～"),
        ("zh", ("price", "list_price"), "★原价②，现在①"),
        ("zh", ("stock", "colors"), "★还有①件，有②可选呀～"),
        ("zh", ("sold_out", "specs"), "★目前①了，②"),
        ("zh", ("link", "other"), "★拍①号链接就行，②"),
        ("en", ("price", "colors"), "The ★ is ① and comes in ②."),
        ("en", ("stock", "shipping"), "For the ★, ① left; shipping: ②!"),
        ("en", ("price", "list_price"), "The ★ is going for ①, list price ②."),
    ],
)
def test_words_beside_a_mark_name_its_kind(
    lang: Lang, names: tuple[str, ...], wording: str
) -> None:
    assert binds(wording, made(lang, *names), lang)


@pytest.mark.parametrize(
    ("lang", "names", "wording"),
    [
        ("zh", ("sold_out",), "★退换规则：①"),
        ("zh", ("specs", "shipping"), "★颜色有①，发货：②"),
        ("zh", ("price", "shipping"), "★现在①，②哦"),
        ("zh", ("list_price",), "★现在①"),
        ("zh", ("stock",), "★价格①"),
        ("en", ("specs", "shipping"), "For the ★, returns: ①; shipping: ②."),
        ("en", ("stock",), "The ★ is ① right now."),
        ("en", ("price", "list_price"), "The ★ is going for ①, usually ②."),
        ("en", ("price", "list_price"), "The ★ is going for ①, regular price ②."),
        ("en", ("shipping", "colors"), "The ★ comes in ①. Colors: ②."),
        ("en", ("price", "shipping"), "Shipping: ①. For shipping: ②."),
    ],
)
def test_words_for_another_kind_are_an_error(
    lang: Lang, names: tuple[str, ...], wording: str
) -> None:
    assert not binds(wording, made(lang, *names), lang)


def test_every_kind_of_fact_has_its_words_in_both_languages() -> None:
    assert set(BEFORE["zh"]) == set(BEFORE["en"])
    for lang in BEFORE:
        assert set(AFTER[lang]) | PLAIN[lang] <= set(BEFORE[lang])


def test_the_kind_of_a_mark_is_read_from_the_prompt() -> None:
    found = kinds(made("en", "price", "sold_out", "specs", "other"))
    assert found == {"①": "price", "②": "status", "③": "specs"}
