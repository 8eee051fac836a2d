"""What many tests share: one real server for the whole run, emptied for each test that asks."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.bus.embedded import Embedded
from bot.bus.server import Store, connect

# No test fails for being slow: the machine may be busy. A store may serve all examples of a test.
settings.register_profile(
    "danmate",
    deadline=None,
    derandomize="CI" in os.environ,  # a change is judged by the same examples each time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("danmate")


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
async def server(server_folder: Path) -> AsyncIterator[Store]:
    async with await connect("", server_folder) as store:
        yield store


@pytest.fixture
async def store(server: Store) -> Store:
    """Return a store that holds nothing."""
    await server.client.flushall()
    return server


@pytest.fixture
def store_url(store: Store, server_folder: Path) -> str:
    """Return the URL of ``store``, for whoever connects on their own."""
    return Embedded(server_folder).url
