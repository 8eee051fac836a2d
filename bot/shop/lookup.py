"""Which product, attributes or FAQ row a text is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.model import GOODS, Catalogue, Faq, Product, Question, Reading
from bot.shop import topics
from bot.shop.alike import Nearest, telling
from bot.shop.kinds import plain
from bot.shop.names import Named, Names
from bot.shop.places import places
from bot.shop.sizing import body
from bot.shop.strange import strange
from bot.shop.text import bare, spelt_out, tidy

_MENTION = re.compile(r"@(?:主播|\S+)")
_NUMBER = re.compile(r"[0-9]{1,9}")
_THIS = re.compile(r"[这此]|手[里上]|\bth(?:is|ese)\b|\b(?:holding|showing|wearing)\b")
"""Points at what is on screen."""
_JOINTS = re.compile(
    r"[?？,，;；、!！。~～]+|\s(?:and|also|n|plus|[&+]|oh|btw)\s|还有(?=[^货吗没多几\W])|另外|顺便|以及"
    r"|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"
)
"""What may stand between two questions."""
NAMING = frozenset({"price", "discount", "stock"})
"""Intents whose nouns are what is sold; of the others they may be what it is used with."""
_OWN = re.compile(
    r"我((?!想|要|打算|准备).){0,4}(买|订|拍|下单)的|(昨天|前天|上次|上周|上礼拜|上个月|之前).{0,4}(买|拍|订|下单|付)"
    r"|还没(给我)?(发货|发|到|收到|退)|怎么还不?没?发|没收到|收到.{0,6}(坏|破|裂|(?<!不)错|(?<!多)少|漏)|少发|发错|漏发|错发"
    r"|退差价|补差价|我的(单|订单|快递|货|退款)|(?<!用)坏了(?!.{0,3}[怎包保赔能可管换])|裂了|催(一下|单|发货)"
    r"|单号.{0,6}(查不|没[更动变])|(物流|快递|包裹).{0,8}(没[更动变]|不动|卡在|停在)|尾号\s*\d{3}|订单号?\s*\d{4}"
    r"|退款.{0,8}(走到|到哪|进度|哪一?步)|我\S{0,6}那?[笔单]\S{0,2}退款|退(回去)?的(?!话|时).{0,12}(签收|寄回|钱)|待揽收"
    r"|地址.{0,3}(写|填|选)?错|(备注|颜色|尺码|码数|型号|款)(写|填|选|拍)?错了|拍错|下错单|改(一?下)?地址|刚(才|刚)?(付|下|拍)"
    r"(完?款|了?单|的|完|了)|我\S{0,3}[那这]单"
    r"|\bmy\b[^,.!?]{0,30}(\border\b|package|parcel|arrived?\b|shipped|\bcame\b|refund|broke"
    r"|tracking)"
    r"|\bmine\b.{0,20}(arriv|ship|came|come|broke)"
    r"|where('?s| is) (my|mine)"
    r"|i (just )?(bought|ordered|got|paid) .{0,40}(broke|wrong|yet|missing|late|still|not here"
    r"|hasn|never)"
    r"|(change|fix|update|wrong) (my|the) (shipping |delivery )?address|wrong address"
    r"|i paid for\b"
    r"|(wrong|broken|damaged|missing|defective) (item|one|size|colou?r)?.*"
    r"(arriv|came|got|sent|receiv)"
    r"|(arriv|came|got|receiv)\w* .{0,20}(wrong|broken|damaged|missing|defective|cracked)"
    r"|(has|did|hasn|didn)\S* (my|mine)|price.?match.*bought"
    r"|\b(ordered|bought|got) .{0,40}\b(u|you|they|yall|y'all)( guys)? sent\b"
    r"|\bstill (no|waiting (for|on)( a| the| my)?) (refund|tracking|parcel|package|reply)"
    r"|\border (no\.? ?|number ?|#)\d{3,}|\border \d{4,}(?! ?(pcs|pieces|units|of))"
    r"|says (it.?s )?delivered|\bdid (it|the payment) go thr"
    r"|\b(arrived|came) .{0,20}(rotten|mushy|dead|chipped|smashed|torn|leaking)"
)

_SUPPOSED = re.compile(
    r"万一|如果|要是|假如|\bwhat if\b|\bin case\b|\bif (it|they|this|one|the \w+) (is|are|gets?"
    r"|arrives?|comes?|breaks?|turns?)\b"
)
"""Supposes trouble with an order: what then, says the policy."""


@dataclass(frozen=True)
class Shop:
    """A catalogue with its live changes, made ready to be searched."""

    catalogue: Catalogue
    asked: Mapping[str, Reading]
    """The reading of each FAQ question; a question without one is matched by its words alone."""
    names: Names | None = None
    """The index of the products' names, where it is known already: live changes rename nothing."""

    @cached_property
    def by_sku(self) -> Mapping[str, Product]:
        """Return the products by sku."""
        return {product.sku: product for product in self.catalogue.products}

    @cached_property
    def index(self) -> Names:
        """Return what the products are called."""
        return self.names or Names(self.catalogue.products)

    @cached_property
    def rows(self) -> Mapping[str, Faq]:
        """Return the FAQ rows by the bare words of their questions; the first of equals wins."""
        asked = ((bare(q), row) for row in reversed(self.catalogue.faq) for q in row.questions)
        return {words: row for words, row in asked if words}

    @cached_property
    def whole(self) -> tuple[str, ...]:
        """Return those bare questions of the FAQ that count inside a longer line, longest first."""
        long = (key for key in self.rows if len(key) >= WHOLE and not key.isascii())
        return tuple(sorted(long, key=len, reverse=True))

    @cached_property
    def asks(self) -> Mapping[frozenset[str], Nearest[Faq]]:
        """Return the rows by the words that tell their questions apart, and by their wording."""
        found: dict[frozenset[str], Nearest[Faq]] = {}
        for row in self.catalogue.faq:
            for line in map(tidy, row.questions):
                found.setdefault(telling(line), Nearest(CLOSE)).add(bare(line), row)
        return found

    def find(self, reference: str) -> Product | None:
        """Return the product with this sku (in any case) or link number."""
        wanted = reference.strip().lstrip("#").lower()
        if sku := self.index.skus.get(wanted):
            return self.by_sku[sku]
        linked = self.index.links.get(int(wanted)) if _NUMBER.fullmatch(wanted) else None
        return self.by_sku[linked] if linked else None


def resolve(text: str, reading: Reading, shop: Shop, showing: str | None) -> Question:
    """Return what ``text`` asks, with ``showing`` as the product where it names none."""
    line = spelt_out(tidy(_MENTION.sub(" ", text)))
    names = shop.index.find(line, loose=reading.intent in NAMING)
    if len(names.skus) > 1 and showing in names.skus and _THIS.search(line):
        names = Named((str(showing),), by="name")
    if not names.skus and _elsewhere(line, reading):
        names = Named(missing=True, by="name")
    named = len(names.skus) == 1
    sku = names.skus[0] if named else None
    if not names.skus and not names.missing:
        sku = showing if showing in shop.by_sku else None
    found_by = names.by or ("on screen" if sku else "")
    product = shop.by_sku.get(sku or "")
    clauses = parts(line)
    wanted = topics.asked(line, reading.intent, product) if reading.intent in GOODS else ()
    if clauses and wanted and product:
        told_apart = (spec for clause in clauses for spec in topics.specs(clause, product))
        wanted = tuple(dict.fromkeys((*wanted, *told_apart)))
    if names.by == "link" and not topics.WHICH.search(line):
        wanted = tuple(topic for topic in wanted if topic != "link")  # it is given, not asked for
    told = body(line)
    if told and wanted and reading.intent in ("size", "stock", "product"):
        wanted = ("size_guide",)  # whoever gives a weight wants to know what fits
    plainly = reading.score >= PLAINLY and bool(wanted) and set(wanted) <= FIGURES
    worded = told is not None or plainly or topics.explicit(line, wanted)
    specific = named and bool(wanted)
    return Question(
        lang=reading.lang,
        topics=wanted,
        explicit=named or worded,
        worded=worded,
        product=sku,
        named=named or names.missing,
        named_by=found_by,
        rivals=names.skus if len(names.skus) > 1 else (),
        faq=faq(line, shop, specific=specific),
        body=told,
        own_order=bool(_OWN.search(line)) and not _SUPPOSED.search(line),
        places=places(plain(line)),
        parts=clauses,
    )


def _elsewhere(line: str, reading: Reading) -> bool:
    """Tell whether a line asks for the figure of what it names, and no product is called so."""
    return reading.intent in FIGURES and not _THIS.search(line) and strange(plain(line))


def parts(line: str) -> tuple[str, ...]:
    """Return the clauses of a tidy line, where there are two or more with something in them."""
    found = [part.strip() for part in _JOINTS.split(line)]
    if len(found) == 1:
        return ()
    kept = tuple(p for p in found if len(bare(p)) >= SHORT and not topics.FEE.fullmatch(p))
    return kept[:PARTS] if len(kept) > 1 else ()


FIGURES = frozenset({"price", "stock"})
PLAINLY = 0.9
"""How certain a reading must be for its figure to count as asked for, in whatever words."""
SHORT, PARTS = 3, 4
"""Letters of the shortest clause that counts, and how many clauses do."""
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
    for key in shop.whole:
        if key in asked:
            return shop.rows[key]
    alike = shop.asks.get(telling(line))
    return alike.find(asked) if alike else None


def questions(rows: Sequence[Faq]) -> list[str]:
    """Return every question of these rows: the texts that need an embedding."""
    return [question for row in rows for question in row.questions]
