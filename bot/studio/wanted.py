"""What viewers asked, folded: the same question from many is one, with how many asked it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model import Fact, Lang, Outcome
from bot.shop.text import bare, language
from bot.studio.rundown import Wanted

ASKED: Final = frozenset({"answered", "drafted"})
OPEN: Final = frozenset({"no_fact", "unknown_product", "no_product"})
"""Why a question was handed to the host for which an answer can be prepared."""
LONGEST: Final = 60
"""Characters of a question that is read out; of several wordings the shortest common one is."""
_MENTION: Final = re.compile(r"@\S+|\[[^\]]{1,8}\]")
_SYMBOL: Final = re.compile(r"[^\w\s,.!?'’%$¥/+-，。？！、：；“”（）℃°×]", re.UNICODE)
_QUESTION: Final = re.compile(
    r"[?？]|[吗么呢不没]\W*$|什么|多少|多大|多长|多久|几|怎|哪|谁|能|可以|有没有|是不是|[会有]不|啥|咋|多钱"
    r"|\b(?:what|how|which|when|where|who|why|can|could|do|does|did|is|are|will|would|any|have)\b",
    re.IGNORECASE,
)
"""What a line holds that is read out as a question."""
_BODY: Final = re.compile(
    r"\d\s*(?:斤|公斤|kg|lbs?\b|pounds|cm|厘米)|偏[码大小]"
    r"|\bruns? (?:small|large|big)|true to size",
    re.IGNORECASE,
)
"""Asks what fits whom: a list of sizes is no answer."""
_END: Final = re.compile(r"[\s。.!！?？~～…]+$")

Key = tuple[str | None, frozenset[str] | str]


@dataclass
class Folded:
    """Takes outcomes, each with how often its text was said; gives the most asked questions."""

    lang: Lang
    _texts: dict[Key, Counter[str]] = field(default_factory=dict)
    _facts: dict[Key, tuple[Fact, ...]] = field(default_factory=dict)
    _reasons: dict[Key, str] = field(default_factory=dict)

    def add(self, outcome: Outcome, times: int = 1) -> None:
        """Count a message that asked something; what was no question is passed over."""
        text = tidied(outcome.message.text, self.lang)
        if not text:
            return
        facts = outcome.reply.facts if outcome.reply and outcome.outcome in ASKED else ()
        if facts and _misfits(text, facts):
            key: Key = (outcome.product, bare(text))
            self._reasons.setdefault(key, "no_fact")
        elif facts:
            shared = all(fact.id.startswith(("shop.", "faq.")) for fact in facts)
            sku = None if shared else outcome.product
            key = (sku, frozenset(f"{fact.id}={fact.said}" for fact in facts))
            self._facts.setdefault(key, facts)
        elif outcome.outcome == "handed_off" and outcome.reason in OPEN:
            key = (outcome.product, bare(text))
            self._reasons.setdefault(key, outcome.reason or "")
        else:
            return
        self._texts.setdefault(key, Counter())[text] += times

    def most(self, answered: int, unanswered: int) -> tuple[Wanted, ...]:
        """Return so many questions that the catalogue answers and so many that it does not.

        Only questions in the script's language can be read out; the others count all the same.
        """
        found = [self._wanted(key, texts) for key, texts in self._texts.items()]
        found.sort(key=lambda one: (-one.count, one.text))
        known = [one for one in found if one.facts and language(one.text, self.lang) == self.lang]
        return (*known[:answered], *[one for one in found if not one.facts][:unanswered])

    def _wanted(self, key: Key, texts: Counter[str]) -> Wanted:
        return Wanted(
            text=_spokesman(texts, self.lang),
            count=texts.total(),
            sku=key[0],
            facts=self._facts.get(key, ()),
            reason=self._reasons.get(key, ""),
        )


def _misfits(text: str, facts: Sequence[Fact]) -> bool:
    """Tell whether somebody who asks what fits would get something else than the size guide."""
    return bool(_BODY.search(text)) and not any(fact.id.endswith("size_guide") for fact in facts)


def _spokesman(texts: Counter[str], lang: Lang) -> str:
    """Return the wording that stands for all: in the script's language, frequent, and short."""
    return min(
        texts, key=lambda text: (language(text, lang) != lang, -texts[text], len(text), text)
    )


def tidied(text: str, lang: Lang) -> str:
    """Return a question as it can be read out: without mentions and emoji, with its mark.

    Empty where the line is too long, or no question by its words.
    """
    line = _SYMBOL.sub("", _MENTION.sub("", text))
    if not _QUESTION.search(line):
        return ""
    line = _END.sub("", " ".join(line.split()))
    if not bare(line) or len(line) > LONGEST:
        return ""
    if language(line, lang) == "zh":
        return line + "？"
    return line[:1].upper() + line[1:] + "?"


def shop_wide(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the questions about the shop, not about a product."""
    return [one for one in wanted if one.facts and one.sku is None]
