"""``danmate bench queue``: what the queue takes in and gives out, beside the server's own rate."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from bot.bus.codec import encode
from bot.bus.embedded import Embedded
from bot.bus.server import Store, connect
from bot.commands.loads import drive
from bot.commands.loads.figures import Spread, beside, nth, steps, table, tell
from bot.commands.loads.rival import MISSING, Rival, tool

T = TypeVar("T")
RATES = (100, 1000)
"""Messages a second at which the latency is taken."""
MANY = 32
"""Rooms of one gateway that put at once."""
CONSUME = ("consume", "consume, same")
AGAINST = {
    "ingest 1": "XADD, 1 client",
    f"ingest {MANY}": f"XADD, {MANY} clients",
    "consume": "XREADGROUP, XACK",
    "consume, same": "all commands of a finish",
}
"""What the server's own benchmark does meanwhile."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured: messages a second by name, and delays in seconds by rate."""

    ours: dict[str, float]
    rival: dict[str, float]
    delays: dict[int, list[float]]


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds from put until decoded at one rate, over all rounds."""

    p50: Spread
    p99: Spread


@dataclass(frozen=True, slots=True)
class Result:
    """Messages a second of ours and of the server's own benchmark, and the shares of each round."""

    count: int
    rounds: int
    bytes: int
    beside: str
    tool: str | None
    ours: Mapping[str, Spread]
    rival: Mapping[str, Spread]
    share: Mapping[str, Spread]
    delay_ms: Mapping[int, Delay]


async def queue(rounds: int, count: int, seconds: float, *, as_json: bool) -> None:
    """Measure ``rounds`` rounds of ``count`` messages, and ``seconds`` at each rate."""
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        async with (
            await connect("", Path(scratch)) as store,
            drive.processes(2) as (producer, consumer),
        ):
            bench = Bench(store, Path(scratch), producer, consumer)
            result = await bench.run(rounds, count, seconds)
    tell(result, lambda console: _show(result, console), as_json=as_json)


class Bench:
    """One server, one process that puts and one that takes."""

    def __init__(
        self,
        store: Store,
        data: Path,
        producer: ProcessPoolExecutor,
        consumer: ProcessPoolExecutor,
    ) -> None:
        self._store = store
        self._data = data
        self._producer = producer
        self._consumer = consumer
        self._size = len(encode(drive.message("0", 0, at=1767225600.25)))
        found = tool()
        self._rival = Rival(found, Embedded(data).socket, self._size) if found else None

    async def run(self, rounds: int, count: int, seconds: float) -> Result:
        """Measure all in turn, round by round, so that whatever runs beside hits each alike."""
        measured: list[Round] = []
        with steps(5 * rounds) as begin:
            for number in range(rounds):
                measured.append(Round({}, {}, {}))
                await self._rates(measured[-1], str(number), count, begin)
                for rate in RATES:
                    begin(f"latency at {rate}/s")
                    took = await self._delays(f"{number}:{rate}", rate, seconds)
                    measured[-1].delays[rate] = took
        shares = [{n: each.ours[n] / rate for n, rate in each.rival.items()} for each in measured]
        return Result(
            count=count,
            rounds=rounds,
            bytes=self._size,
            beside=beside(),
            tool=self._rival.tool if self._rival else None,
            ours=_spread([each.ours for each in measured]),
            rival=_spread([each.rival for each in measured]),
            share=_spread(shares),
            delay_ms={rate: _delay([each.delays[rate] for each in measured]) for rate in RATES},
        )

    async def _rates(
        self, measured: "Round", run: str, count: int, begin: Callable[[str], None]
    ) -> None:
        for clients in (1, MANY):
            begin(f"ingest, {clients} at once")
            name = f"ingest {clients}"
            if self._rival:
                measured.rival[name] = await self._rival.ingest(count, clients)
            measured.ours[name] = await self._ingest(f"{run}:{clients}", count, clients)
            floor = await self._in(self._producer, drive.floor, self._data, count, clients)
            measured.ours[f"ping {clients}"] = floor
            await self._store.client.flushall()
        begin("consume")
        if self._rival:
            measured.rival.update(zip(CONSUME, await self._rival.consume(count), strict=True))
        await self._ingest(f"{run}:c", count, MANY)
        took = await self._in(self._consumer, drive.consume, self._data, count)
        measured.ours.update(dict.fromkeys(CONSUME, took))
        await self._store.client.flushall()

    async def _ingest(self, run: str, count: int, clients: int) -> float:
        return await self._in(self._producer, drive.ingest, self._data, run, count, clients)

    async def _delays(self, run: str, rate: float, seconds: float) -> list[float]:
        took, _ = await asyncio.gather(
            self._in(self._consumer, drive.delays, self._data),
            self._in(self._producer, drive.pour, self._data, run, rate, seconds),
        )
        return took

    async def _in(self, process: ProcessPoolExecutor, call: Callable[..., T], *words: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(process, call, *words)


def _spread(rounds: list[dict[str, float]]) -> dict[str, Spread]:
    return {name: Spread.of([each[name] for each in rounds]) for name in rounds[0]}


def _delay(rounds: Iterable[list[float]]) -> Delay:
    ms = [[1000 * each for each in took] for took in rounds]
    return Delay(*(Spread.of([nth(each, share) for each in ms]) for share in (0.5, 0.99)))


def _show(result: Result, console: Console) -> None:
    console.print(
        f"{result.rounds} rounds of {result.count} messages, {result.bytes} bytes; {result.beside}"
    )
    rates = table("messages/s", "danmate", "range", "server", "range", "share", "range", "of")
    for name, ours in result.ours.items():
        row = [*ours.words()]
        if name in result.rival:
            row += [*result.rival[name].words(), *result.share[name].words(".2f"), AGAINST[name]]
        rates.add_row(name, *row)
    console.print(rates)
    console.print("consume: read 64, finish each; ping: PING by our client")
    if result.tool is None:
        console.print(MISSING)
    late = table("from put to decoded, ms", "p50", "range", "p99", "range")
    for rate, delay in result.delay_ms.items():
        late.add_row(f"at {rate}/s", *delay.p50.words(".2f"), *delay.p99.words(".2f"))
    console.print(late)
