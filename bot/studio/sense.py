"""Whether a sentence that a model wrote can be read aloud: the guard knows truth, not sense.

Rules, no model. Each fact stands under its own name or a known turn of phrase: a heading such as
"specs:" or 规格 names nothing; an amount is of the product, not of a key; an English key needs a
verb or a stop before its value; a list price is nothing that comes on top.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.model import Answer, Fact, Lang
from bot.rules.claims import MARK, keys, sources, spoken

_TAGS: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"规格|参数|资料|信息|再就是|[给帮为]您|您[看列查]|看这里|列下|报下|吊牌|标签|这边[，,]?报价"
        r"|(?:另外|还有|再加上)[，：:]?(?:原价|标价|划线价)"
    ),
    "en": re.compile(
        r"\b(?:spec(?:s|\b|ification)|spec sheet|details? (?:on|of|for)|in the details"
        r"|here's the (?:info|list)\b|the info|price tag"
        r"|(?:plus|also|and),? (?:the )?(?:list price|offer:|details?:|on the|in the)"
        r"|here's the material of)",
        re.IGNORECASE,
    ),
}
"""Headings that name no fact, the manners of a reply, and what is no addition."""
_JOINT: Final = re.compile(
    r"[:：,，;–—(?]|\b(?:is|are|was|of|at|comes?|runs?|reads?|says|has|have|goes|with|in)\b",
    re.IGNORECASE,
)
"""What joins an English key to its value."""
_OF: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        rf"{MARK}\s*[件个双条盒份套](?:的)?(材质|面料|成分|配料|颜色|尺码|价格|原价|优惠|发货|退换|售后|链接|库存)"
    ),
    "en": re.compile(
        rf"{MARK}\s+of\s+(?:(?:the|our|this|that)\s+)?"
        rf"(?!{MARK}|(?:the|our|these|those|them|this|that|it)\b)(\w+)",
        re.IGNORECASE,
    ),
}
"""An amount of what is no thing: "140 of the sizing"."""
_CAPITAL: Final = re.compile(r"(?<=[a-z,] )(?!I['’])[A-Z]\w*")
_CLAUSES: Final = re.compile(r"[，。；;,.!！?？]")
_EATEN: Final = frozenset({"成分", "配料", "ingredients"})
_MATERIAL: Final = re.compile(r"材质|面料|用料|\b(?:material|fabric)s?\b", re.IGNORECASE)


def slip(text: str, plan: Answer, lang: Lang, stuff: str = "") -> str | None:
    """Return what shows that a sentence of a model went wrong, or None.

    ``stuff`` is what the product's material is called: what is eaten has ingredients.
    """
    own = _marked(text, sources(plan))
    if found := _TAGS[lang].search(_marked(text, _values(plan))):
        return found[0]
    if stuff in _EATEN and (found := _MATERIAL.search(own)):
        return found[0]
    for fact in plan.facts:
        key = fact.id.partition(".specs.")[2]
        if key and (word := _bare(text, key, fact, lang)):
            return word
    for found in _OF[lang].finditer(own):
        if found[1].casefold().rstrip("s") not in (plan.name or "").casefold():
            return found[0]
    if lang == "zh":
        return _twice_zh(own)
    if found := _CAPITAL.search(own):
        return found[0]
    return _twice_en(own)


def _values(plan: Answer) -> list[str]:
    """Return what the catalogue says, without the names of keys: those head nothing."""
    return [piece for piece in sources(plan) if piece not in keys(plan)]


def _marked(text: str, pieces: Sequence[str]) -> str:
    pattern = spoken(text, pieces, pieces)
    return pattern.sub(MARK, text) if pattern else text


def _bare(text: str, key: str, fact: Fact, lang: Lang) -> str | None:
    """Return a key that runs into its value: "pockets two", 袖长长袖, 适用肤质各类肤质."""
    found = re.search(re.escape(key) + r"(.{0,12}?)" + re.escape(fact.said), text, re.IGNORECASE)
    if found is None:
        return None
    if lang == "zh":
        shared = key[-1] == fact.said[0] or key[-2:] in fact.said
        return found[0] if not found[1] and shared else None
    return None if _JOINT.search(found[1]) else found[0]


def _twice_zh(own: str) -> str | None:
    """Return two ideographs that open two clauses outside the facts."""
    heads = [part.strip(f" {MARK}：:")[:2] for part in _CLAUSES.split(own)]
    known = [head for head in heads if len(head) == 2]  # noqa: PLR2004
    return next((head for head in known if known.count(head) > 1), None)


def _twice_en(own: str) -> str | None:
    words = re.findall(r"[a-z]{4,}", own.casefold())
    return next((word for word in words if words.count(word) > 1 and word != "there"), None)
