"""What was removed from a room is removed from the pages: what they know of it is made bare."""

import json
from collections import OrderedDict
from typing import Final, TypeAlias

from bot.bus.removals import Removal, Told
from bot.model import ChatMessage, Delivered, Outcome

_Of: TypeAlias = tuple[str, str | None, str | None]
REMEMBERED: Final = 1000
"""Removals, and ids of messages that they took, which are remembered for what comes late."""


class Gone:
    """The latest removals, looked up at once: each event of the bus is asked about."""

    def __init__(self) -> None:
        self._removals = OrderedDict[_Of, Removal]()
        self._ids = OrderedDict[str, None]()

    def add(self, removal: Removal) -> None:
        """Note a removal."""
        of = removal.removed
        known = self._removals.pop(key := (of.room, of.id, of.author_id), removal)
        self._removals[key] = max(known, removal, key=lambda each: each.at)
        if len(self._removals) > REMEMBERED:
            self._removals.popitem(last=False)
        if of.id is not None:
            self._note(of.id)

    def covers(self, item: Outcome | Delivered) -> bool:
        """Say whether what an event is about was removed; a delivery, if it answers such a line."""
        if isinstance(item, Delivered):
            return any(each in self._ids for each in item.answers)
        if not self._removals:  # as a rule
            return False
        message, room = item.message, item.message.room
        keys = ((room, message.id, None), (room, None, message.author_id), (room, None, None))
        told = told_of(message)
        if any((each := self._removals.get(key)) and each.covers(told) for key in keys):
            self._note(message.id)
            return True
        return False

    def _note(self, message: str) -> None:
        self._ids[message] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)


def told_of(message: ChatMessage) -> Told:
    """Return as much of a message as tells whether it was removed."""
    return Told(message.id, message.room, message.author, message.author_id, message.sent_at)


def removed_json(removal: Removal) -> str:
    """Return a removal as the pages are told of it."""
    of = removal.removed
    told = {"type": "removed", "room": of.room, "id": of.id, "author_id": of.author_id}
    return json.dumps({**told, "at": removal.at}, ensure_ascii=False)
