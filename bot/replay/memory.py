"""What a replay keeps in memory where the live bot keeps it in its queue: it alone needs it.

Each obeys the contract of its twin in ``bot.bus`` for one process and a clock that never goes
back; a test plays the same logs through both.
"""

import heapq
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.tally import counted_as
from bot.flow.outcomes import Ledger
from bot.flow.patience import Patience
from bot.flow.recall import LOOKED_AT
from bot.model import Delivered, Outcome, Reply, RoomState, Window
from bot.ports import Change, T
from bot.rules.commands import Past

_MICRO = 1_000_000


class MemoryRooms:
    """``bot.ports.Rooms``."""

    def __init__(self) -> None:
        self._states: dict[str, RoomState] = {}

    def begin(self, room: str, state: RoomState) -> None:
        """Let a room be as it was recorded, unless something has happened in it."""
        self._states.setdefault(room, state)

    async def get(self, room: str) -> RoomState:
        """Return the state; a room that nobody has changed has the default state."""
        return self._states.get(room) or RoomState()

    async def update(self, room: str, change: Change[T]) -> T:
        """Apply ``change`` and return its result."""
        after, result = change(await self.get(room))
        self._states[room] = after
        return result


@dataclass(slots=True)
class _Record:
    reply: Reply
    state: Literal["pending", "sending"] = "pending"


class MemoryReplies(Replies):
    """The replies on their way to one room. ``tell`` gets what becomes of each."""

    def __init__(self, tell: Callable[[Delivered], None]) -> None:
        self._tell = tell
        self._records: dict[str, _Record] = {}
        self._settled: set[str] = set()
        self._due: list[tuple[float, str]] = []  # a heap; what is pending no longer is skipped

    async def put(self, reply: Reply) -> bool:
        """Make ``reply`` pending; False if a reply with its id is or was there."""
        if reply.id in self._records or reply.id in self._settled:
            return False
        self._records[reply.id] = _Record(reply)
        heapq.heappush(self._due, (reply.due, reply.id))
        return True

    async def due(self, room: str, now: float, count: int = 100) -> list[Reply]:  # noqa: ARG002 - see the twin
        """Return up to ``count`` pending replies whose time has come, the earliest first."""
        ready = sorted(each for each in self._due if each[0] <= now and self._waits(each))
        return [self._records[name].reply for _, name in ready[:count]]

    async def next_due(self, room: str) -> float | None:  # noqa: ARG002 - see the twin
        """Return when the earliest pending reply is due."""
        return self.first

    @property
    def first(self) -> float | None:
        """When the earliest pending reply is due."""
        while self._due and not self._waits(self._due[0]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    async def begin(self, reply_id: str, room: str, now: float) -> Reply | None:  # noqa: ARG002 - see the twin
        """Take a pending reply for sending; None if it is not pending."""
        record = self._records.get(reply_id)
        if record is None or record.state != "pending":
            return None
        record.state = "sending"
        return record.reply

    async def word(self, line: Reply) -> bool:
        """Note a reply in sending as the line that is posted now; False if it is not in sending."""
        record = self._records.get(line.id)
        if record is None or record.state != "sending":
            return False
        record.reply = line
        return True

    async def postpone(self, reply: Reply, due: float) -> bool:
        """Make a reply in sending pending again. False if it is not in sending."""
        record = self._records.get(reply.id)
        if record is None or record.state != "sending":
            return False
        record.state, record.reply = "pending", replace(reply, due=due)
        heapq.heappush(self._due, (due, reply.id))
        return True

    async def settle(self, delivered: Delivered, room: str) -> bool:  # noqa: ARG002 - see the twin
        """Give an open reply its final state and tell it; False if it has one."""
        if self._records.pop(delivered.reply_id, None) is None:
            return False
        self._settled.add(delivered.reply_id)
        self._tell(delivered)
        return True

    def _waits(self, each: tuple[float, str]) -> bool:
        due, name = each
        record = self._records.get(name)
        return record is not None and record.state == "pending" and record.reply.due == due


class MemoryLimits(Limits):
    """What one account may send, by a clock that is given. Nobody holds or refuses anything."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, float], deque[int]] = {}

    async def take(
        self,
        windows: Sequence[Window],
        now: float | None = None,
        room: str | None = None,  # noqa: ARG002 - see the twin
    ) -> float:
        """Take one send from each of ``windows``; return 0.0, or the seconds to wait."""
        at, waits = round((now or 0.0) * _MICRO), [0]
        for each in windows:
            sent = self._sent.setdefault((each.name, each.seconds), deque())
            span = round(each.seconds * _MICRO)
            while sent and sent[0] + 2 * span <= at:
                sent.popleft()
            if each.waits and len(sent) >= each.count:
                waits.append(sent[-each.count] + span - at)
        if (wait := max(waits)) > 0:
            return wait / _MICRO
        for name in dict.fromkeys((each.name, each.seconds) for each in windows):
            self._sent[name].append(at)
        return 0.0

    async def arrived(self, windows: Sequence[Window], now: float | None = None) -> None:
        """Do nothing: no time has passed since the send was taken."""

    async def fine(self, room: str) -> None:
        """Do nothing: nobody refuses."""


class MemoryPast:
    """``Services.past``: what has become of the rooms' latest messages."""

    def __init__(self) -> None:
        self._events: deque[Outcome | Delivered] = deque(maxlen=LOOKED_AT)
        self._counts: dict[str, Counter[str]] = {}

    def add(self, event: Outcome | Delivered) -> None:
        """Note what happened."""
        self._events.append(event)
        if isinstance(event, Outcome):
            counts = self._counts.setdefault(event.message.room, Counter())
            counts[counted_as(event)] += 1

    async def __call__(self, room: str) -> Past:
        """Return a room's latest outcomes and its counts."""
        ledger = Ledger()
        for event in self._events:
            if not isinstance(event, Outcome) or event.message.room == room:
                ledger.add(event)
        return Past(tuple(ledger.final(everything=True)), dict(self._counts.get(room, {})))


class NoPatience(Patience):
    """Waits for nothing: memory is always there."""

    def __init__(self) -> None:
        self.leaving = False

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` returns."""
        return await call()
