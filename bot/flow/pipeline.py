"""The whole bot in one function: a message goes in, its outcome comes out."""

import asyncio
from dataclasses import replace
from functools import partial

from bot.flow.drafting import Draft, drafted
from bot.flow.services import Services
from bot.flow.trace import Trace
from bot.model import (
    Answer,
    ChatMessage,
    Evidence,
    Go,
    HandOff,
    Join,
    Kind,
    Outcome,
    Plan,
    Question,
    Reading,
    Reply,
    Skip,
)
from bot.rules import commands, evidence, plan, policy, retraction
from bot.shop import lookup, passages
from bot.shop.lookup import Shop


async def handle(message: ChatMessage, use: Services) -> Outcome:
    """Carry one message from arrival to outcome, which says why and what each step took."""
    trace = Trace(use.timer)
    return trace.onto(await _carried(message, use, trace))


async def _carried(message: ChatMessage, use: Services, trace: Trace) -> Outcome:
    """Carry one message from arrival to outcome.

    Each early return is a decision and a value: nothing here logs, sleeps, catches, or knows a
    platform. The worker records what is returned and queues its reply in the same step.
    """
    now = use.clock.now()
    if command := commands.parse(message, use.rules):
        return await _command(message, command, now, use)

    room = await use.rooms.get(message.room)
    shop = await use.shops.at(message.room, room)  # the catalogue with live changes
    reason = policy.dismiss(message, room, shop.catalogue.name, now, use.rules)
    if reason == "staff" and room.slots:
        said = partial(retraction.answered, message=message, now=now)
        await use.rooms.update(message.room, said)
    if reason:
        return Outcome(message, "expired" if reason in policy.LATE else "ignored", reason)

    reading = await use.reader.read(message.text)  # joins a batch
    trace.done("read")
    showing = room.showing or shop.catalogue.now_showing
    question = lookup.resolve(message.text, reading, shop, showing)
    trace.resolved(question)
    proof = await _weighed(message, question, reading, shop, use)
    trace.weighed(proof)
    trace.done("look up")
    planned = plan.plan(question, reading, shop, use.rules, proof)
    if not isinstance(planned, Answer):
        return _unanswered(message, reading, planned)
    mode = room.mode or use.rules.mode
    if mode != "auto" or planned.draft:
        draft = await drafted(message, planned, shop, use, trace)
        return _kept(message, reading, draft, mode)

    admit = partial(policy.admit, message=message, plan=planned, now=now, rules=use.rules)
    match await use.rooms.update(message.room, admit):
        case Skip(reason):
            return _read(message, reading, "ignored", reason, planned.product)
        case Join(reply_id):
            reply = Reply(
                reply_id, message.room, "", "template", planned.facts, (), delivery="not_sent"
            )
            return replace(_read(message, reading, "answered", None, planned.product), reply=reply)
        case Go() as slot:
            if use.clock.now() > slot.expires:  # what could not be posted is not written
                return await _too_late(message, reading, planned, slot, use)
            draft = await drafted(message, planned, shop, use, trace)
            return await _reply(message, reading, draft, slot, use)


async def _command(
    message: ChatMessage, command: commands.Command | commands.Denied, now: float, use: Services
) -> Outcome:
    if isinstance(command, commands.Denied):
        return Outcome(message, "ignored", "not_allowed")
    shop = await use.shops.at(message.room, await use.rooms.get(message.room))
    change = partial(commands.apply, command=command, shop=shop, now=now, rules=use.rules)
    return Outcome(message, "commanded", notice=await use.rooms.update(message.room, change))


async def _weighed(
    message: ChatMessage, question: Question, reading: Reading, shop: Shop, use: Services
) -> tuple[Evidence, ...]:
    """Return how well each piece of the catalogue answers what words alone do not settle."""
    if use.judge is None or not plan.unsettled(question, reading, use.rules):
        return ()
    found = passages.passages(question, reading, shop)
    about = await use.reader.read_all([passage.text for passage in found])  # mostly from its cache
    asked = (message.text, *question.parts)
    readings = await use.reader.read_all(asked)
    likely = [passages.likely(question, own, found, about) for own in readings]
    scores = await asyncio.gather(
        *(
            use.judge.judge(text, [passage.text for passage in row])
            for text, row in zip(asked, likely, strict=True)
        )
    )
    return evidence.merged(map(evidence.weighed, asked, likely, scores, readings))


async def _too_late(
    message: ChatMessage, reading: Reading, planned: Answer, slot: Go, use: Services
) -> Outcome:
    await use.rooms.update(message.room, partial(policy.withdraw, reply_id=slot.reply_id))
    return _read(message, reading, "expired", "too_late", planned.product)


async def _reply(
    message: ChatMessage, reading: Reading, draft: Draft, slot: Go, use: Services
) -> Outcome:
    if not draft.verdict.ok:
        withdraw = partial(policy.withdraw, reply_id=slot.reply_id)
        await use.rooms.update(message.room, withdraw)
        return _read(message, reading, "blocked", draft.verdict.reason, draft.plan.product)
    reply = replace(draft.reply(message), due=slot.due, expires=slot.expires)
    return replace(_read(message, reading, "answered", None, draft.plan.product), reply=reply)


def _kept(message: ChatMessage, reading: Reading, draft: Draft, mode: str) -> Outcome:
    """Return what becomes of a draft that nobody has approved."""
    if not draft.verdict.ok:
        return _read(message, reading, "blocked", draft.verdict.reason, draft.plan.product)
    reason = "shadow" if mode == "shadow" else "approval"
    reply = replace(draft.reply(message), delivery="not_sent")
    return replace(_read(message, reading, "drafted", reason, draft.plan.product), reply=reply)


def _unanswered(message: ChatMessage, reading: Reading, planned: Plan) -> Outcome:
    if isinstance(planned, HandOff):
        return _read(message, reading, "handed_off", planned.reason, planned.product)
    assert not isinstance(planned, Answer)  # noqa: S101 - the caller has looked
    return _read(message, reading, "ignored", planned.reason, None)


def _read(
    message: ChatMessage, reading: Reading, kind: Kind, reason: str | None, product: str | None
) -> Outcome:
    return Outcome(
        message,
        kind,
        reason,
        intent=reading.intent,
        score=reading.score,
        sentiment=reading.sentiment,
        lang=reading.lang,
        product=product,
    )
