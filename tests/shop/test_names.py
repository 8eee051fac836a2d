"""A line names the product that its writer meant: by number, name, kind, part, sound, colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Product
from bot.shop.names import Names

PRODUCTS = (
    Product("A1", "加绒连帽卫衣", 129.0, link=1, aliases=("卫衣", "hoodie")),
    Product("B2", "卫衣清洗剂", 19.0, link=2, aliases=("清洗剂", "cleaner")),
    Product("C3", "运动鞋", 169.0, link=3, aliases=("鞋", "sneaker", "running sneakers")),
    Product("D12", "帆布包", 79.0, link=12, aliases=("tote bag", "tote")),
    Product("E5", "耳机", 149.0, aliases=("earbuds",)),
    Product("F111", "杯子", 89.0, link=111),
)
NAMES = Names(PRODUCTS)


def named(text: str, *, loose: bool = True) -> list[str]:
    return list(NAMES.find(text, loose=loose).skus)


@pytest.mark.parametrize(
    "text",
    [
        "3号链接多少钱", "三号多少钱", "３号", "#3 price", "# 3", "链接3", "链接 三", "第三号链接",
        "link 3", "LINK#3", "link three", "no.3", "No. 3", "no 3", "no. three", "number 3", "number three",
        "how much is number 3.", "item 3?", "3 号", "三号链接和三号",
    ],
)  # fmt: skip
def test_a_link_is_spelt_in_many_ways(text: str) -> None:
    assert named(text) == ["C3"]


def test_a_misspelt_name_is_not_passed_over_for_goods_named_beside_it() -> None:
    names = Names([
        Product("KES", "Kestrel Classical", 95.0), Product("WAY", "Wayfarer Padded Gig Bag", 42.0),
    ])  # fmt: skip
    beside = names.find("kestral clasical how much + do u get a bag with", loose=True)
    assert set(beside.skus) == {"KES", "WAY"}
    assert names.find("wayfarrer bag how much", loose=True).skus == ("WAY",)


@pytest.mark.parametrize("text", ["十二号多少钱", "12号链接", "link 12", "#12"])
def test_a_link_of_two_digits_is_one_number(text: str) -> None:
    assert named(text) == ["D12"]


def test_a_link_of_equal_digits_keeps_them_all() -> None:
    assert named("111号链接") == ["F111"]


@pytest.mark.parametrize(
    "text",
    [
        "37码有吗", "3码", "160斤穿什么", "3号字", "3号码", "3号色有吗", "12月3号发货吗", "3斤装",
        "no one answers me", "我身高1.3号称", "3个", "i have 3 kids", "要3号电池吗", "链接160斤",
        "order number 31234", "no. one more question",
    ],
)  # fmt: skip
def test_a_number_that_is_no_link_names_nothing(text: str) -> None:
    found = NAMES.find(text, loose=False)
    assert (found.skus, found.missing) == ((), False)


@pytest.mark.parametrize(
    "text", ["9号链接多少钱", "九号", "#9", "link 9", "how much is number 9", "no.9"]
)
def test_a_link_that_is_not_there_names_no_product_and_not_the_one_on_screen(text: str) -> None:
    found = NAMES.find(text, loose=True)
    assert (found.skus, found.missing) == ((), True)


def test_numerals_side_by_side_are_not_ten() -> None:
    assert named("一二号有什么区别") == []


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("卫衣多少钱", ["A1"]),
        ("卫衣清洗剂多少钱", ["B2"]),
        ("加绒连帽卫衣", ["A1"]),
        ("HOODIE?", ["A1"]),
        ("hoodies?", ["A1"]),
        ("the running sneakers", ["C3"]),
        ("two totes", ["D12"]),
        ("多少钱", []),
        ("hoodiexyz", []),
        ("xhoodie", []),
    ],
)
def test_the_longest_name_wins(text: str, skus: list[str]) -> None:
    assert named(text) == skus


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("帽衫多少钱", ["A1"]),  # another word for the same kind of goods
        ("how much is the sweatshirt", ["A1"]),
        ("老爹鞋还有吗", ["C3"]),  # a narrower kind than the product's name says
        ("footwear?", ["C3"]),
        ("加绒的那个多少钱", ["A1"]),  # a part of one name alone
        ("卫依多少钱", ["A1"]),  # sounds alike
        ("weiyi duoshaoqian", ["A1"]),
        ("how much is the hoodei", ["A1"]),  # two letters changed places
        ("how much are the snekaers", ["C3"]),
    ],
)
def test_a_product_goes_by_kind_part_and_near_spelling(text: str, skus: list[str]) -> None:
    assert named(text) == skus


@pytest.mark.parametrize(
    "text", ["裙子多少钱", "会员多少钱", "how much is the sofa", "price of your mic"]
)
def test_what_is_not_sold_here_is_not_the_product_on_screen(text: str) -> None:
    found = NAMES.find(text, loose=True)
    assert (found.skus, found.missing) == ((), True)


@pytest.mark.parametrize("text", ["能用洗衣机洗吗", "is it ok in the dishwasher", "能放下雨伞吗"])
def test_what_a_product_is_used_with_is_not_asked_for(text: str) -> None:
    found = NAMES.find(text, loose=False)
    assert (found.skus, found.missing) == ((), False)


JACKETS = (
    Product("R", "Cascade Rain Jacket", 118.0, colors=("Pine Green", "Mustard")),
    Product("S", "Summit Down Jacket", 149.0, aliases=("puffer",), colors=("Black",)),
    Product("H", "Lichen Fleece Half-Zip", 59.0, colors=("Charcoal",)),
)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("how much is the jacket", {"R", "S"}),
        ("rain jacket price", {"R"}),
        ("the puffer?", {"S"}),
        ("any half zips left", {"H"}),
        ("price of the mustard one", {"R"}),
        ("the cascade", {"R"}),
        ("how much is the green jacket", {"R"}),
    ],
)
def test_a_kind_that_several_products_are_leaves_several(text: str, skus: set[str]) -> None:
    assert set(Names(JACKETS).find(text, loose=True).skus) == skus


def test_a_case_for_a_phone_is_no_phone() -> None:
    names = Names((Product("C", "Case for Phone 15", 9.0), Product("P", "Phone 15", 99.0)))
    assert names.find("how much is the case", loose=True).skus == ("C",)


def test_two_hundred_products_of_one_name_are_all_meant() -> None:
    same = tuple(Product(f"S{number}", "手机壳", 9.0) for number in range(200))
    assert len(Names(same).find("手机壳多少钱", loose=True).skus) == 200


@given(st.text(max_size=60), st.booleans())
def test_any_text_names_products_that_there_are(text: str, loose: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    found = NAMES.find(text, loose=loose)
    assert set(found.skus) <= {product.sku for product in PRODUCTS}
    assert len(set(found.skus)) == len(found.skus)


CAR = Names((
    Product("N1", "4K双镜头行车记录仪", 469.0, aliases=("4K dash cam",)),
    Product("N2", "迷你行车记录仪", 189.0, aliases=("mini dash cam",)),
    Product("N3", "足银葫芦手链", 158.0),
    Product("N4", "和田玉平安扣吊坠", 568.0),
    Product("N5", "Dino Night Light", 22.4),
    Product("N6", "Dino Bath Toys", 13.8),
    Product("N7", "Butterfly Ear Cuff", 45.0),
    Product("N8", "Nimbus 75 Keyboard", 99.0),
    Product("N9", "Nimbus 98 Keyboard", 124.5),
    Product("NA", "古树普洱熟茶饼", 199.0),
    Product("NB", "古树普洱生茶饼", 219.0),
    Product("NC", "新会小青柑", 79.9),
    Product("ND", "丹东99草莓", 59.0),
    Product("NE", "Printed Twill Scarf", 29.0),
))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("the mini dashcam hm", ["N2"]),
        ("does the 4k one record sound", ["N1"]),
        ("mini的那个记录仪有优惠吗", ["N2"]),
        ("记录仪多少钱", ["N1", "N2"]),
        ("how much is the gourd bracelet", ["N3"]),
        ("any of those jade pendants left?", ["N4"]),
        ("葫芦的还有吗", ["N3"]),
        ("蝴蝶那个还有吗", ["N7"]),
        ("恐龙的是几号链接", ["N5", "N6"]),
        ("hows much the dino one", ["N5", "N6"]),
        ("是足银的吗", []),
        ("nimbus是什么轴", ["N8", "N9"]),
        ("hm for the nimbus 98", ["N9"]),
        ("普洱多少钱", ["NA", "NB"]),
        ("小青柑多少钱", ["NC"]),
        ("strawberries still available?", ["ND"]),
        ("丝巾咋卖", ["NE"]),
    ],
)
def test_a_trait_in_either_language_tells_products_apart(text: str, skus: list[str]) -> None:
    assert list(CAR.find(text, loose=False).skus) == skus
