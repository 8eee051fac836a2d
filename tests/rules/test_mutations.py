"""Of correct replies hardly any is refused; of replies that were changed to be wrong, all are."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from bot.model import Abilities, Answer, Catalogue, Lang, Product, Rules
from bot.rules.guard import check
from bot.rules.wording import template
from bot.shop.lexicon import SHIPPED, load
from bot.shop.lookup import Shop
from tests.rules.plans import answer

UNLIMITED = Abilities(length=0)
RULES = Rules(lexicon=load(SHIPPED))
LANGS: tuple[Lang, ...] = ("zh", "en")
REPLIES, CHANGED = 4000, 10_000
NOUNS: dict[Lang, tuple[str, ...]] = {
    "zh": (
        "卫衣", "羽绒服", "牛仔裤", "连衣裙", "运动鞋", "保温杯", "电饭煲", "吹风机", "面霜", "洗面奶", "口红", "挂耳咖啡",
        "坚果礼盒", "大米", "猫粮", "积木", "床单四件套", "收纳箱", "台灯", "蓝牙音箱", "瑜伽垫", "帐篷", "雨伞", "项链",
    ),
    "en": (
        "hoodie", "down jacket", "jeans", "dress", "sneakers", "thermos", "rice cooker", "hair dryer", "face cream", "lipstick",
        "drip coffee", "nut box", "cat food", "building blocks", "bed set", "storage box", "desk lamp", "speaker", "yoga mat", "tent",
        "umbrella", "necklace", "skillet", "candle",
    ),
}  # fmt: skip
STYLES: dict[Lang, tuple[str, ...]] = {
    "zh": ("加厚", "轻薄", "复古", "大容量", "便携", "经典款", "2025新款", "儿童", "男士", "360度", "云朵", "北欧风"),
    "en": ("vintage", "thick", "light", "classic", "2025", "kids", "travel", "no. 5", "soft", "big", "mini", "nordic"),
}  # fmt: skip
TEXTS: dict[Lang, dict[str, tuple[str, ...]]] = {
    "zh": {
        "discount": ("两件9折", "领券减10元", "满300减40", "买2件送收纳袋", "第二件半价", "粉丝券立减5元"),
        "size_guide": ("S 80-100斤，M 100-120斤，L 120-140斤", "均码，90-140斤可穿", "按平时鞋码拍，脚宽选大一码"),
        "material": ("80%棉 20%涤纶", "100%棉", "304不锈钢", "头层牛皮", "玻璃+竹盖", "90%白鹅绒", "ABS塑料"),
        "shipping": ("全国包邮，新疆西藏除外；48小时内发货", "预售，7天内发货", "顺丰包邮，当天16点前下单当天发", "中通，偏远地区补运费15元"),
        "returns": ("7天无理由退换，送运费险", "贴身衣物不退换", "质保1年，只换不修", "拆封后不退，破损包赔"),
        "notes": ("机洗，水温不超过30度。", "最好手洗，不要暴晒", "第一次使用前先用开水烫一遍", "最大承重20kg", "最多放3层，最少留2cm缝", "敏感肌先在耳后试用"),
    },
    "en": {
        "discount": ("10% off two", "buy 2 get 1 free", "$5 off over $50", "code LIVE8 saves 8%", "second one half price"),
        "size_guide": ("S 45-55 kg, M 55-65 kg, L 65-75 kg", "true to size; wide feet go half a size up", "one size, up to US 12"),
        "material": ("80% cotton, 20% polyester", "100% cotton", "304 stainless steel", "full grain leather", "soy wax, cotton wick"),
        "shipping": ("free shipping over $35, ships within 2 days", "pre-order, ships in 7 days", "USPS, 3-5 business days", "flat $4.95 in the US"),
        "returns": ("30-day returns, unworn", "final sale", "1-year warranty", "sealed only, within 14 days"),
        "notes": ("Machine wash cold.", "Best before: see the bottom of the bag", "Holds up to 20 kg", "at best in dry places; hand wash", "patch test first"),
    },
}  # fmt: skip
SIZES = (("S", "M", "L"), ("M", "L", "XL", "2XL"), ("36", "37", "38"), ("90", "100", "110"))
COLORS: dict[Lang, tuple[str, ...]] = {
    "zh": ("黑", "灰", "燕麦", "雾霾蓝", "01奶茶", "军绿"),
    "en": ("black", "oat", "dusty blue", "rose gold", "02 nude", "olive"),
}
SPECS: dict[Lang, tuple[tuple[str, str], ...]] = {
    "zh": (("克重", "500g"), ("容量", "400ml"), ("功率", "300W"), ("保质期", "18个月"), ("产地", "云南普洱"), ("蓝牙", "5.3")),
    "en": (("weight", "500 g"), ("capacity", "16 oz"), ("power", "300 W"), ("shelf life", "18 months"), ("origin", "Portugal"), ("burn time", "40 hours")),
}  # fmt: skip
KINDS = (
    "price", "stock", "link", "discount", "sizes", "size_guide", "colors", "material", "shipping",
    "returns", "notes",
)  # fmt: skip
CLAIMS: dict[Lang, tuple[str, ...]] = {
    "zh": (
        "全网最低价", "今天还送赠品", "假一赔十", "支持保修终身", "明天就能到", "绝对不掉色", "第一品牌", "再打五折", "买一送一", "XXL也有", "另外3XL有货", "保证正品",
        "只要9块9", "两天就到", "月底涨价", "还剩一百件", "也可以看看星空投影仪", "收美元", "￡8一件", "纯中药，治失眠", "7天美白", "央视推荐", "顶级工艺，独一无二", "百分之五十羊绒",
    ),
    "en": (
        "lowest price ever", "with a free gift", "lifetime warranty", "it arrives tomorrow", "100% safe", "the #1 brand in the world", "half price today only, hurry",
        "XXL too", "authentic, we guarantee it", "just two left", "sold out on Friday", "see the star projector as well", "€8 each", "it cures acne", "clinically proven",
        "FDA approved", "lose 10 lbs", "waterproof", "ships overnight by DHL", "fifty percent off", "refunds any time you like, promised",
    ),
}  # fmt: skip
CONTACTS = (
    "加微信abc123", "vx: danmate88", "微 信 同号", "ｖｘ danmate88", "薇❤️ danmate88", "加v领券", "QQ 12345678", "企鹅号 1234567", "电话13812345678",
    "1 3 8 - 1 2 3 4 - 5 6 7 8", "whatsapp me", "t e l e g r a m", "www.cheap.shop", "me@shop.com", "https://a.b/c", "w.e.c.h.a.t danmate",
)  # fmt: skip
OTHERS = ("星空投影仪", "star projector")


def shop(draw: Random, lang: Lang) -> Shop:
    """Return a shop of one made-up product that states everything."""
    texts = {key: draw.choice(values) for key, values in TEXTS[lang].items()}
    price = draw.choice([draw.randint(5, 900), draw.randint(500, 99_900) / 100, 1299])
    product = Product(
        sku=draw.choice(["A1", "B.2", "77"]),
        name=draw.choice(STYLES[lang]) + (" " if lang == "en" else "") + draw.choice(NOUNS[lang]),
        price=price,
        list_price=round(price * draw.choice([1.2, 1.5, 2]) + 1, 2),
        stock=draw.choice([0, draw.randint(1, 20), draw.randint(21, 3000)]),
        link=draw.randint(1, 60),
        sizes=draw.choice(SIZES),
        colors=tuple(draw.sample(COLORS[lang], 3)),
        specs=dict(draw.sample(SPECS[lang], 2)),
        discount=texts["discount"],
        size_guide=texts["size_guide"],
        material=texts["material"],
        shipping=texts["shipping"],
        returns=texts["returns"],
        notes=texts["notes"],
    )
    currency = "CNY" if lang == "zh" else draw.choice(["USD", "EUR", "GBP"])
    payment = {"zh": "支付宝、微信、银行卡", "en": "cards and PayPal"}[lang]
    return Shop(Catalogue("s", currency, lang, (product,), payment=payment), {})


def planned(draw: Random, lang: Lang) -> Answer:
    sells = shop(draw, lang)
    specs = [f"specs.{key}" for key in sells.catalogue.products[0].specs]
    topics = draw.sample([*KINDS, *specs, "payment"], draw.randint(1, 4))
    return answer(sells, *topics, lang=lang)


def judged(text: str, plan: Answer) -> str:
    found = check(text, plan, UNLIMITED, RULES, OTHERS)
    return "" if found.ok else f"{found.reason}: {found.detail}"


@pytest.mark.parametrize("lang", LANGS)
def test_at_most_one_correct_reply_in_a_hundred_is_refused(lang: Lang) -> None:
    draw = Random(f"correct {lang}")
    plans = [planned(draw, lang) for _ in range(REPLIES // 2)]
    refused = [
        (why, text)
        for plan in plans
        if (why := judged(text := template(plan, str(draw.random())), plan))
    ]
    assert len(refused) <= REPLIES // 2 // 100, refused[:20]


def digit(plan: Answer, draw: Random) -> str | None:
    text = template(plan, "1")
    places = [at for at, character in enumerate(text) if character in "0123456789"]
    if not places:
        return None
    at = draw.choice(places)
    other = draw.choice([character for character in "0123456789" if character != text[at]])
    changed = text[:at] + other + text[at + 1 :]
    return changed if changed.lstrip("0") != text.lstrip("0") else None


FIGURES = ("price", "list_price", "stock", "link")
NAMED = ("material", "shipping", "returns")


def swapped(plan: Answer, draw: Random) -> str | None:
    """Say one fact as the other: two figures, or two texts that have a name of their own."""
    kinds = draw.choice([FIGURES, NAMED])
    facts = [
        fact
        for fact in plan.facts
        if fact.id.rpartition(".")[2] in kinds or ".specs." in fact.id
        if fact.text != "0"  # "sold out" is no figure
    ]
    if len(facts) < 2:
        return None
    one, two = draw.sample(facts, 2)
    if one.said == two.said:
        return None
    turned = {one: replace(one, said=two.said), two: replace(two, said=one.said)}
    return template(replace(plan, facts=tuple(turned.get(f, f) for f in plan.facts)), "1")


def dropped(plan: Answer, draw: Random) -> str | None:
    if len(plan.facts) < 2:
        return None
    gone = draw.choice(plan.facts)
    text = template(replace(plan, facts=tuple(f for f in plan.facts if f != gone)), "1")
    return None if gone.said in text else text


def added(plan: Answer, draw: Random, words: tuple[str, ...]) -> str:
    form = draw.choice(["{1} {0}", "{0} {1}"] if plan.lang == "en" else ["{1}，{0}", "{0}{1}"])
    return form.format(template(plan, "1"), draw.choice(words))


def claimed(plan: Answer, draw: Random) -> str | None:
    return added(plan, draw, CLAIMS[plan.lang])


def contact(plan: Answer, draw: Random) -> str | None:
    return added(plan, draw, CONTACTS)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("change", [digit, swapped, dropped, claimed, contact])
def test_every_reply_that_was_made_wrong_is_refused(
    change: Callable[[Answer, Random], str | None], lang: Lang
) -> None:
    draw = Random(f"{change.__name__} {lang}")
    passed: list[str] = []
    count: Counter[str] = Counter()
    while count["made"] < CHANGED // 10:
        count["tried"] += 1
        if count["tried"] % 4 == 1:
            plan = planned(draw, lang)
        if (text := change(plan, draw)) is None:
            continue
        count["made"] += 1
        if not judged(text, plan):
            passed.append(text)
    assert passed == []
