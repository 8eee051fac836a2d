"""Bilibili: read by the open-live platform or as the web page does, post by the web page's form."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import ClassVar

import httpx
from pydantic import BaseModel

from adapters.bilibili import examine, login, openlive, web
from adapters.bilibili.answers import LOG_IN
from adapters.bilibili.api import Api, http
from adapters.bilibili.game import Memory, Timers
from adapters.bilibili.lanes import Lately
from adapters.bilibili.send import Sender, longest
from adapters.bilibili.settings import BilibiliSettings
from bot.errors import AuthFailed, Disconnected, Refused, UserFault
from bot.model import Abilities, Check, Heard, Prompt, Reply
from bot.ports import App, Vault

__all__ = ["Bilibili", "BilibiliSession", "BilibiliSettings"]


class Bilibili:
    """One room. Sending is unofficial whichever way it is read: open-live has no call for it."""

    platform: ClassVar[str] = "bilibili"
    Settings: ClassVar[type[BaseModel]] = BilibiliSettings

    def __init__(
        self,
        settings: BilibiliSettings,
        *,
        timers: Timers | None = None,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        self.settings = settings
        self._timers = timers or Timers()
        self._now = now
        self._vault: Vault | None = None
        self._game = Memory()
        self._page = web.Memory()
        self._lately = Lately()

    @property
    def room(self) -> str:
        """The room's name in danmate."""
        return f"bilibili/{self.settings.room}"

    @property
    def abilities(self) -> Abilities:
        """A reply can stand under a line only where the web page's ids are read."""
        settings = self.settings
        return Abilities(
            send=settings.send,
            reply=settings.send and settings.source == "web",
            length=longest(settings),
            echo=True,
            limits=((1, max(1.0, settings.spacing)),),
        )

    def keep(self, vault: Vault) -> None:
        """Take the place where the cookies of the log-in are."""
        self._vault = vault

    async def login(self, tell: Callable[[Prompt], None]) -> str:
        """Log in by QR code, as the web page does; return the account's name."""
        if self._vault is None:
            raise AuthFailed("no_vault: there is no place to keep a log-in")
        return await login.login(self.settings, self._vault, tell)

    async def examine(self) -> Sequence[Check]:
        """Look at keys, clock, room and account; a game is started for a moment."""
        try:
            cookies = await self._cookies()
        except UserFault as fault:
            return [Check("bilibili account", ok=False, text=str(fault))]
        return await examine.checks(self.settings, cookies, self._now)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["BilibiliSession"]:
        """Read the room, and post in it where the settings say so."""
        cookies = await self._cookies()
        async with AsyncExitStack() as stack:
            sender = None
            if self.settings.send:
                client = await stack.enter_async_context(http())
                sender = await self._sender(cookies, client)
            heard = await stack.enter_async_context(self._reading(cookies, sender))
            session = BilibiliSession(heard, sender)
            stack.callback(session.close)
            yield session

    def app(self) -> App | None:
        """Serve nothing."""
        return None

    async def _sender(self, cookies: Mapping[str, str], client: httpx.AsyncClient) -> Sender:
        """Return who posts, ready; raises AuthFailed or Disconnected."""
        budget = self._page.budget
        if self.settings.source == "open-live":  # a name is all that tells us which lines are ours
            me = await Api(self.settings, cookies, client, budget).nav()
            if not me.uname:
                raise AuthFailed(f"not_logged_in: {LOG_IN}")
            cookies = {**cookies, "uname": me.uname}
        sender = Sender(
            self.settings, cookies, client, budget=budget, lately=self._lately, now=self._now
        )
        await sender.prepare()
        return sender

    def _reading(
        self, cookies: Mapping[str, str], sender: Sender | None
    ) -> AbstractAsyncContextManager[AsyncIterator[Heard]]:
        settings, silence = self.settings, self._timers.silence
        if settings.source == "web":
            return web.reading(
                settings, cookies, memory=self._page, ear=sender, silence=silence, now=self._now
            )
        return openlive.reading(
            settings,
            own=sender.name if sender else "",
            memory=self._game,
            note=sender.note if sender else lambda message: message,
            timers=self._timers,
            now=self._now,
        )

    async def _cookies(self) -> Mapping[str, str]:
        """Return what the log-in gave, empty where there is none or none is needed."""
        needed = self.settings.send or self.settings.source == "web"
        return await self._vault.get(self.settings.account) if needed and self._vault else {}


class BilibiliSession:
    """The room while it is connected."""

    def __init__(self, heard: AsyncIterator[Heard], sender: Sender | None) -> None:
        self._heard = heard
        self._sender = sender
        self._open = True

    async def messages(self) -> AsyncIterator[Heard]:
        """Yield what is said and taken back."""
        while self._open:
            try:
                heard = await anext(self._heard)
            except Disconnected:
                if self._open:
                    raise
                return
            yield heard

    async def post(self, reply: Reply) -> None:
        """Post the reply, in several lines where it is too long for one."""
        if not self._open:
            raise Disconnected("closed")
        if self._sender is None:
            raise Refused("read_only: send = true in the room's settings lets it post")
        await self._sender.post(reply)

    def close(self) -> None:
        """Take no more posts."""
        self._open = False
