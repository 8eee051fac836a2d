"""Builds danmate out of its parts for each role, and runs it until it is told to stop."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

import structlog
from fastapi import FastAPI

from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import LOST
from bot.bus.stream import Outcomes
from bot.config import Config
from bot.flow.clock import WallClock
from bot.flow.gateway import Gateway
from bot.flow.outbox import Outbox
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.house import House, opened, pace
from bot.ports import Adapter
from bot.web.api import create_app
from bot.web.feed import Feed
from bot.web.server import serve

log = structlog.get_logger()

Role = Literal["all", "gateway", "worker", "web"]
KEEP_EVENTS = 60.0
"""Seconds between two sweeps of outcomes that are older than the retention."""


async def run(config: Config, role: Role, ready: Callable[[str], None]) -> None:
    """Run a role until SIGINT or SIGTERM, or until all its rooms have ended.

    ``ready`` is called with the address of the pages, or "" where this role has none.
    """
    stop = asyncio.Event()
    with _signals(stop):
        async with opened(config) as house, running(house, role, stop) as live:
            ready(live.url)
            await live.ended()


@dataclass(frozen=True, slots=True)
class Live:
    """A role at work."""

    url: str
    stop: asyncio.Event
    tasks: tuple[asyncio.Task[None], ...]
    rooms: tuple[asyncio.Task[None], ...]

    async def ended(self) -> None:
        """Wait until it is told to stop, all rooms have ended, or something fails (raised)."""
        stopping = asyncio.create_task(self.stop.wait())
        over = asyncio.gather(*self.rooms) if self.rooms else stopping
        waiting: set[asyncio.Future[Any]] = {stopping, over, *self.tasks}
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            task.result()


@asynccontextmanager
async def running(
    house: House, role: Role = "all", stop: asyncio.Event | None = None
) -> AsyncIterator[Live]:
    """Run a role while the block runs; it is entered once the models are loaded."""
    stop = stop or asyncio.Event()
    warm = asyncio.Event()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_web(house, role)) if role != "worker" else ""
        rooms = _gateways(house, stop) if role in ("all", "gateway") else []
        tasks = [asyncio.create_task(_sweep(house, stop))]
        if role in ("all", "worker"):
            tasks.append(asyncio.create_task(_work(house, stop, warm)))
        else:
            warm.set()
        try:
            await _first(asyncio.create_task(warm.wait()), *tasks)
            yield Live(url, stop, tuple(tasks), tuple(rooms))
        finally:
            stop.set()
            await asyncio.gather(*rooms, *tasks)


async def _first(*tasks: asyncio.Task[Any]) -> None:
    """Wait for the first of these; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _gateways(house: House, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    shops = RoomShops(house.catalogues, None, None)
    return [
        asyncio.create_task(gateway(house, adapter, shops).run(stop)) for adapter in house.adapters
    ]


def gateway(house: House, adapter: Adapter, shops: RoomShops) -> Gateway:
    """Return the gateway of one room."""
    outbox = Outbox(
        room=adapter.room,
        clock=house.clock,
        rooms=RedisRooms(house.store),
        shops=shops,
        replies=Replies(house.store),
        limits=Limits(house.store, adapter.platform),
        rules=house.config.rules(),
        abilities=adapter.abilities,
        pace=pace(house.config, adapter.room),
        virtual=house.own_time,
    )
    return Gateway(adapter, house.store, house.inbox, outbox, house.clock)


async def _work(house: House, stop: asyncio.Event, warm: asyncio.Event) -> None:
    """Load the models, then work until ``stop``; messages wait in the queue until then."""
    async with AsyncExitStack() as stack:
        use = await services(house, stack)
        name = f"{socket.gethostname()}-{os.getpid()}"
        log.info("worker ready", worker=name)
        warm.set()
        await Worker(house.store, house.inbox, use, name).run(stop)


async def services(house: House, stack: AsyncExitStack) -> Services:
    """Load the models into ``stack`` and return what the pipeline works with."""
    from bot.inference.models import open_judge, open_reader, open_writer

    models, language = house.config.models, house.config.bot.language
    reader = await stack.enter_async_context(
        open_reader(models.reader, language, models.reader_adapter, models.threads)
    )
    judge = await stack.enter_async_context(open_judge(models.reader, models.judge_adapter))
    writer = await stack.enter_async_context(open_writer(*models.writing()))
    return Services(
        clock=house.clock,
        rooms=RedisRooms(house.store),
        shops=RoomShops(house.catalogues, None, reader),
        reader=reader,
        writer=writer,
        rules=house.config.rules(),
        abilities=house.abilities,
        judge=judge,
        timer=perf_counter,
    )


@asynccontextmanager
async def _web(house: House, role: Role) -> AsyncIterator[str]:
    """Serve the pages; a gateway serves only what its platforms need, and nothing else."""
    events = Outcomes(house.store)
    feed = Feed(events, await events.last())
    served = () if role == "web" else house.adapters
    app: FastAPI = create_app(served, feed, lambda: _health(house), (house.config.web.host,))
    async with serve(app, house.config.web.host, house.config.web.port) as port:
        feeding = asyncio.create_task(feed.run())
        try:
            yield f"http://{house.config.web.host}:{port}"
        finally:
            feed.close()
            await asyncio.gather(feeding, return_exceptions=True)


async def _health(house: House) -> dict[str, object]:
    return {
        "ok": True,
        "rooms": [adapter.room for adapter in house.adapters],
        "pending": await house.inbox.pending(),
        "counts": await house.inbox.counts(),
    }


async def _sweep(house: House, stop: asyncio.Event) -> None:
    """Forget events that are older than the retention, once a minute."""
    events, wall = Outcomes(house.store), WallClock()  # the server numbers them by its own time
    while not stop.is_set():
        with suppress(*LOST):  # whoever works with the queue says so
            await events.trim(wall.now() - house.config.privacy.retention)
        try:
            await asyncio.wait_for(stop.wait(), KEEP_EVENTS)
        except TimeoutError:
            continue


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Set ``stop`` on SIGINT and SIGTERM while the block runs."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
