"""What a recording tells beside its messages, in a rehearsal: in time, by another clock."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.bus.removals import Removal
from bot.flow.clock import WallClock
from bot.model import Heard, Outcome, Removed, RoomState, Slot
from bot.ports import Rooms
from bot.replay.asides import Aside, Bare, Key, Stood


@dataclass
class Recalled:
    """The asides of a log that has been read to its end."""

    rooms: dict[str, RoomState] = field(default_factory=dict)
    removals: dict[str, deque[tuple[float, Removed]]] = field(default_factory=dict)
    """By room, in order."""
    bare: dict[Key, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Sequence[Aside]) -> "Recalled":
        """Sort what was told; of a room the first state counts."""
        found, removals = cls(), list[Removal]()
        for each in told:
            match each:
                case Stood():
                    found.rooms.setdefault(each.room, each.state)
                case Removal():
                    removals.append(each)
                case Bare():
                    said = each.outcome.message
                    found.bare[said.platform, said.id] = each.outcome
        for removal in sorted(removals, key=lambda each: each.at):
            of = removal.removed
            found.removals.setdefault(of.room, deque()).append((removal.at, of))
        return found

    async def begin(self, rooms: Rooms, by: float) -> None:
        """Let the rooms stand as they stood, in a time that is ``by`` seconds ahead of the log's.

        Raises LOST.
        """
        for room, state in self.rooms.items():
            moved = shifted(state, by)
            await rooms.update(room, lambda _, moved=moved: (moved, None))  # type: ignore[misc]  # mypy cannot see the default

    def final(self, outcome: Outcome) -> Outcome:
        """Return an outcome; of a message without words, the one that it had."""
        key = outcome.message.platform, outcome.message.id
        return self.bare.get(key, outcome)

    async def among(
        self,
        lines: AsyncIterator[Heard],
        room: str,
        clock: WallClock,
        ahead: Callable[[], float | None],
    ) -> AsyncIterator[Heard]:
        """Yield lines as they come, and what was removed in a room when its time has come.

        ``ahead`` tells by how many seconds the clock is ahead of the log, once that is known; it is
        asked after each line.
        """
        removals = self.removals.get(room) or deque()
        coming = asyncio.ensure_future(anext(lines, None))
        try:
            while True:
                by = ahead() if removals else None
                wait = None if by is None else removals[0][0] + by - clock.now()
                if wait is not None and wait <= 0:
                    yield removals.popleft()[1]
                    continue
                await asyncio.wait({coming}, timeout=None if wait is None else wait / clock.speed)
                if coming.done():
                    if (heard := coming.result()) is None:
                        return
                    yield heard
                    coming = asyncio.ensure_future(anext(lines, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def shifted(state: RoomState, by: float) -> RoomState:
    """Return a room as it stands ``by`` seconds later."""

    def moved(times: Mapping[str, float]) -> dict[str, float]:
        return {key: at + by for key, at in times.items()}

    return replace(
        state,
        paused_until=state.paused_until + by if state.paused_until else 0.0,
        slots=tuple(_moved(slot, by) for slot in state.slots),
        answered=moved(state.answered),
        served=moved(state.served),
        cleared=moved(state.cleared),
        before=state.before and shifted(state.before, by),
        log=tuple(replace(deed, at=deed.at + by) for deed in state.log),
    )


def _moved(slot: Slot, by: float) -> Slot:
    return replace(slot, due=slot.due + by, expires=slot.expires + by)
