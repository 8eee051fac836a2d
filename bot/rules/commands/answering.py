"""The command by which somebody of the staff answers: in words of their own, or on camera.

What they say may be something that the catalogue does not hold: they are the ones who know. So
their words are held to what a platform carries and to what nobody may say (lengths, forbidden
words, whatever packs the shop has chosen), and not to facts. What they say that is in the
catalogue is still tied to it: should that change before the words are posted, they are dropped.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from bot.model import STAFF, Answer, ChatMessage, Draft, Fact, Outcome, RoomState, Slot
from bot.rules import drafts, guard, policy, retraction
from bot.rules.commands.asked import Asked, Result, short
from bot.rules.commands.modes import silent
from bot.rules.commands.naming import parted
from bot.rules.facts import facts
from bot.shop.alike import Nearest, telling
from bot.shop.text import bare, tidy

OWN = "an:"
"""How the id of a reply begins whose words are the staff's: behind it stands the command's id."""
UNANSWERED = frozenset({"handed_off", "blocked", "ignored", "expired"})
"""Outcomes of a question that somebody of the staff may still answer for others who asked it."""
SINCE = 900.0
"""Seconds for which somebody still waits for an answer that others ask for too."""
MOST = 50
"""Messages that one answer answers at most."""
ALIKE = 0.75
"""Dice coefficient of character pairs above which two wordings are taken as one question."""


def answer(state: RoomState, asked: Asked) -> Result:
    """Say the words to all who asked it; without words, take the question as answered."""
    outcomes = {each.message.id: each for each in asked.past.outcomes if _asks(each)}
    of_drafts = {each.draft: each.message.id for each in outcomes.values() if each.draft}
    named, words = parted(asked.rest, {**of_drafts, **{each: each for each in outcomes}})
    if not named or words == "":
        return state, asked.say(
            "应为 answer 编号 = 回答；只写编号：不再提示",
            "expected answer ID = WORDS, or answer ID: it is answered",
        )
    if unknown := [each for each in named if each not in outcomes]:
        lost = short(" ".join(unknown), 40)
        return state, asked.say(f"最近没有这条消息：{lost}", f"no such message of late: {lost}")
    meant = [outcomes[each] for each in named]
    left = [each for each in meant if each.message.text and not _gone(each, state)]
    if not left:
        return state, asked.say("消息已被删除", "the message was deleted")
    left = [each for each in left if not _answered(each.message, state)]
    if not left:
        return state, asked.say("已经回答过了", "it is answered already")
    every = (*left, *_others(left, outcomes.values(), state, asked.now))[:MOST]
    return _dismissed(state, every, asked) if words is None else _said(state, every, words, asked)


def _asks(outcome: Outcome) -> bool:
    return outcome.outcome != "commanded" and outcome.message.role != "bot"


def _gone(outcome: Outcome, state: RoomState) -> bool:
    return outcome.reason == "deleted" or retraction.gone(outcome.message, state)


def _answered(message: ChatMessage, state: RoomState) -> bool:
    """Say whether the staff has answered a message, or has approved what is about to be posted."""
    if state.told.get(message.id, "").startswith(OWN):
        return True
    slot = next((one for one in state.slots if message.id in one.answers), None)
    return slot is not None and slot.draft is not None and not slot.waits


def _others(
    meant: Sequence[Outcome], outcomes: Collection[Outcome], state: RoomState, now: float
) -> Iterator[Outcome]:
    """Yield those who asked the same in nearly the same words and have no answer, newest first."""
    named = {each.message.id for each in meant}
    near = Nearest[str](ALIKE)
    for each in meant:
        near.add(bare(each.message.text), each.message.id)
    for each in reversed(list(outcomes)):
        said = each.message
        if (
            said.id not in named
            and each.outcome in UNANSWERED
            and said.role not in STAFF
            and said.id not in state.told
            and now - said.sent_at < SINCE
            and said.author.strip().lower() not in state.muted
            and not (_gone(each, state) or _answered(said, state))
            and any(_same(each, one, near) for one in meant)
        ):
            yield each


def _same(one: Outcome, other: Outcome, near: Nearest[str]) -> bool:
    if (one.product, one.intent) != (other.product, other.intent) or not one.intent:
        return False
    mine, theirs = one.message.text, other.message.text
    if telling(tidy(mine)) != telling(tidy(theirs)):
        return False
    return bare(mine) == bare(theirs) or near.find(bare(mine)) == other.message.id


def _dismissed(state: RoomState, meant: Sequence[Outcome], asked: Asked) -> Result:
    state, joined = _closed(state, meant, asked.now)
    ids = dict.fromkeys([each.message.id for each in meant] + [row[0] for row in joined])
    told = {**state.told, **dict.fromkeys(ids, f"{OWN}{asked.id}")}
    told = dict(list(told.items())[-policy.TOLD :])
    what = short(meant[0].message.text, 40)
    notice = asked.say(f"已算作回答：{what}", f"taken as answered: {what}")
    return replace(state, told=told), notice


def _said(state: RoomState, meant: Sequence[Outcome], words: str, asked: Asked) -> Result:
    if mode := silent(state, asked):
        return state, asked.say(f"{mode} 时不发送", f"nothing is posted in {mode}")
    first = meant[0]
    plan = Answer(
        intent=first.intent or "chitchat",
        lang=first.lang or asked.rules.language,
        facts=_stated(words, first, asked),
        key=f"{OWN}{asked.id}",
        product=first.product,
        faq=words,
    )
    verdict = guard.check(words, plan, asked.abilities, asked.rules)
    if not verdict.ok:
        why = ": ".join(filter(None, (verdict.reason, verdict.detail)))
        return state, asked.say(f"不能这样说（{why}）", f"refused ({why})")
    state, joined = _closed(state, meant, asked.now)
    slot = _slot(plan, words, [*map(_asker, meant), *joined], first, asked)
    count = len(slot.answers)
    said = short(words)
    return replace(state, slots=(*state.slots, slot)), asked.say(
        f"已回答 {count} 条：{said}", f"answered {count}: {said}"
    )


def _slot(
    plan: Answer, words: str, askers: Sequence[tuple[str, str, str]], first: Outcome, asked: Asked
) -> Slot:
    """Return the slot of an answer that needs no approval more."""
    answers, names, authors = zip(*dict.fromkeys(askers), strict=True)
    draft = Draft(
        id="",
        room=first.message.room,
        plan=plan,
        asked=first.message.text[: drafts.ASKED],
        text=words,
        shop_version=asked.shop.catalogue.version,
        approved=asked.id,
    )
    return Slot(
        reply_id=plan.key,
        key=plan.key,
        due=asked.now,
        expires=asked.now + asked.rules.max_age,
        answers=answers,
        names=names,
        authors=authors,
        draft=draft,
    )


def _asker(outcome: Outcome) -> tuple[str, str, str]:
    said = outcome.message
    return said.id, said.author, said.author_id


def _closed(
    state: RoomState, meant: Sequence[Outcome], now: float
) -> tuple[RoomState, list[tuple[str, str, str]]]:
    """Return the room without the bot's own answers to these, and all whom those would answer."""
    ids = {each.message.id for each in meant}
    slots = [one for one in state.slots if ids.intersection(one.answers)]
    return retraction.closed(state, slots, now), [
        row
        for one in slots
        for row in zip_longest(one.answers, one.names, one.authors, fillvalue="")
        if row[0]
    ]


def _stated(words: str, first: Outcome, asked: Asked) -> tuple[Fact, ...]:
    """Return the figures of the catalogue that the words state, of what they or the viewer name."""
    skus = asked.shop.index.find(tidy(words), loose=True).skus or filter(None, [first.product])
    lang = first.lang or asked.rules.language
    said = guard.numbers(words)
    return tuple(
        fact
        for sku in skus
        for topic in ("price", "stock")
        for fact in facts(topic, asked.shop.by_sku.get(sku), asked.shop, lang)
        if (found := guard.numbers(fact.said)) and found <= said
    )
