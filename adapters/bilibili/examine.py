"""What ``danmate doctor`` looks at: the project's keys, the clock, the room and the account."""

import re
import time
from collections.abc import Callable, Mapping, Sequence

import httpx

from adapters.bilibili import openlive
from adapters.bilibili.api import Api, http
from adapters.bilibili.game import Timers
from adapters.bilibili.send import Sender
from adapters.bilibili.settings import BilibiliSettings
from adapters.bilibili.signed import COOLING, RUNNING, Passing
from bot.errors import Disconnected, PlatformError
from bot.model import Check

LIVE = 1
FINE = {RUNNING: "a game is running", COOLING: "a game has just ended"}
OFFLINE = "see whether this machine reaches the platform, and whether its address is right"
CODE = re.compile(r"((?:open_live [^:]+: )?[a-z_]+): (.+)")


async def checks(
    settings: BilibiliSettings,
    cookies: Mapping[str, str],
    now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
) -> Sequence[Check]:
    """Return what is found; nothing is posted. Never raises."""
    found = []
    async with http() as client:
        if settings.source == "open-live":
            found.append(await _project(settings, now))
        else:
            found.append(await _room(settings, cookies, client))
        if settings.send:
            found.append(await _account(settings, cookies, client))
    return found


async def _project(settings: BilibiliSettings, now: Callable[[], float]) -> Check:
    """Start a game and end it: nothing else tells that keys, clock, code and room fit."""
    name = "bilibili open-live"
    try:
        async with openlive.reading(settings, timers=Timers(cooling=0.0), now=now):
            return Check(name, ok=True, text=f"room {settings.room} can be read")
    except Passing as error:
        if found := FINE.get(error.code):
            return Check(name, ok=True, text=f"keys, clock and code are right; {found}")
        return _failed(name, error)
    except PlatformError as error:
        return _failed(name, error)


async def _room(
    settings: BilibiliSettings, cookies: Mapping[str, str], client: httpx.AsyncClient
) -> Check:
    name, api = "bilibili room", Api(settings, cookies, client)
    try:
        place, me = await api.place(settings.room), await api.nav()
    except PlatformError as error:
        return _failed(name, error)
    live = "live" if place.live_status == LIVE else "not live"
    text = f"room {place.room_id} is {live}; read as {me.uname or 'nobody'}"
    mend = "run: danmate login bilibili; without it Bilibili masks the viewers' names"
    return Check(name, ok=bool(me.mid), text=text, mend="" if me.mid else mend)


async def _account(
    settings: BilibiliSettings, cookies: Mapping[str, str], client: httpx.AsyncClient
) -> Check:
    name, sender = "bilibili account", Sender(settings, cookies, client)
    try:
        await sender.prepare()
    except PlatformError as error:
        return _failed(name, error)
    who = sender.name or sender.uid
    return Check(name, ok=True, text=f"{who} may post lines of {sender.length} characters")


def _failed(name: str, error: PlatformError) -> Check:
    """Return the check that failed: what went wrong, and what stands behind it to do about it."""
    if isinstance(error, Disconnected):
        return Check(name, ok=False, text=str(error), mend=OFFLINE)
    text, parted, mend = str(error).rpartition("; ")
    if not parted and (found := CODE.match(mend)):
        text, mend = found[1], found[2]
    return Check(name, ok=False, text=text or mend, mend=mend if text else "")
