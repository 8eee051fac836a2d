"""What a message costs in processor time: measured, because wall time says what runs beside too."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import process_time

from bot import config as configuration
from bot import service
from bot.bus.limits import Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store, connect
from bot.commands.loads import chat, drive
from bot.commands.loads.figures import ROOMS
from bot.flow.clock import WallClock
from bot.flow.gateway import IDLE
from bot.flow.outbox import Outbox
from bot.flow.patience import Patience
from bot.flow.pipeline import handle
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.supply import BATCH
from bot.house import opened
from bot.model import Abilities, ChatMessage, Pace, Reply, Rules

MESSAGES, LINES, QUESTIONS, LOOKS = 3200, 256, 64, 400


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time: of danmate's process, and of the queue's server."""

    ours: float
    server: float


@dataclass(frozen=True, slots=True)
class Costs:
    """By step. A look is one of an idle room's outbox, of which there are ``looks`` a second."""

    put: Cost
    take: Cost
    look: Cost
    looks: float
    chatter: Cost
    question: Cost


def measure(folder: Path) -> Costs:
    """Measure all steps with the models that ship, each alone in this process."""
    return asyncio.run(_measure(folder))


async def _measure(folder: Path) -> Costs:
    config = chat.write(folder, [], window=1.5, threads=1)
    async with await connect("", folder / "store") as store:
        put, take = await _queue(store)
        look = await _look(store)
        settings = configuration.load(config)
        async with opened(settings) as house, AsyncExitStack() as stack:
            use = await service.services(house, stack)
            lines = chat.Chat()
            for warm in (True, False):  # the first pass indexes the catalogue
                chatter = await _read(store, use, islice(lines.told, LINES), f"told{warm}")
                question = await _read(store, use, islice(lines.asked, QUESTIONS), f"asked{warm}")
    return Costs(put, take, look, 1 / IDLE, chatter, question)


async def _queue(store: Store) -> tuple[Cost, Cost]:
    queue, spent = drive.inbox(store), Spent(store)
    async with spent.on(MESSAGES):
        for number in range(MESSAGES):
            await queue.put(drive.message("cost", number))
    put = spent.cost
    async with spent.on(MESSAGES):
        await drive.drain(queue, MESSAGES)
    return put, spent.cost


class Nowhere:
    """A session in which nothing is said."""

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield nothing."""
        nothing: tuple[ChatMessage, ...] = ()
        for each in nothing:
            yield each

    async def post(self, reply: Reply) -> None:
        """Take it."""


async def _look(store: Store) -> Cost:
    clock, spent = WallClock(), Spent(store)
    box = Outbox(
        room=chat.room(0), clock=clock, rooms=RedisRooms(store), shops=RoomShops({}, None, None),
        replies=Replies(store), limits=Limits(store, "bench"), rules=Rules(),
        abilities=Abilities(), pace=Pace(()), patience=Patience(store, clock, "bench"),
    )  # fmt: skip
    async with spent.on(LOOKS):
        for _ in range(LOOKS):
            await box.step(Nowhere())
    return spent.cost


async def _read(store: Store, use: Services, texts: Iterable[str], run: str) -> Cost:
    """Carry lines to their outcomes as a worker does, so many at once."""
    clock, spent, every = WallClock(), Spent(store), list(texts)
    async with spent.on(len(every)):
        for at in range(0, len(every), BATCH):
            some = enumerate(every[at : at + BATCH], at)
            said = [(f"{run}{n}", chat.room(n % ROOMS), text) for n, text in some]
            messages = [drive.message_of(*each, clock.now()) for each in said]
            await asyncio.gather(*(handle(message, use) for message in messages))
    return spent.cost


class Spent:
    """Counts the processor time that a block takes, here and in the server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cost = Cost(0.0, 0.0)

    @asynccontextmanager
    async def on(self, count: int) -> AsyncIterator[None]:
        """Set ``cost`` to what one of ``count`` took in the block."""
        ours, server = process_time(), await self._server()
        yield
        ours = process_time() - ours
        server = await self._server() - server
        self.cost = Cost(*(round(1e6 * each / count, 1) for each in (ours, server)))

    async def _server(self) -> float:
        said = await self._store.client.info("cpu")
        return float(said["used_cpu_user"]) + float(said["used_cpu_sys"])
