"""The real danmate around rooms in memory: gateways, queue, worker and pages, on loopback."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot import config as configuration
from bot.bus.crew import Crew
from bot.flow.clock import WallClock
from bot.flow.worker import Worker
from bot.house import House, opened
from bot.model import Intent
from bot.service import running
from bot.vault.page import PageToken
from bot.web.seals import Role
from bot.web.sessions import View, link
from tests.browser.stage import Stage
from tests.fakes import ScriptedReader, scripted

WORDS: dict[str, Intent] = {
    "多少钱": "price",
    "how much": "price",
    "有货": "stock",
    "in stock": "stock",
    "材质": "product",
    "made of": "product",
    "几点下播": "stream",
    "试": "show",
    "try": "show",
    "承重": "product",
    "你好": "greeting",
    "hello": "greeting",
}
"""What the quick reader knows: enough for what these tests say."""
_SETTINGS = """
[bot]
language = "{language}"
mode = "{mode}"
[store]
url = "{url}"
[models]
writer = "none"
[reply]
window = 0.0
cooldown = 0.0
user_cooldown = 0.0
draft_expires = 600.0
[limits]
account = [[1000, 1.0]]
room = [[1000, 1.0]]
[web]
port = {port}
cases = "cases"
"""
_ROOM = """
[[rooms]]
platform = "room"
catalog = "demo"
"""


@dataclass
class Site:
    """One streamer's danmate. It may be closed and opened again: the queue and its port stay."""

    url: str
    folder: Path
    rooms: Sequence[Stage] = field(default_factory=lambda: (Stage(),))
    mode: str = "auto"
    language: str = "zh"
    more: str = ""
    """What else stands in config.toml, as TOML."""
    port: int = 0
    address: str = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[House]:
        """Run it while the block runs: all roles, with the quick reader for the models."""
        file = self.folder / "config.toml"
        told = {"language": self.language, "mode": self.mode, "url": self.url, "port": self.port}
        settings = _SETTINGS.format(**told) + self.more + _ROOM * len(self.rooms)
        file.write_text(settings, "utf-8")
        config = configuration.load(file)
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(opened(config, adapters=tuple(self.rooms)))
            await stack.enter_async_context(_at_work(house))
            live = await stack.enter_async_context(running(house, "gateway"))
            self.address, self.port = live.url, int(live.url.rpartition(":")[2])
            yield house

    async def link(self, role: Role = "owner", name: str = "Ann", view: View = "page") -> str:
        """Return a one-time link to a view, as ``danmate page`` prints it."""
        token = await PageToken("").make()
        room = "" if view == "page" else self.rooms[0].room
        return link(self.address, role, name, token, WallClock().now(), view, room)


@asynccontextmanager
async def _at_work(house: House) -> AsyncIterator[None]:
    """Keep a worker at work while the block runs."""
    reader, stop = ScriptedReader(WORDS), asyncio.Event()
    use = scripted(house, reader)
    worker = Worker(house.store, house.inbox, use, "w")
    async with Crew(house.store).beating("w", lambda: worker.beat("worker", warm=True)):
        working = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await working
