"""Twitch over IRC: one connection for all rooms of an account, or for reading without one.

Source: dev.twitch.tv/docs/irc.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from weakref import WeakValueDictionary

from adapters.twitch.irc_link import IrcTiming, Link, dial
from adapters.twitch.irc_room import Room
from adapters.twitch.settings import Login, TwitchSettings
from bot.errors import AuthFailed, Disconnected

TIMING = IrcTiming()
Key = tuple[asyncio.AbstractEventLoop, str, str]
"""Where an account's connection lives: the loop, the address, the log-in name or ""."""


@asynccontextmanager
async def joined(
    settings: TwitchSettings,
    login: Login | None,
    timing: IrcTiming = TIMING,
    now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
) -> AsyncIterator[Room]:
    """Join the room of ``settings``; leave it, and hang up after the last one, on exit.

    Without a log-in the room is only read, under one of the names that Twitch keeps for that
    (not documented there; Chatterino and tmi-rs use them). Raises AuthFailed where the log-in is
    refused even after a renewal, or the account shut out of the room; Disconnected otherwise.
    """
    if login is not None:
        await login.token()  # from here on its name is known
    hub = _hub(settings, login, timing)
    hub.channels.add(settings.channel)
    try:
        async with hub.room(settings, login, now) as room:
            yield room
    finally:
        hub.channels.discard(settings.channel)


class Hub:
    """What the rooms of an account share: the connection, and how fast rooms are joined."""

    def __init__(self, timing: IrcTiming) -> None:
        self.channels: set[str] = set()
        self._timing = timing
        self._joins = asyncio.Semaphore(timing.joins)
        self._logins = asyncio.Semaphore(timing.joins)
        self._dialling = asyncio.Lock()
        self._link: Link | None = None

    @asynccontextmanager
    async def room(
        self, settings: TwitchSettings, login: Login | None, now: Callable[[], float]
    ) -> AsyncIterator[Room]:
        """Join a room over the connection, which is made if there is none."""
        link = await self._linked(settings.irc, login)
        room = Room(
            settings.channel, link, now, anonymous=login is None, shared=settings.shared_chat
        )
        link.rooms[room.name] = room
        try:
            await self._enter(room, link)
            yield room
        finally:
            await self._leave(room, link)

    async def _linked(self, url: str, login: Login | None) -> Link:
        async with self._dialling:
            if self._link is None or self._link.broken:
                self._link = await self._dialled(url, login)
            return self._link

    async def _dialled(self, url: str, login: Login | None) -> Link:
        """Return a connection that is logged in, after a renewal of the log-in if it must be."""
        if login is None:
            return await self._dial(url, f"justinfan{secrets.randbelow(90_000) + 10_000}", "none")
        token = await login.token()
        try:
            return await self._dial(url, login.login, f"oauth:{token}")
        except AuthFailed:
            token = await login.renew(token)
        return await self._dial(url, login.login, f"oauth:{token}")

    async def _dial(self, url: str, nick: str, password: str) -> Link:
        await self._turn(self._logins)
        return await dial(url, nick, password, self._timing)

    async def _enter(self, room: Room, link: Link) -> None:
        await self._turn(self._joins)
        room.check()
        await link.send(f"JOIN #{room.name}")
        try:
            async with asyncio.timeout(self._timing.join):
                await room.entered.wait()
        except TimeoutError as error:
            raise Disconnected("join_unanswered") from error
        room.check()

    async def _turn(self, places: asyncio.Semaphore) -> None:
        """Take one of the places that are free again a span later."""
        await places.acquire()
        # the timer holds the hub, and with it what has been counted, for as long as that matters
        asyncio.get_running_loop().call_later(self._timing.span, self._free, places)

    def _free(self, places: asyncio.Semaphore) -> None:
        places.release()

    async def _leave(self, room: Room, link: Link) -> None:
        del link.rooms[room.name]
        room.leave()
        if link.rooms:
            with suppress(Disconnected):
                await link.send(f"PART #{room.name}")
            return
        if self._link is link:
            self._link = None
        await link.close()


_HUBS: WeakValueDictionary[Key, Hub] = WeakValueDictionary()


def _hub(settings: TwitchSettings, login: Login | None, timing: IrcTiming) -> Hub:
    """Return the account's hub; another one where this has the channel already."""
    key = asyncio.get_running_loop(), settings.irc, login.login if login else ""
    hub = _HUBS.get(key)
    if hub is None or settings.channel in hub.channels:
        hub = _HUBS[key] = Hub(timing)
    return hub
