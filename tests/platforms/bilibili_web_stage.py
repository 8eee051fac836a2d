"""The contract's stage for Bilibili as its web page sees it: read by web, post by its form."""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.bilibili import Bilibili as Adapter
from adapters.bilibili import BilibiliSettings
from bot.model import Role
from bot.vault import FileVault
from tests.platforms.bilibili_web import Bilibili, bilibili, said
from tests.platforms.bilibili_web_http import Response
from tests.platforms.danmaku import OWNER, danmu
from tests.platforms.stage import Verdict

MARKS: Mapping[Role, Mapping[str, Any]] = {
    "viewer": {},
    "subscriber": {"medal_of": OWNER},
    "vip": {"guard": 3},
    "moderator": {"admin": 1},
    "host": {"uid": OWNER},
}
RULINGS: Mapping[Verdict, Response | None] = {
    "refused": said(0, "f", {"mode_info": {"extra": "{}"}}),
    "throttled": said(0, "msg in 1s"),
    "logged_out": said(-101, "账号未登录"),
    "silent": None,
}


class BilibiliWebStage:
    """A room that is read and posted in; nothing is ever held for a moderator there."""

    verdicts: frozenset[Verdict] = frozenset({"sent", *RULINGS})
    roles: frozenset[Role] = frozenset(MARKS)
    breaks = True

    def __init__(self, platform: Bilibili, vault: FileVault) -> None:
        self.platform = platform
        self.adapter = Adapter(BilibiliSettings.model_validate(platform.settings))
        self.adapter.keep(vault)
        self._uids = itertools.count(50)

    @property
    def secrets(self) -> Sequence[str]:
        platform = self.platform
        return platform.sessdata, platform.csrf, "refresh-1", "c0ffee", platform.token

    @property
    def violations(self) -> int:
        return self.platform.violations

    @property
    def posted(self) -> Sequence[str]:
        return self.platform.shown

    async def ready(self) -> None:
        await self.platform.danmaku.ready()

    async def left(self) -> None:
        await self.platform.danmaku.left()
        await self.platform.web.left()

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        marks = {"uid": next(self._uids), **MARKS[role]}
        await self.platform.danmaku.tell(danmu(text, author, **marks))

    def decide(self, verdict: Verdict) -> None:
        self.platform.rulings.clear()  # what no post has met is overruled: it must not pile up
        if verdict != "sent":
            self.platform.rulings.append(RULINGS[verdict])

    async def cut(self) -> None:
        self.platform.danmaku.cut()
        self.platform.web.cut()


@asynccontextmanager
async def bilibili_web(folder: Path) -> AsyncIterator[BilibiliWebStage]:
    """Set the stage; the log-in is kept in ``folder``."""
    vault = FileVault(folder)
    async with bilibili() as platform:
        await vault.put("bilibili", platform.cookies)
        yield BilibiliWebStage(platform, vault)
