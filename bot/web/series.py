"""Counts what happens in each room in steps of ten seconds, for the charts of the last hour."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, Field

from bot.bus.removals import Removal
from bot.flow.outcomes import SHOWN
from bot.model import Delivered, Outcome
from bot.web.asks import asks

STEP: Final = 10
"""Seconds of a step."""
SPAN: Final = 3600
"""Seconds that are remembered: 360 steps, of some 100 bytes each."""
REPLIES: Final = 5_000
"""Replies of which it is remembered when they were asked for, until they are posted."""
TIMES: Final = 500
"""Latencies of a step that are remembered; of more the first count."""
MIDDLE, HIGH = 50, 95
"""Percentiles."""


class RoomSeries(BaseModel):
    """One number for each step of ``step`` seconds from ``start`` on, the oldest first.

    The last step is still going on.
    """

    step: int
    start: float
    now: float
    messages: list[int] = Field(description="messages that have an outcome, by when they were sent")
    questions: list[int] = Field(description="those of them that ask something")
    handed_off: list[int] = Field(description="those of them that only a person can answer")
    answers: list[int] = Field(description="replies that were posted, or shown beside the chat")
    answered: list[int] = Field(description="messages that these answer")
    p50: list[float | None] = Field(description="seconds from a message to its reply; null: none")
    p95: list[float | None]


@dataclass(slots=True)
class _Step:
    messages: int = 0
    questions: int = 0
    handed_off: int = 0
    answers: int = 0
    answered: int = 0
    times: "array[float]" = field(default_factory=lambda: array("f"))

    def percentile(self, wanted: int) -> float | None:
        """Return the least latency that ``wanted`` in a hundred do not exceed."""
        if not self.times:
            return None
        ranked = sorted(self.times)
        return round(ranked[max(0, -(-len(ranked) * wanted // 100) - 1)], 3)


class Series:
    """What happened in the rooms of ``known``, whose time is ``now``; a Watcher of the feed.

    Messages count when they were sent, replies when they were posted; what is said to come from
    later than now, now.
    """

    def __init__(self, known: Collection[str], now: Callable[[], float]) -> None:
        self._rooms: dict[str, dict[int, _Step]] = {room: {} for room in known}
        self._now = now
        self._asked = OrderedDict[str, tuple[str, float | None]]()

    def see(self, item: Outcome | Delivered) -> None:
        """Count one event of the bus."""
        if isinstance(item, Delivered):
            self._delivered(item)
            return
        message = item.message
        if (room := self._rooms.get(message.room)) is None:
            return
        commanded = item.outcome == "commanded"
        if not commanded and message.role != "bot":
            step = self._at(room, message.sent_at)
            step.messages += 1
            step.questions += asks(item)
            step.handed_off += item.outcome == "handed_off"
        reply = item.reply
        if reply is not None and not (commanded and reply.answers == (message.id,)):
            since = None if commanded else message.sent_at  # for whom it speaks waited for longer
            self._asked.setdefault(reply.id, (message.room, since))
        if len(self._asked) > REPLIES:
            self._asked.popitem(last=False)

    def remove(self, removal: Removal) -> None:
        """Do nothing: counts tell of nobody."""

    def forget(self, before: float) -> None:
        """Forget the steps that ended before ``before``."""
        for room in self._rooms.values():
            _prune(room, before)

    def of(self, room: str, now: float, span: int = SPAN) -> RoomSeries:
        """Return the last ``span`` seconds of a room, up to now.

        Raises KeyError for a room that is not known.
        """
        kept, last = self._rooms[room], int(now // STEP)
        first = last - max(1, -(-span // STEP)) + 1
        nothing = _Step()
        steps = [kept.get(number, nothing) for number in range(first, last + 1)]
        return RoomSeries(
            step=STEP,
            start=float(first * STEP),
            now=now,
            messages=[step.messages for step in steps],
            questions=[step.questions for step in steps],
            handed_off=[step.handed_off for step in steps],
            answers=[step.answers for step in steps],
            answered=[step.answered for step in steps],
            p50=[step.percentile(MIDDLE) for step in steps],
            p95=[step.percentile(HIGH) for step in steps],
        )

    def _delivered(self, item: Delivered) -> None:
        name, sent_at = self._asked.pop(item.reply_id, ("", None))
        room = self._rooms.get(name)
        if room is None or not (item.delivery == "sent" or item.reason == SHOWN):
            return
        step = self._at(room, item.at)
        step.answers += 1
        step.answered += max(1, len(item.answers))
        if sent_at is not None and len(step.times) < TIMES:
            step.times.append(max(0.0, item.at - sent_at))  # clocks may differ a little

    def _at(self, room: dict[int, _Step], at: float) -> _Step:
        now = self._now()
        number = int(min(at, now) // STEP)
        if (now - at) > SPAN + STEP:
            return _Step()  # nobody will ask for it
        if (step := room.get(number)) is None:
            step = room[number] = _Step()
            _prune(room, now - SPAN - STEP)
        return step


def _prune(room: dict[int, _Step], before: float) -> None:
    for number in [each for each in room if (each + 1) * STEP <= before]:
        del room[number]
