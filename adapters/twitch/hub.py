"""One connection for all rooms of an account in this process, kept while there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias
from weakref import WeakValueDictionary

from pydantic import SecretStr

from adapters.twitch.line import Line
from adapters.twitch.session import TwitchSession
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.timing import Pace, Timing
from bot.errors import AuthFailed, Disconnected
from bot.ports import Vault

Key: TypeAlias = tuple[asyncio.AbstractEventLoop, str, str, str, str, SecretStr | None, Timing]
_HUBS: WeakValueDictionary[Key, "Hub"] = WeakValueDictionary()


def hub_of(settings: TwitchSettings, vault: Vault | None, timing: Timing) -> "Hub":
    """Return the place where the rooms of this account meet, in the running event loop."""
    loop = asyncio.get_running_loop()
    where = (settings.eventsub, settings.api, settings.auth, settings.account)
    key = (loop, *where, settings.token, timing)
    found = _HUBS.get(key)
    if found is None:
        _HUBS[key] = found = Hub(settings, vault, timing)
    return found


class Hub:
    """The first room opens the connection, the last one closes it; a dead one is replaced."""

    def __init__(self, settings: TwitchSettings, vault: Vault | None, timing: Timing) -> None:
        self._settings = settings
        self._vault = vault
        self._timing = timing
        self._pace = Pace(timing.joins, timing.joins_in)
        self._lock = asyncio.Lock()
        self._open: tuple[Line, AbstractAsyncContextManager[Line]] | None = None
        self._tries = 0
        self._failed: AuthFailed | Disconnected | None = None

    @asynccontextmanager
    async def join(self, settings: TwitchSettings) -> AsyncIterator[TwitchSession]:
        """Listen to a room until it is left. Raises AuthFailed or Disconnected."""
        await self._pace.turn()
        line, context = await self._line()
        try:
            async with line.room(settings) as session:
                yield session
        finally:
            line.users -= 1
            if not line.users:
                if self._open and self._open[0] is line:
                    self._open = None
                await context.__aexit__(None, None, None)

    async def _line(self) -> tuple[Line, AbstractAsyncContextManager[Line]]:
        """Return a connection that lives; one try serves all who wait for it."""
        tries = self._tries
        async with self._lock:
            if self._open is None or self._open[0].ended:
                if self._tries != tries and self._failed:
                    raise type(self._failed)(str(self._failed))
                await self._connect()
            if self._open is None:
                raise Disconnected("connection_lost")
            self._open[0].users += 1
            return self._open

    async def _connect(self) -> None:
        context = Line.opened(self._settings, self._vault, self._timing)
        try:
            line = await context.__aenter__()
        except (AuthFailed, Disconnected) as error:
            self._failed = error
            raise
        finally:
            self._tries += 1  # whoever came before this has waited for it
        self._failed = None
        self._open = line, context
