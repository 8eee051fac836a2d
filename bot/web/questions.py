"""Remembers what viewers ask in each room, out of the bus's events, and who has been answered."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.bus.removals import Removal
from bot.flow.outcomes import SHOWN
from bot.model import Delivered, Outcome, Rules
from bot.rules import commands
from bot.web.asks import Ask, ask_of
from bot.web.digest import HOUR, RoomQuestions
from bot.web.grouping import Near

ROOM: Final = 2_000
"""Questions of a room that are remembered; with their wordings' vectors some 3 MB."""
ALL: Final = 20_000
"""Questions of all rooms together, some 15 MB."""
REPLIES: Final = 5_000
"""Replies of which it is remembered whom they answer, until they are posted."""
VECTORS: Final = 600
"""Wordings of a room whose vectors are remembered."""


@dataclass(slots=True)
class _Room:
    asks: OrderedDict[str, Ask] = field(default_factory=OrderedDict)
    vectors: dict[str, Near] = field(default_factory=dict)
    told: RoomQuestions | None = None
    """What was made of all this; nothing of it was removed since."""
    changed: bool = False
    """Whether anything was added since."""


class Questions:
    """What is asked in the rooms of ``known``; a Watcher of the feed.

    ``rules`` tell what a command looks like. What is removed, or older than an hour, is forgotten.
    """

    def __init__(self, known: Collection[str], rules: Rules) -> None:
        self._rooms = {room: _Room() for room in known}
        self._rules = rules
        self._order = OrderedDict[tuple[str, str], float]()
        self._replies = OrderedDict[str, tuple[str, list[str]]]()

    def see(self, item: Outcome | Delivered) -> None:
        """Note a question, and who has been answered."""
        if isinstance(item, Delivered):
            self._delivered(item)
            return
        message = item.message
        if (room := self._rooms.get(message.room)) is None:
            return
        if item.outcome == "commanded":
            self._commanded(item, room)
        elif item.reason == "staff":
            self._answered(room, [message.reply_to or ""], message.sent_at, "staff")
        elif message.text and (ask := ask_of(item)):  # what was removed comes without its text
            self._note(room, ask)
        if item.reply is not None:
            _, answers = self._replies.setdefault(item.reply.id, (message.room, []))
            answers += item.reply.answers or (message.id,)
            if len(self._replies) > REPLIES:
                self._replies.popitem(last=False)

    def remove(self, removal: Removal) -> None:
        """Forget what was removed from a room, with its text."""
        if (room := self._rooms.get(removal.removed.room)) is None:
            return
        gone = [ask.id for ask in room.asks.values() if removal.covers(ask.told)]
        for each in gone:
            self._drop(removal.removed.room, each)
        if gone:
            kept = {ask.key for ask in room.asks.values()}
            room.vectors = {key: near for key, near in room.vectors.items() if key in kept}

    def forget(self, before: float) -> None:
        """Forget what was asked before ``before``."""
        while self._order:
            (room, of), at = next(iter(self._order.items()))
            if at >= before and len(self._order) <= ALL:
                return
            self._drop(room, of)

    def of(self, room: str, now: float) -> list[Ask]:
        """Return what was asked in a room within the last hour, the first first.

        Raises KeyError for a room that is not known.
        """
        return [ask for ask in self._rooms[room].asks.values() if ask.at > now - HOUR]

    def told(self, room: str) -> tuple[RoomQuestions | None, bool]:
        """Return what was kept of a room, and whether more has happened there since.

        It is None where there is nothing, or something of it was removed.
        """
        of = self._rooms[room]
        return of.told, of.changed

    def keep(self, room: str, told: RoomQuestions) -> None:
        """Keep what was made of a room's questions."""
        self._rooms[room].told, self._rooms[room].changed = told, False

    def vectors(self, room: str) -> Mapping[str, Near]:
        """Return what is known of how a room's wordings are meant, by their keys."""
        return self._rooms[room].vectors

    def learn(self, room: str, found: Mapping[str, Near]) -> None:
        """Remember how wordings are meant, for as long as somebody has asked in them."""
        of = self._rooms[room]
        asked = {ask.key for ask in of.asks.values()}
        known = {**of.vectors, **found}
        of.vectors = dict([pair for pair in known.items() if pair[0] in asked][-VECTORS:])
        of.changed = True

    def _note(self, room: _Room, ask: Ask) -> None:
        if ask.id in room.asks:
            return
        room.asks[ask.id] = ask
        room.changed = True
        self._order[ask.room, ask.id] = ask.at
        if len(room.asks) > ROOM:
            self._drop(ask.room, next(iter(room.asks)))
        self.forget(ask.at - 2 * HOUR)

    def _drop(self, name: str, ask: str) -> None:
        room = self._rooms[name]
        room.asks.pop(ask, None)
        room.told = None
        self._order.pop((name, ask), None)

    def _delivered(self, item: Delivered) -> None:
        name, joined = self._replies.pop(item.reply_id, ("", []))
        if (room := self._rooms.get(name)) is None:
            return
        answers = dict.fromkeys((*joined, *item.answers))
        if item.delivery == "sent" or item.reason == SHOWN:
            self._answered(room, answers, item.at, "bot")
        elif item.reason == "host_answered":
            self._answered(room, answers, item.at, "staff")
        elif item.reason == "changed":  # the answer was out of date before it could be posted
            for ask in (room.asks[each] for each in answers if each in room.asks):
                ask.outcome, ask.reason = "blocked", "changed"
                room.changed = True

    def _commanded(self, item: Outcome, room: _Room) -> None:
        """Note whom the command ``answer`` has answered, or put aside."""
        command = commands.parse(item.message, self._rules)
        if not isinstance(command, commands.Command) or command.name != "answer":
            return
        named, words = commands.parted(command.rest, {each: each for each in room.asks})
        said = item.reply is not None and item.reply.id.startswith(commands.OWN)
        if words is not None and not said:
            return  # refused: they still wait
        answers = (*named, *(item.reply.answers if item.reply and said else ()))
        self._answered(room, answers, item.message.sent_at, "staff")

    def _answered(
        self, room: _Room, answers: Iterable[str], at: float, by: Literal["bot", "staff"]
    ) -> None:
        for ask in (room.asks[each] for each in answers if each in room.asks):
            ask.answer(at, by)
            room.changed = True
