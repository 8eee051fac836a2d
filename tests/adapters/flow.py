"""The whole flow around one adapter, with a reader that needs no model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.bus.inbox import Inbox
from bot.bus.limits import FIRST, Limits
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.config.presets import Choice
from bot.config.tables import LimitsTable
from bot.flow.clock import WallClock
from bot.flow.gateway import LONGEST, Gateway
from bot.flow.outbox import Outbox
from bot.flow.patience import Patience
from bot.flow.services import Services
from bot.flow.shops import RoomShops
from bot.flow.worker import Worker
from bot.house import pace
from bot.model import Reading, Rules
from tests.fakes import ScriptedReader
from tests.flow.desk import SHOP, WORDS
from tests.platforms.stage import Stage

PRESETS: dict[str, Choice] = {"twitch": "twitch_user", "bilibili": "bilibili"}
# a scripted platform's clock is its own: nothing is too old
RULES = Rules(window=0.5, cooldown=0.0, user_cooldown=0.0, max_age=1e10)
SETTLE = FIRST + LONGEST + 60.0
"""Seconds after which what has no outcome yet will have none, however busy the machine is: a room
may be left alone for a while, and be connected again only after another."""
CLOCK = WallClock()


class Reader(ScriptedReader):
    """Remembers nothing: an evening is long."""

    async def read(self, text: str) -> Reading:
        self.read_texts.clear()
        return await super().read(text)


class Flow:
    """Gateway, worker and outbox on the real queue."""

    def __init__(self, stage: Stage, store: Store, rules: Rules = RULES) -> None:
        self.stage, self.store = stage, store
        self.inbox = Inbox(store)
        rooms, shops = RedisRooms(store), RoomShops({}, SHOP, None)
        adapter = stage.adapter
        limits = LimitsTable(preset=PRESETS.get(adapter.platform, ""))
        outbox = Outbox(
            room=adapter.room,
            clock=CLOCK,
            rooms=rooms,
            shops=shops,
            replies=Replies(store),
            limits=Limits(store, adapter.platform),
            rules=rules,
            abilities=adapter.abilities,
            pace=pace(limits, adapter.room),
            patience=Patience(store, CLOCK, adapter.room),
        )
        use = Services(
            clock=CLOCK,
            rooms=rooms,
            shops=shops,
            reader=Reader(WORDS),
            writer=None,
            rules=rules,
            abilities=lambda _: adapter.abilities,
        )
        self.worker = Worker(store, self.inbox, use, "soak")
        self.gateway = Gateway(adapter, store, self.inbox, outbox, CLOCK)
        self.outbox = outbox

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        tasks = [
            asyncio.create_task(self.gateway.run(stop)),
            asyncio.create_task(self.worker.run(stop)),
        ]
        try:
            await self.stage.ready()
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def settled(self) -> None:
        """Wait until every message has its outcome and every reply its end."""
        async with asyncio.timeout(SETTLE):
            while await self.inbox.pending() or await self.outbox.open():
                await CLOCK.sleep(0.1)
