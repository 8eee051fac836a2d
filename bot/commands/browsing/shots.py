"""``danmate bench page --screenshots DIR``: pictures of the pages as a streamer sees them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console

from bot.commands.browsing import chromium
from bot.commands.browsing.evening import ROOM, evening
from bot.flow.clock import WallClock
from bot.vault.page import PageToken
from bot.web.sessions import link

if TYPE_CHECKING:  # an extra
    from playwright.async_api import Browser, Page

CALM = 2.0
"""Seconds after which a page has drawn what it has got, and nothing moves any more."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: of which page, in what window. ``tab`` is tapped before, on a phone."""

    name: str
    path: str
    width: int
    height: int
    locale: str = "zh-CN"
    scheme: Literal["light", "dark"] = "light"
    scale: float = 1.0
    tab: str = ""
    made: bool = False
    """Whether a script is written in the studio, and the picture is of it."""
    clear: bool = False
    """Whether the page lies over a video."""


def _phone(name: str, tab: str, locale: str, scheme: Literal["light", "dark"]) -> Shot:
    return Shot(f"phone-{name}", "/page/", 390, 844, locale, scheme, 2.0, tab)


SHOTS: Sequence[Shot] = (
    Shot("page-light-zh", "/page/", 1440, 900),
    Shot("page-dark-zh", "/page/", 1440, 900, scheme="dark"),
    Shot("page-light-en", "/page/", 1440, 900, "en-US"),
    Shot("page-dark-en", "/page/", 1440, 900, "en-US", "dark"),
    Shot("tablet-light-en", "/page/", 1024, 768, "en-US"),
    Shot("studio-light-zh", "/page/?view=studio", 1440, 900, made=True),
    _phone("live", "live", "zh-CN", "light"),
    _phone("drafts", "drafts", "zh-CN", "dark"),
    _phone("questions", "questions", "en-US", "light"),
    _phone("goods", "goods", "zh-CN", "light"),
    _phone("health", "health", "en-US", "dark"),
    Shot("phone-studio", "/page/", 390, 844, "en-US", "light", 2.0, "studio", made=True),
    Shot("overlay", "/overlay/?stay=600", 1920, 1080, clear=True),
    Shot("overlay-tall", "/overlay/?stay=600", 1080, 1920, clear=True),
    Shot("prompter-zh", "/prompter/", 1280, 800, scheme="dark"),
    Shot("prompter-en-tall", "/prompter/", 800, 1280, "en-US", "dark"),
)


async def shoot(folder: Path) -> None:
    """Write a picture of each page into ``folder``. Raises CannotStart."""
    console = Console(stderr=True)
    _make(folder)
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        async with chromium.launched() as browser:
            console.print("an evening is played …")
            async with evening(Path(scratch)) as url:
                kept = await _logged_in(browser, url)
                for shot in SHOTS:
                    await _take(browser, url, kept, shot, folder / f"{shot.name}.png")
                    console.print(f"{folder / shot.name}.png")


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


async def _logged_in(browser: "Browser", url: str) -> Any:
    """Log in as the owner does; return what the browser keeps of it."""
    token = await PageToken("").make()
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(link(url, "owner", "小满", token, WallClock().now()))
    await page.wait_for_url("**/page/**")
    kept = await context.storage_state()
    await context.close()
    return kept


async def _take(browser: "Browser", url: str, kept: Any, shot: Shot, file: Path) -> None:
    options: dict[str, Any] = {
        "viewport": {"width": shot.width, "height": shot.height},
        "device_scale_factor": shot.scale,
        "has_touch": bool(shot.tab),
        "is_mobile": bool(shot.tab),
        "locale": shot.locale,
        "color_scheme": shot.scheme,
        "reduced_motion": "reduce",
        "storage_state": kept,
    }
    context = await browser.new_context(**options)
    page = await context.new_page()
    await page.goto(f"{url}{shot.path}{'&' if '?' in shot.path else '?'}room={ROOM}")
    if shot.tab:
        await page.locator(f"#tabs [data-to={shot.tab}]").tap()
    if shot.made:
        await page.locator("[data-action=make]").click()
        await page.locator(".made-tools").wait_for()
    if shot.clear:
        await _over_video(page)
    await WallClock().sleep(CALM)
    await page.screenshot(path=file)
    await context.close()


async def _over_video(page: "Page") -> None:
    """Lay something like a video behind a page that has no background of its own."""
    await page.evaluate(
        "document.documentElement.style.background ="
        " 'linear-gradient(160deg, #41506b, #c98f6b 45%, #f3e3cf 70%, #3a2b3f)'"
    )
