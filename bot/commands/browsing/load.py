"""``danmate bench page``: how the page bears a flood of outcomes, as its viewer sees it."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bot.bus.server import connect
from bot.commands.browsing import chromium, flood
from bot.commands.browsing.looks import Looks, Spent
from bot.commands.loads.drive import processes
from bot.commands.loads.figures import beside, nth, steps, table, tell
from bot.commands.loads.processes import started
from bot.errors import CannotStart
from bot.flow.clock import WallClock

if TYPE_CHECKING:  # an extra
    from playwright.async_api import Browser, Page

MEASURE = Path(__file__).with_name("measure.js")
VIEW = {"width": 1440, "height": 900}
SETTLE = 1.0
"""Seconds that the page has before the flood."""
QUIET = 5.0
"""Seconds in which a page hears nothing new before it counts as having heard all."""
MEGA = 1_000_000
BEGIN = "Object.assign(danmateSeen, {frames: [], events: 0, dropped: 0, sampled: 0})"
_READY = re.compile(r"danmate is ready: (http\S+)")
_CONFIG = """
[store]
data = "store"
[models]
writer = "none"
[[rooms]]
platform = "recording"
catalog = "demo"
file = "flood.jsonl"
[web]
port = 0
[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What the page bore. Sizes are in MB (10^6 bytes), the largest of one look a second."""

    rate: float
    seconds: float
    outcomes: int
    """Outcomes that were written into the bus, and with deliveries all ``events``."""
    events: int
    received: int
    sampled: int
    """Lines of plain chat that the server has told the page to have left out."""
    dropped: int
    """Events that the server has told the page to have dropped for it."""
    behind: float
    """Seconds after the last was written until the page had heard of all, as far as it did."""
    frames_per_s: float
    worst_second: int
    """Frames drawn in the slowest second."""
    frame_p95_ms: float
    frame_longest_ms: float
    heap_mb: float
    """JavaScript's heap."""
    page_mb: float
    """The page's process, without what it shares; ``page_before_mb`` before the flood."""
    page_before_mb: float
    page_resident_mb: float
    """The same with the browser's own code, which all its pages share."""
    server_mb: float
    """The process of danmate that serves the page, and its processor time for one event."""
    server_us: float
    cores: Spent
    """How much of a core each process took while the events were poured in."""
    rows: int
    """Lines of chat that stand in the page at the end."""
    beside: str


async def load(rate: float, seconds: float, *, as_json: bool) -> None:
    """Pour ``rate`` outcomes a second at an open page for so long, and print how it fared."""
    with tempfile.TemporaryDirectory(prefix="danmate-") as scratch, steps(2) as begin:
        folder = Path(scratch)
        (folder / "config.toml").write_text(_CONFIG, "utf-8")
        (folder / "flood.jsonl").write_text("", "utf-8")
        begin("start")
        async with (
            chromium.launched() as browser,
            await connect("", folder / "store"),
            _served(folder) as (url, server),
        ):
            begin(f"{rate:g} outcomes/s for {seconds:g} s")
            result = await _flooded(browser, url, server, folder / "store", rate, seconds)
    tell(result, lambda console: _show(result, console), as_json=as_json)


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Serve the pages by a process of their own; give the address and the process."""
    log = folder / "web.log"
    role = ("bot.cli", "run", "--config", str(folder / "config.toml"), "--role", "web")
    async with started(log, "web", *role) as process:
        clock = WallClock()
        while not (found := _READY.search(log.read_text("utf-8"))):
            if process.returncode is not None:
                raise CannotStart(f"danmate run --role web: {log.read_text('utf-8')}")
            await clock.sleep(0.05)
        yield found[1], process.pid


async def _flooded(
    browser: "Browser", url: str, server: int, data: Path, rate: float, seconds: float
) -> Result:
    context = await browser.new_context(viewport=VIEW)  # type: ignore[arg-type]  # a TypedDict
    await context.add_init_script(path=MEASURE)
    page = await context.new_page()
    await page.goto(f"{url}/page/?room={flood.ROOM}")
    async with processes(1) as (producer,):
        loop = asyncio.get_running_loop()
        source = await loop.run_in_executor(producer, os.getpid)
        clock, looks = WallClock(), await Looks.of(browser, page, server, source)
        await clock.sleep(SETTLE)
        before, spent, began = await looks.once(), await looks.spent(), clock.now()
        await page.evaluate(BEGIN)
        pouring = loop.run_in_executor(producer, flood.pour, data, rate, seconds)
        while not pouring.done():
            await looks.once()
            await clock.sleep(1.0)
        outcomes, events = await pouring
        frames, ended = await page.evaluate("danmateSeen.frames"), clock.now()
        cores = (await looks.spent()).since(spent, ended - began)
        seen, at = await _all(page, events, clock)
        served = (await looks.spent()).server - spent.server
        rows = await page.locator("[data-message]").count()
    took = [b - a for a, b in pairwise(frames)]
    return Result(
        rate=rate,
        seconds=seconds,
        outcomes=outcomes,
        events=events,
        received=seen["events"],
        sampled=seen["sampled"],
        dropped=seen["dropped"],
        behind=round(max(0.0, at - ended), 1),
        frames_per_s=round(1000 * len(took) / sum(took), 1),
        worst_second=worst(frames),
        frame_p95_ms=round(nth(took, 0.95), 1),
        frame_longest_ms=round(max(took), 1),
        heap_mb=_mega(max(look.heap for look in looks.all)),
        page_mb=_mega(max(look.page for look in looks.all)),
        page_before_mb=_mega(before.page),
        page_resident_mb=_mega(max(look.resident for look in looks.all)),
        server_mb=_mega(max(look.server for look in looks.all)),
        server_us=round(1e6 * served / events, 1),
        cores=cores,
        rows=rows,
        beside=beside(),
    )


async def _all(page: "Page", events: int, clock: WallClock) -> tuple[Mapping[str, int], float]:
    """Wait until the page has heard of all events, or of no more; return its counts, and when."""
    seen, heard, at = await page.evaluate("danmateSeen"), 0, clock.now()
    while clock.now() < at + QUIET:
        seen = await page.evaluate("danmateSeen")
        told = seen["events"] + seen["dropped"] + seen["sampled"]
        if told > heard:
            heard, at = told, clock.now()
        if told >= events:
            break
        await clock.sleep(0.1)
    return seen, at


def worst(frames: Sequence[float]) -> int:
    """Return the frames of the slowest whole second; ``frames`` are milliseconds."""
    by_second: dict[int, int] = {}
    for at in frames:
        second = int((at - frames[0]) / 1000)
        by_second[second] = by_second.get(second, 0) + 1
    last = max(by_second)
    return min((by_second.get(second, 0) for second in range(last)), default=by_second[last])


def _mega(size: float) -> float:
    return round(size / MEGA, 1)


def _show(result: Result, console: Console) -> None:
    cores = result.cores
    rows = {
        "outcomes/s": f"{result.rate:g} for {result.seconds:g} s",
        "events written": f"{result.events}",
        "events received": f"{result.received}, the last {result.behind:g} s late",
        "plain chat left out, as it said": f"{result.sampled}",
        "events dropped, as it said": f"{result.dropped}",
        "frames/s": f"{result.frames_per_s:.1f}",
        "frames in the slowest second": f"{result.worst_second}",
        "frame p95, longest": f"{result.frame_p95_ms:.1f}, {result.frame_longest_ms:.1f} ms",
        "JavaScript heap": f"{result.heap_mb:.1f} MB",
        "page's process": f"{result.page_mb:.1f} MB ({result.page_before_mb:.1f} before)",
        "with what it shares": f"{result.page_resident_mb:.1f} MB",
        "server's process": f"{result.server_mb:.1f} MB, {result.server_us:g} µs an event",
        "cores: page, rest of the browser": f"{cores.page:.2f}, {cores.browser:.2f}",
        "cores: server, generator": f"{cores.server:.2f}, {cores.source:.2f}",
        "lines in the page": f"{result.rows}",
    }
    made = table("the page", "")
    for name, value in rows.items():
        made.add_row(name, value)
    console.print(made)
    console.print(f"on {result.beside}")
