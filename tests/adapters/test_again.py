"""What connecting again costs: a room that is cut off every few minutes does it all evening."""

import asyncio
import gc
import ssl
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import pytest

from bot.bus.server import Store
from tests.adapters.flow import Flow
from tests.adapters.test_stages import STAGES, bounded
from tests.faults.waiting import until

ASKING = ("bilibili-open-live", "bilibili-web", "twitch", "twitch-irc")
"""Those whose platform is asked by HTTP before a room can be read."""
LIMIT = 60.0
"""Seconds after which a session has been kept."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Let nothing be collected: what lived for long is old, and waits for that for hours."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", ASKING)
@bounded
async def test_connecting_again_reads_no_certificates_again(name: str, tmp_path: Path) -> None:
    """Reading them stands still for some 50 ms, and a megabyte is scattered each time."""
    async with STAGES[name](tmp_path) as stage:
        async with stage.adapter.connect():
            first = living(ssl.SSLContext)
        async with stage.adapter.connect():
            again = living(ssl.SSLContext)
    assert first
    assert not [each for each in again if all(each is not known for known in first)]


@pytest.mark.parametrize("name", ["bilibili-web", "bridge-client", "twitch", "twitch-irc"])
@pytest.mark.usefixtures("uncollected")
async def test_a_session_that_has_broken_off_is_not_kept(
    name: str, store: Store, tmp_path: Path
) -> None:
    """What breaks a session off knows the frames that it went through, and they the session."""
    async with STAGES[name](tmp_path) as stage:
        async with stage.adapter.connect() as session:
            kind = type(session)
        del session
        gc.collect()
        flow = Flow(stage, store)
        async with flow.running(), asyncio.timeout(LIMIT):
            await until(lambda: flow.gateway.connected)
            kept = [ref(each) for each in living(kind)]
            assert len(kept) == 1
            await stage.cut()
            await until(lambda: kept[0]() is None)


def living(kind: type) -> list[object]:
    """Return each object of this kind that has not been let go of."""
    return [each for each in gc.get_objects() if issubclass(type(each), kind)]
