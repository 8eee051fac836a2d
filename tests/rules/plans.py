"""Strategies for shops as sellers write them, and for the plans that follow from them."""

from typing import Any, get_args

from hypothesis import assume
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.model import Answer, Fact, Lang, Question, Reading, Rules
from bot.rules.plan import plan
from bot.shop.catalogue import parse
from bot.shop.lookup import Shop

TOPICS = (
    "price", "discount", "stock", "colors", "sizes", "size_guide", "material", "notes",
    "shipping", "returns", "payment", "link",
)  # fmt: skip
PIECES = (
    "卫衣", "iPhone 15", "5G", "3件装", "1,299", "９折", "½", "100%", "Σ", "ß", "İ", "。", "！", "~", ".",
    ",", "，", "{name}", "{", "}", "★", "①", "vx", "qq", "微信", "加", "两件", "一", "www.a.com", "\u0301",
    "é", "ﷺ", "한", "\u1100", "\u1161", "👩\u200d👩\u200d👧", "\n", " ", "：", "%s", "\\", "零", "天",
    "Original ", "原价", "before ", "库存", "price ", "现在", "list ", "520", "Regular Fit Tee",
)  # fmt: skip
lines = st.one_of(
    st.text(min_size=1, max_size=12),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.sampled_from(
        ["两件9折，领10元券", "100-120斤", "Machine wash. No bleach!", "机洗，不起球。"]
    ),
)
amounts = st.integers(0, 10**9).map(lambda cents: cents / 100)

THROW_ZH = Answer(
    "price",
    "zh",
    (Fact("A1.price", "129 CNY", "129元"), Fact("shop.shipping", "顺丰包邮", "顺丰包邮")),
    "k",
    product="A1",
    name="绒面沙发毯",
)
THROW_EN = Answer(
    "price",
    "en",
    (Fact("A1.price", "59.9 USD", "$59.90"), Fact("A1.colors", "teal, rust", "teal, rust")),
    "k",
    product="A1",
    name="sofa throw",
)
"""Two plans of two facts each, for those who word plans."""


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Return a shop of one product with everything that a catalogue file accepts."""
    product: dict[str, Any] = {
        "sku": draw(st.sampled_from(["A1", "a.b", "7", "货"])),
        "name": draw(lines),
        "aliases": draw(st.lists(lines, max_size=2)),
        "price": draw(amounts),
        "list_price": draw(amounts),
        "stock": draw(st.integers(0, 3) | st.integers(0, 10**6)),
        "link": draw(st.integers(0, 99)),
        "sizes": draw(st.lists(lines, min_size=1, max_size=3)),
        "colors": draw(st.lists(lines, min_size=1, max_size=3)),
        "specs": draw(st.dictionaries(lines, lines, max_size=2)),
    }
    for key in ("discount", "size_guide", "material", "notes", "shipping", "returns"):
        product[key] = draw(lines)
    shop = {
        "name": "s",
        "currency": draw(st.sampled_from(["CNY", "USD", "SEK"])),
        "payment": draw(lines),
        "returns": "x",
    }
    try:
        return Shop(parse({"shop": shop, "products": [product]}), {})
    except BadCatalogue:  # a blank text: the seller is told
        return draw(shops())


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Return a plan that answers one to four topics of some shop."""
    shop = draw(shops())
    (product,) = shop.catalogue.products
    every = (*TOPICS, *(f"specs.{key}" for key in product.specs))
    topics = draw(st.lists(st.sampled_from(every), min_size=1, max_size=4, unique=True))
    lang: Lang = draw(st.sampled_from(get_args(Lang)))
    question = Question(lang, tuple(topics), product.sku)
    planned = plan(question, Reading("product", 0.99, {}, "neutral", lang), shop, Rules())
    assume(isinstance(planned, Answer))  # a list without items is no fact
    assert isinstance(planned, Answer)
    return planned


def answer(shop: Shop, *topics: str, lang: Lang = "zh", sku: str | None = None) -> Answer:
    """Return the plan that states these topics of a shop's first product."""
    question = Question(lang, topics, sku or shop.catalogue.products[0].sku)
    planned = plan(question, Reading("product", 0.9, {}, "neutral", lang), shop, Rules())
    assert isinstance(planned, Answer), planned
    return planned
