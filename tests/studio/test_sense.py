"""What a model wrote is said only where it makes sense aloud, by rules and not by a model."""

import pytest

from bot.model import Answer, Fact, Lang
from bot.studio.sense import slip

FACTS: dict[Lang, tuple[Fact, ...]] = {
    "zh": (
        Fact("A1.specs.克重", "260g", "260g"),
        Fact("A1.specs.袖长", "长袖", "长袖"),
        Fact("A1.price", "129 CNY", "129元"),
        Fact("A1.list_price", "199 CNY", "199元"),
        Fact("A1.stock", "140", "140"),
    ),
    "en": (
        Fact("A1.specs.Weight", "420 gsm", "420 gsm"),
        Fact("A1.specs.Pockets", "two", "two"),
        Fact("A1.price", "59 USD", "$59"),
        Fact("A1.list_price", "79 USD", "$79"),
        Fact("A1.stock", "140", "140"),
    ),
}
NAMES: dict[Lang, str] = {"zh": "加绒卫衣", "en": "Heavyweight Hoodie"}


def found(text: str, lang: Lang, stuff: str = "") -> str | None:
    return slip(text, Answer("product", lang, FACTS[lang], "k", "A1", NAMES[lang]), lang, stuff)


@pytest.mark.parametrize(
    "text",
    [
        "加绒卫衣的规格：克重260g，再就是参数给您报下：袖长长袖。",
        "加绒卫衣参数：克重260g。",
        "加绒卫衣现在129元，优惠给您列下：两件9折。",
        "加绒卫衣直播间价格129元，吊牌价199元。",
        "加绒卫衣现在129元，另外原价199元。",
        "克重260g，袖长长袖。",
        "还有140件尺码。",
        "颜色有三种，颜色有黑，克重260g。",
    ],
)
def test_chinese_headings_manners_and_words_that_run_into_each_other_are_refused(
    text: str,
) -> None:
    assert found(text, "zh")


@pytest.mark.parametrize(
    "text",
    [
        "加绒卫衣现在129元，原价199元。",
        "克重260g，袖长是长袖。",
        "这件加绒卫衣还剩140件。",
        "原价199元的加绒卫衣，今天129元就能带走。",
        "摸着厚不厚看克重，260g。",
    ],
)
def test_chinese_that_a_host_would_say_passes(text: str) -> None:
    assert found(text, "zh") is None


@pytest.mark.parametrize(
    "text",
    [
        "We have 140 of the Sizing.",
        "We have 140 of the material left.",
        "Specs of the Heavyweight Hoodie: weight 420 gsm.",
        "Details on the Heavyweight Hoodie: pockets two.",
        "It has pockets two.",
        "$59 for the Heavyweight Hoodie; plus, list price: $79.",
        "Here's the info on the Heavyweight Hoodie: it's $59.",
        "The price for the S is $59.",
        "The hoodie comes, and the hoodie stays, at $59.",
    ],
)
def test_english_headings_bare_keys_and_amounts_of_no_thing_are_refused(text: str) -> None:
    assert found(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "The Heavyweight Hoodie is $59, down from a list price of $79.",
        "It's got a weight of 420 gsm.",
        "The weight is 420 gsm, and the pockets? Two.",
        "We have 140 of the Heavyweight Hoodie in stock.",
        "We have 140 of these.",
        "We have 140 of the hoodies left.",
        "$59 for the Heavyweight Hoodie, list price $79.",
        "At 420 gsm, you can feel the weight.",
    ],
)
def test_english_that_a_host_would_say_passes(text: str) -> None:
    assert found(text, "en") is None


def test_what_is_eaten_has_no_material() -> None:
    assert found("加绒卫衣的材质是260g。", "zh", "配料") == "材质"
    assert found("加绒卫衣的材质是260g。", "zh", "材质") is None
    assert found("The material is 420 gsm.", "en", "ingredients") == "material"
