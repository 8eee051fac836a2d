"""How a room stood when a file of a recording began: what a replay of that file begins with."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import msgspec

from bot.bus.codec import decode, encode
from bot.model import Deed, RoomState, Slot
from bot.replay.recording.book import Key
from bot.replay.recording.masks import ABOUT, Masks
from bot.rules import forgetting
from bot.rules.forgetting import Who

Waits: TypeAlias = Callable[[Key], bool | None]
"""Tells of a message whether it is still to be written; None: it has not been heard of."""
KEPT = 500
"""Looks at a room that are remembered: for longer than lines are held back, as a rule."""
HEAD = b'{"danmate": "recording"'
"""How the first line of a file begins."""


def nobody(_: Key) -> bool | None:
    """Say that nothing has been heard."""
    return None


@dataclass
class Past:
    """How one room stood of late.

    A file holds messages that were said before it began and are still being worked on: what they
    did to the room must not be in the state with which its replay begins.
    """

    _looks: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT))

    def note(self, state: RoomState) -> None:
        """Take a look at the room."""
        look = encode(state)
        if not self._looks or self._looks[-1] != look:
            self._looks.append(look)

    def before(self, room: str, waits: Waits) -> RoomState:
        """Return the latest state that shows nothing of what is still to be written.

        It forgets those before. Where each shows something, the earliest.
        """
        platform, found = platform_of(room), RoomState()
        for number in reversed(range(len(self._looks))):
            found = decode(self._looks[number], RoomState)
            if not any(waits((platform, of)) for of in shown(found)):
                for _ in range(number):
                    self._looks.popleft()
                break
        return _without_done(found, platform, waits)


def platform_of(room: str) -> str:
    """Return the platform of a room by its name."""
    return room.partition("/")[0]


def shown(state: RoomState) -> set[str]:
    """Return the ids of the messages of which a room shows that they were heard."""
    answered = {message_id for slot in state.slots for message_id in slot.answers}
    return answered | state.told.keys() | state.commands.keys()


def _without_done(state: RoomState, platform: str, waits: Waits) -> RoomState:
    """Return a state without answers that were given since: all who asked are written."""
    done = [
        slot for slot in state.slots if all(waits((platform, of)) is False for of in slot.answers)
    ]
    given = {slot.key: slot.due for slot in done if slot.draft is None}
    slots = tuple(slot for slot in state.slots if slot not in done)
    return replace(state, slots=slots, answered={**state.answered, **given})


def bared(state: RoomState, room: str, masks: Masks | None) -> RoomState:
    """Return what a replay needs of a state, with nobody named in it where there are masks.

    What was answered is not among it, as no message comes twice; commands are where they changed
    something, as one that is still to be written is obeyed already.
    """
    changes = {deed.id for deed in state.log}
    commands = {of: notice for of, notice in state.commands.items() if of in changes}
    kept = replace(state, told={}, closed={}, commands=commands)
    return _masked(kept, room, masks) if masks else kept


def told_of(state: RoomState) -> dict[str, Any]:
    """Return what of a state is not as in a room in which nothing has happened, for JSON."""
    told = msgspec.to_builtins(state, order="deterministic")
    new = msgspec.to_builtins(RoomState())
    return {name: value for name, value in told.items() if value != new[name]}


def forgotten(line: bytes, whom: Callable[[str], Who]) -> bytes:
    """Return a file's first line without somebody, told by room; any other line as it is."""
    if not line.startswith(HEAD):
        return line
    head = json.loads(line)
    count = 0
    for room, told in head["rooms"].items():
        state, lost = forgetting.person(_state(told), who=whom(room))
        if lost:
            told |= {"state": told_of(state), "muted": sorted(state.muted)}
            count += lost
    return json.dumps(head, ensure_ascii=False).encode() + b"\n" if count else line


def _state(told: Mapping[str, Any]) -> RoomState:
    """Return the state in a head; of one from before there were states, whom it muted."""
    given = told.get("state") or {"muted": told.get("muted", ())}
    return msgspec.convert(given, RoomState)


def _masked(state: RoomState, room: str, masks: Masks) -> RoomState:
    def id_of(author: str) -> str:
        return masks.id(room, author) if author else ""

    log = tuple(_deed(each, room, masks) for each in state.log)  # first: it tells names
    return replace(
        state,
        muted=frozenset(masks.name(room, name) for name in state.muted),
        slots=tuple(_slot(each, room, masks) for each in state.slots),
        served={id_of(author): at for author, at in state.served.items()},
        commands={of: masks.notice(room, notice) for of, notice in state.commands.items()},
        cleared={id_of(author): at for author, at in state.cleared.items()},
        before=state.before and _masked(state.before, room, masks),
        log=log,
    )


def _slot(slot: Slot, room: str, masks: Masks) -> Slot:
    draft = slot.draft and replace(slot.draft, asked=masks.text(room, slot.draft.asked))
    names = tuple(masks.name(room, name) for name in slot.names)
    authors = tuple(masks.id(room, author) if author else "" for author in slot.authors)
    return replace(slot, names=names, authors=authors, draft=draft)


def _deed(deed: Deed, room: str, masks: Masks) -> Deed:
    name, _, rest = deed.line.partition(" ")
    about = rest.strip() if name in ABOUT else ""
    masks.know(room, about)
    line = f"{name} {masks.called(room, about)}" if about else masks.notice(room, deed.line)
    author_id = masks.id(room, deed.author_id) if deed.author_id else ""
    author = masks.name(room, deed.author)
    notice = masks.notice(room, deed.notice)
    return replace(deed, author=author, author_id=author_id, line=line, notice=notice)
