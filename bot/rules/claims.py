"""What the words between the facts state by themselves: units, sizes, days, money, promises."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from bot.model import Answer, Fact, Forbidden
from bot.shop.lexicon import Packs, load
from bot.shop.text import tidy

MARK: Final = "■"
"""Stands for a piece of the catalogue in a text: what is left are the writer's own words."""
WHOLE: Final = 100_000
"""A reply is looked at to its end, unlike a viewer's line."""
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")

_AFTER: Final[Mapping[str, str]] = {
    "money": r"元|块|圆|円|rmb|usd|eur|gbp|cny|jpy|dollars?|bucks?|euros?|pounds? sterling|yuan|yen",
    "percent": r"%|折|成(?!分|人|套)|percent",
    "count": r"只(?![剩要有是能])|[件双条盒瓶支套份包箱颗片](?!装)|left|in stock|pieces?|pcs|units?|remaining|available",
    "link": r"号(?:链接|宝贝)?",
    "time": r"天|小时|分钟|秒|点|月|年|周|日|days?|hours?|hrs?|minutes?|mins?|weeks?|months?|years?|[ap]m\b",
    "weight": r"斤|公斤|千克|克|kg|g\b|lbs?\b|oz\b",
    "length": r"厘米|毫米|公分|米|cm|mm|m\b|inch(?:es)?|寸|ft\b",
    "volume": r"毫升|升|ml|l\b",
    "size": r"码",
    "age": r"岁",
    "times": r"次|倍",
    "degree": r"度|℃|°",
    "power": r"瓦|伏|[wv]\b",
}
"""What a number counts, by the word after it."""
_UNITS: Final = tuple(
    (what, re.compile(rf"\s*(?:{words})", re.IGNORECASE)) for what, words in _AFTER.items()
)
_BEFORE: Final = (
    ("money", re.compile(r"[¥$€£₩₹฿]\s*$")),
    ("link", re.compile(r"(?:#|链接|\blink(?: no\.?)?)\s*$", re.IGNORECASE)),
    ("rank", re.compile(r"(?:第|\bno\.?)\s*$", re.IGNORECASE)),
)
_OF_KIND: Final[Mapping[str, str]] = {
    "price": "money", "list_price": "money", "stock": "count", "link": "link", "sizes": "size",
}  # fmt: skip


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text in one form: full width narrowed, ``129.00`` as ``129``."""
    return frozenset(number for number, _ in counted(text))


def counted(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number of a text with what it counts ("" where no word tells)."""
    line = narrow(text)
    for found in _NUMBER.finditer(line):
        yield _plain(found[0]), _unit(line[: found.start()], line[found.end() :])


def _unit(before: str, after: str) -> str:
    for what, cue in _BEFORE:
        if cue.search(before):
            return what
    return next((what for what, cue in _UNITS if cue.match(after)), "")


def narrow(text: str) -> str:
    """Return NFKC of a text, in which a Chinese comma does not become one inside a number."""
    return unicodedata.normalize("NFKC", text.replace("，", "、"))


def _plain(number: str) -> str:
    number = (
        number.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number) else number
    )
    return number.rstrip("0").rstrip(".") if "." in number else number


def squeezed(text: str) -> str:
    """Return a text without case and blanks: how a writer spaces a fact changes nothing."""
    kept = re.sub(r"(?<=\d)\s+(?=\d)", "_", narrow(text))  # "15 129" are two numbers
    return re.sub(r"\s+", "", kept).casefold()


def kind(fact: Fact, sku: str | None) -> str:
    """Return what sort of fact it is: price, stock, specs and so on."""
    own = f"{sku}."  # a sku may hold a dot
    topic = fact.id.removeprefix(own) if fact.id.startswith(own) else fact.id.partition(".")[2]
    return topic.partition(".")[0]


_ELSEWHERE: Final = ("contacts.zh", "contacts.en", "links")
"""Packs that hold for the writer's own words and for names, also where the seller names none."""
_WALL: Final = "。"
"""No word of a pack reaches over it, as one would over a mark."""
_NUMERALS: Final = re.compile(
    r"[零一二三四五六七八九十百千万两]+(?=元|块|折|件|天|小时|岁|码)"
    r"|(?:[零二三四五六七八九十百千万两]|一(?=[零一二三四五六七八九十百千万]))[零一二三四五六七八九十百千万两]*"
    r"(?=[个双条只盒包瓶套支份斤克米月年周倍码]|公斤|厘米|点(?!儿))"
    r"|百分之?[零一二三四五六七八九十百两]+|[五半对]折|半价|[零一二三四五六七八九十两]成(?!分|人|套)"
    r"|(?a:\b)(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|dozen|half|couple)(?:[\s-]\w+)?"
    r"[\s-](?:left|in stock|pieces|items|days?|hours?|weeks?|months?|years?|dollars?|bucks|percent|off"
    r"|price|yuan|euros?|sizes?|colou?rs?)\b"
)
_SIZE: Final = re.compile(
    r"(?<![A-Za-z0-9'’])(?:[2-6]?[Xx]{1,4}[SsLl]|[SML]|[sml](?=\s?码)|均码|大码|小码"
    r"|(?i:one size|free size|plus size))(?![A-Za-z0-9'’])"
)
_DAY: Final = re.compile(
    r"明[天日晚早]|后天|昨[天晚]|今晚|次日|当[天日]|隔[天日]|下周|下个?月|月底|周末|星期[一二三四五六日天]|周[一二三四五六日]"
    r"|[上下]午|凌晨|半夜|\b(?:tomorrow|tonight|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|next week|this week(?:end)?|noon|midnight|overnight|(?:same|next)[\s-]day)\b"
)
_MONEY: Final[Mapping[str, str]] = {
    "CNY": r"(?<=[\d■])\s?(?:元|块)|[¥￥]|rmb|cny|yuan|人民币",
    "JPY": r"円|日元|[¥￥]|\bjpy\b|\byen\b",
    "USD": r"\$|美[元金刀]|\busd\b|\bdollars?\b|\bbucks?\b|(?<=[\d■])\s?刀",
    "EUR": r"€|欧元|\beur\b|\beuros?\b",
    "GBP": r"£|英镑|\bgbp\b|\bpounds? sterling\b|\bquid\b",
    "HKD": r"港[币元]|\bhkd\b",
    "TWD": r"台币|\btwd\b|\bnt\$",
    "KRW": r"₩|韩[元币]|\bkrw\b",
}
_ANY_MONEY: Final = re.compile("|".join(_MONEY.values()), re.IGNORECASE)
_PROMISE: Final = re.compile(
    r"包邮|免邮|免运|免费|白送|赠|送[你您一两给]|买[一二三\d].?送|打折|折扣|半价|特价|立减|满减|优惠券|券|秒杀|降价|涨价|便宜|划算"
    r"|超值|最[低高好佳优强大新]|唯一|顶级|正品|保真|真品|假一|质保|保修|终身|永久|无理由|[包可][退换]|退款|赔|现货|有货"
    r"|售罄|[卖售][完光]|没货|缺货|断货|补货|预售|限时|限量|快抢|抢购|福袋|抽奖|红包|顺丰|中通|圆通|韵达|申通|邮政|京东|次日达|极速"
    r"|防水|纯棉|真皮|羊绒|真丝|有机|进口|不[掉褪]色|不起球|不变形|孕妇|婴儿|敏感肌|认证|保证|保障|承诺|绝对|百分百|无效"
    r"|\b(?:(?<!feel )free|gifts?|guarante\w*|warrant\w*|refund\w*|discount\w*|coupons?|on sale|cheap\w*|best|lowest"
    r"|authentic|genuine|waterproof|organic|hypoallergenic|sold out|out of stock|restock\w*|back in stock"
    r"|pre-?orders?|limited|hurry|bonus|dhl|fedex|usps|express|promis\w*|perfect\w*|certified|approved"
    r"|lifetime|proven|safe for|imported|handmade|pure)\b"
)
_LICENSED: Final[Mapping[str, str]] = {
    "discount": r"打折|折扣|优惠券|券|discount\w*|coupons?|on sale",
    "stock": r"现货|有货",
    "sold_out": r"售罄|[卖售][完光]|没货|缺货|断货|sold out|out of stock",
    "returns": r"[包可][退换]|退款|refund\w*",
}
"""What a fact of a kind lets the writer say: "sold out" of a stock of 0."""


def loose(added: str, plan: Answer, others: Sequence[str]) -> str | None:
    """Return the first thing that the writer's own words state and no fact does, or None.

    ``added`` is the text with MARK where the catalogue speaks; ``others`` are names of products
    that are not spoken of.
    """
    line = tidy(added, WHOLE)
    if away := elsewhere(added.replace(MARK, _WALL)):
        return f"{away.reason} {away.word}"
    if numeral := _NUMERALS.search(line):
        return f"number {numeral[0]}"
    said = "\n".join(sources(plan))
    whole = tidy(said, WHOLE)
    for pattern, what, own, text in (
        (_SIZE, "size", narrow(said), narrow(added)), (_DAY, "day", whole, line), (_PROMISE, "claim", whole, line),
    ):  # fmt: skip
        stated = {squeezed(found[0]) for found in pattern.finditer(own)}
        for found in pattern.finditer(text):
            if squeezed(found[0]) not in stated and not _licensed(found[0], plan):
                return f"{what} {found[0]}"
    return _unit_of_another(added, plan) or _currency(added, plan) or _another(line, plan, others)


def sources(plan: Answer) -> list[str]:
    """Return what the catalogue says in an answer: facts, the name, what a spec is a spec of."""
    said = [fact.said for fact in plan.facts]
    return [text for text in (*said, plan.name or "", *keys(plan)) if text]


def keys(plan: Answer) -> list[str]:
    """Return what the specs of an answer are called by the catalogue."""
    return [key for fact in plan.facts if (key := fact.id.partition(".specs.")[2])]


@cache
def _packs() -> Packs:
    return load(_ELSEWHERE)


def elsewhere(text: str) -> Forbidden | None:
    """Return the first link, address or other way to be reached elsewhere in a text, or None."""
    return next(_packs().find(text), None)


def _licensed(words: str, plan: Answer) -> bool:
    kinds = {
        "sold_out" if (what := kind(fact, plan.product)) == "stock" and fact.text == "0" else what
        for fact in plan.facts
    }
    return any(re.fullmatch(_LICENSED[one], words) for one in kinds & _LICENSED.keys())


def _unit_of_another(added: str, plan: Answer) -> str | None:
    """Return a number that counts something else than the fact it is of: a price of so many left."""
    known: dict[str, set[str]] = {}
    for fact in plan.facts:
        own = _OF_KIND.get(kind(fact, plan.product), "")
        for number, unit in counted(fact.said):
            known.setdefault(number, {""}).update((unit, own))
    called = numbers(plan.name or "") if narrow(plan.name or "").isdecimal() else frozenset()
    for number, unit in counted(added):
        if number in called:
            continue  # a lipstick named 520
        if unit not in known.get(number, {""}):
            return f"number {number} as {unit}"
    return None


def _currency(added: str, plan: Answer) -> str | None:
    """Return a sign of money that is none of the facts' currency."""
    codes = {word for fact in plan.facts for word in fact.text.split() if word in _MONEY}
    said = " ".join(sources(plan)).casefold()
    for found in _ANY_MONEY.finditer(narrow(added)):
        sign = found[0].strip().casefold()
        known = any(re.search(_MONEY[code], MARK + found[0], re.IGNORECASE) for code in codes)
        if not known and sign not in said:
            return f"currency {sign}"
    return None


def _another(line: str, plan: Answer, others: Iterable[str]) -> str | None:
    """Return the name of a product that is not spoken of."""
    own = " ".join(sources(plan)).casefold()
    for name in others:  # there may be ten thousand
        word = name.casefold()
        if word in line and len(word) > 1 and word not in own and re.search(_whole(word), line):
            return f"product {name}"
    return None


def _whole(word: str) -> str:
    opening = r"\b" if word[0].isascii() and word[0].isalnum() else ""
    closing = r"\b" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"(?a:{opening}{re.escape(word)}{closing})"


def spoken(text: str, pieces: Iterable[str], called: Iterable[str] = ()) -> re.Pattern[str] | None:
    """Return a pattern that finds the catalogue's pieces in a text, the longest first; or None.

    The keys of specs, ``called``, count in any case: a sentence begins with a capital letter.
    """
    line = text.casefold()
    found = {piece: _whole(piece) for piece in pieces if piece in text}
    found |= {key: f"(?i:{_whole(key)})" for key in called if key.casefold() in line}
    longest = sorted(found, key=len, reverse=True)
    return re.compile("|".join(found[piece] for piece in longest)) if found else None
