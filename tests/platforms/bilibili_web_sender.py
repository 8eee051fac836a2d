"""A sender before the scripted Bilibili, and what it posts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.bilibili.send import Sender
from adapters.bilibili.settings import BilibiliSettings
from bot.model import ChatMessage, Reply
from tests.platforms.bilibili_web import Bilibili

ASKED = ChatMessage("58f5c2c2", "bilibili", "bilibili/6", "小安", "42", "viewer", "多少钱", 1.0)


def settings(platform: Bilibili, **changes: object) -> BilibiliSettings:
    return BilibiliSettings.model_validate({**platform.settings, **changes})


@asynccontextmanager
async def sender(
    platform: Bilibili, cookies: Mapping[str, str] | None = None, **changes: Any
) -> AsyncIterator[Sender]:
    names = ("same_text", "patience", "within", "now", "lately")
    own = {key: changes.pop(key) for key in names if key in changes}
    async with httpx.AsyncClient() as client:
        given = platform.cookies if cookies is None else cookies
        yield Sender(settings(platform, **changes), given, client, **own)


def reply(text: str, reply_to: str | None = None, *names: str) -> Reply:
    return Reply("re:1", "bilibili/6", text, "template", (), ("m1",), names, reply_to)
