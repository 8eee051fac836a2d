"""The pages behind their door, over real sockets: who comes in how."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from adapters.room import Room, RoomSettings
from bot import config as configuration
from bot.bus.limits import Limits
from bot.bus.outcomes import streams
from bot.bus.recording import Recording
from bot.bus.removals import Removals
from bot.bus.server import Store
from bot.config import DEMO
from bot.flow.clock import VirtualClock
from bot.model import Abilities, Rules, Window
from bot.ports import Adapter
from bot.shop.catalogue import load
from bot.vault.page import PageToken
from bot.web import answers as shown
from bot.web import rooms, studio, vitals
from bot.web.access import Access
from bot.web.aired import Aired
from bot.web.answers import Answers
from bot.web.api import create_app
from bot.web.attempts import Attempts
from bot.web.cases import Cases
from bot.web.desk import Desk
from bot.web.feed import Feed
from bot.web.health import Health
from bot.web.meaning import Meaning
from bot.web.metrics import Metrics
from bot.web.questions import Questions
from bot.web.rooms import Board
from bot.web.seals import Role
from bot.web.series import Series
from bot.web.server import serve
from bot.web.sessions import Sessions, StoredSpent, link
from bot.web.site import Site
from bot.web.vitals import Vitals
from bot.web.works import Works
from bot.workshop.bench import Bench
from tests.web.fakes import health

ROOM = "room/local"
SHOP = load(DEMO)
RULES = Rules(language="en", acknowledge=True)
START = 1_000_000.0
WINDOWS = (Window("account", 20, 30.0), Window(ROOM, 1, 1.0))


@dataclass
class Entry:
    """One operator's danmate: its token's folder, its store, its clock."""

    store: Store
    folder: Path
    site: Site = field(default_factory=Site)
    adapters: Sequence[Adapter] = field(default_factory=lambda: (Room(RoomSettings()),))
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    attempts: Attempts = field(default_factory=Attempts)
    spent: type[StoredSpent] = StoredSpent
    rooms: Sequence[str] = (ROOM,)
    meaning: Meaning = field(default_factory=Meaning)
    metrics: Metrics = field(default_factory=lambda: Metrics(["room"]))

    @property
    def token(self) -> PageToken:
        return PageToken("", {"DANMATE_SECRETS": str(self.folder / "secrets")})

    @property
    def cases(self) -> Cases:
        return Cases(self.folder / "cases")

    @property
    def desk(self) -> Desk:
        return Desk.of(
            self.store,
            dict.fromkeys(self.rooms, SHOP),
            RULES,
            self.clock,
            lambda _: Abilities(),
            self.cases,
        )

    @property
    def bench(self) -> Bench:
        config = configuration.load(configuration.SHIPPED)
        return Bench(config, self.store, self.folder / "recordings", self.meaning)

    async def code(self, role: Role = "owner", name: str = "Ann") -> str:
        """Return the code of a fresh link."""
        token = await self.token.make()
        return link("", role, name, token, self.clock.now()).partition("#")[2]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve while the block runs; yield the address."""
        sessions = Sessions(self.token, self.spent(self.store), self.clock)
        access = Access(self.site, sessions, self.clock, self.attempts)
        desk, told = self.desk, health(metrics=self.metrics)
        board = Board(
            desk, Questions(desk.known, RULES), Series(desk.known, self.clock.now), self.meaning
        )
        answers = Answers(Aired(dict.fromkeys(self.rooms, SHOP)), self.clock.now)
        events = streams(self.store)
        removals = [Removals(self.store, shard) for shard in range(self.store.shards)]
        feed = Feed(events, ["0-0"] * len(events), removals=removals, own=self.clock.now)
        for each in (board.questions, board.series, answers):
            feed.watch(each)
        works = Works(self.clock)
        routers = (
            rooms.routes(board),
            studio.routes(desk, self.bench, works),
            vitals.routes(self.vitals(told, feed)),
            shown.routes(answers),
        )
        app = create_app(self.adapters, feed, told, access=access, desk=desk, routers=routers)
        async with serve(app, "127.0.0.1", 0, proxied=self.site.proxied) as port:
            reading = asyncio.create_task(feed.run())
            yield f"http://127.0.0.1:{port}"
            feed.close()
            answers.close()
            await reading
            await works.aclose()
        await self.meaning.aclose()

    def vitals(self, told: Health, feed: Feed) -> Vitals:
        return Vitals(
            health=told,
            rooms=self.rooms,
            paces={ROOM: ("room", WINDOWS)},
            accounts={"room": Limits(self.store, "room")},
            now=self.clock.now,
            dropped=lambda: feed.dropped,
            recording=Recording(self.store),
        )

    @asynccontextmanager
    async def visiting(self, role: Role | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Serve, and log a browser in as ``role`` (None: not at all)."""
        async with self.serving() as url, browser(url) as http:
            if role:
                answer = await http.post("/api/login", json={"code": await self.code(role)})
                assert answer.status_code == 200, answer.text
            yield http


def browser(url: str) -> httpx.AsyncClient:
    """Return a browser on one of our own pages."""
    return httpx.AsyncClient(base_url=url, headers={"Origin": url, "Sec-Fetch-Site": "same-origin"})
