"""``danmate bench end-to-end``: from a viewer's line to the posted answer, by real processes."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean

from rich.console import Console

from bot.bus.outcomes import streams
from bot.bus.server import Store, connect
from bot.commands.loads import chat
from bot.commands.loads.figures import ROOMS, beside, nth, steps, table, tell
from bot.commands.loads.processes import all_started, started
from bot.model import Delivered, Outcome
from bot.pool import cores

WARM = 5.0
"""Seconds of chat before what is measured: the models' first passes are slow."""
COUNTED, BEFORE = "counted ", "before "
"""How the ids of lines begin."""
GRACE = 30.0
"""Seconds after the last line in which all must be said: longer than an answer is of use."""
LOST = ("expired", "shed", "dead")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the chat at one rate, by so many workers."""

    rate: float
    workers: int
    window: float
    messages: int
    carried: float
    """Messages a second that got their outcome, from the first line until the last outcome."""
    outcomes: Mapping[str, int]
    late: int
    """Messages that expired or were shed, or had no outcome at the end."""
    answered: int
    posted: int
    """Messages that a posted reply answers."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    seconds: Mapping[str, float]
    """What each step took, on average over the messages that came to it."""
    beside: str


@dataclass(frozen=True, slots=True)
class Result:
    """All rows."""

    seconds: float
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: so many lines a second, so many workers, a reply's window."""

    rate: float
    workers: int
    window: float


async def live(plans: Sequence[Plan], seconds: float, *, as_json: bool) -> None:
    """Run each plan for ``seconds``, and print from arrival to post."""
    rows = []
    with steps(len(plans)) as begin:
        for plan in plans:
            begin(f"{plan.rate:g}/s, {plan.workers} workers, window {plan.window:g} s")
            rows.append(await _run(plan, seconds))
    result = Result(seconds, rows)
    tell(result, lambda console: _show(result, console), as_json=as_json)


def plans(rates: Sequence[float], workers: Sequence[int], windows: Sequence[float]) -> list[Plan]:
    """Return every combination."""
    return [Plan(*each) for each in product(rates, workers, windows)]


async def _run(plan: Plan, seconds: float) -> Row:
    """Start workers, then the gateway that plays all rooms until all is said and answered."""
    lines = chat.Chat()
    before = list(lines.said(BEFORE, plan.rate, WARM))
    counted = list(lines.said(COUNTED, plan.rate, seconds, WARM))
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch:
        folder = Path(scratch)
        threads = max(1, cores() // plan.workers)
        config = chat.write(folder, [*before, *counted], window=plan.window, threads=threads)
        role = ("bot.cli", "run", "--config", str(config), "--role")
        names = [f"worker{number}" for number in range(plan.workers)]
        async with (
            await connect("", folder / "store") as store,
            all_started(folder, names, *role, "worker"),
            started(folder / "gateway.log", "gateway", *role, "gateway") as gateway,
        ):
            with suppress(TimeoutError):  # what has no outcome by then is counted as late
                async with asyncio.timeout(WARM + seconds + GRACE):
                    await gateway.wait()
            return await _row(plan, store, len(counted))


async def _row(plan: Plan, store: Store, messages: int) -> Row:
    outcomes: dict[str, Outcome] = {}
    said: list[Delivered] = []
    end = 0.0
    async for at, event in events(store):
        if isinstance(event, Outcome) and event.message.id.startswith(COUNTED):
            outcomes[event.message.id], end = event, max(end, at)
        elif isinstance(event, Delivered) and event.delivery == "sent":
            said.append(event)
    sent = {of: each.message.sent_at for of, each in outcomes.items()}
    took = [1000 * (each.at - sent[of]) for each in said for of in each.answers if of in sent]
    kinds = Counter[str](each.outcome for each in outcomes.values())
    return Row(
        rate=plan.rate,
        workers=plan.workers,
        window=plan.window,
        messages=messages,
        carried=round(len(outcomes) / (end - min(sent.values())), 1) if sent else 0.0,
        outcomes=dict(kinds.most_common()),
        late=messages - len(outcomes) + sum(kinds[kind] for kind in LOST),
        answered=kinds["answered"],
        posted=len(took),
        p50_ms=round(nth(took, 0.5), 1),
        p95_ms=round(nth(took, 0.95), 1),
        p99_ms=round(nth(took, 0.99), 1),
        seconds=steps_of(list(outcomes.values())),
        beside=beside(),
    )


async def events(store: Store) -> AsyncIterator[tuple[float, Outcome | Delivered]]:
    """Yield all that became of messages and replies, with the second at which it was recorded."""
    for stream in streams(store):
        cursor = "0-0"
        while found := await stream.after(cursor, block=0.0):
            cursor = found[-1][0]
            for at, event in found:
                yield int(at.split("-")[0]) / 1000, event


def steps_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the seconds that each step took on average, over the messages that came to it."""
    names = dict.fromkeys(name for each in outcomes for name in each.seconds)
    return {
        name: round(fmean(each.seconds[name] for each in outcomes if name in each.seconds), 4)
        for name in names
    }


def _show(result: Result, console: Console) -> None:
    console.print(
        f"{ROOMS} rooms, {chat.QUESTIONS:.0%} questions, limits open, templates;"
        f" {result.seconds:g} s each after {WARM:g} s to warm up"
    )
    shown = table(
        "messages/s", "workers", "window s", "messages", "carried/s", "late", "answered", "posted",
        "p50 ms", "p95 ms", "p99 ms", "beside",
    )  # fmt: skip
    for row in result.rows:
        counts = (row.messages, row.carried, row.late, row.answered, row.posted)
        times = (f"{each:.0f}" for each in (row.p50_ms, row.p95_ms, row.p99_ms))
        plan = (f"{row.rate:g}", f"{row.workers}", f"{row.window:g}")
        shown.add_row(*plan, *map(str, counts), *times, row.beside)
    console.print(shown)
