"""Viewers' lines are about the attributes that a person would say they are about."""

import pytest

from bot.model import INTENTS, Intent, Product
from bot.shop.text import tidy
from bot.shop.topics import asked, specs

SPECS = {
    "克重": "500g", "产地": "云南", "保质期": "18个月", "续航": "6小时", "防水": "IPX4",
    "容量": "400ml", "功率": "300W", "尺寸": "38×32cm", "重量": "480g", "适用年龄": "3岁以上",
    "版型": "宽松", "充电口": "USB-C",
}  # fmt: skip
PRODUCT = Product("A1", "thing", 1.0, specs=SPECS)

TABLE: list[tuple[Intent, str, tuple[str, ...]]] = [
    ("price", "多少钱", ("price",)),
    ("price", "这个咋卖", ("price",)),
    ("price", "啥价", ("price",)),
    ("price", "多少米", ("price",)),
    ("price", "贵不贵", ("price",)),
    ("price", "how much", ("price",)),
    ("price", "HM??", ("price",)),
    ("price", "price pls", ("price",)),
    ("price", "多少钱 有优惠吗", ("price", "discount")),
    ("price", "多少钱，什么材质", ("price", "material")),
    ("price", "how much and any discount", ("price", "discount")),
    ("price", "how much, is it cotton", ("price", "material")),
    ("size", "crew sox how many bucks n what sizes", ("sizes", "price")),
    ("stock", "四号几镑 还有货没", ("stock", "price")),
    ("price", "到手价报一下", ("price",)),
    ("order", "碗咋灰的 下不了单", ("stock",)),
    ("stock", "橘的有吗", ("colors",)),
    ("order", "yall take cashapp", ("payment",)),
    ("order", "可以分期吗", ("payment",)),
    ("discount", "有优惠吗", ("discount",)),
    ("discount", "能便宜点不", ("discount",)),
    ("discount", "有券吗", ("discount",)),
    ("discount", "券后多少钱", ("discount", "price")),
    ("discount", "any coupon?", ("discount",)),
    ("discount", "got a promo code", ("discount",)),
    ("discount", "can I get it cheaper", ("discount",)),
    ("discount", "what's the price with the code", ("discount", "price")),
    ("stock", "还有吗", ("stock",)),
    ("stock", "有货吗", ("stock",)),
    ("stock", "还有现货没", ("stock",)),
    ("stock", "is it still available", ("stock",)),
    ("stock", "in stock?", ("stock",)),
    ("stock", "how much stock is left", ("stock",)),
    ("stock", "什么时候补货", ("restock",)),
    ("stock", "还会上吗", ("restock",)),
    ("stock", "when is the restock", ("restock",)),
    ("stock", "will you get more", ("restock",)),
    ("stock", "有什么颜色", ("colors",)),
    ("stock", "白色的还有吗", ("colors",)),
    ("stock", "有没有黑的", ("colors",)),
    ("stock", "do you have it in black", ("colors",)),
    ("stock", "有xl码吗", ("sizes",)),
    ("stock", "有36的吗", ("sizes",)),
    ("stock", "XL left?", ("sizes",)),
    ("stock", "还有货吗 多少钱", ("stock", "price")),
    ("size", "穿多大", ("size_guide",)),
    ("size", "120斤穿什么码", ("size_guide",)),
    ("size", "我120斤穿哪个码", ("size_guide",)),
    ("size", "160的穿几码", ("size_guide",)),
    ("size", "偏大吗", ("size_guide",)),
    ("size", "what size should i get", ("size_guide",)),
    ("size", "does it run small", ("size_guide",)),
    ("size", "true to size?", ("size_guide",)),
    ("size", "有哪些尺码", ("sizes",)),
    ("size", "有几个码", ("sizes",)),
    ("size", "哪些码", ("sizes",)),
    ("size", "which sizes do you have", ("sizes",)),
    ("size", "包多大 能放什么", ("specs.尺寸",)),
    ("product", "什么材质", ("material",)),
    ("product", "什么面料的", ("material",)),
    ("product", "是纯棉吗", ("material",)),
    ("product", "what's it made of", ("material",)),
    ("product", "ingredients?", ("material",)),
    ("product", "哪里产的", ("specs.产地",)),
    ("product", "where is it from", ("specs.产地",)),
    ("product", "能放多久", ("specs.保质期",)),
    ("product", "when does it expire", ("specs.保质期",)),
    ("product", "续航多久", ("specs.续航",)),
    ("product", "how's the battery", ("specs.续航",)),
    ("product", "能淋雨吗", ("specs.防水",)),
    ("product", "is it waterproof", ("specs.防水",)),
    ("product", "多少毫升", ("specs.容量",)),
    ("product", "how much water does it hold", ("specs.容量",)),
    ("product", "多少瓦", ("specs.功率",)),
    ("product", "包多高", ("specs.尺寸",)),
    ("product", "几岁能玩", ("specs.适用年龄",)),
    ("product", "what age is it for", ("specs.适用年龄",)),
    ("product", "版型怎么样", ("specs.版型",)),
    ("product", "type-c吗", ("specs.充电口",)),
    ("product", "这个怎么样", ()),
    ("product", "好用吗", ()),
    ("order", "怎么买", ("link",)),
    ("order", "几号链接", ("link",)),
    ("order", "where's the link", ("link",)),
    ("order", "可以微信支付吗", ("payment",)),
    ("order", "can i pay with paypal", ("payment",)),
    ("shipping", "包邮吗", ("shipping",)),
    ("shipping", "什么时候发货", ("shipping",)),
    ("shipping", "运费多少钱", ("shipping",)),
    ("shipping", "多少钱运费", ("shipping",)),
    ("shipping", "do you ship to canada", ("shipping",)),
    ("shipping", "how much is shipping", ("shipping",)),
    ("shipping", "shipping cost?", ("shipping",)),
    ("shipping", "多少钱 包邮吗", ("shipping", "price")),
    ("after_sale", "可以退吗", ("returns",)),
    ("after_sale", "质保多久", ("warranty",)),
    ("after_sale", "can I return it", ("returns",)),
    ("after_sale", "can i send it back if its too small", ("returns",)),
    ("after_sale", "不合适怎么办", ("returns",)),
    ("product", "how long is the warranty", ("warranty",)),
    ("price", "没打折之前卖多少", ("price",)),
    ("price", "how mch is it", ("price",)),
    ("stock", "补货了没", ("stock",)),
    ("stock", "什么时候补货", ("restock",)),
    ("order", "还能拍吗", ("stock",)),
    ("shipping", "do you ship to HK? extra cost?", ("shipping",)),
    ("shipping", "哪天能发", ("shipping",)),
    ("discount", "送不送东西", ("discount",)),
    ("product", "里面啥成份", ("material",)),
    ("product", "how much caffeine does it have", ()),
    ("price", "how much is the mug", ("price",)),
]


@pytest.mark.parametrize(("intent", "text", "topics"), TABLE, ids=[row[1] for row in TABLE])
def test_a_line_is_about(intent: Intent, text: str, topics: tuple[str, ...]) -> None:
    assert asked(tidy(text), intent, PRODUCT) == topics


@pytest.mark.parametrize("intent", INTENTS[8:])
def test_intents_that_ask_for_no_goods_have_no_topic_of_their_own(intent: Intent) -> None:
    assert asked("来了来了", intent, PRODUCT) == ()


def test_weight_asked_in_english_is_the_spec_and_not_the_price() -> None:
    cup = Product("T3", "cup", 89.0, specs={"重量": "480g"})
    assert asked("how much does the thermos cup weigh", "product", cup) == ("specs.重量",)


def test_a_spec_asked_by_its_own_key_is_found_in_any_case() -> None:
    assert specs("what roast", Product("F4", "coffee", 1.0, specs={"Roast": "dark"})) == [
        "specs.Roast"
    ]


def test_a_spec_that_the_product_does_not_state_is_not_asked_for() -> None:
    assert asked("续航多久", "product", Product("A1", "cup", 1.0)) == ()


def test_a_costume_does_not_cost_its_name() -> None:
    assert asked("is the costume cotton", "product", None) == ("material",)
