"""What is written is read by a person, and by ``load`` as what it was."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.shop.catalogue import load, parse
from bot.shop.importing.writing import dumps

texts = st.text(min_size=1, max_size=12)
amounts = st.floats(0, 10**12)
counts = st.integers(0, 10**12)


def some(**keys: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return keys


def lists(least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(texts, min_size=least, max_size=3)


products = st.fixed_dictionaries(
    some(sku=texts, name=texts, price=amounts),
    optional=some(
        link=counts, aliases=lists(), list_price=amounts, stock=counts, discount=texts, sizes=lists(),
        size_guide=texts, colors=lists(), material=texts, notes=texts, shipping=texts, returns=texts,
        specs=st.dictionaries(texts, st.text(max_size=12), max_size=3),
    ),
)  # fmt: skip
shops = st.fixed_dictionaries(
    some(name=texts, currency=st.sampled_from(["CNY", "USD"])),
    optional=some(language=st.sampled_from(["zh", "en"]), shipping=texts, payment=texts),
)
faqs = st.lists(st.fixed_dictionaries(some(questions=lists(), answer=texts)), max_size=2)


@given(st.fixed_dictionaries(some(shop=shops, products=st.lists(products, max_size=3), faq=faqs)))
def test_any_catalogue_that_is_written_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    try:
        catalogue = parse(data)
    except BadCatalogue:
        assume(False)
    path = tmp_path_factory.getbasetemp() / "written.toml"
    for showing in (None, *(product.sku for product in catalogue.products)):
        given_back = replace(catalogue, now_showing=showing)
        path.write_text(dumps(given_back), "utf-8")
        assert replace(load(path), version="") == replace(given_back, version="")
        assert tomllib.loads(dumps(given_back))  # and any other program reads it too


def test_a_product_is_one_table_with_a_line_for_each_key(tmp_path: Path) -> None:
    catalogue = parse({
        "now_showing": "A1",
        "shop": {"name": '"暖冬"', "currency": "CNY"},
        "products": [
            {"sku": "A1", "link": 1, "name": "卫衣", "price": 129, "sizes": ["M", "L"],
             "specs": {"克重": "500g", "a b": "c"}},
        ],
        "faq": [{"questions": ["几点下播"], "answer": "10点"}],
    })  # fmt: skip
    assert dumps(catalogue) == (
        'now_showing = "A1"\n\n'
        '[shop]\nname = "\\"暖冬\\""\ncurrency = "CNY"\nlanguage = "zh"\n\n'
        '[[products]]\nsku = "A1"\nlink = 1\nname = "卫衣"\nprice = 129.0\nsizes = ["M", "L"]\n'
        'specs = { "克重" = "500g", "a b" = "c" }\n\n'
        '[[faq]]\nquestions = ["几点下播"]\nanswer = "10点"\n'
    )
