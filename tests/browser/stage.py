"""A platform in memory: a test says what its viewers say, and sees what the bot has posted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, ClassVar

from bot.flow.clock import WallClock
from bot.model import Abilities, ChatMessage, Heard, Removed, Reply, Role
from bot.ports import App, Session


class Stage:
    """One room; it lives on between two sessions of the bot."""

    platform: ClassVar[str] = "stage"
    Settings: ClassVar[type[Any]] = object

    def __init__(self, name: str = "shop", *, send: bool = True) -> None:
        self.room = f"{self.platform}/{name}"
        self.abilities = Abilities(send=send)
        self.posted: list[Reply] = []
        self._clock = WallClock()
        self._numbers = count(1)
        self._heard = asyncio.Queue[Heard]()

    def say(self, text: str, author: str = "Ann", role: Role = "viewer", at: float = 0.0) -> str:
        """Let somebody type a line; return its id."""
        id_ = f"{self.room.partition('/')[2]}-{next(self._numbers)}"
        sent = at or self._clock.now()
        said = ChatMessage(id_, self.platform, self.room, author, author.lower(), role, text, sent)
        self._heard.put_nowait(said)
        return id_

    def delete(self, id_: str) -> None:
        """Let a moderator of the platform delete a line."""
        self._heard.put_nowait(Removed(self.room, id=id_))

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        """Let the bot in."""
        yield self

    async def messages(self) -> AsyncIterator[Heard]:
        """Yield what is said for as long as the bot listens."""
        while True:
            yield await self._heard.get()

    async def post(self, reply: Reply) -> None:
        """Take a line of the bot."""
        self.posted.append(reply)

    def app(self) -> App | None:
        """Serve nothing."""
        return None
