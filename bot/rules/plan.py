"""From a question and the shop: the facts to state, or who must answer."""

import re
from collections.abc import Mapping

from bot.model import (
    Answer,
    Autonomy,
    Fact,
    Faq,
    HandOff,
    Intent,
    Lang,
    Plan,
    Product,
    Question,
    Reading,
    Rules,
    Silence,
)
from bot.shop.lookup import Shop
from bot.shop.text import language

DEFAULT_AUTONOMY: Mapping[Intent, Autonomy] = {
    "price": "auto", "discount": "auto", "stock": "auto", "size": "auto", "product": "auto",
    "order": "auto", "shipping": "auto", "after_sale": "auto", "stream": "auto",
    "show": "hand_off",
}  # fmt: skip
"""What contract.md lays down; every other intent is ignored."""

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
EASIER = 0.2
"""How much less certain a reading may be whose words name the product or what is asked."""
IMPLIED = 0.96
"""How certain a reading must be that rests on no word for what it asks."""
SHOP_WIDE = frozenset({"shipping", "returns", "payment"})
_ROW = re.compile(
    r"(?P<size>[^\s,，;；:：]+?)(?:\s*[:：]\s*|\s+|(?<!\d))"
    r"(?P<low>\d{2,3}(?:\.\d)?)\s*(?:斤|公斤|kg|lbs?)?\s*[-~～–—至到]\s*"
    r"(?P<high>\d{2,3}(?:\.\d)?)\s*(?P<unit>斤|公斤|kg|lbs?)",
    re.IGNORECASE,
)
_KILOS = {"斤": 0.5, "公斤": 1.0, "kg": 1.0, "lb": 0.45359237, "lbs": 0.45359237}


def plan(question: Question, reading: Reading, shop: Shop, rules: Rules) -> Plan:
    """Decide what is to be said to a question, from facts alone."""
    known = question.faq is not None
    autonomy = rules.autonomy.get(reading.intent, DEFAULT_AUTONOMY.get(reading.intent, "ignore"))
    if autonomy == "ignore" and not known:
        own_trouble = reading.intent == "complaint" and question.own_order
        return HandOff("own_order") if own_trouble else Silence("not_a_question")
    certainty = reading.score + (EASIER if question.explicit else 0.0)
    if (reading.unsure or certainty < rules.threshold) and not known:
        return Silence("low_confidence")
    if question.own_order:
        return HandOff("own_order", question.product)
    if autonomy == "hand_off":
        return HandOff("host_only", question.product)
    draft = autonomy == "approve"
    if question.faq:
        return _from_faq(question.faq, question, reading, draft=draft)
    if question.rivals:
        return HandOff("which_one")
    if question.akin and not question.explicit:
        return _from_faq(question.akin, question, reading, draft=draft)
    planned = _from_facts(question, reading, shop, draft=draft)
    if isinstance(planned, HandOff):
        akin = question.akin
        return _from_faq(akin, question, reading, draft=draft) if akin else planned
    sure = question.explicit or reading.score >= IMPLIED
    return planned if sure else Silence("low_confidence")


def _from_faq(row: Faq, question: Question, reading: Reading, *, draft: bool) -> Answer:
    text = row.answer
    fact = Fact(f"faq.{row.questions[0]}", text, text)
    key = f"faq:{text}"
    return Answer(reading.intent, question.lang, (fact,), key, faq=text, draft=draft)


def _from_facts(question: Question, reading: Reading, shop: Shop, *, draft: bool) -> Plan:
    product = shop.by_sku.get(question.product or "")
    if product is None and (question.named or not SHOP_WIDE.intersection(question.topics)):
        return HandOff("unknown_product" if question.named else "no_product")
    found = [
        fact
        for topic in question.topics
        for fact in facts(topic, product, shop, question.lang, question.weight)
    ]
    if not found:
        return HandOff("no_fact", question.product)
    stated = tuple(dict.fromkeys(found))
    return Answer(
        intent=reading.intent,
        lang=question.lang,
        facts=stated,
        key=f"{question.lang}:" + "|".join(f"{fact.id}={fact.text}" for fact in stated),
        product=product.sku if product else None,
        name=_called(product, question.lang) if product else None,
        free=len(stated) > 1,
        draft=draft,
    )


def _called(product: Product, lang: Lang) -> str:
    """Return the product's name in the reply: an alias in the viewer's language if there is one."""
    named = (product.name, *product.aliases)
    return next((name for name in named if language(name, lang) == lang), product.name)


def digits(amount: float) -> str:
    """Return an amount in digits, all of them: 129, 59.90, 1250000."""
    return f"{amount:.0f}" if amount == int(amount) else f"{amount:.2f}"


def money(amount: float, currency: str, lang: Lang) -> str:
    """Return an amount as it is said: 129元, ¥129, $59.90, 59 SEK."""
    number = digits(amount)
    if currency == "CNY" and lang == "zh":
        return f"{number}元"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency}"


def facts(
    topic: str, product: Product | None, shop: Shop, lang: Lang, weight: float | None = None
) -> list[Fact]:
    """Return what the catalogue says about a topic; nothing where it says nothing."""
    if topic in SHOP_WIDE:
        return _wide(topic, product, shop)
    if product is None:
        return []
    sku, currency = product.sku, shop.catalogue.currency
    if topic == "price":
        return _prices(product, currency, lang)
    if topic == "stock" and product.stock is not None:
        sold_out = {"zh": "已售罄", "en": "sold out"}[lang]
        said = str(product.stock) if product.stock else sold_out
        return [Fact(f"{sku}.stock", str(product.stock), said)]
    if topic == "size_guide" and product.size_guide:
        text = product.size_guide if weight is None else _rows(product.size_guide, weight)
        return [Fact(f"{sku}.size_guide", text, text)] if text else []
    if topic == "link" and product.link is not None:
        return [Fact(f"{sku}.link", str(product.link), str(product.link))]
    return _plain(topic, product, lang)


def _prices(product: Product, currency: str, lang: Lang) -> list[Fact]:
    amounts = [("price", product.price)]
    if product.list_price is not None and product.list_price > product.price:
        amounts.append(("list_price", product.list_price))
    return [
        Fact(f"{product.sku}.{key}", f"{digits(amount)} {currency}", money(amount, currency, lang))
        for key, amount in amounts
    ]


def _wide(topic: str, product: Product | None, shop: Shop) -> list[Fact]:
    own = getattr(product, topic, None) if product else None
    if product and own:
        return [Fact(f"{product.sku}.{topic}", own, own)]
    text = getattr(shop.catalogue, topic)
    return [Fact(f"shop.{topic}", text, text)] if text else []


def _plain(topic: str, product: Product, lang: Lang) -> list[Fact]:
    if topic.startswith("specs."):
        text = product.specs.get(topic.removeprefix("specs."))
    elif topic in ("colors", "sizes"):
        text = ("、" if lang == "zh" else ", ").join(getattr(product, topic))
    else:
        text = getattr(product, topic, None)
    return [Fact(f"{product.sku}.{topic}", text, text)] if isinstance(text, str) and text else []


def _rows(guide: str, kilos: float) -> str:
    """Return the rows of a size guide that hold this body weight, as they are written."""
    fitting = []
    for part in re.split(r"[,，;；]", guide):
        rows = list(_ROW.finditer(part))
        whole = len(rows) == 1  # then the size may stand behind the weight, or a height before it
        fitting += [(part if whole else row[0]).strip() for row in rows if _within(kilos, row)]
    return "，".join(fitting)


def _within(kilos: float, row: re.Match[str]) -> bool:
    unit = _KILOS[row["unit"].lower()]
    return float(row["low"]) * unit <= kilos <= float(row["high"]) * unit


def current(fact: Fact, shop: Shop, lang: Lang) -> bool:
    """Tell whether the catalogue still says what ``fact`` says."""
    if fact.id.startswith("faq."):
        return any(row.answer == fact.text for row in shop.catalogue.faq)
    owner, _, topic = fact.id.rpartition(".")  # a sku may hold a dot
    if topic not in ("price", "list_price", "stock") or ".specs." in fact.id:
        return True  # moderators change nothing else during a stream
    if topic == "list_price":
        topic = "price"
    product = shop.by_sku.get(owner)
    return any(f.id == fact.id and f.text == fact.text for f in facts(topic, product, shop, lang))
