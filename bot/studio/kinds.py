"""Which sentences a spec gets: by what it is called and by what its value looks like.

"It weighs 420 gsm" is false of a hoodie, "it holds 10,000 mAh" of a battery: a sentence made for a
weight or a volume is for values that are one.
"""

import re
from typing import Final

from bot.model import Lang
from bot.studio.labels import family

MEASURED: Final = re.compile(r"^(?:about |approx\.? |up to |约)?[\d.]+(?!\s?:)", re.IGNORECASE)
"""A value that begins with a figure."""
_FIGURE: Final = re.compile(
    r"(?:about |approx\.? |up to |over |under )?[\d.,]+(?:\s?(?:[-–x×/]|to|by)\s?[\d.,]+)*"
    r"\s?[^\W\d]*[%°\"'′″]?(?:\s[a-z]+){0,2}",
    re.IGNORECASE,
)
"""A value that is a figure with its unit and no more: "the length is 6 ft"."""
_TIME: Final = (
    r"(?:h|hrs?|hours?|days?|weeks?|months?|years?|min|minutes?|小时|天|日|周|个?月|年|分钟)"
)
_FITS: Final = {
    "capacity": re.compile(
        r"\d\s*(?:ml|cl|l|lit(?:er|re)s?|oz|fl|cups?|pints?|quarts?|qt|gal\w*|毫升|升)(?![a-z])",
        re.IGNORECASE,
    ),
    "weight": re.compile(
        r"\d\s*(?:kg|g|mg|t|lbs?|oz|pounds?|ounces?|克|公斤|千克|斤|吨|两)(?![a-z/]|每平)",
        re.IGNORECASE,
    ),
    "battery": re.compile(rf"\d\s*{_TIME}(?![a-z])", re.IGNORECASE),
    "shelf": re.compile(rf"\d\s*{_TIME}(?![a-z])", re.IGNORECASE),
    "size": re.compile(
        r"^(?!.*\d\s*(?:ml|cl|l|fl|oz|k?g|lbs?|毫升|升|克|公斤)(?![a-z])).*\d", re.IGNORECASE
    ),
    "count": re.compile(r"\d"),
}
"""What a value holds for which a family's sentences are made."""
_VERSION: Final = re.compile(r"v?\d+(?:\.\d+)?")
_ANSWER: Final = re.compile(r"(?:yes|no|支持|不支持|是|否|有|无)", re.IGNORECASE)
_WHEN: Final = re.compile(
    r"[前后时]$|^(?:after|before|once|when|until|if|on|in|for|at)\b", re.IGNORECASE
)
"""A key that is no noun: 开封后, "once opened"."""
_PARTIAL: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"(?:不要|不可|不能|请勿|切勿|禁止|避免|[到至自于有为在的])$|^一[盒袋箱包瓶罐桶组份支条双片](?:[^装]|$)"
    ),
    "en": re.compile(
        r"(?:\b(?:of|to|with|in|on|for|by|via|from|into|as|at|not|before|after|until)|n[’']t)$"
        r"|^(?:never|avoid|reapply)$",
        re.IGNORECASE,
    ),
}
"""A key that wants its value behind it: "set of", "do not", 里面有, 一盒."""
_SENT: Final = re.compile(r"[发寄走]")
_FREE: Final = re.compile(
    r"(?:bpa|pvc|pfas|lead|nickel|gluten|sugar|dairy|lactose|caffeine|alcohol|fragrance|latex"
    r"|parabens?|sulfates?|phthalates?|nuts?|soy|gmo|cruelty): free",
    re.IGNORECASE,
)
"""A key and a value that only together say what they mean: "nickel free"."""
_ASKS: Final = re.compile(
    r"[?？]$|吗$|(\w)不\1|还是.|什么|怎[么样]|如何|多少|哪[儿里种些个国款]|几[个双件只条片张瓶盒包支块对套颗把人天年岁]"
    r"|多[大长高重久宽厚深]$"
    r"|^(?:until when|does|is|are|can|will|what|how|who|where|which|why)(?:[’']s)? \w",
    re.IGNORECASE,
)
"""A key that is a question, which its value answers."""
ODD: Final = frozenset({"asked", "told", "flag", "when", "phrase", "verb"})
"""Kinds of specs whose key is no noun: nothing can be compared or announced by it."""
_TOLD: Final = re.compile(
    r"^(?:不|无|未|有|可|附|含|内含|支持|需|已|能|免|带|送|随|赠|配|每|按|用|采用|防|适|仅|只|建议|请"
    r"|找|联系|另|自备|见)"
)
"""A Chinese value that is half a sentence: 香精，不添加."""


def kind(key: str, said: str, lang: Lang) -> str | None:
    """Return the kind of sentence that a spec gets alone; None where it stands among others."""
    if shape := _shape(key, said):
        return shape
    found = family(key)
    if found == "version":
        return found if _VERSION.fullmatch(said) else None
    if found in _FITS and not (MEASURED.match(said) and _FITS[found].search(said)):
        found = None
    if found is None and (_PARTIAL[lang].search(key) or _SENT.fullmatch(said)):
        return "phrase"
    if found is None and lang == "zh" and _TOLD.match(said):
        return "flag"
    return found


def _shape(key: str, said: str) -> str | None:
    """Return the kind that the look of a key or a value decides, whatever it is about."""
    if _ASKS.search(key):
        return "asked"
    if key.casefold() in said.casefold():
        return "told"
    if _ANSWER.fullmatch(said):
        return "flag"
    if _FREE.fullmatch(f"{key}: {said}"):
        return "phrase"
    return "when" if _WHEN.search(key) else None


def figure(said: str) -> bool:
    """Tell whether an English value is a figure with its unit and nothing else."""
    return bool(_FIGURE.fullmatch(said))
