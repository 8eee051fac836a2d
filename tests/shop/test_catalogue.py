"""A catalogue is read whole, or refused with every fault at its path."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.model import Catalogue, Changes, Faq
from bot.shop.catalogue import load, overlay, parse

EXAMPLE = """
now_showing = "A1"                 # optional: the product on screen

[shop]
name = "暖冬服饰"
currency = "CNY"                   # ISO 4217
language = "zh"
shipping = "全国包邮，新疆西藏除外；48小时内发货"
returns = "7天无理由退换"
payment = "支付宝、微信"            # optional

[[products]]
sku = "A1"
link = 1
name = "加绒连帽卫衣"
aliases = ["卫衣", "帽衫"]
price = 129.0
list_price = 199.0
stock = 50
discount = "两件9折，领10元券"
sizes = ["S", "M", "L"]
size_guide = "M 100-120斤，L 120-140斤"
colors = ["黑", "灰"]
material = "80%棉 20%涤纶"
specs = { 克重 = "500g" }
shipping = "预售，7天发货"          # overrides the shop's
returns = "贴身衣物不退换"
notes = "机洗，不起球"

[[faq]]
questions = ["几点下播", "什么时候结束"]
answer = "今晚10点下播哦～"
"""
SHOP = {"name": "Ann", "currency": "USD"}
HOODIE = {"sku": "A1", "link": 1, "name": "hoodie", "price": 59}
SOCKS = {"sku": "B2", "link": 2, "name": "socks", "price": 9.5, "stock": 3}
ROW = {"questions": ["when do you end"], "answer": "At ten."}


def tables(**given: Any) -> dict[str, Any]:
    return {"shop": SHOP, "products": [HOODIE, SOCKS], "faq": [ROW]} | given


def faults(data: Mapping[str, Any]) -> list[str]:
    with pytest.raises(BadCatalogue) as caught:
        parse(data, "shop.toml")
    return list(caught.value.faults)


def written(folder: Path, text: str | bytes, name: str = "catalog.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def shop() -> Catalogue:
    return parse(tables())


def test_the_contracts_example_loads_with_its_chinese_bare_key(tmp_path: Path) -> None:
    catalogue = load(written(tmp_path, EXAMPLE))
    (hoodie,) = catalogue.products
    assert hoodie.specs == {"克重": "500g"}
    assert (hoodie.price, hoodie.link, hoodie.sizes) == (129.0, 1, ("S", "M", "L"))
    assert hoodie.shipping == "预售，7天发货"
    assert (catalogue.now_showing, catalogue.currency, catalogue.language) == ("A1", "CNY", "zh")
    assert catalogue.faq == (Faq(("几点下播", "什么时候结束"), "今晚10点下播哦～"),)
    assert len(catalogue.version) == 12


def test_json_gives_the_catalogue_that_toml_gives_version_included(tmp_path: Path) -> None:
    data = tomllib.loads(EXAMPLE.replace("克重", '"克重"'))
    data["products"][0]["price"] = 129
    toml = load(written(tmp_path, EXAMPLE))
    assert load(written(tmp_path, json.dumps(data), "catalog.json")) == toml


@pytest.mark.parametrize("name", ["catalog.toml", "catalog.JSON"])
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, name: str) -> None:
    text = EXAMPLE if name.endswith("toml") else json.dumps(tables())
    plain, marked = (
        written(tmp_path, text, f"a-{name}"),
        written(tmp_path, b"\xef\xbb\xbf" + text.encode(), f"b-{name}"),
    )
    assert load(plain) == load(marked)


def test_quotes_and_comments_with_chinese_keys_inside_stay_as_they_are(tmp_path: Path) -> None:
    text = EXAMPLE + '\n# 备注 = 1\n[[faq]]\nquestions = ["为什么 1 = 1"]\nanswer = \'答 = "是"\'\n'
    assert load(written(tmp_path, text)).faq[1] == Faq(("为什么 1 = 1",), '答 = "是"')


def test_what_is_missing_is_unknown(shop: Catalogue) -> None:
    assert (shop.products[0].stock, shop.products[0].list_price, shop.shipping) == (
        None,
        None,
        None,
    )
    assert shop.language == "zh"


def test_a_shop_without_products_loads() -> None:
    assert parse({"shop": SHOP}).products == ()


def test_a_text_of_several_lines_becomes_one_line(tmp_path: Path) -> None:
    text = EXAMPLE.replace('"机洗，不起球"', '"""机洗\n\t不起球\u0007\n"""'.replace("\u0007", ""))
    assert load(written(tmp_path, text)).products[0].notes == "机洗 不起球"


def test_control_characters_and_lone_surrogates_do_not_reach_a_chat() -> None:
    shop = parse(tables(faq=[{"questions": ["a\nb"], "answer": "x\ud800\u0000y"}]))
    assert shop.faq == (Faq(("a b",), "x y"),)


def product(**given: Any) -> dict[str, Any]:
    return tables(products=[HOODIE | given])


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (tables(extra=1), "extra", "unknown key"),
    (tables(shop=SHOP | {"phone": "1"}), "shop.phone", "unknown key"),
    (product(colour="red"), "products[0].colour", "unknown key"),
    (tables(faq=[ROW | {"lang": "en"}]), "faq[0].lang", "unknown key"),
    ({}, "shop.name", "missing"),
    ({"shop": {"name": "Ann"}}, "shop.currency", "missing"),
    (tables(products=[{"sku": "A1", "name": "x"}]), "products[0].price", "missing"),
    (tables(products=[HOODIE, {"name": "x", "price": 1}]), "products[1].sku", "missing"),
    (tables(products=[{"sku": "A1", "price": 1}]), "products[0].name", "missing"),
    (tables(faq=[ROW, {"answer": "yes"}]), "faq[1].questions", "missing"),
    (tables(faq=[{"questions": ["a"]}]), "faq[0].answer", "missing"),
    (tables(shop=3), "shop", "a table"),
    (tables(products={}), "products", "a list of tables"),
    (tables(products=[1]), "products[0]", "a table"),
    (tables(faq="x"), "faq", "a list of tables"),
    (tables(shop=SHOP | {"currency": "dollar"}), "shop.currency", "ISO 4217"),
    (tables(shop=SHOP | {"currency": "A1B"}), "shop.currency", "ISO 4217"),
    (tables(shop=SHOP | {"language": "fr"}), "shop.language", '"zh" or "en"'),
    (tables(shop=SHOP | {"name": " "}), "shop.name", "not empty"),
    (tables(shop=SHOP | {"shipping": None}), "shop.shipping", "a text"),
    (product(price=-1), "products[0].price", "not negative"),
    (product(price="59"), "products[0].price", "a number"),
    (product(price=True), "products[0].price", "a number"),
    (product(price=float("nan")), "products[0].price", "a number"),
    (product(price=float("inf")), "products[0].price", "a number"),
    (product(price=10**400), "products[0].price", "a number"),
    (product(list_price=-0.01), "products[0].list_price", "not negative"),
    (product(stock=-1), "products[0].stock", "0 or more"),
    (product(stock=1.5), "products[0].stock", "a whole number"),
    (product(link="1"), "products[0].link", "a whole number"),
    (product(link=True), "products[0].link", "a whole number"),
    (product(sizes="S M"), "products[0].sizes", "a list of texts"),
    (product(colors=["red", ""]), "products[0].colors", "a list of texts"),
    (product(specs=["500g"]), "products[0].specs", "a table of texts"),
    (product(specs={"a": ["b"]}), "products[0].specs", "a text or a number"),
    (product(specs={"a": None}), "products[0].specs", "a text or a number"),
    (product(specs={" ": "b"}), "products[0].specs", "keys that are not empty"),
    (tables(products=[HOODIE, SOCKS | {"sku": "A1"}]), "products[1].sku", "products[0] has it"),
    (tables(products=[HOODIE, SOCKS | {"link": 1}]), "products[1].link", "products[0] has it"),
    (tables(now_showing="Z9"), "now_showing", "the sku of a product (A1, B2)"),
    (tables(now_showing=1), "now_showing", "the sku of a product"),
]


@pytest.mark.parametrize(
    ("data", "path", "expected"), FAULTS, ids=[f"{p}:{e}" for _, p, e in FAULTS]
)
def test_a_fault_is_named_with_its_path_and_what_was_expected(
    data: dict[str, Any], path: str, expected: str
) -> None:
    lines = [line for line in faults(data) if line.startswith(f"shop.toml: {path}: expected ")]
    assert lines, faults(data)
    assert expected in lines[0]


def test_every_fault_is_named_in_one_run() -> None:
    data = tables(products=[{"sku": "A1", "price": -1, "x": 1}], now_showing="B2")
    paths = [line.split(": ")[1] for line in faults(data)]
    assert paths == ["products[0].price", "products[0].x", "products[0].name", "now_showing"]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("c.toml", b"[shop\nname = 1", "expected TOML"),
        ("c.json", b"{", "expected JSON"),
        ("c.json", b"[]", "expected an object"),
        ("c.json", b'{"shop": ' + b"1" * 5000 + b"}", "expected JSON"),
        ("c.json", b"[" * 100_000, "expected JSON"),
        ("c.toml", b"name = '\xff'", "expected UTF-8 text, byte 8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    path = written(tmp_path, content, name)
    with pytest.raises(BadCatalogue) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert fault.startswith(f"{path}: {expected}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCatalogue, match="expected a catalogue file"):
        load(tmp_path / "none.toml")
    with pytest.raises(BadCatalogue, match="expected a catalogue file"):
        load(tmp_path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["shop", "products", "faq", "sku", "price", "name", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["shop", "products", "faq", "now_showing"]), json_values))
def test_any_tables_give_a_catalogue_or_faults(data: dict[str, Any]) -> None:
    try:
        assert parse(data).version
    except BadCatalogue as bad:
        faults = bad.faults
        assert faults


def test_a_fault_of_a_large_catalogue_stays_one_line_to_read() -> None:
    many = [{"sku": f"A{n}", "name": "x", "price": n} for n in range(10_000)]
    (fault,) = faults(tables(products=many, now_showing="Z9"))
    assert "A0, A1, " in fault
    assert len(fault) < 300


def test_nothing_below_nothing_is_nothing() -> None:
    assert str(parse(product(price=-0.0)).products[0].price) == "0.0"
    assert parse(product(price=-0.0)).version == parse(product(price=0)).version


keys = st.text(st.sampled_from("克重a-_1ſß"), min_size=1, max_size=6)
values = st.text(st.sampled_from("克重 = a\"'#\\{}\n"), max_size=9)


@given(st.dictionaries(keys, values, max_size=4))
def test_bare_keys_of_any_letters_load_as_quoted_ones_do(
    tmp_path_factory: pytest.TempPathFactory, specs: dict[str, str]
) -> None:
    head = EXAMPLE.partition("specs")[0] + "[products.specs]\n"
    pairs = [(key, json.dumps(text, ensure_ascii=False)) for key, text in specs.items()]
    bare, quoted = (
        written(
            tmp_path_factory.getbasetemp(),
            head + "".join(f"{mark}{key}{mark} = {text} # 注 = 'a'\n" for key, text in pairs),
            f"{name}.toml",
        )
        for name, mark in (("bare", ""), ("quoted", '"'))
    )
    assert load(bare).products[0].specs == load(quoted).products[0].specs
    assert len(load(bare).products[0].specs) == len(specs)


def test_the_order_of_keys_and_blanks_does_not_change_the_version() -> None:
    turned = {"products": [dict(reversed(HOODIE.items())), SOCKS], "faq": [ROW], "shop": SHOP}
    spaced = tables(shop=SHOP | {"name": " Ann "})
    assert parse(turned).version == parse(spaced).version == parse(tables()).version


def test_each_change_of_content_changes_the_version() -> None:
    versions = {
        parse(data).version
        for data in (
            tables(),
            product(),
            tables(faq=[]),
            tables(shop=SHOP | {"returns": "no"}),
            tables(now_showing="A1"),
            tables(products=[SOCKS, HOODIE]),
            tables(products=[HOODIE | {"price": 60}, SOCKS]),
        )
    }
    assert len(versions) == 7


def test_live_changes_stand_over_the_catalogue(shop: Catalogue) -> None:
    row = Faq(("when do you end",), "At nine.")
    changed = overlay(shop, Changes({"A1": 49.0}, {"B2": 0}, (row,)))
    assert [p.price for p in changed.products] == [49.0, 9.5]
    assert [p.stock for p in changed.products] == [None, 0]
    assert changed.faq == (row, *shop.faq)


def test_products_that_no_change_touches_are_not_made_again(shop: Catalogue) -> None:
    changed = overlay(shop, Changes({"A1": 49.0}))
    assert changed.products[1] is shop.products[1]


prices = st.dictionaries(st.sampled_from(["A1", "B2", "Z9"]), st.sampled_from([59.0, 9.5, 1.0]))
stocks = st.dictionaries(st.sampled_from(["A1", "B2"]), st.sampled_from([0, 3]))
rows = st.lists(st.sampled_from([Faq(("q",), "a"), Faq(("q",), "b")]), max_size=2).map(tuple)
changes = st.builds(Changes, prices=prices, stocks=stocks, faq=rows)


@given(changes, changes)
def test_an_overlays_version_changes_exactly_when_its_content_does(
    one: Changes, two: Changes
) -> None:
    base = parse(tables())
    first, second = overlay(base, one), overlay(base, two)
    same = replace(first, version="") == replace(second, version="")
    assert (first.version == second.version) == same
    unchanged = replace(first, version="") == replace(base, version="")
    assert (first.version == base.version) == unchanged
