"""The contract's stage for Bilibili by open-live: read officially, post by the web page's form."""

import itertools
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.bilibili import Bilibili as Adapter
from adapters.bilibili.game import Timers
from bot.model import Role
from bot.vault import FileVault
from tests.platforms.bilibili_web import Bilibili as Page
from tests.platforms.bilibili_web import bilibili
from tests.platforms.bilibili_web_stage import BilibiliWebStage
from tests.platforms.danmaku import Command, DanmakuServer
from tests.platforms.open_live import (
    ANCHOR,
    CODE,
    KEY,
    SECRET,
    Marks,
    OpenLive,
    open_dm,
    open_live_platform,
    settings_for,
)

COOLING = 0.02
LENGTH = 40
MARKS: Mapping[Role, Marks] = {
    "viewer": {},
    "subscriber": {"fans_medal_level": 7, "fans_medal_wearing_status": True},
    "vip": {"guard_level": 3},
    "moderator": {"is_admin": 1},
    "host": {"open_id": ANCHOR},
}


class Relay(DanmakuServer):
    """Where the page shows what was posted: those who read by open-live are told in its words."""

    def __init__(self, platform: OpenLive) -> None:
        super().__init__()
        self._platform = platform
        self._numbers = itertools.count(1)

    async def tell(self, *commands: Command) -> None:
        for cmd in commands:
            _, text, (_, author, *_), *_ = cmd["info"]
            await self.say(author, text, {})

    async def say(self, author: str, text: str, marks: Marks) -> None:
        at = time.time()  # noqa: TID251 - the platform's own clock
        told = open_dm(text, author, at, next(self._numbers), **marks)
        await self._platform.danmaku.tell(told)


class OpenLiveStage(BilibiliWebStage):
    """A room of both: what is said comes by open-live, what we say goes to the web page."""

    def __init__(self, open_live: OpenLive, page: Page, vault: FileVault) -> None:
        super().__init__(page, vault)
        self.open_live = open_live
        self.relay = Relay(open_live)
        page.danmaku = self.relay
        names = ("www", "api", "live", "passport")
        given = {name: page.settings[name] for name in names}
        # an account of a higher level: what it posts stands in one line
        page.length = LENGTH
        given |= {"length": LENGTH, "parts": 1, "spacing": 0.1}
        settings = settings_for(open_live, accept_risk=True, send=True, **given)
        self.adapter = Adapter(settings, timers=Timers(cooling=COOLING * 2))
        self.adapter.keep(vault)

    @property
    def secrets(self) -> Sequence[str]:
        return (*super().secrets, KEY, SECRET, CODE, "danmaku-key-")

    @property
    def violations(self) -> int:
        return self.open_live.violations + super().violations

    async def ready(self) -> None:
        await self.open_live.danmaku.ready()

    async def left(self) -> None:
        await self.open_live.danmaku.left()
        await self.open_live.until(lambda: self.open_live.game is None)
        await self.platform.web.left()

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        await self.relay.say(author, text, MARKS[role])

    async def cut(self) -> None:
        self.open_live.danmaku.cut()
        self.platform.web.cut()


@asynccontextmanager
async def open_live(folder: Path) -> AsyncIterator[OpenLiveStage]:
    """Set the stage; the log-in is kept in ``folder``."""
    vault = FileVault(folder)
    async with open_live_platform() as platform, bilibili() as page:
        platform.cooling = COOLING
        await vault.put("bilibili", page.cookies)
        yield OpenLiveStage(platform, page, vault)
