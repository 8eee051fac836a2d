"""What waits in a worker, given out fairly: no room and no question waits for a raid to end."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.bus.shard import Entry
from bot.model import STAFF

URGENT = 4
"""For so many urgent messages of a room one of the rest is taken."""


def staffed(entry: Entry) -> bool:
    """Tell whether a message is the staff's: what they command is done in their order."""
    return entry.message.role in STAFF


@dataclass(slots=True)
class _Room:
    """What waits of one room, and how many urgent ones may still go before one of the rest."""

    staff: deque[Entry] = field(default_factory=deque)
    urgent: deque[Entry] = field(default_factory=deque)
    rest: deque[Entry] = field(default_factory=deque)
    credit: int = URGENT

    def next(self) -> deque[Entry]:
        """Return the part whose turn it is."""
        if self.staff:
            return self.staff
        if not self.rest or (self.urgent and self.credit):
            return self.urgent
        return self.rest

    def take(self, now: float, behind: float) -> Entry:
        """Return the message whose turn it is; the newest, where the first has waited too long."""
        part = self.next()
        if part is self.staff:  # a command that comes late still comes before the next one
            return part.popleft()
        self.credit = URGENT if part is self.rest else self.credit - bool(self.rest)
        return part.pop() if now - part[0].message.sent_at > behind else part.popleft()


class FairQueue:
    """Messages by room: each room in its turn, its urgent ones four to one before the rest.

    What the staff says goes first in its room, always in its order.

    Within a room the first goes first, until one has waited for ``behind`` seconds since it was
    sent: from then on the newest, because its answer is still of use.
    """

    def __init__(self, behind: float = 10.0) -> None:
        self._behind = behind
        self._rooms: OrderedDict[str, _Room] = OrderedDict()
        self._suspects: deque[Entry] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, entries: Iterable[Entry]) -> None:
        """Let messages wait."""
        for entry in entries:
            self._size += 1
            room = self._rooms.setdefault(entry.message.room, _Room())
            if staffed(entry):
                room.staff.append(entry)
            else:
                (room.urgent if entry.urgent else room.rest).append(entry)

    def put_aside(self, entry: Entry) -> None:
        """Let a message wait until it can be handled alone."""
        self._size += 1
        self._suspects.append(entry)

    def take(self, now: float) -> Entry | None:
        """Return the message whose turn it is, or None if none waits that need not be alone."""
        if not self._rooms:
            return None
        name, room = next(iter(self._rooms.items()))
        entry = room.take(now, self._behind)
        self._rooms.move_to_end(name)
        if not (room.staff or room.urgent or room.rest):
            del self._rooms[name]
        self._size -= 1
        return entry

    def suspect(self) -> Entry | None:
        """Return a message that must be handled alone, or None."""
        if not self._suspects:
            return None
        self._size -= 1
        return self._suspects.popleft()

    def share(self) -> list[Entry]:
        """Return every other message that nobody has begun yet, and forget it."""
        waiting = self.clear()
        free = [entry for entry in waiting if entry.deliveries == 1 and not staffed(entry)]
        shared = free[1::2]
        ids = {(entry.stream, entry.id) for entry in shared}
        self.add(entry for entry in waiting if (entry.stream, entry.id) not in ids)
        return shared

    def clear(self) -> list[Entry]:
        """Return all that waits, and forget it."""
        rooms = self._rooms.values()
        left = [
            entry
            for room in rooms
            for part in (room.staff, room.urgent, room.rest)
            for entry in part
        ]
        left += self._suspects
        self._rooms.clear()
        self._suspects.clear()
        self._size = 0
        return left

    def lag(self, now: float) -> float:
        """Return for how many seconds the newest of the room whose turn it is has waited."""
        for room in self._rooms.values():
            return max(0.0, now - room.next()[-1].message.sent_at)
        return 0.0
