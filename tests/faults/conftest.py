"""What the tests of faults share: a proxy before the server, and a recorded room to play."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.bus.embedded import Embedded
from bot.bus.server import Store, connect
from tests.faults.proxy import Proxy
from tests.faults.waiting import PATIENT
from tests.flow.test_crash import room

__all__ = ["room"]


@pytest.fixture
async def proxy(store: Store, server_folder: Path) -> AsyncIterator[Proxy]:
    """Return a proxy before the server; ``store`` still reaches it directly."""
    async with Proxy(Embedded(server_folder).socket) as between:
        yield between


@pytest.fixture
async def far(proxy: Proxy, tmp_path: Path) -> AsyncIterator[Store]:
    """Return the store as it is seen from behind the proxy."""
    async with await connect(f"{proxy.url}?socket_timeout={PATIENT}", tmp_path) as store:
        yield store
