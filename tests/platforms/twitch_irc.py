"""Twitch over IRC on the contract's stage."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from adapters.twitch import Twitch
from adapters.twitch.settings import TwitchSettings
from bot.errors import AuthFailed
from bot.model import Role
from tests.platforms.stage import Verdict
from tests.platforms.twitch_api_auth import Auth, User
from tests.platforms.twitch_api_http import HttpServer
from tests.platforms.twitch_irc_server import TwitchIrc, serving

ROOM = "ann"
LOGIN = "danmate_bot"
NOTICES: dict[Verdict, tuple[str, str]] = {
    "refused": ("msg_r9k", "This room is in unique mode."),
    "held": ("msg_rejected", "Your message is being checked by mods and has not been sent."),
    "throttled": ("msg_slowmode", "You will be able to talk again in 7 seconds."),
    "logged_out": (
        "msg_verified_email",
        "This room requires a verified account. Please verify your account.",
    ),
    "silent": ("", ""),
}


class Kept:
    """A log-in whose tokens are given; each renewal takes the next one."""

    def __init__(self, *tokens: str, login: str = LOGIN, user_id: str = "77") -> None:
        self.login = login
        self.user_id = user_id
        self.tokens = list(tokens)
        self.renewed: list[str] = []

    async def token(self) -> str:
        return self.tokens[0]

    async def renew(self, refused: str) -> str:
        self.renewed.append(refused)
        if len(self.tokens) < 2:
            raise AuthFailed("log in anew: danmate login twitch")
        self.tokens.pop(0)
        return self.tokens[0]


class TwitchIrcStage:
    """One room, and the bot as a viewer in it."""

    verdicts: frozenset[Verdict] = frozenset({"sent", *NOTICES})
    roles: frozenset[Role] = frozenset({"viewer", "subscriber", "vip", "moderator", "host"})
    breaks = True

    def __init__(self, server: TwitchIrc, auth: Auth, http: HttpServer) -> None:
        self.server = server
        self._http = http
        grant = auth.grant(User("77", LOGIN, "DanmateBot"))
        server.tokens[grant.access] = LOGIN
        self.secrets: Sequence[str] = auth.issued
        settings = room(server).model_copy(
            update={"auth": f"{http.url}/oauth2", "token": SecretStr(grant.access)}
        )
        self.adapter = Twitch(settings)

    @property
    def posted(self) -> list[str]:
        return [text for _, login, text in self.server.said if login == LOGIN]

    @property
    def violations(self) -> int:
        return self.server.rules.violations

    async def ready(self) -> None:
        await self.server.until(lambda: any(ROOM in c.channels for c in self.server.clients))

    async def left(self) -> None:
        await self.server.until(lambda: not self.server.clients)
        await self._http.left()

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        await self.server.say(ROOM, author, text, role)

    def decide(self, verdict: Verdict) -> None:
        self.server.verdicts.clear()  # what no line has met is overruled: it must not pile up
        if verdict != "sent":
            self.server.verdicts.append(NOTICES[verdict])

    async def cut(self) -> None:
        await self.server.cut()


def room(server: TwitchIrc, channel: str = ROOM, *, shared_chat: bool = False) -> TwitchSettings:
    """Return the settings of a room on the scripted server."""
    return TwitchSettings(channel=channel, transport="irc", irc=server.url, shared_chat=shared_chat)


def kept(server: TwitchIrc, login: str = LOGIN) -> Kept:
    """Return a log-in that the server accepts."""
    server.tokens[f"token-of-{login}"] = login
    return Kept(f"token-of-{login}", login=login, user_id=server.user_id(login))


@asynccontextmanager
async def twitch_irc(_: Path) -> AsyncIterator[TwitchIrcStage]:
    """Set the stage; ``_`` is a folder that this platform does not need."""
    auth = Auth()
    async with (
        HttpServer(auth.answer, asyncio.get_running_loop().time).running() as http,
        serving() as server,
    ):
        yield TwitchIrcStage(server, auth, http)
