"""The pieces of a catalogue that a question may be answered with, each with its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import mul

from bot.model import Faq, Intent, Lang, Passage, Product, Question, Reading
from bot.shop.lookup import Shop
from bot.shop.text import language

_SENTENCE = re.compile(r"[^。！？；;!?\n.]+(?:\.(?=\S)[^。！？；;!?\n.]*)*[。！？；;!?.]*")
_LABELS: dict[str, tuple[str, str]] = {
    "price": ("价格", "Price"), "stock": ("库存", "In stock"), "discount": ("优惠", "Discount"),
    "sizes": ("尺码", "Sizes"), "colors": ("颜色", "Colors"),
    "size_guide": ("尺码表", "Size guide"),
    "material": ("材质", "Material"), "link": ("链接", "Link"), "shipping": ("发货", "Shipping"),
    "returns": ("退换", "Returns"), "payment": ("付款", "Payment"),
}  # fmt: skip
ASKED_BY: Mapping[str, tuple[Intent, ...]] = {
    "price": ("price",), "stock": ("stock",), "discount": ("discount",),
    "colors": ("stock", "product"), "sizes": ("size", "stock"), "size_guide": ("size",),
    "shipping": ("shipping",), "returns": ("after_sale",), "payment": ("order",),
    "link": ("order",),
}  # fmt: skip
"""The intents that ask for a topic; the others (specs, notes, the FAQ) answer any."""
OWN = ("discount", "sizes", "colors", "size_guide", "material", "shipping", "returns")
WIDE = ("shipping", "returns", "payment")
RIVALS = 3
"""Products that are looked into where a text names several."""
ROWS = 24
"""Rows of the FAQ that are judged."""
ABOUT, ABROAD = 0.35, 0.05
"""Cosines from which a row is about what a text asks; the second where they differ in language.
Unrelated lines are at 0.1 and seldom above 0.3, two ways to ask the same above 0.4."""
STREAM = 0.8
"""How certain a reading must be to be about the stream alone."""
KNOWN = 0.7
"""How certain a reading must be for its intent to put a row in the other language on the list."""
KEPT = 3
"""Passages of one product that are judged for one question."""
MOST = 64
"""Passages that are judged for one question."""


def passages(question: Question, reading: Reading, shop: Shop) -> list[Passage]:
    """Return all that might answer a question: of its product, of the shop, and the FAQ.

    Where several products are named, of each: what is asked may tell which one is meant.
    """
    lang = shop.catalogue.language
    skus = (question.product,) if question.product else question.rivals[:RIVALS]
    own = [piece for sku in skus if sku for piece in _of(shop.by_sku[sku], shop, lang)]
    if question.named_by == "link":  # whoever gives the number does not ask for it
        own = [piece for piece in own if piece.topic != "link"]
    said = {passage.topic for passage in own}
    wide = [
        _labelled(topic, text, lang)
        for topic in WIDE
        if topic not in said and (text := getattr(shop.catalogue, topic))
    ]
    rows = [
        Passage(
            "faq",
            f"{row.questions[0]} {row.answer}",
            row.answer,
            faq=row,
            asked=_intents(row, shop),
        )
        for row in nearest(reading, shop)
    ]
    if reading.intent == "stream" and reading.score >= STREAM:
        return rows  # nothing that is sold answers it
    return [*own[: MOST - len(wide) - len(rows)], *wide, *rows]


def likely(
    question: Question, reading: Reading, found: Sequence[Passage], about: Sequence[Reading]
) -> list[Passage]:
    """Return the passages worth judging: KEPT of a product, the nearest, and those asked for.

    ``about`` are the passages as read. The judge's time is most of what a reply takes: of the
    exam's 504 questions 450 are answered right with three and 448 with five, and as many of the
    other 396 stay unanswered.
    """
    most = KEPT * max(1, len(question.rivals[:RIVALS]))
    if len(found) <= most or not reading.vector:
        return list(found)
    near = [sum(map(mul, reading.vector, read.vector)) for read in about]
    least = sorted(near, reverse=True)[most - 1]
    return [
        passage
        for passage, cosine in zip(found, near, strict=True)
        if cosine >= least or passage.topic in question.topics or _asked(reading, passage)
    ]


def _asked(reading: Reading, passage: Passage) -> bool:
    return reading.intent in (passage.asked or ASKED_BY.get(passage.topic, ()))


def nearest(reading: Reading, shop: Shop) -> Sequence[Faq]:
    """Return the rows of the FAQ that a text may ask for, at most ROWS, in their order.

    An embedding knows what a question is about better than what it asks: 西藏能发货吗 is 0.78
    near to 新疆能发货吗. So it only draws up the list, and the judge decides. A row that has
    no embedding is on it.
    """
    near = [(at, _near(row, reading, shop)) for at, row in enumerate(shop.catalogue.faq)]
    kept = [(at, cosine) for at, cosine in near if cosine is not None]
    best = sorted(sorted(kept, key=lambda row: -row[1])[:ROWS])
    return [shop.catalogue.faq[at] for at, _ in best]


def _intents(row: Faq, shop: Shop) -> frozenset[Intent]:
    return frozenset(shop.asked[asked].intent for asked in row.questions if asked in shop.asked)


def _near(row: Faq, reading: Reading, shop: Shop) -> float | None:
    """Return a row's cosine to a text, None where it is about something else."""
    known = [asked for asked in row.questions if asked in shop.asked]
    if not known or not reading.vector:
        return 1.0
    own = [asked for asked in known if language(asked, reading.lang) == reading.lang]
    near: float = max(
        sum(map(mul, reading.vector, shop.asked[asked].vector)) for asked in own or known
    )
    if not own and reading.score >= KNOWN and reading.intent in _intents(row, shop):
        return max(near, ABROAD)  # across languages an embedding is a poor guide
    return near if near >= (ABOUT if own else ABROAD) else None


def _of(product: Product, shop: Shop, lang: Lang) -> Iterator[Passage]:
    money = f"{product.price:g} {shop.catalogue.currency}"
    yield _labelled("price", money, lang, product)
    if product.stock is not None:
        yield _labelled("stock", str(product.stock), lang, product)
    if product.link is not None:
        yield _labelled("link", str(product.link), lang, product)
    name, sku = f"{product.name} | ", product.sku
    for key, text in product.specs.items():
        spec = f"{key}：{text}" if lang == "zh" else f"{key}: {text}"
        yield Passage(f"specs.{key}", name + spec, text, sku)
    for sentence in sentences(product.notes or ""):
        yield Passage("notes", name + sentence, sentence, sku)
    for topic in OWN:
        value = getattr(product, topic)
        text = ("、" if lang == "zh" else ", ").join(value) if isinstance(value, tuple) else value
        if text:
            yield _labelled(topic, text, lang, product)


def _labelled(topic: str, text: str, lang: Lang, product: Product | None = None) -> Passage:
    label = _LABELS[topic][0 if lang == "zh" else 1]
    line = f"{label}{'：' if lang == 'zh' else ': '}{text}"
    if product is None:
        return Passage(topic, line, text)
    return Passage(topic, f"{product.name} | {line}", text, product.sku)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text with their stops; "0.5 l" and "a.b" are not cut."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip(" .。；;!！?？")]
