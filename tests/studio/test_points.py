"""What may be said of a product: lawful words, whole terms, quotes in the other language."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.model import Catalogue, Lang, Product
from bot.studio.known import Known, known
from bot.studio.points import keys, points
from tests.studio.goods import rules


def of(lang: Lang = "zh", written: Lang = "zh", **keys: Any) -> Known:
    product = Product("A1", keys.pop("name", "卫衣"), 129.0, **keys)
    return known(product, Catalogue("铺子", "CNY", written, (product,)), lang, rules())


def said(found: Known) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for fact in found.facts:
        texts.setdefault(fact.id.removeprefix("A1."), []).append(fact.said)
    return texts


def kinds(found: Known) -> list[str]:
    return [point.kind for point in points(found)]


def test_a_note_loses_the_sentence_that_may_not_be_said() -> None:
    """What stands beside a claim is often another one: "best in class, the warmest of all"."""
    found = of(notes="全网最保暖，冬天不再冷。可机洗。不起球。")
    assert said(found)["notes"] == ["可机洗", "不起球"]
    assert [(left.point.kind, left.reason) for left in found.left] == [("notes", "banned_word")]


def test_a_condition_is_said_whole_or_not_at_all() -> None:
    """Without its second half "20 off" would hold for everybody."""
    found = of(discount="立减20元，限加微信abc888的老客")
    assert "discount" not in said(found)
    assert [left.point.kind for left in found.left] == ["discount"]


def test_a_material_keeps_what_it_is() -> None:
    assert said(of(material="行业领先羊绒"))["material"] == ["羊绒"]


def test_a_spec_that_claims_a_rank_is_left_out() -> None:
    found = of(specs={"销量": "全网销量第一", "克重": "500g"})
    assert said(found).keys() == {"price", "specs.克重"}
    assert len(found.left) == 1


@pytest.mark.parametrize("stock", [0, 1, 4, 50])
def test_the_stock_is_told_as_what_it_is(stock: int) -> None:
    kind = {0: "sold_out", 1: "one_left", 4: "few", 50: "stock"}[stock]
    assert kind in kinds(of(stock=stock))


def test_colours_and_sizes_share_a_sentence_where_there_are_several_of_both() -> None:
    assert "look" in kinds(of(colors=("黑", "灰"), sizes=("S", "M")))
    assert {"one_color", "sizes"} <= set(kinds(of(colors=("黑",), sizes=("S", "M"))))


def test_short_specs_stand_together_and_known_ones_have_words_of_their_own() -> None:
    found = of(specs={"产地": "云南", "轴体": "红轴", "连接": "蓝牙", "说明书": "中文，附英文"})
    assert [point.kind for point in points(found)][:3] == ["spec_origin", "specs", "specs"]
    assert [len(point.facts) for point in points(found)][:3] == [1, 1, 2]


def test_the_other_language_is_quoted_and_figures_are_said() -> None:
    found = of("en", colors=("黑", "灰"), specs={"容量": "400ml", "味道": "清甜"}, stock=50)
    told = {point.kind: point for point in points(found)}
    assert told["spec_capacity"].words["key"] == "capacity"
    assert [fact.said for fact in told["quoted"].facts] == ["黑, 灰", "清甜"]
    assert dict(told["quoted"].words) == {"label": "colors", "label2": "flavor"}


def test_food_has_ingredients_and_clothes_a_material() -> None:
    assert "ingredients" in kinds(of(name="坚果", material="腰果", specs={"保质期": "8个月"}))
    assert "material" in kinds(of(material="棉"))
    assert "material_told" in kinds(of(material="配料只有咖啡豆"))


@pytest.mark.parametrize(
    ("name", "specs", "expected"),
    [
        ("Wool Socks", {"Runs": "small"}, "run"),
        ("Jigsaw", {"Missing a piece?": "email us"}, "Missing a piece"),
        ("Honey", {"Made in": "Montana"}, "origin"),
    ],
)
def test_a_key_is_said_as_a_sentence_wants_it(
    name: str, specs: Mapping[str, str], expected: str
) -> None:
    told = next(points(of("en", name=name, specs=specs)))
    assert told.words["key"].casefold() == expected.casefold()


def test_a_key_that_is_listed_stands_as_the_catalogue_has_it() -> None:
    found = of("en", name="Tea Bags", specs={"Serves": "4 per bag"})
    assert keys(found.of("specs"), found) == {"key": "Serve"}  # the bags serve
    assert keys(found.of("specs"), found, listed=True) == {"key": "Serves"}
