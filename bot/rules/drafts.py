"""Answers that wait for approval: opened as a slot, worded, then approved, dropped or too old."""

from dataclasses import replace

from bot.model import Answer, ChatMessage, Draft, Reply, RoomState, Slot, Source
from bot.rules.facts import current
from bot.shop.lookup import Shop

MOST = 20
"""Drafts that wait in a room at once: beyond it nobody reads them before they expire."""
NUMBERS = 999
"""After this one the numbers begin anew."""
CLOSED = 200
"""Replies that will not be posted which a room remembers."""
ASKED = 80
"""Characters of a question that are shown beside its draft."""


def begun(state: RoomState, message: ChatMessage, plan: Answer) -> tuple[RoomState, Draft]:
    """Return a draft for a planned answer, still without words, under the next number."""
    number = state.drafts + 1
    draft = Draft(str((number - 1) % NUMBERS + 1), message.room, plan, message.text[:ASKED])
    return replace(state, drafts=number), draft


def worded(
    state: RoomState, *, reply_id: str, text: str, source: Source, shop_version: str
) -> tuple[RoomState, Draft | None]:
    """Give a waiting draft its words; return it as it stands, None if it has gone meanwhile."""
    slot = next((one for one in state.slots if one.reply_id == reply_id and one.draft), None)
    if slot is None or slot.draft is None:
        return state, None
    if slot.draft.text:  # its message was delivered again: what may have been read stands
        return state, slot.draft
    draft = replace(slot.draft, text=text, source=source, shop_version=shop_version)
    return with_slot(state, slot, replace(slot, draft=draft)), draft


def waiting(state: RoomState, now: float) -> list[tuple[Slot, Draft]]:
    """Return the drafts that may be approved at ``now``, the oldest first."""
    return [
        (slot, slot.draft)
        for slot in state.slots
        if slot.draft and slot.waits and slot.draft.text and now <= slot.expires
    ]


def standing(state: RoomState, now: float, shop: Shop) -> list[tuple[Slot, Draft]]:
    """Return the drafts that may be approved and state what ``shop`` still says, the oldest first.

    One whose price was changed comes back with the price.
    """
    return [(slot, draft) for slot, draft in waiting(state, now) if stands(draft, shop)]


def stands(draft: Draft, shop: Shop) -> bool:
    """Say whether a shop still says all that a draft states."""
    return draft.shop_version == shop.catalogue.version or all(
        current(fact, shop, draft.plan.lang) for fact in draft.plan.facts
    )


def approved(
    state: RoomState, slot: Slot, draft: Draft, *, by: str, now: float, within: float
) -> RoomState:
    """Let the command ``by`` send a draft at ``now``, within so many seconds or not at all."""
    passed = replace(draft, approved=by)
    opened = replace(slot, draft=passed, due=now, expires=now + within)
    state = with_slot(state, slot, opened)
    return replace(state, answered={**state.answered, slot.key: now})


def released_by(state: RoomState, command: str) -> Reply | None:
    """Return the reply that a command has approved and that is not posted yet, or None.

    It is the same however often it is asked for, so that a command that is delivered again puts
    the same reply into the outbox, where it is taken once.
    """
    for slot in state.slots:
        if command and slot.draft and slot.draft.approved == command:
            return _reply(slot, slot.draft)
    return None


def with_slot(state: RoomState, old: Slot, new: Slot) -> RoomState:
    """Return the room with one slot in the place of another."""
    return replace(state, slots=tuple(new if one is old else one for one in state.slots))


def without(state: RoomState, slot: Slot) -> RoomState:
    """Return the room without a slot."""
    return replace(state, slots=tuple(one for one in state.slots if one is not slot))


def _reply(slot: Slot, draft: Draft) -> Reply:
    return Reply(
        id=slot.reply_id,
        room=draft.room,
        text=draft.text,
        source=draft.source,
        facts=draft.plan.facts,
        answers=slot.answers,
        names=slot.names,
        product=draft.plan.product,
        shop_version=draft.shop_version,
        due=slot.due,
        expires=slot.expires,
    )
