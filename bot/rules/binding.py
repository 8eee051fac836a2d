"""Whether a wording with marks says of each fact what it is: no stock figure as a price.

A mark is bound by the words just before it ("shipping: ②") or just after it ("② left"). Words of
another kind of fact beside a mark are an error of the language model; so are none at all, but for
the kinds that explain themselves.
"""

import re
from typing import Final

from bot.model import Lang
from bot.rules.prompts import MARKS, kinds

PLAIN: Final[dict[Lang, frozenset[str]]] = {
    "zh": frozenset({"price", "status", "notes", "specs"}),
    "en": frozenset({"price", "status"}),
}
"""Kinds that need no words: "it is ①"."""

BEFORE: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "price": r"(?<!原)(?<!牌)价|卖", "list_price": r"原价|吊牌价", "discount": r"优惠|活动",
        "stock": r"还有|库存|剩", "status": r"不好意思", "colors": r"颜色",
        "sizes": r"尺码(?!参考|建议)|码数|规格|可选", "size_guide": r"尺码参考|尺码建议|选码",
        "material": r"材质|用的|用料|是", "specs": r"参数|规格", "shipping": r"发货|物流|快递",
        "returns": r"售后|退换", "notes": r"提示|注意|提醒|(?<!发货)说明",
        "link": r"链接", "payment": r"付款|支持",
    },
    "en": {
        "price": r"(?<!list )(?<!regular )pric|going for|cost", "discount": r"offer|deal",
        "list_price": r"list price", "stock": r"we have",
        "status": r"currently|sorry", "colors": r"colors?|comes? in|available in",
        "sizes": r"sizes?(?! guide)|options|choose|comes? in|available in",
        "size_guide": r"size guide|sizing", "material": r"material|made (?:of|from)",
        "specs": r"specs?\b|details", "shipping": r"shipping", "returns": r"returns",
        "notes": r"\bnote|good to know", "link": r"\blink", "payment": r"pay|we take",
    },
}  # fmt: skip
AFTER: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "stock": "件", "colors": "可选|这些颜色", "sizes": "可以选|可选", "material": "的",
        "link": "号链接", "payment": "付款",
    },
    "en": {"stock": " left| in stock| still available"},
}  # fmt: skip
_CLAUSE: Final = re.compile(
    rf"(?:^|[{MARKS}，。；！？～（,;!?.(])([^{MARKS}，。；！？～（,;!?.(]*)$"
)
_SHARED: Final = frozenset({"material"})  # "是" is too common to tell of anything but itself


def binds(wording: str, prompt: str, lang: Lang) -> bool:
    """Tell whether each mark of ``wording`` stands beside words for its own kind of fact."""
    found = kinds(prompt)
    return all(
        _bound(wording[: match.start()], wording[match.end() :], found[match[0]], lang)
        for match in re.finditer(f"[{MARKS}]", wording)
        if match[0] in found
    )


def _bound(before: str, after: str, kind: str, lang: Lang) -> bool:
    clause = _CLAUSE.search(before)
    words = clause[1].casefold() if clause else ""
    cues, follow = BEFORE[lang], AFTER[lang].get(kind)
    if follow and re.match(follow, after):
        return True
    if re.search(cues[kind], words):
        return True
    told = (other for other in cues if other not in _SHARED and re.search(cues[other], words))
    return kind in PLAIN[lang] and next(told, None) is None
