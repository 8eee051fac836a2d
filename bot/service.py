"""Builds danmate out of its parts for each role, and runs it until it is told to stop."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

import structlog

from bot import secrets
from bot.bus.crew import Crew
from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.config import Config
from bot.flow.fair import FairQueue
from bot.flow.gateway import Gateway
from bot.flow.outbox import Outbox
from bot.flow.patience import Patience
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.sweep import Keep, Sweep
from bot.flow.worker import Worker
from bot.house import House, opened, pace
from bot.model import Beat, Pace, RoomState
from bot.pages import health_of, pages, sense
from bot.ports import Adapter
from bot.recording import recording
from bot.vault import pseudonyms
from bot.web.meaning import Meaning
from bot.web.metrics import Metrics

if TYPE_CHECKING:  # torch is imported where it works
    from bot.inference.reader import EncoderReader

log = structlog.get_logger()

Role = Literal["all", "gateway", "worker", "web"]
SLOT = "DANMATE_SLOT"
"""The variable by which a process of a pool knows its name."""


async def run(config: Config, role: Role, ready: Callable[[str], None]) -> None:
    """Run a role until SIGINT or SIGTERM, or until all its rooms have ended.

    ``ready`` is called with the address of the pages, or "" where this role has none.
    """
    stop = asyncio.Event()
    with signals(stop):
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
        fine = dict.fromkeys((each.room for each in house.adapters), lambda: False)
        served = role in ("all", "gateway")
        health = health_of(house, fine if served else {})
        own = () if role == "web" else house.adapters
        meaning = Meaning()
        if role != "all":
            meaning = Meaning(partial(_reader, house), sensing=partial(sense, house))
        serving = pages(house, own, health, meaning)
        url = await stack.enter_async_context(serving) if role != "worker" else ""
        if role != "worker":
            await stack.enter_async_context(recording(house))
        rooms = await _gateways(house, stop, fine, health.metrics) if served else []
        tasks = [asyncio.create_task(_sweep(house, stop))]
        if role in ("all", "worker"):
            tasks.append(asyncio.create_task(_work(house, role, stop, warm, meaning)))
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


async def _gateways(
    house: House, stop: asyncio.Event, fine: dict[str, Callable[[], bool]], metrics: Metrics
) -> list[asyncio.Task[None]]:
    """Start the rooms; ``fine`` tells of each from now on whether it is connected or has ended."""
    named = await pseudonyms.of(on=house.config.privacy.pseudonyms and not house.own_time)
    shops = RoomShops(house.catalogues, None, None)
    accounts = {each.platform: Limits(house.store, each.platform) for each in house.adapters}
    tasks = []
    for adapter, table in zip(house.adapters, house.config.rooms, strict=True):
        paced = pace(house.config.limits, adapter.room, table.limits)
        door = gateway(house, adapter, shops, metrics, accounts[adapter.platform], paced, named)
        task = asyncio.create_task(door.run(stop))
        fine[adapter.room] = lambda door=door, task=task: door.connected or task.done()  # type: ignore[misc]  # mypy cannot see the defaults
        tasks.append(task)
    return tasks


def gateway(
    house: House,
    adapter: Adapter,
    shops: RoomShops,
    metrics: Metrics,
    limits: Limits,
    paced: Pace,
    named: pseudonyms.Pseudonym = pseudonyms.plain,
) -> Gateway:
    """Return the gateway of one room; ``limits`` are its account's, one for all its rooms."""
    outbox = Outbox(
        room=adapter.room,
        clock=house.clock,
        rooms=RedisRooms(house.store),
        shops=shops,
        replies=Replies(house.store),
        limits=limits,
        rules=house.config.rules(),
        abilities=adapter.abilities,
        pace=paced,
        patience=Patience(house.store, house.clock, adapter.room),
        waited=partial(metrics.waited, adapter.platform),
        virtual=house.own_time,
        quoted=secrets.masked,
    )
    lost = partial(metrics.reconnected, adapter.room)
    return Gateway(adapter, house.store, house.inbox, outbox, house.clock, lost, named)


async def _work(
    house: House, role: Role, stop: asyncio.Event, warm: asyncio.Event, meaning: Meaning
) -> None:
    """Load the models, then work until ``stop``; messages wait in the queue until then.

    Meanwhile ``meaning`` uses the reader too.
    """
    async with AsyncExitStack() as stack:
        queue = FairQueue(house.config.reply.max_age / 2)
        name = os.environ.get(SLOT) or f"{socket.gethostname()}-{os.getpid()}"
        crew = Crew(house.store)
        async with crew.beating(name, lambda: Beat(role)):
            use = await services(house, stack, queue)
            for room in house.catalogues:  # whoever asks first need not wait for its index
                await use.shops.at(room, RoomState())
        stack.enter_context(meaning.lent(use.reader, use.judge))
        worker = Worker(house.store, house.inbox, use, name, queue=queue)
        log.info("worker_ready", worker=name)
        warm.set()
        async with crew.beating(name, lambda: worker.beat(role, warm=True)):
            await worker.run(stop)


async def services(house: House, stack: AsyncExitStack, queue: FairQueue | None = None) -> Services:
    """Load the models into ``stack`` and return what the pipeline works with."""
    from bot.inference.models import open_judge, open_writer

    models = house.config.models
    reader = await stack.enter_async_context(_reader(house))
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
        lag=(lambda: queue.lag(house.clock.now())) if queue is not None else float,
        batches=reader.batches,
        timer=perf_counter,
    )


@asynccontextmanager
async def _reader(house: House) -> "AsyncIterator[EncoderReader]":
    """Load the reader. Pages that are served meanwhile wait neither for torch nor for weights."""
    opening = await asyncio.to_thread(_importing)
    models, language = house.config.models, house.config.bot.language
    async with opening(models.reader, language, models.reader_adapter, models.threads) as reader:
        yield reader


def _importing() -> "Callable[..., AbstractAsyncContextManager[EncoderReader]]":
    from bot.inference.models import open_reader

    return open_reader


async def _sweep(house: House, stop: asyncio.Event) -> None:
    """Forget, once a minute, what is older than the configuration lets it become."""
    privacy = house.config.privacy
    keep = Keep(privacy.retention, privacy.dead_letters, privacy.rooms)
    await Sweep(house.store, keep).run(stop, house.clock)


@contextmanager
def signals(stop: asyncio.Event) -> Iterator[None]:
    """Set ``stop`` on SIGINT and SIGTERM while the block runs."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
