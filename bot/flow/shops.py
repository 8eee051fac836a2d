"""Each room's catalogue with its live changes, ready to be searched; kept until they change."""

import asyncio
from collections.abc import Mapping

from bot.model import Catalogue, Changes, RoomState
from bot.ports import Embedder
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop, questions
from bot.shop.names import Names


class RoomShops:
    """Knows which catalogue a room sells from; embeds FAQ questions once."""

    def __init__(
        self,
        catalogues: Mapping[str, Catalogue],
        otherwise: Catalogue | None,
        embedder: Embedder | None,
    ) -> None:
        """``catalogues`` by room; ``otherwise`` serves rooms that are not in it.

        Without an ``embedder``, as for those who only post, nothing is made ready for reading: FAQ
        rows are found by their words alone, and names are indexed when they are first asked for.
        """
        self._catalogues = catalogues
        self._otherwise = otherwise
        self._embedder = embedder
        self._vectors: dict[str, tuple[float, ...]] = {}
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
            await self._embed(questions(catalogue.faq))
            names = await self._named(base)
        shop = Shop(catalogue, self._vectors, names)
        self._made[room] = (state.changes, shop)
        return shop

    async def _named(self, base: Catalogue) -> Names | None:
        """Return the index of a catalogue's names; what changes live renames nothing."""
        if self._embedder is None:
            return None
        if base.version not in self._names:  # a second of work for ten thousand products
            self._names[base.version] = await asyncio.to_thread(Names, base.products)
        return self._names[base.version]

    async def _embed(self, texts: list[str]) -> None:
        unknown = [text for text in texts if text not in self._vectors]
        if not unknown or self._embedder is None:
            return
        vectors = await self._embedder.embed(unknown)
        self._vectors.update(zip(unknown, vectors, strict=True))
