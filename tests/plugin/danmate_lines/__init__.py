"""A room behind HTTP: GET /lines streams a JSON object a line, POST /say says one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from pydantic import BaseModel

from bot.errors import AuthFailed, Disconnected, Refused, Throttled
from bot.model import Abilities, ChatMessage, Reply


class LinesSettings(BaseModel, extra="forbid", frozen=True):
    url: str = "http://127.0.0.1:7000"


class Line(msgspec.Struct):
    id: str
    author: str
    text: str
    at: float


def to_message(line: str | bytes, room: str) -> ChatMessage | None:
    try:
        said = msgspec.json.decode(line, type=Line)
    except (msgspec.MsgspecError, UnicodeError):  # a keep-alive, or no line of chat
        return None
    platform, who = room.partition("/")[0], said.author
    return ChatMessage(said.id, platform, room, who, who, "viewer", said.text, said.at)


class Session:
    def __init__(self, http: httpx.AsyncClient, lines: httpx.Response, room: str) -> None:
        self.http, self.lines, self.room = http, lines, room

    async def messages(self) -> AsyncIterator[ChatMessage]:
        try:
            async for line in self.lines.aiter_lines():
                if message := to_message(line, self.room):
                    yield message
        except (httpx.HTTPError, httpx.StreamError) as error:
            if not self.lines.is_closed:  # else we have closed it on purpose
                raise Disconnected("broken_off") from error

    async def post(self, reply: Reply) -> None:
        try:
            answer = await self.http.post("/say", json={"text": reply.text, "id": reply.id})
        except (httpx.HTTPError, RuntimeError) as error:  # nobody knows whether it was said
            raise Disconnected("no_answer") from error
        if answer.status_code == 401:
            raise AuthFailed("logged_out")
        if answer.status_code == 429:
            raise Throttled("too_fast", float(answer.headers.get("retry-after", 5)))
        if answer.is_error:
            raise Refused("refused") if answer.is_client_error else Disconnected("server_error")


class Lines:
    platform, Settings, room = "lines", LinesSettings, "lines/main"
    abilities = Abilities(length=200, limits=((20, 30.0),))

    def __init__(self, settings: LinesSettings) -> None:
        self.settings = settings

    def app(self) -> None:
        return None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        try:
            async with httpx.AsyncClient(base_url=self.settings.url, timeout=60) as http:
                async with http.stream("GET", "/lines") as lines:
                    yield Session(http, lines.raise_for_status(), self.room)
        except httpx.HTTPError as error:
            raise Disconnected("no_connection") from error
