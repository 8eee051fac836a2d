"""What every role of danmate works with: the rooms with their catalogues, the queue, the clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.bus.server import Store, connect
from bot.bus.stream import Inbox
from bot.config import Config
from bot.flow.clock import WallClock
from bot.model import Abilities, Catalogue, Pace, Window
from bot.ports import Adapter
from bot.shop.catalogue import load as load_catalogue


@dataclass(frozen=True, slots=True)
class House:
    """What every role needs: the rooms with their catalogues, the queue, the clock."""

    config: Config
    adapters: tuple[Adapter, ...]
    catalogues: Mapping[str, Catalogue]
    store: Store
    inbox: Inbox
    clock: WallClock
    own_time: bool = False
    """Whether the clock runs apart from the server's, as in a rehearsal."""

    def abilities(self, room: str) -> Abilities:
        """Return what the platform of ``room`` can carry."""
        known = {adapter.room: adapter.abilities for adapter in self.adapters}
        return known.get(room) or self.adapters[0].abilities


@asynccontextmanager
async def opened(
    config: Config, clock: WallClock | None = None, adapters: tuple[Adapter, ...] = ()
) -> AsyncIterator[House]:
    """Open the queue for a configuration; ``clock`` and ``adapters`` stand in for its own.

    Raises BadConfig, BadCatalogue or CannotStart.
    """
    adapters = adapters or config.adapters()
    catalogues = {
        adapter.room: load_catalogue(room.catalog)
        for adapter, room in zip(adapters, config.rooms, strict=True)
    }
    async with await connect(config.store.address(), config.store.data) as store:
        own = clock is not None
        yield House(config, adapters, catalogues, store, Inbox(store), clock or WallClock(), own)


def pace(config: Config, room: str) -> Pace:
    """Return how fast the account may speak in ``room``, margins included."""
    stretch = 1 + config.limits.margin
    named = [("account", window) for window in config.limits.account]
    named += [(room, window) for window in config.limits.room]
    return Pace(tuple(Window(name, count, seconds * stretch) for name, (count, seconds) in named))
