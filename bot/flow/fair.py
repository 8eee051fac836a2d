"""What waits in a worker, given out fairly: no room and no question waits for a raid to end."""

from collections import OrderedDict, deque
from collections.abc import Iterable

from bot.bus.shard import Entry

URGENT = 4
"""For so many urgent messages one of the rest is taken."""


class FairQueue:
    """Messages by room: each room in its turn, urgent ones four to one before the rest.

    Within a room the first goes first, until one has waited for ``behind`` seconds since it was
    sent: from then on the newest, because its answer is still of use.
    """

    def __init__(self, behind: float = 10.0) -> None:
        self._behind = behind
        self._urgent: OrderedDict[str, deque[Entry]] = OrderedDict()
        self._rest: OrderedDict[str, deque[Entry]] = OrderedDict()
        self._suspects: deque[Entry] = deque()
        self._credit = URGENT
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, entries: Iterable[Entry]) -> None:
        """Let messages wait."""
        for entry in entries:
            self._size += 1
            rooms = self._urgent if entry.urgent else self._rest
            rooms.setdefault(entry.message.room, deque()).append(entry)

    def put_aside(self, entry: Entry) -> None:
        """Let a message wait until it can be handled alone."""
        self._size += 1
        self._suspects.append(entry)

    def take(self, now: float) -> Entry | None:
        """Return the message whose turn it is, or None if none waits that need not be alone."""
        rooms = self._urgent
        if not rooms or (self._rest and self._credit == 0):
            rooms, self._credit = self._rest, URGENT
        elif self._rest:
            self._credit -= 1
        if not rooms:
            return None
        room, waiting = next(iter(rooms.items()))
        late = now - waiting[0].message.sent_at > self._behind
        entry = waiting.pop() if late else waiting.popleft()
        rooms.move_to_end(room)
        if not waiting:
            del rooms[room]
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
        shared = [entry for entry in waiting if entry.deliveries == 1][1::2]
        ids = {(entry.stream, entry.id) for entry in shared}
        self.add(entry for entry in waiting if (entry.stream, entry.id) not in ids)
        return shared

    def clear(self) -> list[Entry]:
        """Return all that waits, and forget it."""
        rooms = (*self._urgent.values(), *self._rest.values(), self._suspects)
        left = [entry for waiting in rooms for entry in waiting]
        for part in (self._urgent, self._rest, self._suspects):
            part.clear()
        self._size = 0
        return left

    def lag(self, now: float) -> float:
        """Return for how many seconds the message whose turn is next has waited."""
        for rooms in (self._urgent, self._rest):
            if rooms:
                return max(0.0, now - next(iter(rooms.values()))[-1].message.sent_at)
        return 0.0
