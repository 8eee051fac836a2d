"""A message whose words were taken away is answered in a replay as it was: others may depend on it.

Who asked the same joined its answer, or came too soon after it. What was said by whom is not known
any more; what the answer rested on is.
"""

from dataclasses import replace

from bot.flow.pipeline import admitted
from bot.flow.services import Services
from bot.flow.trace import Trace
from bot.model import Answer, ChatMessage, Fact, Lang, Outcome, Reading
from bot.replay.asides import Bare
from bot.rules import plan
from bot.rules.facts import facts
from bot.shop.lookup import Shop

FAQ = "faq."
"""How the ids of facts begin that are rows of the FAQ."""
CHANGING = ("price", "list_price", "stock")
"""The topics whose facts are said in other words than they are written."""


async def relived(bare: Bare, message: ChatMessage, use: Services) -> Outcome:
    """Return the outcome of a message without words, its answer on its way again if it had one."""
    outcome = bare.outcome
    if not bare.facts or outcome.intent is None:
        return outcome
    shop = await use.shops.at(message.room, await use.rooms.get(message.room))
    reading = Reading(
        outcome.intent,
        outcome.score or 0.0,
        {},
        outcome.sentiment or "neutral",
        outcome.lang or bare.lang,
    )
    draft = outcome.draft is not None or outcome.outcome == "drafted"
    planned = _planned(bare, shop, draft=draft)
    now, trace = use.clock.now(), Trace(use.timer)
    return await admitted(message, reading, planned, shop, use, trace, now, draft=draft)


def _planned(bare: Bare, shop: Shop, *, draft: bool) -> Answer:
    """Return the plan that rests on the same facts, as the catalogue has them now."""
    outcome, lang = bare.outcome, bare.lang
    assert outcome.intent is not None  # noqa: S101 - the caller has looked
    first, *more = bare.facts
    if first.id.startswith(FAQ) and not more:
        row, said = first.text, Fact(first.id, first.text, first.text)
        return Answer(outcome.intent, lang, (said,), f"faq:{row}", faq=row, draft=draft)
    product = shop.by_sku.get(outcome.product or "")
    stated = tuple(_current(each, shop, lang) for each in bare.facts)
    planned = plan.answer(stated, product, outcome.intent, lang, draft=draft)
    return replace(planned, free=False)  # without the question no model can word it


def _current(fact: Fact, shop: Shop, lang: Lang) -> Fact:
    """Return what the catalogue says in the place of a fact, in the words that say it."""
    owner = next((sku for sku in shop.by_sku if fact.id.startswith(f"{sku}.")), "")
    topic = fact.id[len(owner) + 1 :] if owner else fact.id.removeprefix("shop.")
    asked = "price" if topic == "list_price" else topic
    found = facts(asked, shop.by_sku.get(owner), shop, lang)
    same = [each for each in found if each.id == fact.id]
    told = Fact(fact.id, fact.text, fact.text)  # a part of the size guide, a sentence of the notes
    return same[0] if same and topic in CHANGING else told
