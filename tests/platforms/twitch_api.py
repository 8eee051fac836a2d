"""Scripted Twitch: OAuth, Helix and EventSub on real sockets, and its stage for the contract."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.twitch import Twitch
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.timing import Timing
from bot.flow.clock import WallClock
from bot.model import Role
from bot.ports import Vault
from tests.platforms.stage import Verdict
from tests.platforms.twitch_api_auth import CLIENT, SCOPES, Auth, User
from tests.platforms.twitch_api_chat import Answer, Chat, Room
from tests.platforms.twitch_api_eventsub import EventSub
from tests.platforms.twitch_api_http import HttpServer, Request, Response

HOST = User("1000", "ann", "Ann")
BOT = User("2000", "shopbot", "ShopBot")
BADGES: dict[Role, tuple[str, ...]] = {
    "viewer": ("sub-gifter",),
    "subscriber": ("founder",),
    "vip": ("vip", "subscriber"),
    "moderator": ("lead_moderator",),
    "host": ("broadcaster", "subscriber"),
}
UNAUTHORIZED = Response(401, {"status": 401, "message": "Invalid OAuth token"})
QUICK = Timing(close=0.5, joins=1000)


class Memory:
    """A Vault in memory, shared by all who are given it."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str) -> dict[str, str]:
        return dict(self.records.get(name, {}))

    async def put(self, name: str, record: object) -> None:
        assert isinstance(record, dict)
        self.records[name] = dict(record)

    @asynccontextmanager
    async def locked(self, name: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield


class Clock:
    """The platform's: the event loop's, and ahead of it by what a test adds."""

    def __init__(self) -> None:
        self.ahead = 1_800_000_000.0

    def now(self) -> float:
        return self.ahead + asyncio.get_running_loop().time()


@dataclass(frozen=True)
class TwitchServer:
    """All of it."""

    clock: Clock
    auth: Auth
    chat: Chat
    events: EventSub
    http: HttpServer

    def settings(self, **more: object) -> TwitchSettings:
        """Return settings that lead here, to the room of HOST unless ``channel`` is given."""
        where = {
            "api": f"{self.http.url}/helix",
            "auth": f"{self.http.url}/oauth2",
            "eventsub": self.events.url,
            "client_id": CLIENT,
        }
        return TwitchSettings.model_validate({"channel": HOST.login, **where, **more})

    async def kept(self, vault: Vault, user: User = BOT, account: str = "twitch") -> None:
        """Put a log-in of ``user`` into the vault."""
        grant = self.auth.grant(user)
        record = {
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "login": user.login,
            "user_id": user.id,
            "scopes": " ".join(SCOPES),
            "client_id": CLIENT,
        }
        await vault.put(account, record)

    def twitch(self, vault: Vault, timing: Timing = QUICK, **more: object) -> Twitch:
        """Return the adapter of a room, with a log-in."""
        made = Twitch(self.settings(**more), timing)
        made.keep(vault)
        return made

    @property
    def posted(self) -> list[str]:
        """What the account has said, as viewers see it."""
        return [post.text for post in self.chat.posts]

    async def left(self) -> None:
        """Return once no connection is open."""
        await self.events.left()
        await self.http.left()


@asynccontextmanager
async def running() -> AsyncIterator[TwitchServer]:
    """Run a Twitch with the room of HOST, and the account BOT."""
    clock, auth = Clock(), Auth()
    events = EventSub(clock.now)
    chat = Chat(auth, events, clock.now)
    chat.users.append(BOT)
    chat.room(HOST)

    async def answer(request: Request) -> Response | None:
        if request.path.startswith("/oauth2/"):
            return await auth.answer(request)
        return await chat.answer(request)

    async with HttpServer(answer, clock.now).running() as http, events.running():
        yield TwitchServer(clock, auth, chat, events, http)


class TwitchStage:
    """Twitch by EventSub and Helix, with the room of HOST."""

    verdicts: frozenset[Verdict] = frozenset(
        {"sent", "refused", "held", "throttled", "logged_out", "silent"}
    )
    roles: frozenset[Role] = frozenset(BADGES)
    breaks = True

    def __init__(self, server: TwitchServer, adapter: Twitch) -> None:
        self.server = server
        self.adapter = adapter

    @property
    def secrets(self) -> list[str]:
        return self.server.auth.issued

    @property
    def posted(self) -> list[str]:
        return self.server.posted

    @property
    def violations(self) -> int:
        return self.server.chat.violations

    @property
    def _room(self) -> Room:
        return self.server.chat.rooms[HOST.id]

    async def ready(self) -> None:
        while not self.server.events.listening("channel.chat.clear", HOST.id):  # the last needed
            await WallClock().sleep(0.01)

    async def left(self) -> None:
        await self.server.left()

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        user = User(HOST.id if role == "host" else f"9{len(author)}", author.lower(), author)
        await self.server.chat.say(self._room, user, text, BADGES[role])

    def decide(self, verdict: Verdict) -> None:
        reset = {
            "Ratelimit-Remaining": "0",
            "Ratelimit-Reset": f"{self.server.clock.now() + 9:.0f}",
        }
        slow = Response(429, {"message": "Too Many Requests"}, reset)
        answers: dict[Verdict, tuple[Answer, ...]] = {
            "sent": (),
            "refused": ("msg_duplicate",),
            "held": ("automod_held",),
            "throttled": (slow,),
            "logged_out": (UNAUTHORIZED, UNAUTHORIZED),  # the renewed token as well
            "silent": ("silent",),
        }
        self.server.chat.answers.clear()  # what no post has met is overruled: it must not pile up
        self.server.chat.answers.extend(answers[verdict])

    async def cut(self) -> None:
        self.server.events.break_off()
        self.server.http.break_off()


@asynccontextmanager
async def twitch(_: Path) -> AsyncIterator[TwitchStage]:
    """Set the stage; ``_`` is a folder that this platform does not need."""
    async with running() as server:
        vault = Memory()
        await server.kept(vault)
        yield TwitchStage(server, server.twitch(vault))
