"""The log-ins of the platforms that ship, by the command and against their scripted servers."""

import asyncio
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.bilibili import Bilibili
from adapters.twitch import Twitch
from bot import secrets
from bot.commands.logins import Options, Place, log_in, show
from bot.errors import BadConfig
from tests.platforms import bilibili_web, twitch_api

KNOWN: Mapping[str, Any] = {"twitch": Twitch, "bilibili": Bilibili}
LIMIT = 60.0


class Watched(io.StringIO):
    """Tells when somebody is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()

    def write(self, text: str, /) -> int:
        if "waiting" in text:
            self.waiting.set()
        return super().write(text)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(KNOWN, {"DANMATE_SECRETS": str(tmp_path)}, Watched(), io.StringIO())


def options(platform: str, **keys: object) -> Options:
    return Options(platform, values=[f"{key}={json.dumps(value)}" for key, value in keys.items()])


def said(place: Place) -> str:
    assert isinstance(place.out, io.StringIO)
    assert isinstance(place.err, io.StringIO)
    return place.out.getvalue() + place.err.getvalue()


async def waiting(place: Place) -> None:
    assert isinstance(place.out, Watched)
    await place.out.waiting.wait()


async def test_what_a_streamer_of_twitch_has_forgotten_is_said_in_turn(place: Place) -> None:
    with pytest.raises(BadConfig, match=r"twitch: channel: expected a value"):
        await log_in(options("twitch"), place)
    assert await log_in(options("twitch", channel="ann"), place) == 1
    assert "client_id" in said(place)
    assert "dev.twitch.tv/console" in said(place)


async def test_twitch_logs_in_by_a_code(place: Place, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), twitch_api.running() as server:
        keys = server.settings().model_dump(mode="json", exclude_none=True)
        doing = asyncio.create_task(log_in(options("twitch", **keys), place))
        await waiting(place)
        server.auth.agree(twitch_api.BOT)
        assert await doing == 0
        assert "code: ABCDEFGH" in said(place)
        assert "twitch: logged in as shopbot" in said(place)
        assert [each for each in server.auth.issued if each in said(place)] == []
        for each in server.auth.issued[1:]:  # the first was the device's, and is used up
            assert each in (tmp_path / "twitch.json").read_text()
            assert secrets.masked(each) == "***"
        await show(place, as_json=True)
        assert json.loads(said(place).splitlines()[-1])["who"] == "shopbot"


async def test_bilibili_logs_in_by_a_code_to_scan(place: Place, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), bilibili_web.bilibili() as server:
        doing = asyncio.create_task(log_in(options("bilibili", **server.settings), place))
        await waiting(place)
        server.scan = "confirmed"
        assert await doing == 0
    assert f"bilibili: logged in as {bilibili_web.NAME}" in said(place)
    kept = json.loads((tmp_path / "bilibili.json").read_text())
    assert kept["SESSDATA"] == server.sessdata
    for each in (server.sessdata, server.csrf):
        assert each not in said(place)
        assert secrets.masked(f"cookie: {each};") == "cookie: ***;"


async def test_bilibili_says_what_it_costs_before_it_logs_in(place: Place) -> None:
    with pytest.raises(BadConfig, match=r"bilibili: expected accept_risk = true"):
        await log_in(options("bilibili", room=5, source="web"), place)
