"""What the catalogue says about a topic, in the words that a reply must contain to say it."""

from bot.model import Body, Fact, Lang, Product
from bot.shop.lookup import Shop
from bot.shop.sizing import fitting
from bot.shop.topics import TOPICS

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
SHOP_WIDE = frozenset({"shipping", "returns", "payment", "warranty"})
"""Topics that the shop answers where a product does not."""


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
    topic: str, product: Product | None, shop: Shop, lang: Lang, body: Body | None = None
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
        text = fitting(product.size_guide, body) if body else product.size_guide
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
    if topic == "warranty":  # it stands in the returns policy, if anywhere
        found = _wide("returns", product, shop)
        return [fact for fact in found if TOPICS[topic].search(fact.text.lower())]
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
