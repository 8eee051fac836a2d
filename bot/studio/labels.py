"""What attributes are called in both languages, and which specs have sentences of their own."""

import re
from collections.abc import Mapping
from typing import Final

from bot.model import Lang, Product
from bot.shop.text import language

LABELS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "name": "名称", "price": "价格", "list_price": "原价", "stock": "库存", "discount": "优惠",
        "colors": "颜色", "sizes": "尺码", "size_guide": "选码参考", "material": "材质",
        "shipping": "发货", "returns": "退换", "payment": "付款", "notes": "说明", "link": "链接",
    },
    "en": {
        "name": "name", "price": "price", "list_price": "list price", "stock": "stock",
        "discount": "offer", "colors": "colors", "sizes": "sizes", "size_guide": "size guide",
        "material": "material", "shipping": "shipping", "returns": "returns",
        "payment": "payment", "notes": "note", "link": "link",
    },
}  # fmt: skip

_FAMILIES: Final = {
    "origin": (
        (r"^(?:产地|原产地|产区|原产国|产自|来自)$"
        r"|^(?:origin|made in|country of origin)$"),
        "产地", "origin",
    ),
    "capacity": (
        (r"^(?:容量|水箱容量|总容量)$"
        r"|^(?:capacity)$"),
        "容量", "capacity",
    ),
    "weight": (
        (r"^(?:重量|净重|自重|重)$"
        r"|^(?:weight)$"),
        "重量", "weight",
    ),
    "battery": (
        (r"^(?:续航|续航时间|使用时间)$"
        r"|^(?:battery life|battery|run ?time|playtime)$"),
        "续航", "battery life",
    ),
    "shelf": (
        (r"^(?:保质期|有效期)$"
        r"|^(?:shelf life)$"),
        "保质期", "shelf life",
    ),
    "age": (
        (r"^(?:适用年龄|适合年龄|年龄)$"
        r"|^(?:age|ages|age range|recommended age)$"),
        "适用年龄", "age",
    ),
    "fit": (
        (r"^(?:版型)$"
        r"|^(?:fit)$"),
        "版型", "fit",
    ),
    "size": (
        (r"^(?:尺寸|大小|规格尺寸|展开尺寸|收纳尺寸)$"
        r"|^(?:dimensions?|size)$"),
        "尺寸", "dimensions",
    ),
    "count": (
        (r"^(?:件数|数量|片数|颗数)$"
        r"|^(?:count|pieces|piece count|quantity)$"),
        "数量", "count",
    ),
    "version": (
        (r"^(?:蓝牙|蓝牙版本)$"
        r"|^(?:bluetooth|bluetooth version|wi-?fi)$"),
        "蓝牙", "Bluetooth",
    ),
    "verb": (
        (r"^(?:适用|适配|适合|兼容|支持|含|含有|内含|包含|附赠|附带|随机附赠)$"
        r"|^(?:fits|includes|contains|holds|sleeps|serves|makes|seats|covers|lasts"
        r"|runs|ships|weighs|charges|opens|closes|folds|arrives|comes|tastes|smells|feels|needs"
        r"|requires|supports|accepts|takes|suits|keeps|connects|measures"
        r"|(?:keeps|stays) [a-z]+"
        r"|[a-z]+s (?:with|to|into|on|via|in|over|from))$"),
        "", "",
    ),
    "flag": (
        (r"^(?:reflective|non.slip|vegan|热插拔|反光条)$"
        r"|(?:^|\s|-)(?:(?:un)?(?:folded|packed|rolled|assembled|opened|closed|extended|capped)"
        r"|\w{3,}[ai]ble|\w*(?:proof|safe|stable|resistant|friendly|compatible|ready)"
        r"|free|certified|included|needed|required|handed|owned"
        r"|loud|quiet|smart|thick|thin|wobbly|soft|hard)$"
        r"|^(?:blocks|burns|attracts|hangs|swings|fills|leaks|posts|turns|uses|pulls|sounds|looks"
        r"|floats|sinks|shrinks|stretches|fades|locks|goes|gets|turn|don[’']?t|keep|use|hang|store"
        r"|wash)\b(?! \w+ing\b)"),
        "", "",
    ),
    "taste": (
        (r"^(?:口味|香型|香味|味道)$"
        r"|^(?:flavou?rs?|scent|taste|fragrance)$"),
        "口味", "flavor",
    ),
}  # fmt: skip
_KEYS: Final = {
    "功率": "power", "电压": "voltage", "防水": "water resistance", "防水等级": "water resistance",
    "蓝牙": "Bluetooth", "充电口": "charging port", "接口": "port", "净含量": "net content",
    "规格": "specification", "烘焙": "roast", "鞋跟高": "heel height", "跟高": "heel height",
    "厚度": "thickness", "长度": "length", "宽度": "width", "高度": "height", "直径": "diameter",
    "屏幕": "screen", "电池容量": "battery capacity", "充电时间": "charging time", "噪音": "noise",
    "转速": "speed", "温度": "temperature", "等级": "grade", "年份": "year", "酒精度": "alcohol",
    "储存": "storage", "保存": "storage", "洗涤": "care", "护理": "care", "季节": "season",
    "适用季节": "season", "图案": "pattern", "领型": "neckline", "袖长": "sleeve",
    "闭合": "closure",
    "肤质": "skin type", "适用肤质": "skin type", "质地": "texture", "色温": "color temperature",
    "亮度": "brightness", "承重": "load", "材质": "material", "品牌": "brand", "型号": "model",
    "链长": "chain length", "克重": "fabric weight", "尺码": "size", "包装": "packaging",
    "重量": "weight",
}  # fmt: skip
"""What specs are called in the other language; what does not stand here is quoted."""
_ZH_KEYS: Final = {name.casefold(): key for key, name in reversed(_KEYS.items())}
_WORD: Final = re.compile(r"[a-z]{3,}")
_FOOD: Final = re.compile(
    r"保质期|口味|烘焙|茶(?![几具杯壶盘])|咖啡(?![色杯机])|坚果|蜂蜜|肉干|奶昔|猫砂"
    r"|shelf life|flavou?r|roast|servings|\b(?:tea|coffee|sauce|honey|granola|chocolate"
    r"|jerky|gummies|spices?|cookies|litter)\b(?! (?:grinder|maker|mug|cup|pot|table|set))",
    re.IGNORECASE,
)
_CARE: Final = re.compile(
    r"肤质|色号|护肤|精华|[面眼]霜|乳液|[面眼唇]膜|唇[膏釉蜜泥彩油]|口红|腮红|眼影|粉底|气垫(?![梳鞋床])|散粉|眉笔|睫毛|香水"
    r"|卸妆|洗发|护发|沐浴|身体乳|护手霜|洁面|洗面|防晒[霜乳]|牙膏|洗衣|洗洁|洗手|湿巾|香皂"
    r"|\b(?:skin|lip(?:stick|s)?|mascara|blush|(?:hand|face|eye|body) (?:cream|wash|lotion)|serum"
    r"|lotion|shampoo|conditioner|sunscreen|face mask|salve|balm|soap|detergent|toothpaste"
    r"|deodorant|moisturi[sz]er|cleanser|perfume|SPF)\b",
    re.IGNORECASE,
)


_EDIBLE: Final = re.compile(
    r"食用|[白砂冰]糖|麦芽|小麦|面粉|糯米|芝麻|花生|鸡肉|牛肉|猪肉|奶粉|可可"
    r"|\b(?:flour|sugar|sea salt|peanuts?|chicken|salmon|beef|tuna|cocoa|oats|rice flour)\b",
    re.IGNORECASE,
)
"""What is in food and in nothing else."""
_WARES: Final = re.compile(
    r"(?:机|器|杯|壶|具|勺|架|炉|秤|碗|盘|盆|锅|刀|筛|滤[纸杯网]|尿[裤布]|电池|收纳[盒罐]|密封罐)(?![\u4e00-\u9fff]{3})"
    r"|\b(?:grinder|maker|mug|cup|pot|kettle|table|press|filter|machine|scale|spoon|scoop|rack|bowl"
    r"|board|canister|tin opener|diapers?|batter(?:y|ies))s?\b",
    re.IGNORECASE,
)
"""What is named after food and is none: a coffee grinder."""


def family(key: str) -> str | None:
    """Return which specs a key is one of, where those have sentences of their own."""
    line = key.strip().casefold()
    return next((name for name, row in _FAMILIES.items() if re.search(row[0], line)), None)


def label(topic: str, lang: Lang) -> str:
    """Return what an attribute is called."""
    return LABELS[lang].get(topic, topic)


def label_of(topic: str, lang: Lang) -> str:
    """Return what an attribute is called; of a spec its key, or what its family is called."""
    attribute, _, key = topic.partition(".")
    if not key:
        return label(attribute, lang)
    if language(key, lang) == lang or (lang == "zh" and not _WORD.search(key)):
        return key
    kind = family(key)
    if kind and _FAMILIES[kind][2]:
        return _FAMILIES[kind][1 if lang == "zh" else 2]
    names = _KEYS if lang == "en" else _ZH_KEYS
    return names.get(key if lang == "en" else key.casefold(), f"“{key}”")


def told(key: str, lang: Lang) -> bool:
    """Tell whether a spec's key has a name in a language."""
    return not label_of(f"specs.{key}", lang).startswith("“")


def stuff(product: Product, lang: Lang) -> Mapping[str, str]:
    """Return what a product's material is called: ingredients of what is eaten or put on skin."""
    said = " ".join((product.name, *product.aliases, *product.specs))
    if _WARES.search(product.name):
        kind = ("材质", "material", "is")
    elif _CARE.search(said):
        kind = ("成分", "ingredients", "are")
    elif _FOOD.search(said) or _EDIBLE.search(product.material or ""):
        kind = ("配料", "ingredients", "are")
    else:
        kind = ("材质", "material", "is")
    return {"stuff": kind[0]} if lang == "zh" else {"stuff": kind[1], "is2": kind[2]}
