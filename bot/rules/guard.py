"""What may be said: every planned fact as what it is, and nothing else that states anything."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Abilities, Answer, Fact, Lexicon, Rules
from bot.rules import claims
from bot.rules.claims import MARK, WHOLE, kind, narrow, numbers, sources, squeezed
from bot.rules.wording import fits
from bot.shop.text import bare

__all__ = ["PASSED", "Verdict", "check", "nameable", "numbers"]
_UNNAMED = frozenset({"abuse", "contact", "link", "politics"})
"""Why a viewer's name is left out of a mention."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a text may be said, and if not, why."""

    ok: bool
    reason: str | None = None
    detail: str = ""


PASSED = Verdict(ok=True)


def check(
    text: str, plan: Answer, abilities: Abilities, rules: Rules, others: Sequence[str] = ()
) -> Verdict:
    """Return whether ``text`` states the plan's facts and nothing that they do not say.

    ``others`` are names of the shop's other products: none of them may be spoken of.
    """
    if not text.strip() or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        return Verdict(ok=False, reason="unreadable")
    if not fits(text, abilities):
        return Verdict(ok=False, reason="too_long")
    if banned := _banned(text, rules):
        return Verdict(ok=False, reason="banned_word", detail=banned)
    if plan.faq is not None:
        said = text == plan.faq
        return PASSED if said else _ungrounded("not the FAQ's text")
    return _grounded(text, plan, others) if plan.facts else _ungrounded("no fact at all")


def nameable(name: str, lexicon: Lexicon | None) -> str | None:
    """Return a viewer's name as it may stand in a mention, or None where it may not."""
    if not name.strip() or claims.elsewhere(name):
        return None
    found = lexicon.find(name) if lexicon else iter(())
    return None if any(word.reason in _UNNAMED for word in found) else name


def _ungrounded(detail: str) -> Verdict:
    return Verdict(ok=False, reason="ungrounded", detail=detail)


def _banned(text: str, rules: Rules) -> str | None:
    line = bare(text, WHOLE)
    for word in rules.banned:
        if bare(word) and bare(word) in line:
            return word
    found = next(rules.lexicon.find(text), None) if rules.lexicon else None
    return str(found) if found else None


def _grounded(text: str, plan: Answer, others: Sequence[str]) -> Verdict:
    missing = [fact.id for fact in plan.facts if not _states(text, fact.said)]
    if missing:
        return _ungrounded(f"missing {', '.join(missing)}")
    allowed = numbers("\n".join(sources(plan)))
    if unknown := numbers(text) - allowed:
        return _ungrounded(f"number {', '.join(sorted(unknown))}")
    if bent := _bent(text, plan) or _mislabelled(text, plan):
        return _ungrounded(f"{bent.id} said as something else")
    if loose := claims.loose(_own_words(text, plan), plan, others):
        return _ungrounded(loose)
    return PASSED


_LISTED = r"原价|吊牌|划线|标价|\blist\b|\brrp\b|\bmsrp\b|retail"
"""What a list price may be called: no catalogue says that it "was" or "usually" is the price."""
_LIST = rf"{_LISTED}|日常价|\bwas\b|before|usual|regular|original"
"""What may be said of any price but the one to pay."""
_NOW = r"现在|现价|直播间|到手|只要|\bnow\b|going for|today"
_STOCK = r"库存|还有|还剩|只剩|剩|有货|件|left|stock|have|remaining|available"
_CLAUSE = re.compile(r"[，。；！？～,;!?]|\.(?!\d)|、(?=原价|现)")
_COUNTED = re.compile(r"\s*(?:件(?!套|装)|号链接|left\b|in stock\b)", re.IGNORECASE)
BINDING: Mapping[str, tuple[str | None, str | None]] = {
    "price": (None, _LIST),
    "list_price": (_LISTED, _NOW),
    "stock": (_STOCK, r"原价|价格|price"),
    "link": (r"号|链接|\blink\b|#|小黄车|购物袋|\bcart\b", None),
}
"""What the clause of a number must say, and must not say: a list price is no price to pay."""
LABELS: Mapping[str, str] = {
    "material": r"材质|用料|面料|成分|material|made (?:of|from)|fabric",
    "sizes": r"尺码|码数|\bsiz(?:es?|ing)\b",
    "size_guide": r"尺码|选码|\bsiz(?:es?|ing)\b",
    "colors": r"颜色|配色|colou?rs?\b",
    "shipping": r"发货|物流|快递|运费|shipping|delivery",
    "returns": r"退换|售后|退货|returns?\b",
    "payment": r"付款|支付|\bpay(?:ment)?\b",
    "discount": r"优惠|活动|discount|offer|\bdeal\b",
}
"""What a text of the catalogue is called before it is said."""
OWN: Mapping[str, str] = {
    **LABELS,
    "price": rf"{_NOW}|价格|price",
    "list_price": rf"(?:{_LIST})(?:价| price)?",
    "stock": _STOCK,
    "link": r"链接|link",
    "size_guide": rf"(?:{LABELS['size_guide']})(?:参考|建议| guide)?",
    "notes": r"说明|notes?",
}
"""What a fact may be called though a spec has just that key."""
_IS = re.compile(r"[\s:：=]*(?:\b(?:is|are|of)\b|是|为)?[\s:：]*$")
"""What joins a name to what it names."""


def _bent(text: str, plan: Answer) -> Fact | None:
    """Return the first number whose clause binds it to another attribute than its own."""
    nameless = _marked(text, [plan.name or ""])  # an Original Mug has no list price by its name
    clauses = [*_CLAUSE.split(nameless), *_CLAUSE.split(text)]
    keys = claims.spoken(text, (), claims.keys(plan))
    called = keys.findall(text) if keys else []
    for fact in plan.facts:
        must, never = BINDING.get(fact.id.rpartition(".")[2], (None, None))
        others = [piece for piece in (*sources(plan), *called) if piece != fact.said]
        figures = [f.said for f in plan.facts if f.id.endswith(("price", "stock")) and f != fact]
        if (must or never) and not any(
            _binds(part, fact, must, never, others, figures) for part in clauses
        ):
            return fact
    return None


def _binds(
    clause: str,
    fact: Fact,
    must: str | None,
    never: str | None,
    others: Sequence[str],
    figures: Sequence[str],
) -> bool:
    """Tell whether a clause states a figure, says what it is, and does not say that it is another.

    What the catalogue says beside it counts for nothing; where two figures share a clause, the
    words before each are looked at instead (``_mislabelled``).
    """
    if not _states(clause, fact.said):
        return False
    if must and fact.text != "0" and not re.search(must, clause.casefold()):
        return False
    if never is None or any(figure in clause for figure in figures):
        return True
    return not re.search(never, _marked(clause, others).casefold())


def _mislabelled(text: str, plan: Answer) -> Fact | None:
    """Return a fact that the writer's words just before it call by another one's name."""
    for before, last, piece, after in _pieces(text, plan):
        owners = [fact for fact in plan.facts if fact.said == piece]
        named = [plan.name, *(fact.id.partition(".specs.")[2] for fact in plan.facts)]
        if len(owners) != 1 or piece in named or not (bare(piece)[1:] or piece.isdecimal()):
            continue  # one ideograph may be a part of the writer's own word
        if _calls_another(before, last, after, owners[0], plan):
            return owners[0]
    return None


def _pieces(text: str, plan: Answer) -> Iterator[tuple[str, str, str, str]]:
    """Yield (words before, what stands before them in the clause, piece, what follows) of each."""
    pattern, at, last, before = claims.spoken(text, sources(plan)), 0, "", ""
    facts = {fact.said for fact in plan.facts}
    for found in pattern.finditer(text) if pattern else ():
        words = _CLAUSE.split(before + text[at : found.start()])
        at, before = found.end(), f"{words[-1]}{MARK}"
        if found[0] == plan.name and found[0] not in facts:
            continue  # "colors of the mug: …" is one clause
        yield words[-1].casefold(), last if len(words) == 1 else "", found[0], text[at:]
        last, before = f"{words[-1]}{found[0]}", ""


def _calls_another(before: str, last: str, after: str, fact: Fact, plan: Answer) -> bool:
    what, own = kind(fact, plan.product), fact.id.partition(".specs.")[2].casefold()
    if _keyed_as_another(f"{last.casefold()}{before}", own, what, plan):
        return True
    if what in ("price", "list_price") and _COUNTED.match(after):
        return True
    keys = claims.spoken(before, (), claims.keys(plan))
    if own and keys:  # the fabric weight is no fabric
        before = keys.sub(lambda key: MARK if key[0] == own else key[0], before)
    if what in BINDING:
        never = BINDING[what][1]
        labels = [words for key, words in LABELS.items() if key != "discount"]  # 活动价129元
        return any(re.search(words, before) for words in (*labels, never) if words)
    if what not in (*LABELS, "specs", "notes") or re.search(LABELS.get(what, r"(?!)"), before):
        return False
    return any(re.search(words, before) for words in LABELS.values())


def _keyed_as_another(before: str, own: str, what: str, plan: Answer) -> bool:
    """Tell whether the words just before a fact are the key of a spec that it is not."""
    line = _IS.sub("", before)
    pattern = claims.spoken(line, (), claims.keys(plan))
    found = list(pattern.finditer(line)) if pattern else []
    if not found or found[-1].end() < len(line):
        return False
    said = [plan.name or "", *(other.said for other in plan.facts)]
    key = found[-1][0]
    if key in (own, *map(str.casefold, said)):
        return False
    label = re.search(rf"(?:{OWN.get(what, '(?!)')})$", line)  # a list price beside a spec "price"
    return label is None or label.start() > found[-1].start()


def _own_words(text: str, plan: Answer) -> str:
    """Return a text with a mark for what the catalogue says; bare numbers stay with their units."""
    pieces = [piece for piece in sources(plan) if not narrow(piece).isdecimal()]
    return _marked(text, pieces, [key for key in claims.keys(plan) if not narrow(key).isdecimal()])


def _marked(text: str, pieces: Sequence[str], called: Sequence[str] = ()) -> str:
    pattern = claims.spoken(text, filter(None, pieces), called)
    return pattern.sub(MARK, text) if pattern else text


def _states(text: str, said: str) -> bool:
    """Tell whether the words of a fact stand in a text, not as a part of a longer number."""
    words = squeezed(said)
    opening = r"(?<!\d)(?<!\d[.,])" if words[:1].isdigit() else ""
    closing = r"(?!\d|[.,]\d)" if words[-1:].isdigit() else ""
    return re.search(opening + re.escape(words) + closing, squeezed(text)) is not None
