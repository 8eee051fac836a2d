"""Which product, attributes or FAQ row a text is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul

from bot.model import GOODS, Catalogue, Faq, Product, Question, Reading, Vector
from bot.shop import topics
from bot.shop.alike import dice, share, telling
from bot.shop.text import bare, tidy

_ENGLISH = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {"两": 2} | {
    word: n for words in ("一二三四五六七八九十", _ENGLISH) for n, word in enumerate(words, 1)
}
_HAN = "一二两三四五六七八九"
_NUMBER = rf"(?P<n>\d{{1,3}}|[{_HAN}]?十[{_HAN}]?|[{_HAN}]|(?:{'|'.join(_ENGLISH)})\b)"
_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d.月{_HAN}十]){_NUMBER}\s*号(?!码|字|色|电池)",
        rf"(?:链接|\blink|\bnumber|\bitem|#)\s*#?\s*{_NUMBER}(?!\d|\.\d|\s*斤)",
        r"\bno\.?\s*#?\s*(?P<n>\d{1,3})(?!\d|\.\d)",  # "no one" is no link
    )
)
_MENTION = re.compile(r"@(?:主播|\S+)")
_WEIGHT = re.compile(r"(?P<n>\d{2,3}(?:\.\d)?)\s*(?P<u>斤|公斤|千克|kgs?\b|lbs?\b|磅|pounds?\b)")
_KILOS = {"斤": 0.5, "磅": 0.45359237, "l": 0.45359237, "p": 0.45359237}
_OWN = re.compile(
    r"我((?!想|要|打算|准备).){0,4}(买|订|拍|下单)的|(昨天|前天|上次|上周|上礼拜|上个月|之前).{0,4}(买|拍|订|下单)"
    r"|还没(发货|发|到|收到|退)|怎么还不?没?发|没收到|收到.{0,6}(坏|破|裂|(?<!不)错|(?<!多)少|漏)|少发|发错|漏发|错发"
    r"|退差价|补差价|我的(单|订单|快递|货|退款)|坏了|裂了|催(一下|单|发货)"
    r"|\bmy\b[^,.!?]{0,30}(\border\b|package|parcel|arrived?\b|shipped|\bcame\b|refund|broke"
    r"|tracking)"
    r"|\bmine\b.{0,20}(arriv|ship|came|come|broke)"
    r"|where('?s| is) (my|mine)|i (bought|ordered|got) .{0,30}(broke|wrong|yet|missing|late)"
    r"|(wrong|broken|damaged|missing|defective) (item|one|size|colou?r)?.*"
    r"(arriv|came|got|sent|receiv)"
    r"|(arriv|came|got|receiv)\w* .{0,20}(wrong|broken|damaged|missing|defective|cracked)"
    r"|(has|did|hasn|didn)\S* (my|mine)|price.?match.*bought"
)


@dataclass(frozen=True)
class Shop:
    """A catalogue with its live changes, made ready to be searched."""

    catalogue: Catalogue
    vectors: Mapping[str, Vector]
    """The embedding of each FAQ question; a question without one is matched by its words alone."""

    @cached_property
    def by_sku(self) -> Mapping[str, Product]:
        """Return the products by sku."""
        return {product.sku: product for product in self.catalogue.products}

    @cached_property
    def by_link(self) -> Mapping[int, Product]:
        """Return the products by link number."""
        return {p.link: p for p in self.catalogue.products if p.link is not None}

    @cached_property
    def names(self) -> tuple[tuple[re.Pattern[str], Product], ...]:
        """Return a pattern for each name and alias, the longest first."""
        named = [(tidy(n), p) for p in self.catalogue.products for n in (p.name, *p.aliases)]
        named.sort(key=lambda pair: -len(pair[0]))
        return tuple((_pattern(name), product) for name, product in named if name)

    @cached_property
    def rows(self) -> Mapping[str, Faq]:
        """Return the FAQ rows by the bare words of their questions; the first of equals wins."""
        asked = ((bare(q), row) for row in reversed(self.catalogue.faq) for q in row.questions)
        return {words: row for words, row in asked if words}

    @cached_property
    def asks(self) -> tuple[tuple[str, frozenset[str], Faq], ...]:
        """Return each FAQ question: its bare words, those that tell it apart, its row."""
        asked = ((tidy(q), row) for row in self.catalogue.faq for q in row.questions)
        return tuple((bare(line), telling(line), row) for line, row in asked)

    def find(self, reference: str) -> Product | None:
        """Return the product with this sku (in any case) or link number."""
        wanted = reference.strip().lstrip("#").lower()
        for product in self.catalogue.products:
            if product.sku.lower() == wanted:
                return product
        return self.by_link.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else None


def _pattern(name: str) -> re.Pattern[str]:
    escaped = re.escape(name)
    if not name.isascii():
        return re.compile(escaped)
    return re.compile(rf"(?<![a-z0-9]){escaped}(?:s|es)?(?![a-z0-9])")


def resolve(text: str, reading: Reading, shop: Shop, showing: str | None) -> Question:
    """Return what ``text`` asks, with ``showing`` as the product where it names none."""
    line = tidy(_MENTION.sub(" ", text))
    found, missing = products(line, shop)
    named = len(found) == 1
    product = found[0] if named else None
    if not found and not missing and showing:
        product = shop.by_sku.get(showing)
    wanted = topics.asked(line, reading.intent, product) if reading.intent in GOODS else ()
    kilos = weight(line)
    if kilos is not None and wanted and reading.intent in ("size", "stock", "product"):
        wanted = ("size_guide",)  # whoever gives a weight wants to know what fits
    specific = named and bool(wanted)
    return Question(
        lang=reading.lang,
        topics=wanted,
        explicit=named or kilos is not None or topics.explicit(line, wanted),
        product=product.sku if product else None,
        named=named or missing,
        rivals=tuple(p.sku for p in found) if len(found) > 1 else (),
        faq=faq(line, shop, specific=specific),
        akin=None if specific else by_sense(line, reading, shop),
        weight=kilos,
        own_order=bool(_OWN.search(line)),
    )


def products(line: str, shop: Shop) -> tuple[list[Product], bool]:
    """Return the products that a tidy line names, and whether it names a link that is not there.

    A link number beats names; a name inside a longer one that matches does not count.
    """
    numbers = [number for pattern in _LINKS for number in map(_number, pattern.finditer(line))]
    linked = [shop.by_link[n] for n in dict.fromkeys(numbers) if n in shop.by_link]
    if numbers:
        return linked, not linked
    rest, found = line, []
    for pattern, product in shop.names:
        if pattern.search(rest):
            rest = pattern.sub(" ", rest)
            if product not in found:
                found.append(product)
    return found, False


def _number(match: re.Match[str]) -> int:
    word = match["n"]
    if word.isdigit():
        return int(word)
    if word in _DIGITS:
        return _DIGITS[word]
    tens, _, ones = word.partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def weight(line: str) -> float | None:
    """Return the body weight in kg that a tidy line gives."""
    if not (match := _WEIGHT.search(line)):
        return None
    unit = match["u"]
    return float(match["n"]) * _KILOS.get(unit, _KILOS.get(unit[0], 1.0))


NEAR = 0.9
"""Cosine above which two questions that share a word are taken as one.

An embedding knows what a question is about better than what it asks: 西藏能发货吗 is 0.78 near to
新疆能发货吗, and paraphrases are seldom nearer. At 0.9 no near miss in the tests' faq.jsonl
is taken, and few paraphrases are: better silence than another question's answer.
"""
WHOLE = 4
"""Characters of an FAQ question that is found as it stands inside a longer line."""
CLOSE = 0.75
"""Dice coefficient of character pairs above which two wordings are taken as one."""


def faq(line: str, shop: Shop, *, specific: bool) -> Faq | None:
    """Return the FAQ row that a tidy line asks for in the same words, or nearly the same.

    A ``specific`` line names a product and an attribute: only the same words count then.
    """
    asked = bare(line)
    if row := shop.rows.get(asked):
        return row
    if specific or not asked:
        return None
    inside = [key for key in shop.rows if len(key) >= WHOLE and not key.isascii() and key in asked]
    if inside:
        return shop.rows[max(inside, key=len)]
    alike = [ask for ask in shop.asks if ask[1] == telling(line)]
    near = max(alike, key=lambda ask: dice(asked, ask[0]), default=None)
    if near and dice(asked, near[0]) >= CLOSE:
        return near[2]
    return None


def by_sense(line: str, reading: Reading, shop: Shop) -> Faq | None:
    """Return the FAQ row whose question is nearest in meaning and shares a word with the line."""
    vector = reading.vector
    if not vector or (reading.intent not in GOODS and reading.intent != "stream"):
        return None
    best, row = NEAR, None
    for candidate in shop.catalogue.faq:
        for question in candidate.questions:
            if not share(line, question):
                continue
            cosine = sum(map(mul, vector, shop.vectors.get(question, ())))
            if cosine >= best:
                best, row = cosine, candidate
    return row


def questions(rows: Sequence[Faq]) -> list[str]:
    """Return every question of these rows: the texts that need an embedding."""
    return [question for row in rows for question in row.questions]
