"""The adapter's own side: what it can, what it keeps, and what the doctor is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.bilibili import Bilibili, BilibiliSettings
from adapters.bilibili.examine import checks
from bot.errors import AuthFailed
from bot.model import ChatMessage, Check
from bot.ports import Account, Adapter, Examined
from bot.vault import FileVault
from tests.platforms.bilibili_web import NAME, bilibili
from tests.platforms.bilibili_web import Bilibili as Page
from tests.platforms.danmaku import DanmakuServer
from tests.platforms.open_live import OpenLive, open_live_platform, settings_for
from tests.platforms.open_live_stage import open_live

LIMIT = 20.0


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with asyncio.timeout(LIMIT), bilibili() as running:
        yield running


def settings(page: Page, **changed: Any) -> BilibiliSettings:
    return BilibiliSettings.model_validate(page.settings | changed)


async def examined(page: Page, cookies: Mapping[str, str], **changed: Any) -> dict[str, Check]:
    return {each.name: each for each in await checks(settings(page, **changed), cookies)}


def test_it_has_every_door_of_a_platform() -> None:
    adapter = Bilibili(BilibiliSettings(room=6, source="web", accept_risk=True))
    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, Account)
    assert isinstance(adapter, Examined)
    assert (adapter.platform, adapter.room, adapter.app()) == ("bilibili", "bilibili/6", None)


def test_it_replies_under_a_line_only_where_the_web_pages_ids_are_read() -> None:
    web = BilibiliSettings(room=6, source="web", accept_risk=True, send=True)
    silent = BilibiliSettings(room=6, source="web", accept_risk=True)
    official = settings_for(OpenLive(DanmakuServer()), accept_risk=True, send=True)
    able = [Bilibili(each).abilities for each in (web, silent, official)]
    assert [(each.send, each.reply) for each in able] == [
        (True, True),
        (False, False),
        (True, False),
    ]
    assert all(each.echo and 20 <= each.length <= 40 for each in able)


async def test_a_room_that_posts_wants_a_log_in_before_anything_is_started(
    page: Page, tmp_path: Path
) -> None:
    async with open_live_platform() as platform:
        given = {name: page.settings[name] for name in ("www", "api", "live", "passport")}
        adapter = Bilibili(settings_for(platform, accept_risk=True, send=True, **given))
        adapter.keep(FileVault(tmp_path))
        with pytest.raises(AuthFailed, match="danmate login bilibili"):
            async with adapter.connect():
                raise AssertionError("it was let in")
        assert platform.calls == []


async def test_a_log_in_wants_a_place_to_be_kept(page: Page) -> None:
    with pytest.raises(AuthFailed, match="no_vault"):
        await Bilibili(settings(page)).login(print)


async def test_an_examination_names_room_and_account(page: Page) -> None:
    found = await examined(page, page.cookies)
    assert all(each.ok for each in found.values())
    assert found["bilibili room"].text.endswith(f"is live; read as {NAME}")
    assert found["bilibili account"].text == f"{NAME} may post lines of {page.length} characters"
    assert page.shown == []


async def test_an_examination_without_a_log_in_says_what_that_costs(page: Page) -> None:
    found = await examined(page, {})
    assert not any(each.ok for each in found.values())
    assert "masks the viewers' names" in found["bilibili room"].mend
    assert "danmate login bilibili" in found["bilibili account"].mend


async def test_an_examination_of_a_room_that_is_none_says_so(page: Page) -> None:
    found = await examined(page, page.cookies, room=1, send=False)
    assert found["bilibili room"].text == "no_room"
    assert found["bilibili room"].mend


async def test_an_examination_tells_of_a_log_in_that_cannot_be_read(
    page: Page, tmp_path: Path
) -> None:
    adapter = Bilibili(settings(page))
    adapter.keep(FileVault(tmp_path))
    (tmp_path / "bilibili.json").write_text("no log-in")
    (found,) = await adapter.examine()
    assert not found.ok
    assert "bilibili.json" in found.text


async def test_a_renamed_account_still_knows_its_own_lines(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), open_live(tmp_path) as stage:
        await FileVault(tmp_path).put("bilibili", {**stage.platform.cookies, "uname": "旧名"})
        async with stage.adapter.connect() as session:
            await stage.say(NAME, "59元哦", "moderator")
            async for heard in session.messages():
                assert isinstance(heard, ChatMessage)
                assert heard.role == "bot"
                break


async def test_messages_end_for_who_waits_when_the_room_is_left(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), open_live(tmp_path) as stage:
        async with stage.adapter.connect() as session:
            waiting = asyncio.ensure_future(anext(session.messages(), None))
            await stage.ready()
        assert await waiting is None
