"""What need not be answered any more: it was deleted, or somebody of the staff has answered it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from bot.model import ChatMessage, Removed, RoomState, Slot
from bot.shop.text import tidy

REMEMBERED = 200
"""Deletions, authors and closed replies that a room remembers."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def gone(message: ChatMessage, room: RoomState) -> bool:
    """Say whether a message has been deleted since it was sent."""
    cleared = max(room.cleared.get(message.author_id, -1.0), room.cleared.get("", -1.0))
    return message.id in room.gone or message.sent_at <= cleared


def retract(state: RoomState, *, removed: Removed, now: float) -> tuple[RoomState, None]:
    """Take deleted messages out of the open slots, and remember them for what is still to come."""
    if removed.id is not None:
        state = replace(state, gone=(*state.gone, removed.id)[-REMEMBERED:])
    else:
        cleared = {**state.cleared, removed.author_id or "": now}
        state = replace(state, cleared=dict(list(cleared.items())[-REMEMBERED:]))
    slots, closed = [], dict(state.closed)
    for slot in state.slots:
        if (left := _without(slot, removed)).answers:
            slots.append(left)
        else:
            closed[slot.reply_id] = "deleted"
    return replace(state, slots=tuple(slots), closed=_latest(closed)), None


def answered(state: RoomState, *, message: ChatMessage, now: float) -> tuple[RoomState, None]:
    """Close the slots of the questions that a line of the staff answers.

    It does where it replies to one of their messages, or says what the answer would have said.
    """
    done = [
        slot
        for slot in state.slots
        if message.reply_to in slot.answers or _says(message.text, slot)
    ]
    return closed(state, done, now), None


def lately(state: RoomState, since: float) -> list[str]:
    """Return the keys of the answers that are on their way, or were given after ``since``."""
    given = [key for key, at in state.answered.items() if at > since]
    return list(dict.fromkeys([*(slot.key for slot in state.slots), *given]))


def quieted(state: RoomState, *, keys: Collection[str], now: float) -> tuple[RoomState, list[str]]:
    """Close the answers of these keys, which the staff has given; return the replies' ids."""
    done = [slot for slot in state.slots if slot.key in keys]
    state = closed(state, done, now)
    answered = {**state.answered, **dict.fromkeys(keys, now)}
    return replace(state, answered=answered), [slot.reply_id for slot in done]


def closed(state: RoomState, slots: Sequence[Slot], now: float) -> RoomState:
    """Return the room without answers that the staff has given; they are not given again soon."""
    if not slots:
        return state
    return replace(
        state,
        slots=tuple(slot for slot in state.slots if slot not in slots),
        closed=_latest({**state.closed, **{slot.reply_id: "host_answered" for slot in slots}}),
        answered={**state.answered, **{slot.key: now for slot in slots}},
    )


def _without(slot: Slot, removed: Removed) -> Slot:
    kept = [
        row
        for row in zip_longest(slot.answers, slot.names, slot.authors, fillvalue="")
        if row[0] != removed.id
        and (removed.id is not None or removed.author_id not in (None, row[2]))
    ]
    if len(kept) == len(slot.answers):
        return slot
    answers, names, authors = zip(*kept, strict=True) if kept else ((), (), ())
    draft = slot.draft and replace(slot.draft, asked="")  # it may have been what was deleted
    return replace(slot, answers=answers, names=names, authors=authors, draft=draft)


def _says(text: str, slot: Slot) -> bool:
    """Say whether a line states all facts: their numbers, or their words where they have none."""
    line = tidy(text)
    numbers = set(_NUMBER.findall(line))
    return bool(slot.said) and all(
        found <= numbers if (found := set(_NUMBER.findall(said))) else tidy(said) in line
        for said in slot.said
    )


def _latest(closed: Mapping[str, str]) -> dict[str, str]:
    return dict(list(closed.items())[-REMEMBERED:])
