"""What the tests of the pages share: one browser for all of them, one danmate for each."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.bus.server import Store
from bot.commands.browsing import chromium
from tests.browser.site import Site
from tests.browser.stage import Stage

if TYPE_CHECKING:  # without playwright the tests that need it skip
    from playwright.async_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands beside this file, and skip it with the reason where it cannot run."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
            if chromium.found() is None:
                item.add_marker(pytest.mark.skip(reason="needs Chromium (apt install chromium)"))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator["Browser"]:
    async with chromium.launched() as started:
        yield started


@pytest.fixture
def site(store: Store, store_url: str, tmp_path: Path) -> Site:
    """Return a danmate with one room, which a test opens."""
    return Site(store_url, tmp_path)


@pytest.fixture
def room(site: Site) -> Stage:
    return site.rooms[0]


@pytest.fixture
def needs_axe() -> None:
    from tests.browser.visitor import axe

    if axe() is None:
        pytest.skip("needs axe-core (pip install axe-playwright-python)")
