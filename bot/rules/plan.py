"""From a question and the shop: the facts to state, or who must answer."""

from collections.abc import Mapping, Sequence

from bot.model import (
    INTENTS,
    Answer,
    Autonomy,
    Evidence,
    Fact,
    Faq,
    HandOff,
    Intent,
    Lang,
    Plan,
    Product,
    Question,
    Reading,
    Rules,
    Silence,
)
from bot.rules.evidence import (
    CERTAIN,
    PLAIN,
    PROVEN,
    SETTLED,
    chosen,
    fits,
    needless,
    proves,
    surest,
)
from bot.rules.facts import SHOP_WIDE, facts
from bot.rules.quotes import besides, of_row, quoted
from bot.shop.lookup import Shop
from bot.shop.text import language

DEFAULT_AUTONOMY: Mapping[Intent, Autonomy] = {
    "price": "auto", "discount": "auto", "stock": "auto", "size": "auto", "product": "auto",
    "order": "auto", "shipping": "auto", "after_sale": "auto", "stream": "auto",
    "show": "hand_off",
}  # fmt: skip
"""What contract.md lays down; every other intent is ignored."""

EASIER = 0.2
"""How much less certain a reading may be whose words name the product or what is asked."""
IMPLIED = 0.9
"""How certain a reading must be that rests on no word for what it asks."""
ANSWERED = ("auto", "approve")
LIKELY = 0.6
"""How likely a text must ask something for a passage to be proof enough, whatever its intent."""


def unsettled(question: Question, reading: Reading, rules: Rules) -> bool:
    """Tell whether the catalogue's texts must be weighed before a question is planned."""
    if question.faq or question.own_order or needless(question):
        return False
    asked = _autonomy(reading.intent, rules) in ANSWERED or asking(reading, rules) >= LIKELY
    return asked or _told(question)


def asking(reading: Reading, rules: Rules) -> float:
    """Return how likely, 0 to 1, a text asks anything that the bot may answer."""
    return sum(score for intent, score in reading.scores.items() if _may(intent, rules))


def _may(intent: str, rules: Rules) -> bool:
    return intent in INTENTS and _autonomy(intent, rules) in ANSWERED


def _autonomy(intent: Intent, rules: Rules) -> Autonomy:
    return rules.autonomy.get(intent, DEFAULT_AUTONOMY.get(intent, "ignore"))


def plan(
    question: Question,
    reading: Reading,
    shop: Shop,
    rules: Rules,
    evidence: Sequence[Evidence] = (),
) -> Plan:
    """Decide what is to be said to a question, from facts alone.

    ``evidence`` weighs what the catalogue says against the question; empty where nothing did.
    """
    question = chosen(question, evidence)
    autonomy = _autonomy(reading.intent, rules)
    proof = max(evidence, key=lambda found: found.score, default=None)
    if reason := _unasked(question, reading, rules, proof):
        return reason
    if question.own_order:
        return HandOff("own_order", question.product)
    if autonomy == "hand_off":
        return HandOff("host_only", question.product)
    draft = autonomy == "approve"
    if question.faq:
        return _from_faq(question.faq, question, reading, draft=draft)
    alone = not question.parts and not _settled(question)
    if proof and proof.score >= PROVEN and proof.passage.faq and alone:
        return _from_faq(proof.passage.faq, question, reading, draft=draft)
    if question.rivals and not _shared(question, shop):
        return _of_rivals(question, reading, shop, evidence, draft=draft)
    planned = _from_facts(question, reading, shop, evidence, draft=draft)
    if isinstance(planned, Answer):
        sure = question.explicit or reading.score >= IMPLIED or proves(planned, evidence)
        return planned if sure else Silence("low_confidence")
    if _settled(question) and not (proof and proof.passage.faq):
        return planned  # the figure is not known, or not what is asked for
    if proof and proof.score >= PROVEN and (question.product or not question.named):
        return _from_passages(proof, question, reading, shop, evidence, draft=draft)
    return planned


def _unasked(
    question: Question, reading: Reading, rules: Rules, proof: Evidence | None
) -> Silence | HandOff | None:
    """Return why a text is no question that may be answered, or None."""
    if question.faq:
        return None
    autonomy = _autonomy(reading.intent, rules)
    certainty = reading.score + (EASIER if question.explicit else 0.0)
    if autonomy != "ignore" and certainty >= rules.threshold and not reading.unsure:
        return None
    if proof and proof.score >= CERTAIN and _told(question):
        return None
    certain = PLAIN if question.named else CERTAIN
    if proof and proof.score >= certain and asking(reading, rules) >= LIKELY:
        return None
    if autonomy == "ignore":
        own_trouble = reading.intent == "complaint" and question.own_order
        return HandOff("own_order") if own_trouble else Silence("not_a_question")
    return Silence("low_confidence")


def _told(question: Question) -> bool:
    """Tell whether a text names the product that it speaks of."""
    return question.named and bool(question.product)


def _settled(question: Question) -> bool:
    """Tell whether a word asks for what one figure of the catalogue answers."""
    return question.worded and bool(SETTLED.intersection(question.topics))


def _shared(question: Question, shop: Shop) -> bool:
    """Tell whether what is asked is the same for all products that a text names."""
    products = [shop.by_sku[sku] for sku in question.rivals]
    return (
        bool(question.topics)
        and bool(question.rivals)
        and all(
            topic in SHOP_WIDE and not any(getattr(product, topic, None) for product in products)
            for topic in question.topics
        )
    )


def _of_rivals(
    question: Question,
    reading: Reading,
    shop: Shop,
    evidence: Sequence[Evidence],
    *,
    draft: bool,
) -> Answer | HandOff:
    """Say what is so whichever product is meant; else only the viewer knows which."""
    wide = [found for found in evidence if found.passage.sku is None and found.score >= PROVEN]
    if not wide or _settled(question):
        return HandOff("which_one")
    best = max(wide, key=lambda found: found.score)
    return _from_passages(best, question, reading, shop, wide, draft=draft)


def _from_faq(row: Faq, question: Question, reading: Reading, *, draft: bool) -> Answer:
    key = f"faq:{row.answer}"
    stated = (of_row(row),)
    return Answer(reading.intent, question.lang, stated, key, faq=row.answer, draft=draft)


def _from_passages(
    proof: Evidence,
    question: Question,
    reading: Reading,
    shop: Shop,
    evidence: Sequence[Evidence],
    *,
    draft: bool,
) -> Answer | HandOff:
    """Quote what answers a question best, of a line of several questions what answers each."""
    product = shop.by_sku.get(question.product or "")
    each = tuple(dict.fromkeys(besides(question, product, shop, evidence)))
    if len(each) > 1:
        return answer(each, None, reading.intent, question.lang, draft=draft)
    if proof.passage.faq:
        return _from_faq(proof.passage.faq, question, reading, draft=draft)
    if stated := quoted(proof, product, shop, question):
        return answer(stated, product, reading.intent, question.lang, draft=draft)
    return HandOff("no_fact", question.product)  # no row of the size guide holds this body


def _from_facts(
    question: Question, reading: Reading, shop: Shop, evidence: Sequence[Evidence], *, draft: bool
) -> Plan:
    product = shop.by_sku.get(question.product or "")
    wide = not question.named and bool(SHOP_WIDE.intersection(question.topics))
    if product is None and not wide and not _shared(question, shop):
        return HandOff("unknown_product" if question.named else "no_product")
    found = [
        fact
        for topic in question.topics
        if fits(topic, question, evidence)
        for fact in facts(topic, product, shop, question.lang, question.body)
    ]
    if question.parts:
        found += besides(question, product, shop, evidence)
    elif found and SETTLED.isdisjoint(question.topics) and (row := surest(evidence)):
        found.append(of_row(row))
    if not found:
        return HandOff("no_fact", question.product)
    stated = tuple(dict.fromkeys(found))
    return answer(stated, product, reading.intent, question.lang, draft=draft)


def answer(
    stated: tuple[Fact, ...], product: Product | None, intent: Intent, lang: Lang, *, draft: bool
) -> Answer:
    """Return the plan to state these facts."""
    return Answer(
        intent=intent,
        lang=lang,
        facts=stated,
        key=f"{lang}:" + "|".join(f"{fact.id}={fact.text}" for fact in stated),
        product=product.sku if product else None,
        name=_called(product, lang) if product else None,
        free=len(stated) > 1,
        draft=draft,
    )


def _called(product: Product, lang: Lang) -> str:
    """Return the product's name in the reply: an alias in the viewer's language if there is one."""
    named = (product.name, *product.aliases)
    return next((name for name in named if language(name, lang) == lang), product.name)
