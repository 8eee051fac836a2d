"""What ``danmate doctor`` asks Twitch: network, account, channel, subscription, modes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from adapters.twitch.eventsub import Stream
from adapters.twitch.helix import Helix
from adapters.twitch.oauth import LOGIN, client
from adapters.twitch.session import named
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.timing import Timing
from adapters.twitch.tokens import logged_in
from bot.errors import PlatformError
from bot.model import Check
from bot.ports import Vault

REACH = "let this machine reach it, by a proxy perhaps (HTTPS_PROXY)"
READ = ("user:read:chat", "user:write:chat")
IRC = ("chat:read", "chat:edit")


async def examined(
    settings: TwitchSettings, vault: Vault | None, timing: Timing
) -> Sequence[Check]:
    """Return what was found; whatever comes after a fault that rules it out is left out."""
    found = [check async for check in _network(settings, timing)]
    if settings.anonymous or not all(check.ok for check in found):
        return found
    try:
        async for check in _account(settings, vault, timing):
            found.append(check)  # noqa: PERF401 - what was found before a fault stays
    except PlatformError as error:
        mend = LOGIN if "login" in str(error) or "token" in str(error) else "see the text"
        found.append(Check(f"twitch/{settings.channel}", ok=False, text=str(error), mend=mend))
    return found


async def _network(settings: TwitchSettings, timing: Timing) -> AsyncIterator[Check]:
    async with client() as http:
        for name, url in (("api", settings.api), ("auth", f"{settings.auth}/validate")):
            yield await _answers(http, f"twitch {name}", url)
    if settings.anonymous or settings.transport == "irc":
        yield await _opens("twitch irc", settings.irc, timing)
    else:
        yield await _opens("twitch eventsub", settings.eventsub, timing)


async def _answers(http: httpx.AsyncClient, name: str, url: str) -> Check:
    started = asyncio.get_running_loop().time()
    try:
        await http.get(url)  # any answer is one: without a token it is a refusal
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Check(name, ok=False, text=f"no answer: {type(error).__name__}", mend=REACH)
    return Check(name, ok=True, text=_took(started))


async def _opens(name: str, url: str, timing: Timing) -> Check:
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(timing.welcome), connect(url, ping_interval=None):
            return Check(name, ok=True, text=_took(started))
    except (OSError, TimeoutError, ValueError, WebSocketException) as error:
        return Check(name, ok=False, text=f"no connection: {type(error).__name__}", mend=REACH)


async def _account(
    settings: TwitchSettings, vault: Vault | None, timing: Timing
) -> AsyncIterator[Check]:
    async with AsyncExitStack() as stack:
        login = await stack.enter_async_context(logged_in(settings, vault, timing.validate))
        needed = IRC if settings.transport == "irc" else READ
        lacking = " ".join(scope for scope in needed if scope not in login.scopes)
        name = f"twitch account {settings.account}"
        text = f"{login.login}, {'lacks ' + lacking if lacking else 'all scopes'}"
        yield Check(name, ok=not lacking, text=text, mend=LOGIN if lacking else "")
        helix = Helix(await stack.enter_async_context(client()), settings.api, login)
        room_id = await helix.user_id(settings.channel)
        room = f"twitch/{settings.channel}"
        yield Check(room, ok=True, text=f"exists, modes: {named(await helix.modes(room_id))}")
        if settings.transport == "eventsub" and not lacking:
            stream = Stream(settings.eventsub, settings.keepalive, timing)
            await stack.enter_async_context(stream.opened())
            await helix.subscribe("channel.chat.message", room_id, stream.welcome.session_id)
            yield Check(f"{room} subscription", ok=True, text="granted, and given back")


def _took(started: float) -> str:
    return f"answers in {(asyncio.get_running_loop().time() - started) * 1000:.0f} ms"
