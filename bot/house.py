"""What every role of danmate works with: the rooms with their catalogues, the queue, the clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.bus.inbox import Inbox
from bot.bus.server import Store, connect
from bot.config import Config
from bot.config.presets import ACCOUNT, PRESETS, ROOM, Choice
from bot.config.tables import LimitsTable
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
    at = config.store
    async with await connect(at.address(), at.data, at.shards) as store:
        inbox = Inbox(store, room_cap=at.room_cap)
        own = clock is not None
        yield House(config, adapters, catalogues, store, inbox, clock or WallClock(), own)


def pace(limits: LimitsTable, room: str, own: Choice = "") -> Pace:
    """Return how fast the account may speak in ``room``, margins included.

    The room's ``own`` preset goes before the table's, and that before the table's numbers.
    """
    if preset := own or limits.preset:
        plain = PRESETS[preset].pace
    else:
        windows = [Window(ACCOUNT, *each) for each in limits.account]
        windows += [Window(ROOM, *each) for each in limits.room]
        plain = Pace(tuple(windows), limits.same_text)
    stretch = 1 + limits.margin
    named = ((room if each.name == ROOM else each.name, each) for each in plain.windows)
    return Pace(
        tuple(replace(each, name=name, seconds=each.seconds * stretch) for name, each in named),
        plain.same_text * stretch,
    )
