"""Puts messages into a queue and takes them out, each in a process of its own, as danmate does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from bot import telemetry
from bot.bus.inbox import Inbox
from bot.bus.server import Store, connect
from bot.bus.shard import Entry
from bot.commands.loads.chat import Said
from bot.commands.loads.figures import ROOMS
from bot.config.tables import StoreTable
from bot.flow.clock import WallClock
from bot.flow.supply import BATCH
from bot.model import ChatMessage, Outcome, Rules
from bot.rules.urgency import urgent

T = TypeVar("T")
NAME = "bench"
TEXT = "这款还有黑色的吗，160斤穿什么码"
MOST = 64
"""Messages that are put at once."""
LAST = "last"
"""The text of the message after which a reader stops."""


@asynccontextmanager
async def processes(count: int) -> AsyncIterator[list[ProcessPoolExecutor]]:
    """Give processes that have imported all that they need; each runs one call at a time."""
    with_spawn = get_context("spawn")  # a fork would carry the parent's loop and sockets along
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        made = [
            ProcessPoolExecutor(1, with_spawn, telemetry.configure, ("warning",))
            for _ in range(count)
        ]
        for each in made:
            stack.callback(each.shutdown)
        await asyncio.gather(*(loop.run_in_executor(each, message, "", 0) for each in made))
        yield made


def message(run: str, number: int, text: str = TEXT, at: float = 0.0) -> ChatMessage:
    """Return the message of this number in one run: rooms take turns."""
    room = f"{NAME}/{number % ROOMS}"
    author = f"观众{number % 997}"
    return ChatMessage(f"{run}:{number}", NAME, room, author, f"{number % 997}", "viewer", text, at)


def message_of(id_: str, room: str, text: str, at: float) -> ChatMessage:
    """Return a line of chat, put by ``at``."""
    return ChatMessage(id_, NAME, room, f"viewer {id_}", id_, "viewer", text, at)


def inbox(store: Store) -> Inbox:
    """Return the queue with the cap that ships."""
    return Inbox(store, room_cap=StoreTable().room_cap)


def ingest(data: Path, run: str, count: int, clients: int) -> float:
    """Put ``count`` messages, ``clients`` at once; return how many a second."""

    async def work(store: Store) -> float:
        queue, numbers = inbox(store), iter(range(count))

        async def one() -> None:
            for number in numbers:
                await queue.put(message(run, number))

        await asyncio.gather(*(queue.put(message(f"{run}:0", n)) for n in range(clients)))
        began = perf_counter()
        await asyncio.gather(*(one() for _ in range(clients)))
        return count / (perf_counter() - began)

    return asyncio.run(_with(data, work))


def consume(data: Path, count: int) -> float:
    """Take and finish ``count`` messages that wait, as a worker does; return how many a second."""

    async def work(store: Store) -> float:
        began = perf_counter()
        await drain(inbox(store), count)
        return count / (perf_counter() - began)

    return asyncio.run(_with(data, work))


async def drain(queue: Inbox, count: int) -> None:
    """Take and finish ``count`` messages that wait, ``BATCH`` at once."""
    done = 0
    while done < count and (entries := await queue.read(NAME, BATCH)):
        await asyncio.gather(*(_finish(queue, entry) for entry in entries))
        done += len(entries)


def floor(data: Path, count: int, clients: int) -> float:
    """Return how many PING a second our client gets answered, ``clients`` at once."""

    async def work(store: Store) -> float:
        numbers = iter(range(count))

        async def one() -> None:
            for _ in numbers:
                await store.client.ping()

        await asyncio.gather(*(store.client.ping() for _ in range(clients)))
        began = perf_counter()
        await asyncio.gather(*(one() for _ in range(clients)))
        return count / (perf_counter() - began)

    return asyncio.run(_with(data, work))


def pour(data: Path, run: str, rate: float, seconds: float) -> None:
    """Put ``rate`` messages a second, whether or not those before are through."""

    async def work(store: Store) -> None:
        queue, clock, putting = inbox(store), WallClock(), set()
        begin = clock.now()
        for number in range(round(rate * seconds)):
            await clock.sleep(begin + number / rate - clock.now())
            at = clock.now()
            putting.add(asyncio.create_task(queue.put(message(run, number, at=at))))
            putting = {each for each in putting if not each.done()}
        await asyncio.gather(*putting)
        await queue.put(message(run, -1, LAST, clock.now()))

    asyncio.run(_with(data, work))


def play(data: Path, said: Sequence[Said]) -> None:
    """Put what is said when it is said, as a gateway does."""

    async def work(store: Store) -> None:
        queue, clock, putting = inbox(store), WallClock(), set()
        rules, begin = Rules(), clock.now()
        for each in said:
            if (wait := begin + each.at - clock.now()) > 0:
                await clock.sleep(wait)
            line = message_of(each.id, each.room, each.text, clock.now())
            putting.add(asyncio.create_task(queue.put(line, urgent=urgent(line, rules))))
            if len(putting) >= MOST:
                putting = (await asyncio.wait(putting, return_when=asyncio.FIRST_COMPLETED))[1]
        await asyncio.gather(*putting)

    asyncio.run(_with(data, work))


def delays(data: Path) -> list[float]:
    """Return for each message that is poured the seconds from its put until it is decoded."""

    async def work(store: Store) -> list[float]:
        queue, clock, took, ending = inbox(store), WallClock(), [], set()
        last = False
        while not last:
            entries, now = await queue.read(NAME, BATCH, 0.5), clock.now()
            for entry in entries:
                ending.add(asyncio.create_task(_finish(queue, entry)))
                last = last or entry.message.text == LAST
                if entry.message.text == TEXT:
                    took.append(now - entry.message.sent_at)
            ending = {each for each in ending if not each.done()}
        await asyncio.gather(*ending)
        return took

    return asyncio.run(_with(data, work))


async def _finish(queue: Inbox, entry: Entry) -> bool:
    return await queue.finish(entry, Outcome(entry.message, "ignored", "no_words"))


async def _with(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async with await connect("", data) as store:
        return await work(store)
