"""Each room's catalogue with its live changes, ready to be searched; kept until they change."""

import asyncio
from collections.abc import Mapping

from bot.model import Catalogue, Changes, Reading, RoomState
from bot.ports import Reader
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop, questions
from bot.shop.names import Names


class RoomShops:
    """Knows which catalogue a room sells from; reads the questions of its FAQ once."""

    def __init__(
        self,
        catalogues: Mapping[str, Catalogue],
        otherwise: Catalogue | None,
        reader: Reader | None,
    ) -> None:
        """``catalogues`` by room; ``otherwise`` serves rooms that are not in it.

        Without a ``reader``, as for those who only post, nothing is made ready for reading: FAQ
        rows are found by their words alone, and names are indexed when they are first asked for.
        """
        self._catalogues = catalogues
        self._otherwise = otherwise
        self._reader = reader
        self._asked: dict[str, Reading] = {}
        self._made: dict[str, tuple[Changes, Shop]] = {}
        self._names: dict[str, Names] = {}
        self._preparing = asyncio.Lock()

    async def at(self, room: str, state: RoomState) -> Shop:
        """Return the room's shop. Raises KeyError for a room that has no catalogue."""
        made = self._made.get(room)
        if made and made[0] == state.changes:
            return made[1]
        base = self._catalogues.get(room) or self._otherwise
        if base is None:
            raise KeyError(room)
        catalogue = overlay(base, state.changes)
        async with self._preparing:  # a batch asks for the same at once
            await self._read(questions(catalogue.faq))
            names = await self._named(base)
        shop = Shop(catalogue, self._asked, names)
        self._made[room] = (state.changes, shop)
        return shop

    async def _named(self, base: Catalogue) -> Names | None:
        """Return the index of a catalogue's names; what changes live renames nothing."""
        if self._reader is None:
            return None
        if base.version not in self._names:  # a second of work for ten thousand products
            self._names[base.version] = await asyncio.to_thread(Names, base.products)
        return self._names[base.version]

    async def _read(self, texts: list[str]) -> None:
        unknown = [text for text in texts if text not in self._asked]
        if unknown and self._reader is not None:
            self._asked.update(zip(unknown, await self._reader.read_all(unknown), strict=True))
