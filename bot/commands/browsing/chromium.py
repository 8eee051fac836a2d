"""A real browser without a window: Chromium of this machine, steered by playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.errors import CannotStart

if TYPE_CHECKING:  # an extra
    from playwright.async_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",  # as root, in a container, there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
)


def found() -> str | None:
    """Return where Chromium is on this machine, None where it is not."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def launched() -> AsyncIterator["Browser"]:
    """Give a browser while the block runs. Raises CannotStart where a part of it is missing."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise CannotStart("danmate bench page needs playwright: pip install playwright") from None
    where = found()
    if where is None:
        raise CannotStart(
            f"danmate bench page needs a browser, one of {', '.join(NAMES)}: apt install chromium"
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=where, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
