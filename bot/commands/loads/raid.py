"""``danmate bench raid``: one of fifty rooms gets ten times what a worker can carry."""

import asyncio
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

from rich.console import Console

from bot.bus.inbox import Inbox
from bot.bus.server import Store, connect
from bot.commands.loads import chat, drive, slow
from bot.commands.loads.figures import ROOMS, beside, nth, steps, table, tell
from bot.commands.loads.live import LOST, events
from bot.commands.loads.processes import started
from bot.errors import CannotStart
from bot.flow.clock import WallClock
from bot.model import Outcome
from bot.pool import cores

RAIDED = chat.room(0)
TIMES = 10
"""What comes to the raided room, in capacities of the worker."""
QUIET = 0.5
"""What comes to the other rooms together."""
PROBE = 256
"""Messages by which the capacity is found."""
GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the messages of some rooms."""

    messages: int
    in_time: float
    """Share of them that had an outcome other than expired, shed or dead."""
    begun_p50_ms: float
    begun_p99_ms: float
    """From put until the worker began."""
    done_p99_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """Rates a second, and the fate of the quiet rooms and of the raided one."""

    seconds: float
    reader: str
    capacity: float
    quiet_rate: float
    raid_rate: float
    quiet: Fate
    raided: Fate
    beside: str


async def raid(seconds: float, models: bool, *, as_json: bool) -> None:
    """Find what one worker carries, then raid one room for ``seconds``."""
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        folder = Path(scratch)
        config = chat.write(folder, [], window=1.5, threads=cores())
        role: Sequence[str] = ("bot.cli", "run", "--role", "worker", "--config", str(config))
        command = role if models else (slow.__name__, str(config))
        with steps(3) as begin:
            begin("a worker starts")
            async with (
                await connect("", folder / "store") as store,
                started(folder / "worker.log", "worker", *command),
                drive.processes(1) as (producer,),
            ):
                begin("capacity")
                capacity = await _capacity(store)
                begin("raid")
                result = await _raid(store, folder / "store", producer, capacity, seconds, models)
    tell(result, lambda console: _show(result, console), as_json=as_json)


async def _capacity(store: Store) -> float:
    """Return how many messages a second the worker carries, evenly spread over the rooms."""
    queue, lines, clock = drive.inbox(store), chat.Chat(), WallClock()
    for warm in (True, False):  # the models' first passes are slow
        said = [(f"probe{warm}{n}", chat.room(n % ROOMS), lines.text()) for n in range(PROBE)]
        began = clock.now()
        await asyncio.gather(*(queue.put(drive.message_of(*each, clock.now())) for each in said))
        await _idle(queue, clock, GRACE)
        if left := await queue.pending():
            raise CannotStart(f"the worker: expected {PROBE} outcomes in {GRACE:g} s: {left} miss")
    return PROBE / (clock.now() - began)


async def _idle(queue: Inbox, clock: WallClock, within: float) -> None:
    """Wait until no message is without an outcome, ``within`` seconds at most."""
    until = clock.now() + within
    while await queue.pending() and clock.now() < until:
        await clock.sleep(0.02)


async def _raid(
    store: Store, data: Path, producer: ProcessPoolExecutor, capacity: float, seconds: float,
    models: bool,
) -> Result:  # fmt: skip
    lines = chat.Chat()
    quiet = [
        each for each in lines.said("quiet", QUIET * capacity * ROOMS / (ROOMS - 1), seconds)
        if each.room != RAIDED
    ]  # fmt: skip
    raided = [
        chat.Said(each.id, each.at, RAIDED, each.text)
        for each in lines.said("raid", TIMES * capacity, seconds)
    ]
    said = list(merge(quiet, raided, key=lambda each: each.at))
    await asyncio.get_running_loop().run_in_executor(producer, drive.play, data, said)
    await _idle(drive.inbox(store), WallClock(), GRACE)
    ends = [(at, of) async for at, of in events(store) if isinstance(of, Outcome)]
    return Result(
        seconds, "real" if models else f"{1000 * slow.TAKES:g} ms a message",
        round(capacity, 1), round(len(quiet) / seconds, 1), round(len(raided) / seconds, 1),
        _fate("quiet", len(quiet), ends), _fate("raid", len(raided), ends), beside(),
    )  # fmt: skip


def _fate(run: str, messages: int, ends: Sequence[tuple[float, Outcome]]) -> Fate:
    own = [(at, of) for at, of in ends if of.message.id.startswith(run) and of.outcome not in LOST]
    done = [1000 * (at - of.message.sent_at) for at, of in own]
    begun = [1000 * (at - of.seconds.get("handle", 0.0) - of.message.sent_at) for at, of in own]
    times = (max(0.0, each) for each in (nth(begun, 0.5), nth(begun, 0.99), nth(done, 0.99)))
    return Fate(messages, round(len(own) / messages, 4), *(round(each, 1) for each in times))


def _show(result: Result, console: Console) -> None:
    console.print(
        f"{ROOMS} rooms, {result.seconds:g} s; reader: {result.reader}; one worker carries"
        f" {result.capacity:.0f} messages/s; {result.beside}"
    )
    shown = table(
        "rooms", "messages/s", "messages", "in time", "begun p50 ms", "p99 ms", "outcome p99 ms"
    )
    for name, rate, fate in (
        (f"{ROOMS - 1} quiet", result.quiet_rate, result.quiet),
        ("1 raided", result.raid_rate, result.raided),
    ):
        times = (f"{each:.0f}" for each in (fate.begun_p50_ms, fate.begun_p99_ms, fate.done_p99_ms))
        shown.add_row(name, f"{rate:.0f}", str(fate.messages), f"{fate.in_time:.1%}", *times)
    console.print(shown)
