"""What a room forgets: of one person when they ask, of all who are long gone, of itself in time."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any

from bot.model import RoomState, Slot
from bot.rules.retraction import REMEMBERED

SETTINGS = (
    "mode", "paused_until", "showing", "changes", "muted", "autonomy", "drafts",
)  # fmt: skip
"""What a room keeps when it forgets the rest: what the shop decided, and whom it has muted."""
_PERSONAL = (
    "muted", "served", "told", "commands", "closed", "gone", "cleared", "log",
)  # fmt: skip


@dataclass(frozen=True)
class Who:
    """A person, by all that is known of them. ``names`` are lower case, without @."""

    names: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    """Ids of what they said."""

    def named(self, text: str) -> bool:
        """Say whether one of their names stands in a text, as a word of its own."""
        return bool(self._names and self._names.search(text.lower()))

    def within(self, value: object) -> bool:
        """Say whether they are anywhere in a value: by a name, an id, or what they said."""
        match value:
            case str():
                return value in self.ids or value in self.messages or self.named(value)
            case Mapping():
                return any(self.within(key) or self.within(item) for key, item in value.items())
            case Collection():
                return any(map(self.within, value))
            case _ if is_dataclass(value):
                return any(self.within(getattr(value, each.name)) for each in fields(value))
            case _:
                return False

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        if not self.names:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(self.names)))})(?!\w)")


def person(state: RoomState, *, who: Who) -> tuple[RoomState, int]:
    """Forget one person; return how many things of them there were.

    Whoever asked the same as they did is still answered.
    """
    count, found = 0, dict[str, Any]()
    for name in _PERSONAL:
        found[name], lost = _without(getattr(state, name), who)
        count += lost
    if state.before is not None:
        found["before"], lost = person(state.before, who=who)
        count += lost
    slots, closed = [], dict(found["closed"])
    for slot in state.slots:
        left, lost = _rest(slot, who)
        count += lost
        if left.answers or not slot.answers:
            slots.append(left)
        else:
            closed[slot.reply_id] = "deleted"
    found["closed"] = dict(list(closed.items())[-REMEMBERED:])
    return replace(state, **found, slots=tuple(slots)), count


def old(state: RoomState, *, before: float, deeds: float) -> tuple[RoomState, None]:
    """Forget whom the room served and whose words were cleared before a time.

    What its staff did is forgotten from before another, ``deeds``.
    """
    earlier = state.before and old(state.before, before=before, deeds=deeds)[0]
    past = {deed.id for deed in state.log if deed.at <= deeds}
    return replace(
        state,
        served=_since(state.served, before),
        cleared=_since(state.cleared, before),
        slots=tuple(slot for slot in state.slots if slot.expires > before),
        log=tuple(deed for deed in state.log if deed.id not in past),
        commands={id_: notice for id_, notice in state.commands.items() if id_ not in past},
        before=earlier,
    ), None


def idle(state: RoomState, *, unless: RoomState | None = None) -> tuple[RoomState, bool]:
    """Forget all but the settings, unless the room is another than it was."""
    if unless is not None and state != unless:
        return state, False
    return RoomState(**{name: getattr(state, name) for name in SETTINGS}), True


def _since(times: Mapping[str, float], before: float) -> dict[str, float]:
    return {key: at for key, at in times.items() if at > before}


def _without(value: Any, who: Who) -> tuple[Any, int]:
    """Return a collection without what holds somebody, and how much that was."""
    kept: Any
    if isinstance(value, Mapping):
        kept = {k: v for k, v in value.items() if not (who.within(k) or who.within(v))}
    else:
        kept = type(value)(each for each in value if not who.within(each))
    return kept, len(value) - len(kept)


def _rest(slot: Slot, who: Who) -> tuple[Slot, int]:
    rows = list(zip_longest(slot.answers, slot.names, slot.authors, fillvalue=""))
    kept = [row for row in rows if not _theirs(row, who)]
    if len(kept) == len(rows):
        return slot, 0
    answers, names, authors = zip(*kept, strict=True) if kept else ((), (), ())
    draft = slot.draft and replace(slot.draft, asked="")  # it may have been their question
    left = replace(slot, answers=answers, names=names, authors=authors, draft=draft)
    return left, len(rows) - len(kept)


def _theirs(row: tuple[str, str, str], who: Who) -> bool:
    message, name, author = row
    return message in who.messages or author in who.ids or bare(name) in who.names


def bare(name: str) -> str:
    """Return a name as it is compared: lower case, without @ and blanks around it."""
    return name.strip().removeprefix("@").strip().lower()
