"""What a page and its server take: memory and processor time, as the system counts them."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:  # an extra
    from playwright.async_api import Browser, CDPSession, Page

KIBI = 1024.0
_OWN = re.compile(r"^(?:RssAnon|VmSwap):\s+(\d+) kB$", re.MULTILINE)
_TIME = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes at one moment, in bytes: the page's heap, its process, that with all it shares."""

    heap: float
    page: float
    resident: float
    server: float


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time: of the page's process, of the rest of the browser, and so on."""

    page: float
    browser: float
    server: float
    source: float

    def since(self, before: "Spent", seconds: float) -> "Spent":
        """Return how much of a core each has taken since ``before``, ``seconds`` ago."""
        return Spent(
            (self.page - before.page) / seconds,
            (self.browser - before.browser) / seconds,
            (self.server - before.server) / seconds,
            (self.source - before.source) / seconds,
        )


class Looks:
    """Looks at a page, at the process that serves it, and at the one that makes what it shows."""

    def __init__(self, page: "CDPSession", browser: "CDPSession", server: int, source: int) -> None:
        self._page = page
        self._browser = browser
        self._server = server
        self._source = source
        self.all: list[Look] = []

    @classmethod
    async def of(cls, browser: "Browser", page: "Page", server: int, source: int) -> Self:
        """Return what looks at a page; ``server`` and ``source`` are processes."""
        to_page = await page.context.new_cdp_session(page)
        await to_page.send("Performance.enable")
        return cls(to_page, await browser.new_browser_cdp_session(), server, source)

    async def once(self) -> Look:
        """Return the sizes now, and keep them."""
        said: dict[str, Any] = await self._page.send("Performance.getMetrics")
        metrics: Mapping[str, float] = {each["name"]: each["value"] for each in said["metrics"]}
        busiest = _busiest(await self._processes())["id"]
        look = Look(
            metrics["JSHeapUsedSize"],
            await own(busiest),
            await resident(busiest),
            await own(self._server),
        )
        self.all.append(look)
        return look

    async def spent(self) -> Spent:
        """Return the processor time that each has taken up to now."""
        processes = await self._processes()
        page = float(_busiest(processes)["cpuTime"])
        return Spent(
            page,
            sum(float(each["cpuTime"]) for each in processes) - page,
            seconds(await _ps("time", self._server)),
            seconds(await _ps("time", self._source)),
        )

    async def _processes(self) -> list[dict[str, Any]]:
        listed: dict[str, Any] = await self._browser.send("SystemInfo.getProcessInfo")
        return list(listed["processInfo"])


def _busiest(processes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the page's process: of those that draw pages a spare one waits."""
    renderers = [each for each in processes if each["type"] == "renderer"]
    return max(renderers, key=lambda each: float(each["cpuTime"]))


async def own(process: int) -> float:
    """Return the bytes that a process does not share, as the browser's task manager counts them.

    Where the system does not say, all that are resident.
    """
    status = Path(f"/proc/{process}/status")
    if not status.is_file():  # noqa: ASYNC240 - no disk is behind it
        return await resident(process)
    return KIBI * sum(map(int, _OWN.findall(status.read_text("utf-8"))))  # noqa: ASYNC240 - the same


async def resident(process: int) -> float:
    """Return the bytes of a process that stand in memory, shared ones too; 0 once it has ended."""
    return KIBI * int(await _ps("rss", process) or 0)  # ps(1): in kibibytes


def seconds(time: str) -> float:
    """Return the seconds of a time as ps writes it: ``[[days-]hours:]minutes:seconds``."""
    found = _TIME.fullmatch(time)
    if not found:
        return 0.0
    days, hours, minutes = (int(each or 0) for each in found.groups()[:3])
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(found[4])


async def _ps(what: str, process: int) -> str:
    asked = await asyncio.create_subprocess_exec(
        "ps", "-o", f"{what}=", "-p", str(process), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asked.communicate()
    return said.decode().strip()
