"""A live room goes on by itself when its network does, and nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, get_args

import pytest

from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.model import Kind
from tests.faults.proxy import Proxy
from tests.faults.waiting import CLOCK, LIMIT
from tests.flow import roles
from tests.flow.test_crash import Watch, assert_nothing_is_lost_or_doubled

LASTS = 3.0
"""Seconds that the network is away."""
Fault: TypeAlias = Callable[[Proxy], Awaitable[None]]


async def parted(proxy: Proxy) -> None:
    await proxy.partition()
    await CLOCK.sleep(LASTS)
    await proxy.heal()


async def stalled(proxy: Proxy) -> None:
    proxy.stall()
    await CLOCK.sleep(LASTS)
    proxy.go_on()


async def stranded(proxy: Proxy) -> None:
    proxy.strand()


async def reset(proxy: Proxy) -> None:
    proxy.reset()


@asynccontextmanager
async def living(far: Store, room: Path) -> AsyncIterator["asyncio.Task[None]"]:
    """Play the room with its gateway and a worker; the task ends when all is answered."""
    stop = asyncio.Event()
    log, out = room / "log.jsonl", room / "posted.jsonl"
    tasks = [
        asyncio.create_task(roles.gateway(far, log, out, stop)),
        asyncio.create_task(roles.worker(far, stop)),
    ]
    try:
        yield tasks[0]
    finally:
        stop.set()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("fault", [parted, stalled, stranded, reset])
async def test_a_room_goes_on_when_the_network_is_back(
    store: Store, far: Store, proxy: Proxy, room: Path, fault: Fault
) -> None:
    watch = Watch(store)
    async with asyncio.timeout(LIMIT), living(far, room) as ended:
        await watch.until(60)
        await fault(proxy)
        back = CLOCK.now()
        counts = await Inbox(store).counts()
        await watch.until(sum(counts.get(kind, 0) for kind in get_args(Kind)) + 1)
        print(f"{fault.__name__}: goes on after {CLOCK.now() - back:.2f} s")  # noqa: T201 - the figure
        await ended
    await assert_nothing_is_lost_or_doubled(watch, room)
