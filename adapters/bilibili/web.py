"""Reading a room as the web page does. It is unofficial: see BilibiliSettings.accept_risk.

Source: blivedm 1.1.7 (MIT), clients/web.py.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
import structlog

from adapters.bilibili.answers import Nav, Place, RiskControl, Ticket
from adapters.bilibili.api import Api, Budget, http
from adapters.bilibili.feed import TokenRefused, connected, hear
from adapters.bilibili.settings import BilibiliSettings
from adapters.bilibili.verdicts import News, news
from adapters.bilibili.wbi import mixin, sign
from adapters.wire.bilibili import Listener
from adapters.wire.danmaku import Command
from bot.errors import BadFrame, Disconnected
from bot.model import ChatMessage, Heard

log = structlog.get_logger()

KEPT = 12 * 3600.0
"""Seconds for which the key of the signature is used; it changes once a day."""
LIVE = 1
TRIES = 3
"""Failed connections after which a new token is asked for, or as many as there are servers."""


@dataclass(slots=True)
class Memory:
    """What outlives a connection, so that connecting again asks little of the platform."""

    budget: Budget = field(default_factory=Budget)
    buvid: str = field(default="", repr=False)
    me: Nav | None = field(default=None, repr=False)
    key: str = field(default="", repr=False)
    key_until: float = 0.0
    place: Place | None = None
    ticket: Ticket | None = field(default=None, repr=False)
    failures: int = 0
    """Connections that failed, or broke off before a word, one after the other."""
    told: bool = False
    """Whether the operator knows that names are masked."""


class Ear(Protocol):
    """Who posts in the room, and must know what is said there."""

    def note(self, message: ChatMessage) -> ChatMessage:
        """Return the message, with role bot if it is our own; remember whom to answer."""

    def heed(self, told: News) -> None:
        """Take in what the room tells beside its lines."""


@asynccontextmanager
async def reading(
    settings: BilibiliSettings,
    cookies: Mapping[str, str],
    *,
    memory: Memory | None = None,
    ear: Ear | None = None,
    silence: float = 5.0,
    now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
) -> AsyncIterator[AsyncIterator[Heard]]:
    """Return a context that connects on entry and gives what is said.

    ``cookies`` are those of a log-in, or empty: then the platform masks names. ``memory`` should
    be the same for each connection to a room. Nothing for ``settings.heartbeat + silence`` seconds
    counts as the end. Raises AuthFailed where there is no such room, or Disconnected, on entry;
    the iterator raises Disconnected.
    """
    memory = memory or Memory()
    async with AsyncExitStack() as stack:
        async with http() as client:
            api = Api(settings, cookies, client, memory.budget)
            commands = await _Page(settings, api, memory, now).connect(stack, silence)
        yield _heard(settings, commands, memory, ear, now)


class _Page:
    """What the web page does before it shows a line."""

    def __init__(
        self, settings: BilibiliSettings, api: Api, memory: Memory, now: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._api = api
        self._memory = memory
        self._now = now

    async def connect(self, stack: AsyncExitStack, silence: float) -> AsyncIterator[Command]:
        """Return the commands of a connection that ``stack`` closes; a refused token is renewed."""
        try:
            return await self._try(stack, silence)
        except TokenRefused:
            self.forget()
            return await self._try(stack, silence)

    def forget(self) -> None:
        """Ask anew who is logged in, and for a token."""
        self._memory.ticket = self._memory.me = None

    async def _try(self, stack: AsyncExitStack, silence: float) -> AsyncIterator[Command]:
        memory = self._memory
        ticket, place, me = await self._prepared()
        auth = {
            "uid": me.mid,
            "roomid": place.room_id,
            "protover": 3,
            "platform": "web",
            "type": 2,
            "buvid": memory.buvid,
            "key": ticket.token,
        }
        urls = addresses(ticket, self._settings.danmaku)
        memory.failures += 1  # until it says something
        return await stack.enter_async_context(
            connected(
                urls,
                msgspec.json.encode(auth),
                heartbeat=self._settings.heartbeat,
                silence=silence,
                first=memory.failures - 1,
                agent=self._settings.agent,
            )
        )

    async def _prepared(self) -> tuple[Ticket, Place, Nav]:
        """Return token, room and account, from memory where it has them."""
        memory, settings = self._memory, self._settings
        try:
            memory.buvid = memory.buvid or await self._api.buvid()
            if memory.buvid:
                self._api.cookies.setdefault("buvid3", memory.buvid)
            me = memory.me or await self._look()
            if memory.place is None:
                memory.place = await self._api.place(settings.room)
                live = memory.place.live_status == LIVE
                log.info("room_found", room=f"bilibili/{settings.room}", live=live)
            ticket = memory.ticket
            if ticket is None or memory.failures >= max(TRIES, len(ticket.host_list or ())):
                memory.ticket = ticket = await self._ticket(memory.place.room_id)
                memory.failures = 0
        except RiskControl:
            memory.budget.hold()
            raise
        return ticket, memory.place, me

    async def _look(self) -> Nav:
        """Return who is logged in, and keep the key that comes with it."""
        memory = self._memory
        me = await self._api.nav()
        try:
            memory.key = mixin(me.wbi_img.img_url, me.wbi_img.sub_url)
        except BadFrame as error:
            raise Disconnected(f"nav: {error}") from None
        memory.key_until = self._now() + KEPT
        memory.me = me
        if not me.mid and not memory.told:
            memory.told = True
            log.warning("names_masked", room=f"bilibili/{self._settings.room}")
        return me

    async def _ticket(self, room: int) -> Ticket:
        """Return a new token; the key is taken anew where it is old, or once if it is refused."""
        if self._now() >= self._memory.key_until:
            await self._look()
        try:
            return await self._api.ticket(self._signed(room))
        except RiskControl:
            await self._look()
            return await self._api.ticket(self._signed(room))

    def _signed(self, room: int) -> dict[str, str]:
        return sign({"id": str(room), "type": "0"}, self._memory.key, self._now())


def addresses(ticket: Ticket, fallback: str) -> Sequence[str]:
    """Return where to connect: the named hosts by the scheme and path of ``fallback``, then it."""
    form = urlsplit(fallback)
    ports = [
        (host.host, host.ws_port if form.scheme == "ws" else host.wss_port)
        for host in ticket.host_list or ()
    ]
    named = [f"{form.scheme}://{host}:{port}{form.path}" for host, port in ports]
    return (*dict.fromkeys(named), fallback)


async def _heard(
    settings: BilibiliSettings,
    commands: AsyncIterator[Command],
    memory: Memory,
    ear: Ear | None,
    now: Callable[[], float],
) -> AsyncIterator[Heard]:
    place, me = memory.place, memory.me
    owner, mid = (place.uid if place else 0), (me.mid if me else 0)
    room = f"bilibili/{settings.room}"
    listener = Listener(room, str(owner or ""), str(mid or ""))
    async for command in commands:
        memory.failures = 0
        if told := news(command, mid, now()):
            log.warning("room_notice", room=room, kind=told.kind)
            if ear and not (told.kind == "silenced" and mid == owner):  # hosts may always speak
                ear.heed(told)
        for heard in hear(listener, command):
            yield ear.note(heard) if ear and isinstance(heard, ChatMessage) else heard
