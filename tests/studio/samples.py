"""Facts that patterns are filled with, in both languages."""

from collections.abc import Mapping

from bot.model import Lang, Product

SAID: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "material": "80%棉 20%涤纶", "colors": "黑、灰", "sizes": "S、M", "price": "129元",
        "list_price": "199元", "discount": "两件9折", "stock": "50", "size_guide": "M 100-120斤",
        "shipping": "48小时内发货", "returns": "7天可退", "payment": "微信", "notes": "可机洗",
        "link": "3", "specs": "500g", "specs2": "24cm", "specs3": "中帮", "said": "80% cotton",
        "said2": "Black", "said3": "about 40 hours", "name": "加绒卫衣",
    },
    "en": {
        "material": "80% cotton, 20% polyester", "colors": "Black, Oat", "sizes": "S, M",
        "price": "$59", "list_price": "$79", "discount": "2 for $100", "stock": "50",
        "size_guide": "Chest 36-38 in", "shipping": "Ships in 2 days", "returns": "30-day returns",
        "payment": "PayPal", "notes": "Machine wash cold", "link": "3", "specs": "420 g",
        "specs2": "11 in", "specs3": "relaxed", "said": "黑、灰", "said2": "宽松", "said3": "两件9折",
        "name": "Heavyweight Hoodie",
    },
}  # fmt: skip
KEYS: Mapping[Lang, tuple[str, str, str]] = {
    "zh": ("克重", "跟高", "鞋帮"), "en": ("Weight", "Rise", "Cuff"),
}  # fmt: skip
WORDS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {"stuff": "材质", "label": "材质", "label2": "颜色", "label3": "续航", "first": "材质", "second": "颜色"},
    "en": {
        "stuff": "material", "is2": "is", "label": "material", "label2": "fit", "label3": "roast",
        "first": "material", "second": "fit",
    },
}  # fmt: skip


def product(lang: Lang) -> Product:
    return Product("A1", SAID[lang]["name"], 129.0)
