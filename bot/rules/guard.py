"""What may be said: every planned fact, no other number, no link, no banned word, not too long."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Abilities, Answer, Fact, Rules
from bot.rules.wording import fits
from bot.shop.text import bare, tidy

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_URL = re.compile(
    r"(?:https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|shop|top|cc|io|me)\b)", re.IGNORECASE
)
_CONTACT = re.compile(
    r"微信号|加v|加微|(?<![a-z0-9])vx号?\s?[:：]?\s?[a-z0-9]|whats\s*app|telegram|qq\s*[:：]?\s*\d{5,}|1[3-9]\d{9}"
)
_NUMERALS = re.compile(r"[零一二三四五六七八九十百千万两]+(?=元|块|折|件|天|小时|岁|码)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text may be said, and if not, why."""

    ok: bool
    reason: str | None = None
    detail: str = ""


PASSED = Verdict(ok=True)
WHOLE = 100_000
"""A reply is looked at to its end, unlike a viewer's line."""


def check(text: str, plan: Answer, abilities: Abilities, rules: Rules) -> Verdict:
    """Return whether ``text`` states the plan's facts and nothing that they do not say."""
    if not text.strip() or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        return Verdict(ok=False, reason="unreadable")
    if not fits(text, abilities):
        return Verdict(ok=False, reason="too_long")
    if banned := _banned(text, rules):
        return Verdict(ok=False, reason="banned_word", detail=banned)
    if plan.faq is not None:
        said = text == plan.faq
        return (
            PASSED if said else Verdict(ok=False, reason="ungrounded", detail="not the FAQ's text")
        )
    return _grounded(text, plan)


def _banned(text: str, rules: Rules) -> str | None:
    line = bare(text, WHOLE)
    return next((word for word in rules.banned if bare(word) and bare(word) in line), None)


def _grounded(text: str, plan: Answer) -> Verdict:
    missing = [fact.id for fact in plan.facts if not _states(text, fact.said)]
    if missing:
        return Verdict(ok=False, reason="ungrounded", detail=f"missing {', '.join(missing)}")
    sources = [*(fact.said for fact in plan.facts), plan.name or ""]
    sources += [fact.id.partition(".specs.")[2] for fact in plan.facts]
    allowed = set().union(*map(numbers, sources))
    if loose := numbers(text) - allowed:
        return Verdict(ok=False, reason="ungrounded", detail=f"number {', '.join(sorted(loose))}")
    if bent := _bent(text, plan):
        return Verdict(ok=False, reason="ungrounded", detail=f"{bent.id} said as something else")
    added = tidy(_without(text, sources), WHOLE)
    for pattern, what in ((_URL, "link"), (_CONTACT, "contact"), (_NUMERALS, "number")):
        if found := pattern.search(added):
            return Verdict(ok=False, reason="ungrounded", detail=f"{what} {found[0]}")
    return PASSED


_LIST = r"原价|吊牌|划线|标价|日常价|\blist\b|\bwas\b|before|usual|regular|original|retail"
_STOCK = r"库存|还有|还剩|只剩|剩|有货|件|left|stock|have|remaining|available"
_CLAUSE = re.compile(r"[，。；！？～,;!?]|\.(?!\d)|、(?=原价|现)")
BINDING: Mapping[str, tuple[str | None, str | None]] = {
    "price": (None, _LIST),
    "list_price": (_LIST, r"现在|现价|直播间|到手|只要|\bnow\b|going for|today"),
    "stock": (_STOCK, r"原价|价格|price"),
}
"""What the clause of a number must say, and must not say: a list price is no price to pay."""


def _bent(text: str, plan: Answer) -> Fact | None:
    """Return the first number whose clause binds it to another attribute than its own."""
    nameless = _without(text, [plan.name or ""])  # an Original Mug has no list price by its name
    clauses = [*_CLAUSE.split(nameless), *_CLAUSE.split(text)]
    for fact in plan.facts:
        must, never = BINDING.get(fact.id.rpartition(".")[2], (None, None))
        if (must or never) and not any(_binds(part, fact, must, never) for part in clauses):
            return fact
    return None


def _binds(clause: str, fact: Fact, must: str | None, never: str | None) -> bool:
    said = _squeezed(fact.said)
    if said not in _squeezed(clause):
        return False
    words = clause.casefold()
    if must and fact.text != "0" and not re.search(must, words):
        return False
    return not (never and re.search(never, words))


def _without(text: str, sources: list[str]) -> str:
    """Return a text with a mark for each thing that the catalogue says: what the writer added."""
    for source in sorted(filter(None, sources), key=len, reverse=True):
        opening = r"\b" if source[0].isascii() and source[0].isalnum() else ""
        closing = r"\b" if source[-1].isascii() and source[-1].isalnum() else ""
        words = f"(?a:{opening}{re.escape(source)}{closing})"
        text = re.sub(words, "■", text)
    return text


def _states(text: str, said: str) -> bool:
    """Tell whether the words of a fact stand in a text, not as a part of a longer number."""
    words = _squeezed(said)
    opening = r"(?<!\d)(?<!\d[.,])" if words[:1].isdigit() else ""
    closing = r"(?!\d|[.,]\d)" if words[-1:].isdigit() else ""
    return re.search(opening + re.escape(words) + closing, _squeezed(text)) is not None


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text in one form: full width narrowed, ``129.00`` as ``129``."""
    return frozenset(_plain(found) for found in _NUMBER.findall(_narrow(text)))


def _narrow(text: str) -> str:
    """Return NFKC of a text, in which a Chinese comma does not become one inside a number."""
    return unicodedata.normalize("NFKC", text.replace("，", "、"))


def _plain(number: str) -> str:
    number = (
        number.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number) else number
    )
    return number.rstrip("0").rstrip(".") if "." in number else number


def _squeezed(text: str) -> str:
    """Return a text without case and blanks: how a writer spaces a fact changes nothing."""
    kept = re.sub(r"(?<=\d)\s+(?=\d)", "_", _narrow(text))  # "15 129" are two numbers
    return re.sub(r"\s+", "", kept).casefold()
