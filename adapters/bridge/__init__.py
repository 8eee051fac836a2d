"""Any program can be a room: objects of JSON over WebSocket, HTTP and server-sent events."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from pydantic import BaseModel

from adapters.bridge.dialled import dialled
from adapters.bridge.listening import bind, listening
from adapters.bridge.served import Front
from adapters.bridge.session import BridgeSession
from adapters.bridge.settings import BridgeSettings
from adapters.wire.bridge import Place
from bot.errors import AuthFailed, Disconnected
from bot.model import Abilities, Check
from bot.ports import App

__all__ = ["Bridge", "BridgeSettings"]


class Bridge:
    """One room that a feeder speaks for; see docs/bridge.md.

    Where we serve, the session stands whether a feeder is there or not. ``port`` is where we
    listen.
    """

    platform: ClassVar[str] = "bridge"
    Settings: ClassVar[type[BaseModel]] = BridgeSettings

    def __init__(
        self,
        settings: BridgeSettings,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        self.settings = settings
        self.port = 0
        self._now = now
        self._front = Front(settings)

    @property
    def abilities(self) -> Abilities:
        """A feeder posts what it is given; its platform's limits are the feeder's to name."""
        return Abilities(reply=self.settings.threads, length=self.settings.length)

    @property
    def room(self) -> str:
        """The room's name in danmate."""
        return f"bridge/{self.settings.name}"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[BridgeSession]:
        """Connect to ``url``, or let feeders in; raises AuthFailed or Disconnected."""
        settings, front = self.settings, self._front
        place = Place(self.platform, self.room, settings.account)
        session = BridgeSession(settings, place, self._now)
        try:
            if settings.url:
                async with dialled(settings, session):
                    yield session
            elif settings.listen:
                async with listening(front.app(), settings) as self.port, self._open(session):
                    yield session
            else:
                async with self._open(session):
                    yield session
        finally:
            session.end()

    @asynccontextmanager
    async def _open(self, session: BridgeSession) -> AsyncIterator[None]:
        """Let feeders in to ``session``; on exit they have left."""
        self._front.session = session
        try:
            yield
        finally:
            session.end()
            await self._front.left()
            if self._front.session is session:
                self._front.session = None

    async def examine(self) -> Sequence[Check]:
        """Connect to ``url`` and leave, or look whether ``listen`` can be had. Never raises."""
        settings, name = self.settings, f"bridge {self.settings.name}"
        try:
            if settings.url:
                async with self.connect():
                    return [Check(name, ok=True, text="the feeder lets us in")]
            if settings.listen:
                bind(settings).close()
                return [Check(name, ok=True, text=f"{settings.listen} is free to listen on")]
        except AuthFailed as error:
            return [Check(name, ok=False, text=str(error), mend="look at token")]
        except Disconnected as error:
            mend = "is danmate running already, or the feeder not?"
            return [Check(name, ok=False, text=str(error), mend=mend)]
        who = "who knows the token" if settings.token else "programs of this machine"
        return [Check(name, ok=True, text=f"open at /bridge to {who}")]

    def app(self) -> App | None:
        """Return the bridge for our web server, at ``/bridge``, where it has no other way in."""
        return None if self.settings.url or self.settings.listen else self._front.app()
