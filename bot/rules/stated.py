"""Whether a line of the staff states what the bot is about to say: then the bot need not say it.

Pure. What a line is about is the reader's to tell, by its intents and by its embedding beside that
of the answer; words only veto. A price without a figure, a question, and a promise to say it later
answer nothing. A mistake costs either way: a wrong yes takes an answer from a viewer, a wrong no
says it twice.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Intent, Question, Reading, Vector
from bot.rules import claims
from bot.shop.text import tidy

ABOUT: Final[Mapping[str, tuple[Intent, ...]]] = {
    "price": ("price", "discount"),
    "list_price": ("price", "discount"),
    "discount": ("discount",),
    "stock": ("stock",),
    "restock": ("stock",),
    "colors": ("stock", "product"),
    "sizes": ("size", "stock"),
    "size_guide": ("size",),
    "material": ("product",),
    "notes": ("product",),
    "shipping": ("shipping",),
    "returns": ("after_sale",),
    "warranty": ("after_sale",),
    "payment": ("order",),
    "link": ("order",),
}
"""As which intents a statement about a topic is read; a spec as a product's."""
PLAINLY: Final = 0.5
"""How likely a line must be about a topic to answer it, whatever its words."""
NEARLY: Final = 0.12
"""The same, where its words are near those of the answer (``NEAR``)."""
NEAR, ALIKE = 0.4, 0.55
"""Cosines to the answer: near it; so near that it is one, whatever the intent."""
NAMING: Final = frozenset({"link", "name", "part of a name"})
"""What names a product in a line of the staff; what only sounds like one does not."""

_FACT = re.compile(rf"(?P<owner>.+?)\.(?P<topic>{'|'.join(ABOUT)}|specs\..+)")
_CLAUSE = re.compile(
    r"[，。；！？～~;!?\n]+|,(?!\d{3}(?!\d))|\.(?!\d)|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"
)
_ASKS = re.compile(
    r"吗|嘛$|呢$|多少|(?<!最后)(?<![剩好没])几[号点个件天时折码]|什么|[怎咋]|哪|谁|啥|是不是|能不能|有没有|要不要|可不可以"
    r"|\b(?:how|what|whats|what's|when|where|which|who|why|anyone|guess)\b"
    r"|^(?:do|does|did|is|are|can|could|will|would|should|any)\b"
)
_LATER = re.compile(
    r"等[会我下一]|等等|稍[等后]|[一待]会|马上(?![就给有补到])|即将|公布|揭晓|开价|扣\s?\d|参考|小黄车里|详情|猜"
    r"|[看问查核]一?[下看]"
    r"|\blet me\b|\bwait\b|\bin an? (?:sec|second|minute|moment|bit)\b|\bsoon\b|\bcheck\b"
    r"|\d minutes?$"
)
_SPELT = re.compile(
    r"(?:[一二两三四五六七八九]?[百千][零一二三四五六七八九十百]*|[一二三四五六七八九]?十[一二三四五六七八九]?)(?=元|块|哈|哦|$)"
)
_CLOSES = re.compile(
    r"\s*(?:$|[哈哦啊呀啦了拿带到抢起,，一两]|yuan|today|only|now|for\b|guys|each)"
)
"""What stands behind a price that names no currency."""
_PLACE = re.compile(r"第[一二三四五六七八九十\d]+个|\bfirst\b|\btop\b")
_SIZED = re.compile(
    r"码|斤|kg|\bcm\b|厘米|\b(?:[sml]|x+[sl]|\d{2})\b|(?<![a-z])x*[sl](?![a-z])|\bfits?\b|\bsize"
)
_SOLD = re.compile(
    r"[有没断缺现]货|卖[完光]|售罄|抢[完光]|库存|[还只剩]\S{0,2}\d+[件个份双盒条]|最后\S{0,2}[件个份双盒条]"
    r"|sold out|all gone|in stock|available|\bleft\b|plenty"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a line of the staff states, read and resolved against the shop."""

    line: str
    reading: Reading
    about: Question
    whole: Reading
    """The line as it was said, with what it asks to answer it at once: 多少钱？129！"""

    def likely(self, intents: Sequence[Intent]) -> float:
        """Return how likely, 0 to 1, it is about one of these."""
        return max(
            sum(each.scores.get(intent, 0.0) for intent in intents)
            for each in (self.reading, self.whole)
        )

    def of(self, owner: str, showing: str | None) -> bool:
        """Say whether it may speak of a product (by sku), or of the shop's own."""
        if owner in ("shop", "faq"):
            return True
        if self.about.rivals:
            return owner in self.about.rivals
        named = self.about.named_by in NAMING
        return (self.about.product if named else showing) == owner

    @property
    def named(self) -> bool:
        """Whether it names one product."""
        return self.about.named_by in NAMING and not self.about.rivals


def stated(text: str) -> str:
    """Return the clauses of a line that state something now; empty where none does."""
    kept = [
        clause
        for clause, end in _clauses(tidy(text))
        if clause and "?" not in end and not (_ASKS.search(clause) or _LATER.search(clause))
    ]
    return "，".join(kept)


def _clauses(line: str) -> Iterator[tuple[str, str]]:
    at = 0
    for found in _CLAUSE.finditer(line):
        yield line[at : found.start()].strip(), found[0]
        at = found.end()
    yield line[at:].strip(), ""


def answers(
    said: Said, topics: Sequence[tuple[str, str]], answer: Vector, showing: str | None
) -> bool:
    """Say whether a line states what an answer would: one of its topics is enough.

    ``answer`` is the embedding of the answer's words, or empty.
    """
    near = _cosine(said.reading.vector, answer)
    return any(said.of(owner, showing) and _states(said, topic, near) for owner, topic in topics)


def planned(key: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return what the answer of a plan's key is about, and its words.

    Each topic stands behind its owner: a sku, "shop", or "faq". An answer of the staff's own, or
    a notice, is about nothing.
    """
    if key.startswith("faq:"):
        return (("faq", "faq"),), key.removeprefix("faq:")
    if key[:3] not in ("zh:", "en:"):
        return (), ""
    parts = [each.partition("=") for each in key[3:].split("|")]
    topics = []
    for name, _, _ in parts:
        if name.startswith("faq."):
            topics.append(("faq", "faq"))
        elif found := _FACT.fullmatch(name):
            topics.append((found["owner"], found["topic"]))
    return tuple(topics), " ".join(text for _, _, text in parts if text)


def _states(said: Said, topic: str, near: float) -> bool:
    if topic == "list_price":
        return False  # it is said beside the price
    likely = said.likely(ABOUT.get(topic, ("product",)))
    if topic == "faq":
        return near >= ALIKE
    if topic == "price":
        return _priced(said, likely)
    if topic == "link":
        return likely >= PLAINLY and _placed(said.line)
    if topic in ("stock", "restock"):  # a bare figure is near to any other
        return likely >= PLAINLY or bool(_SOLD.search(said.line))
    if topic == "colors":
        return near >= ALIKE
    if topic in ("sizes", "size_guide") and not _SIZED.search(said.line):
        return False
    if likely >= PLAINLY and topic in ABOUT and ABOUT[topic] != ("product",):
        return True  # a product has many features, of which one is asked for
    return near >= ALIKE or (likely >= NEARLY and near >= NEAR)


def _priced(said: Said, likely: float) -> bool:
    """Say whether a line gives a price: a figure of money, or one that stands for nothing else."""
    figures = list(claims.counted(said.line))
    if any(unit == "money" for _, unit in figures) or _SPELT.search(said.line):
        return said.named or likely >= NEARLY
    plain = [
        found
        for found in re.finditer(r"\d+(?:\.\d+)?", said.line)
        if (found[0], "") in figures and _CLOSES.match(said.line, found.end())
    ]
    return bool(plain) and (said.named or likely >= PLAINLY)


def _placed(line: str) -> bool:
    return bool(_PLACE.search(line)) or any(unit == "link" for _, unit in claims.counted(line))


def _cosine(one: Vector, other: Vector) -> float:
    """Return the cosine of two embeddings of unit length, 0 where there is none."""
    return sum(a * b for a, b in zip(one, other, strict=True)) if len(one) == len(other) else 0.0
