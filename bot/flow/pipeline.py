"""The whole bot in one function: a message goes in, its outcome comes out."""

from dataclasses import replace
from functools import partial

from bot.flow.commanding import ordered
from bot.flow.drafting import Worded, drafted
from bot.flow.listening import listened
from bot.flow.services import Services
from bot.flow.trace import Trace
from bot.flow.weighing import weighed
from bot.model import (
    Answer,
    ChatMessage,
    Go,
    HandOff,
    Join,
    Kind,
    Outcome,
    Plan,
    Reading,
    Reply,
    Skip,
)
from bot.rules import commands, drafts, plan, policy
from bot.shop import lookup
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
    if reason == "staff":
        await listened(message, room, shop, now, use)
    if reason:
        return Outcome(message, "expired" if reason in policy.LATE else "ignored", reason)

    if room.autonomy:
        use = replace(use, rules=policy.ruled(room, use.rules))
    reading = await use.reader.read(message.text)  # joins a batch
    trace.done("read")
    showing = room.showing or shop.catalogue.now_showing
    question = lookup.resolve(message.text, reading, shop, showing)
    trace.resolved(question)
    proof = await weighed(message, question, reading, shop, use)
    trace.weighed(proof)
    trace.done("look up")
    planned = plan.plan(question, reading, shop, use.rules, proof)
    if not isinstance(planned, Answer):
        return _unanswered(message, reading, planned)
    mode = room.mode or use.rules.mode
    if mode == "shadow":
        return _shadowed(message, reading, await drafted(message, planned, shop, use, trace))
    draft = mode == "approve" or planned.draft
    return await admitted(message, reading, planned, shop, use, trace, now, draft=draft)


async def admitted(
    message: ChatMessage,
    reading: Reading,
    planned: Answer,
    shop: Shop,
    use: Services,
    trace: Trace,
    now: float,
    *,
    draft: bool,
) -> Outcome:
    """Give a planned answer its slot and then its words, which go out or wait for approval."""
    admit = partial(
        policy.admit, message=message, plan=planned, now=now, rules=use.rules, draft=draft
    )
    match await use.rooms.update(message.room, admit):
        case Skip(reason):
            return _read(message, reading, "ignored", reason, planned.product)
        case Join(reply_id):
            reply = Reply(
                reply_id, message.room, "", "template", planned.facts, (), delivery="not_sent"
            )
            if not draft:
                return replace(
                    _read(message, reading, "answered", None, planned.product), reply=reply
                )
            reply = replace(reply, expires=now + use.rules.draft_expires)
            return replace(
                _read(message, reading, "drafted", "approval", planned.product), reply=reply
            )
        case Go() as slot:
            if use.clock.now() > slot.expires:  # what could not be posted is not written
                return await _too_late(message, reading, planned, slot, use)
            worded = await drafted(message, planned, shop, use, trace)
            return await (_waits if draft else _reply)(message, reading, worded, slot, use)


async def _command(
    message: ChatMessage, command: commands.Command | commands.Denied, now: float, use: Services
) -> Outcome:
    if isinstance(command, commands.Denied):
        return Outcome(message, "ignored", "not_allowed")
    done = await ordered(message.room, command, use, now)
    return Outcome(message, "commanded", notice=done.notice, reply=done.reply)


async def _too_late(
    message: ChatMessage, reading: Reading, planned: Answer, slot: Go, use: Services
) -> Outcome:
    await use.rooms.update(message.room, partial(policy.withdraw, reply_id=slot.reply_id))
    return _read(message, reading, "expired", "too_late", planned.product)


async def _reply(
    message: ChatMessage, reading: Reading, worded: Worded, slot: Go, use: Services
) -> Outcome:
    if not worded.verdict.ok:
        withdraw = partial(policy.withdraw, reply_id=slot.reply_id)
        await use.rooms.update(message.room, withdraw)
        return _read(message, reading, "blocked", worded.verdict.reason, worded.plan.product)
    reply = replace(worded.reply(message), due=slot.due, expires=slot.expires)
    return replace(_read(message, reading, "answered", None, worded.plan.product), reply=reply)


async def _waits(
    message: ChatMessage, reading: Reading, worded: Worded, slot: Go, use: Services
) -> Outcome:
    """Let a draft wait for approval, which only a draft that may be said is worth."""
    if not worded.verdict.ok:
        return await _reply(message, reading, worded, slot, use)
    word = partial(
        drafts.worded,
        reply_id=slot.reply_id,
        text=worded.text,
        source=worded.source,
        shop_version=worded.shop.catalogue.version,
    )
    draft = await use.rooms.update(message.room, word)
    reply = replace(worded.reply(message), expires=slot.expires, delivery="not_sent")
    outcome = _read(message, reading, "drafted", "approval", worded.plan.product)
    if draft is None:  # somebody has cancelled or answered it meanwhile
        return replace(outcome, reply=reply)
    reply = replace(reply, text=draft.text, source=draft.source, facts=draft.plan.facts)
    return replace(outcome, reply=reply, draft=draft.id)


def _shadowed(message: ChatMessage, reading: Reading, worded: Worded) -> Outcome:
    """Return what becomes of a draft that nobody may approve."""
    if not worded.verdict.ok:
        return _read(message, reading, "blocked", worded.verdict.reason, worded.plan.product)
    reply = replace(worded.reply(message), delivery="not_sent")
    outcome = _read(message, reading, "drafted", "shadow", worded.plan.product)
    return replace(outcome, reply=reply)


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
