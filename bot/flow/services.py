"""All that the pipeline works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.model import Abilities, RoomState, Rules
from bot.ports import Clock, Judge, Reader, Rooms, Writer
from bot.rules.commands import Past
from bot.shop.lookup import Shop


class Shops(Protocol):
    """What each room sells."""

    async def at(self, room: str, state: RoomState) -> Shop:
        """Return the room's catalogue with its live changes."""


async def _unknown(_: str) -> Past:
    return Past()


@dataclass(frozen=True, slots=True)
class Services:
    """All that the pipeline works with."""

    clock: Clock
    rooms: Rooms
    shops: Shops
    reader: Reader
    writer: Writer | None
    """None: every answer goes by template."""
    rules: Rules
    abilities: Callable[[str], Abilities]
    """What the platform of a room can carry."""
    judge: Judge | None = None
    """None: only what words settle is answered."""
    lag: Callable[[], float] = float
    """For how many seconds messages wait before they are begun: the longer, the less is tried."""
    batches: Callable[[], tuple[int, int]] = lambda: (0, 0)
    """How many batches the models have read, and how many texts were in them."""
    timer: Callable[[], float] = float
    """Seconds by which the steps are timed; ``float`` stands still, as replays need it."""
    past: Callable[[str], Awaitable[Past]] = _unknown
    """What has become of a room's latest messages, which some commands ask for; a worker knows."""
