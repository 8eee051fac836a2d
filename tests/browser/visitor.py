"""A person at a browser: logs in, looks, taps; whatever goes wrong in the page is noted."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest

pytest.importorskip("playwright.async_api", reason="needs playwright (pip install playwright)")

from playwright.async_api import (  # whoever imports this skips where it is missing
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

__all__ = [
    "Browser", "Device", "Locator", "Page", "Route", "Scheme", "Visitor", "axe", "expect",
    "serious", "visiting",
]  # fmt: skip

Device = Literal["desktop", "phone", "video"]
Scheme = Literal["light", "dark"]
VIEWS: dict[Device, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
    "video": {"viewport": {"width": 1920, "height": 1080}},  # as OBS shows a browser source
}
WITHIN = 30_000
"""Milliseconds after which a page that does not come to what is waited for has failed."""
expect.set_options(timeout=WITHIN)


@dataclass
class Visitor:
    """One browser window. ``faults`` must be empty when it is closed."""

    page: Page
    address: str
    device: Device = "desktop"
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of what a test brings about on purpose, such as a server that is away."""

    def watch(self) -> None:
        """Note errors of the console, uncaught ones, dialogs, and requests to anywhere else."""
        self.page.on("console", self._console)
        self.page.on("pageerror", self._uncaught)
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _console(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.faults.append(f"console: {said.text} ({said.location.get('url', '')})")

    def _uncaught(self, error: Error) -> None:
        self.faults.append(f"uncaught: {error}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    async def go(self, path: str) -> None:
        """Open a page of the site."""
        await self.page.goto(f"{self.address}{path}")

    async def sign_in(self, link: str) -> None:
        """Open a one-time link, and wait for the page behind it."""
        await self.page.goto(link)
        await self.page.wait_for_url("**/page/**")

    def part(self, name: str) -> Locator:
        """Return a part of the page."""
        return self.page.locator(f"[data-part={name}]")

    async def to(self, tab: str) -> None:
        """Turn to a part of the page: on a desk it is in sight already."""
        if self.device == "phone":
            await self.page.locator(f"#tabs [data-to={tab}]").tap()

    def line(self, id_: str) -> Locator:
        """Return a line of the feed."""
        return self.page.locator(f'#log [data-message="{id_}"]')

    def draft(self, id_: str) -> Locator:
        """Return the card of a draft."""
        return self.page.locator(f'[data-draft="{id_}"]')

    def question(self, id_: str) -> Locator:
        """Return the card of a question that only a person can answer."""
        return self.page.locator(f'[data-question="{id_}"]')

    async def press(self, action: str, within: Locator | None = None) -> None:
        """Click, or on a phone tap, what does ``action``."""
        found = (within or self.page).locator(f'[data-action="{action}"]:visible')
        await (found.tap() if self.device == "phone" else found.click())

    def unexpected(self) -> list[str]:
        """Return what went wrong that no test meant to."""
        return [
            each for each in self.faults if not any(re.search(part, each) for part in self.expected)
        ]


@asynccontextmanager
async def visiting(
    browser: Browser,
    address: str,
    device: Device = "desktop",
    locale: str = "en-US",
    scheme: Scheme = "light",
) -> AsyncIterator[Visitor]:
    """Open a window of its own; on leaving, nothing may have gone wrong in it."""
    options: dict[str, Any] = {**VIEWS[device], "locale": locale, "color_scheme": scheme}
    context: BrowserContext = await browser.new_context(**options)
    context.set_default_timeout(WITHIN)
    try:
        visitor = Visitor(await context.new_page(), address, device)
        visitor.watch()
        yield visitor
        assert not visitor.unexpected(), visitor.unexpected()
    finally:
        await context.close()


def axe() -> Path | None:
    """Return the script of axe-core, which checks what a page is to those who do not see it."""
    found = find_spec("axe_playwright_python")
    folder = Path(found.origin).parent if found and found.origin else None
    script = folder and folder / "axe.min.js"
    return script if script and script.is_file() else None


async def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe-core finds, with where each is."""
    script = axe()
    assert script is not None
    await page.evaluate(script.read_text("utf-8"))  # no script tag: the page allows none
    found = await page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
    )
    return [
        f"{each['impact']} {each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
