"""The whole bot in one function: a message goes in, its outcome comes out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from bot.model import (
    Abilities,
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
    RoomState,
    Rules,
    Skip,
    Source,
)
from bot.ports import Clock, Reader, Rooms, Writer
from bot.rules import commands, guard, plan, policy, prompts, wording
from bot.shop import lookup
from bot.shop.lookup import Shop


class Shops(Protocol):
    """What each room sells."""

    async def at(self, room: str, state: RoomState) -> Shop:
        """Return the room's catalogue with its live changes."""


@dataclass(frozen=True, slots=True)
class Services:
    """All that the pipeline works with."""

    clock: Clock
    rooms: Rooms
    shops: Shops
    reader: Reader
    writer: Writer | None
    """None: every answer goes by template."""
    rules: Rules
    abilities: Callable[[str], Abilities]
    """What the platform of a room can carry."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A planned answer with its words, ready to be judged."""

    plan: Answer
    text: str
    source: Source
    shop: Shop


async def handle(message: ChatMessage, use: Services) -> Outcome:
    """Carry one message from arrival to outcome.

    Each early return is a decision and a value: nothing here logs, sleeps, catches, or knows a
    platform. The worker records what is returned and queues its reply in the same step.
    """
    now = use.clock.now()
    if command := commands.parse(message, use.rules):
        return await _command(message, command, now, use)

    room = await use.rooms.get(message.room)
    if reason := policy.dismiss(message, room, now, use.rules):
        return Outcome(message, "expired" if reason in policy.LATE else "ignored", reason)

    reading = await use.reader.read(message.text)  # joins a batch
    shop = await use.shops.at(message.room, room)  # the catalogue with live changes
    showing = room.showing or shop.catalogue.now_showing
    question = lookup.resolve(message.text, reading, shop, showing)
    planned = plan.plan(question, reading, shop, use.rules)
    if not isinstance(planned, Answer):
        return _unanswered(message, reading, planned)
    mode = room.mode or use.rules.mode
    if mode != "auto" or planned.draft:
        draft = await _realise(message, planned, shop, use)
        return _drafted(message, reading, draft, use, mode)

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
            draft = await _realise(message, planned, shop, use)
            return await _reply(message, reading, draft, slot, use)


async def _command(
    message: ChatMessage, command: commands.Command | commands.Denied, now: float, use: Services
) -> Outcome:
    if isinstance(command, commands.Denied):
        return Outcome(message, "ignored", "not_allowed")
    shop = await use.shops.at(message.room, await use.rooms.get(message.room))
    change = partial(commands.apply, command=command, shop=shop, now=now, rules=use.rules)
    return Outcome(message, "commanded", notice=await use.rooms.update(message.room, change))


async def _realise(message: ChatMessage, planned: Answer, shop: Shop, use: Services) -> Draft:
    """Word the plan: by the model where it may and where its words pass, else by template."""
    if planned.free and use.writer:
        prompt = prompts.prompt(planned, message.text)
        text = await use.writer.write(prompt, planned.lang, use.rules.write_within)
        if text and guard.check(text, planned, use.abilities(message.room), use.rules).ok:
            return Draft(planned, text, "model", shop)
    source: Source = "faq" if planned.faq is not None else "template"
    return Draft(planned, wording.template(planned, message.id), source, shop)


async def _reply(
    message: ChatMessage, reading: Reading, draft: Draft, slot: Go, use: Services
) -> Outcome:
    verdict = guard.check(draft.text, draft.plan, use.abilities(message.room), use.rules)
    if not verdict.ok:
        withdraw = partial(policy.withdraw, reply_id=slot.reply_id)
        await use.rooms.update(message.room, withdraw)
        return _read(message, reading, "blocked", verdict.reason, draft.plan.product)
    reply = replace(_bare_reply(message, draft), due=slot.due, expires=slot.expires)
    return replace(_read(message, reading, "answered", None, draft.plan.product), reply=reply)


def _drafted(
    message: ChatMessage, reading: Reading, draft: Draft, use: Services, mode: str
) -> Outcome:
    verdict = guard.check(draft.text, draft.plan, use.abilities(message.room), use.rules)
    if not verdict.ok:
        return _read(message, reading, "blocked", verdict.reason, draft.plan.product)
    reason = "shadow" if mode == "shadow" else "approval"
    reply = replace(_bare_reply(message, draft), delivery="not_sent")
    return replace(_read(message, reading, "drafted", reason, draft.plan.product), reply=reply)


def _bare_reply(message: ChatMessage, draft: Draft) -> Reply:
    return Reply(
        id=f"re:{message.id}",
        room=message.room,
        text=draft.text,
        source=draft.source,
        facts=draft.plan.facts,
        answers=(message.id,),
        names=(message.author,) if message.author else (),
        product=draft.plan.product,
        shop_version=draft.shop.catalogue.version,
    )


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
