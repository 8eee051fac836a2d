"""Logging in by QR code, before the scripted Bilibili."""

import asyncio
import io
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.bilibili.login import login
from adapters.bilibili.settings import BilibiliSettings
from bot import telemetry
from bot.errors import AuthFailed, Disconnected
from bot.model import Prompt
from bot.vault import FileVault
from tests.platforms.bilibili_web import NAME, Bilibili, bilibili
from tests.platforms.bilibili_web_http import Request, Response

POLL = "/x/passport-login/web/qrcode/poll"
EVERY = 0.01


@pytest.fixture
async def platform() -> AsyncIterator[Bilibili]:
    async with bilibili() as served:
        yield served


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "secrets")


def settings(platform: Bilibili) -> BilibiliSettings:
    return BilibiliSettings.model_validate({**platform.settings, "account": "shop"})


async def polled(platform: Bilibili, more: int = 2) -> None:
    """Return once the client has asked so many times more."""
    before = platform.web.asked[POLL]
    await platform.web.until(lambda: platform.web.asked[POLL] >= before + more)


async def test_what_a_log_in_gives_is_kept(
    platform: Bilibili, vault: FileVault, tmp_path: Path
) -> None:
    told: list[Prompt] = []
    trying = asyncio.ensure_future(login(settings(platform), vault, told.append, every=EVERY))
    for state in ("waiting", "scanned", "confirmed"):
        platform.scan = state
        if state != "confirmed":
            await polled(platform)
    assert await trying == NAME
    assert await vault.get("shop") == platform.cookies
    assert stat.S_IMODE((tmp_path / "secrets" / "shop.json").stat().st_mode) == 0o600
    assert [bool(prompt.url) for prompt in told] == [True, False]
    assert told[0].url.startswith("https://account.bilibili.com/")


async def test_the_prompt_says_what_it_risks(platform: Bilibili, vault: FileVault) -> None:
    told: list[Prompt] = []
    platform.scan = "confirmed"
    await login(settings(platform), vault, told.append, every=EVERY)
    assert "terms" in told[0].text
    assert "ban" in told[0].text


async def test_a_code_that_is_too_old_says_so(platform: Bilibili, vault: FileVault) -> None:
    platform.scan = "expired"
    with pytest.raises(AuthFailed, match="login_expired"):
        await login(settings(platform), vault, lambda _: None, every=EVERY)
    assert await vault.get("shop") == {}


async def test_nobody_is_waited_for_without_end(platform: Bilibili, vault: FileVault) -> None:
    with pytest.raises(AuthFailed, match="login_expired"):
        await login(settings(platform), vault, lambda _: None, every=EVERY, within=0.1)


async def test_a_platform_that_breaks_off_says_so(platform: Bilibili, vault: FileVault) -> None:
    trying = asyncio.ensure_future(
        login(settings(platform), vault, lambda _: None, every=EVERY, within=20)
    )
    await polled(platform)

    async def nothing(_: Request) -> Response | None:
        return None

    platform.web.handler = nothing
    with pytest.raises(Disconnected, match="poll"):
        await trying


async def test_a_log_in_is_kept_even_if_the_name_is_not_told(
    platform: Bilibili, vault: FileVault
) -> None:
    platform.scan = "confirmed"
    whole = platform.answer

    async def without_nav(request: Request) -> Response | None:
        return None if request.path.endswith("nav") else await whole(request)

    platform.web.handler = without_nav
    assert await login(settings(platform), vault, lambda _: None, every=EVERY) == "7001"
    assert (await vault.get("shop"))["SESSDATA"] == platform.sessdata


async def test_no_cookie_is_told(platform: Bilibili, vault: FileVault) -> None:
    log, told = io.StringIO(), list[Prompt]()
    telemetry.configure("debug", "json", log)
    platform.scan = "confirmed"
    name = await login(settings(platform), vault, told.append, every=EVERY)
    shown = f"{log.getvalue()} {told!r} {name}"
    assert [s for s in (platform.sessdata, platform.csrf, "refresh-1") if s in shown] == []
