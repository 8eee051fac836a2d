"""A heading tells what its column holds, in Chinese and English, as sellers write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.shop.catalogue import PRODUCT
from bot.shop.importing.cells import Cell
from bot.shop.importing.columns import WORDS, assign, guess, heading, hidden


def keys(*names: str, wanted: dict[str, str] | None = None, cell: Cell = "1") -> list[str | None]:
    return [column.key for column in assign(names, [[cell] * len(names)], wanted or {})]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("款号", "sku"), ("货号", "sku"), ("SKU", "sku"), ("商品编码", "sku"), ("item_code", "sku"),
        ("名称", "name"), ("商品名", "name"), ("*商品名称", "name"), ("标题", "name"), ("Title", "name"),
        ("productName", "name"), ("价格", "price"), ("售价（元）", "price"), ("直播价", "price"),
        ("直播间到手价格", "price"), ("价格/元", "price"), ("Sale Price", "price"), ("Price (USD)", "price"),
        ("原价", "list_price"), ("划线价", "list_price"), ("吊牌价", "list_price"), ("日常价格", "list_price"),
        ("market price", "list_price"), ("Compare At", "list_price"), ("库存", "stock"),
        ("库存数量", "stock"), ("可售库存", "stock"), ("数量", "stock"), ("Qty", "stock"), ("inventory", "stock"),
        ("链接", "link"), ("序号", "link"), ("几号链接", "link"), ("No.", "link"), ("#", "link"),
        ("颜色", "colors"), ("色号", "colors"), ("颜色分类", "colors"), ("Colour", "colors"),
        ("尺码", "sizes"), ("规格", "sizes"), ("可选尺码", "sizes"), ("尺码表", "size_guide"),
        ("尺码说明", "size_guide"), ("Size Chart", "size_guide"), ("材质", "material"), ("面料成分", "material"),
        ("卖点", "notes"), ("备注", "notes"), ("商品描述", "notes"), ("Body (HTML)", "notes"),
        ("别名", "aliases"), ("关键词", "aliases"), ("优惠活动", "discount"), ("活动信息", "discount"),
        ("发货时间", "shipping"), ("运费说明", "shipping"), ("售后政策", "returns"), ("退换货", "returns"),
        ("Return Policy", "returns"),
    ],
)  # fmt: skip
def test_a_heading_names_its_key(name: str, key: str) -> None:
    hit = guess(name)
    assert hit
    assert hit[0] == key


@pytest.mark.parametrize(
    "name", ["克重", "产地", "Brand", "Brand Name", "颜色尺码", "适用人群", "weight"]
)
def test_any_other_heading_names_a_specification(name: str) -> None:
    assert keys("name", name) == ["name", "specs"]


@pytest.mark.parametrize(
    "name",
    [
        "成本价",
        "进价(元)",
        "供应商名称",
        "Cost per item",
        "毛利率",
        "Supplier",
        "Unit cost",
        "备注（内部）",
        "wholesale_price",
    ],
)
def test_what_no_viewer_may_learn_is_not_taken(name: str) -> None:
    (column,) = assign([name], [["12"]], {})
    assert (column.key, column.why) == (None, "private")


def test_what_is_not_taken_is_taken_where_the_seller_says_so() -> None:
    assert keys("成本价", "Tags", wanted={"成本价": "price", "Tags": "aliases"}) == [
        "price",
        "aliases",
    ]


def test_addresses_and_empty_columns_are_not_taken() -> None:
    rows: list[list[Cell]] = [["https://a.example/1", "", "https://a.example/2"]]
    columns = assign(["链接", "材质", "看这里"], rows, {})
    assert [column.key for column in columns] == [None, None, None]
    assert [column.why for column in columns] == ["no use in chat", "empty", "no use in chat"]


def test_a_cost_that_viewers_pay_is_no_secret() -> None:
    assert keys("name", "Shipping cost") == ["name", "shipping"]


def test_the_price_on_stream_is_the_price_and_the_other_what_it_costs_elsewhere() -> None:
    assert keys("价格", "直播价") == ["list_price", "price"]
    assert keys("Price", "Sale price") == ["list_price", "price"]
    assert keys("价格", "直播价", "原价") == [None, "price", "list_price"]


def test_a_second_name_is_an_alias_and_a_second_number_is_not_taken() -> None:
    assert keys("标题", "名称") == ["aliases", "name"]
    assert keys("款号", "商品编码") == ["sku", None]


def test_two_columns_of_texts_fill_one_key() -> None:
    assert keys("卖点", "备注") == ["notes", "notes"]


def test_a_link_column_without_a_number_is_a_specification() -> None:
    assert keys("链接", "序号", cell="左边") == ["specs", "specs"]


def test_a_seller_corrects_a_guess() -> None:
    assert keys("甲", "价格", wanted={"甲": "price"}) == ["price", "list_price"]
    assert keys("克重", wanted={"克重": "ignore"}) == [None]


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"丙": "price"}, r'--map "丙=price": expected a column of the file \(甲, 乙\)'),
        ({"甲": "cost"}, '--map "甲=cost": expected one of sku, link, name'),
        ({"甲": "price", "乙": "price"}, "--map: expected one column for the price, got 甲, 乙"),
    ],
)
def test_a_correction_that_cannot_be_is_named(wanted: dict[str, str], fault: str) -> None:
    with pytest.raises(BadCatalogue, match=fault):
        keys("甲", "乙", wanted=wanted)


def test_each_word_of_the_table_names_its_own_key_and_is_no_secret() -> None:
    for key, words in WORDS.items():
        assert key in PRODUCT
        zh, *en = words.split(",")
        for word in (*zh.split(), *en):
            hit = guess(word)
            assert hit, word
            assert hit[0] == key, word
            assert hidden(word) is None, word


@given(st.text(max_size=20))
def test_any_heading_gives_a_key_or_none(name: str) -> None:
    hit = guess(name)
    assert hit is None or hit[0] in PRODUCT
    assert heading(heading(name)) == heading(name)
