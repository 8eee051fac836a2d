"""A title holds the catalogue's own words, never cut within a word or a character."""

import re
from typing import get_args

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Catalogue, Lang, Product
from bot.studio.known import known
from bot.studio.title import Title, length, title
from tests.studio.goods import rules, shop

LANGS: tuple[Lang, ...] = get_args(Lang)


def titled(product: Product, most: int, lang: Lang = "zh") -> Title:
    catalogue = Catalogue("铺子", "CNY", lang, (product,))
    return title(known(product, catalogue, lang, rules()), most, rules())


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("most", [6, 10, 16, 30, 60, 100])
def test_no_title_is_longer_than_asked_nor_cuts_a_word(lang: Lang, most: int) -> None:
    for product in shop(lang).products:
        found = title(known(product, shop(lang), lang, rules()), most, rules())
        assert length(found.text) <= most
        words = " ".join((product.name, *product.aliases, product.material or "", *product.colors))
        words += " " + " ".join((*product.specs, *product.specs.values(), " fit"))
        whole = set(re.findall(r"[A-Za-z0-9.%'’+-]+", words))
        assert set(re.findall(r"[A-Za-z0-9.%'’+-]+", found.text)) <= whole | {
            f"{key}{value}" for key, value in product.specs.items()
        }


def test_a_long_name_gives_way_to_a_shorter_one_of_the_catalogue() -> None:
    product = Product(
        "A", "2026新款韩版秋冬季加绒加厚宽松大码连帽拉链开衫卫衣外套", 1.0, aliases=("卫衣外套",)
    )
    assert titled(product, 6).text == "开衫卫衣外套"
    assert titled(product, 5).text == "卫衣外套"


def test_english_names_keep_the_word_that_says_what_it_is() -> None:
    product = Product("A", "Lightweight Hooded Quilted Puffer Jacket with Pockets", 1.0)
    assert titled(product, 40, "en").text == "Lightweight Hooded Quilted Puffer Jacket"
    assert titled(product, 22, "en").text == "Quilted Puffer Jacket"


def test_a_forbidden_word_of_a_name_is_taken_out_or_another_name_taken() -> None:
    assert titled(Product("A", "减肥代餐奶昔", 1.0), 30).text == "代餐奶昔"
    assert titled(Product("A", "全网最低价卫衣", 1.0, aliases=("卫衣",)), 30).text == "卫衣"
    assert titled(Product("A", "全网最低价", 1.0), 30).text == ""


def test_what_a_title_adds_is_cited() -> None:
    product = Product("A", "卫衣", 1.0, material="100%棉", specs={"版型": "宽松", "克重": "500g"})
    found = titled(product, 30)
    assert set(found.text.split()) == {"卫衣", "100%棉", "宽松", "克重500g"}
    assert {fact.id for fact in found.facts} == {"A.material", "A.specs.版型", "A.specs.克重"}


@given(name=st.text(min_size=1, max_size=40), most=st.integers(4, 40))
def test_whatever_a_name_is_no_character_is_cut(name: str, most: int) -> None:
    found = titled(Product("A", name, 1.0), most).text
    assert length(found) <= most
    whole = regex.findall(r"\X", name)
    assert set(regex.findall(r"\X", found)) - {" "} <= set(whole)
