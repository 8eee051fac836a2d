"""What many tests share: one real server for the whole run, emptied for each test that asks."""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.bus.embedded import Embedded
from bot.bus.server import Store, connect

# A shell lets what runs in the background ignore Ctrl-C, and its children inherit that; a handler
# of our own they do not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test fails for being slow: the machine may be busy. A store may serve all examples of a test.
settings.register_profile(
    "danmate",
    deadline=None,
    derandomize="CI" in os.environ,  # a change is judged by the same examples each time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("danmate")


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Take back what a test has set of the log: the next one may read its own."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what a test logs in, and the page's token, away from the user's own."""
    folder = tmp_path_factory.mktemp("secrets") / "danmate"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANMATE_SECRETS", str(folder))
        yield folder


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
