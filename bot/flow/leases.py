"""What a worker holds, kept from being taken by others for as long as it lives."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from bot.bus.inbox import Inbox
from bot.bus.server import LOST
from bot.bus.shard import Entry
from bot.ports import Clock


class Leases:
    """The messages that one worker has leased and not finished."""

    def __init__(self, inbox: Inbox, wall: Clock) -> None:
        """``wall`` is the server's time, in which leases run."""
        self._inbox = inbox
        self._wall = wall
        self._held: dict[tuple[str, bytes], Entry] = {}

    def __len__(self) -> int:
        return len(self._held)

    def add(self, entries: Iterable[Entry]) -> None:
        """Hold messages from now on."""
        self._held |= {(entry.stream, entry.id): entry for entry in entries}

    def drop(self, *entries: Entry) -> None:
        """Hold messages no longer."""
        for entry in entries:
            self._held.pop((entry.stream, entry.id), None)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew all leases while the block runs."""
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self) -> None:
        while True:
            await self._wall.sleep(self._inbox.lease / 4)
            with suppress(*LOST):  # it may be back before the leases end
                await asyncio.shield(self._inbox.renew(list(self._held.values())))
