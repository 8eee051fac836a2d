"""Programs that are a room: one that connects to the bridge, and one that it connects to."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidMessage
from websockets.http11 import Request, Response

from adapters.bridge import Bridge, BridgeSettings
from bot.model import Role
from tests.faults.waiting import until
from tests.platforms.stage import Verdict

TOKEN = "t0k-en/of=the.bridge"
LIMIT = (100, 30.0)
"""Posts that stand within so many seconds."""
Connection = ClientConnection | ServerConnection
Frame = dict[str, Any]


class Platform:
    """What stands behind a feeder: decides about each reply, and keeps what viewers have seen."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:  # noqa: TID251 - its own clock
        self.limit = LIMIT
        self.shown: list[str] = []
        self.asked: list[Frame] = []
        self.told: list[Frame] = []
        """Whatever is no reply: errors, accepted."""
        self.verdict: Verdict = "sent"
        self.violations = 0
        """Posts beyond the limit."""
        self._now = now
        self._times: list[float] = []
        self._news = asyncio.Event()

    def take(self, frame: Frame) -> Frame | Verdict:
        """Return the answer to a frame, or the verdict that needs more than an answer."""
        self._news.set()
        if frame["type"] != "reply":
            self.told.append(frame)
            return "sent"
        self.asked.append(frame)
        verdict, self.verdict = self.verdict, "sent"
        answer = {"type": "posted", "id": frame["id"], "delivery": "refused"}
        match verdict:
            case "silent" | "logged_out":
                return verdict
            case "refused":
                return answer | {"reason": "banned_word: 微信"}
            case "held":
                return answer | {"delivery": "held", "reason": "automod"}
            case "throttled":
                return answer | {"reason": "too fast", "retry_after": 7.5}
        count, seconds = self.limit
        if len(recent := [at for at in self._times if at > self._now() - seconds]) >= count:
            return answer | {
                "reason": "rate",
                "retry_after": recent[-count] + seconds - self._now(),
            }
        self._times.append(self._now())
        self.shown.append(frame["text"])
        return answer | {"delivery": "sent"}

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once ``condition`` holds; it is asked again after each frame."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def serve(self, socket: Connection) -> None:
        """Answer what comes until the connection ends."""
        with suppress(ConnectionClosed):
            while True:
                answer = self.take(json.loads(await socket.recv()))
                if answer == "silent":
                    socket.transport.abort()
                elif answer == "logged_out":
                    await socket.close(4401)
                elif isinstance(answer, dict):
                    await socket.send(json.dumps(answer))


def line(author: str, text: str, role: Role = "viewer", **keys: object) -> str:
    return json.dumps({"type": "message", "author": author, "text": text, "role": role, **keys})


class Feeder:
    """A program that connects to the bridge."""

    def __init__(self, platform: Platform, url: str, token: str | None = TOKEN) -> None:
        self.platform = platform
        self.url = url
        self.token = token

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self.socket = await connect(self.url, additional_headers=headers)
        await self.socket.send("{}")
        while (frame := json.loads(await self.socket.recv()))["type"] != "error":  # it has joined
            if isinstance(answer := self.platform.take(frame), dict):
                await self.socket.send(json.dumps(answer))
        self._serving = asyncio.create_task(self.platform.serve(self.socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await self._serving

    async def send(self, frame: object) -> None:
        await self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))


class ServedStage:
    """The bridge listens; the feeder connects to it. Nobody's break ends its session."""

    verdicts: frozenset[Verdict] = frozenset({"sent", "refused", "held", "throttled"})
    roles: frozenset[Role] = frozenset({"viewer", "subscriber", "vip", "moderator", "host", "bot"})
    breaks = False
    secrets = (TOKEN,)

    def __init__(self, **settings: object) -> None:
        keys = {"listen": "127.0.0.1:0", "token": SecretStr(TOKEN), **settings}
        self.adapter = Bridge(BridgeSettings.model_validate(keys))
        self.platform = Platform()
        self.feeders: list[Feeder] = []
        self._joining = asyncio.Lock()

    @property
    def posted(self) -> list[str]:
        return self.platform.shown

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.adapter.port}/ws"

    def feeder(self, query: str = "") -> Feeder:
        return Feeder(self.platform, self.url + query)

    @property
    def violations(self) -> int:
        return self.platform.violations

    async def ready(self) -> None:
        await self.close()
        while not self.feeders:
            await until(lambda: self.adapter.port > 0)
            with suppress(OSError, InvalidMessage):  # it does not listen yet
                self.feeders.append(await self.feeder().__aenter__())

    async def left(self) -> None:
        for feeder in self.feeders:
            await feeder.socket.wait_closed()
        with suppress(OSError, InvalidMessage):
            await connect(self.url)
            raise AssertionError("it still listens")

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        """Say a line as soon as a feeder is there to tell it."""
        while True:
            await until(lambda: bool(self.feeders))
            feeder = self.feeders[-1]
            with suppress(ConnectionClosed):
                await feeder.send(line(author, text, role))
                return
            await self._again(feeder)

    async def _again(self, gone: Feeder) -> None:
        """Come back as a feeder does that has been shut out, unless that is being done."""
        async with self._joining:
            if self.feeders[-1:] == [gone]:
                await self.ready()

    def decide(self, verdict: Verdict) -> None:
        self.platform.verdict = verdict

    async def cut(self) -> None:
        """Break off; the feeder comes back by itself."""
        async with self._joining:
            for feeder in self.feeders:
                feeder.socket.transport.abort()
            await self.ready()

    async def close(self) -> None:
        while self.feeders:
            await self.feeders.pop().__aexit__()


class DialledStage:
    """The bridge connects to a server."""

    verdicts: frozenset[Verdict] = ServedStage.verdicts | {"silent", "logged_out"}
    roles = ServedStage.roles
    breaks = True
    secrets = (TOKEN,)

    def __init__(self) -> None:
        self.platform = Platform()
        self.sockets: list[ServerConnection] = []
        self.refused = 0
        self._changed = asyncio.Event()

    @property
    def posted(self) -> list[str]:
        return self.platform.shown

    def settle(self, port: int, **settings: object) -> None:
        """Make the adapter that connects to the server at ``port``."""
        keys = {"url": f"ws://127.0.0.1:{port}/feed", "token": SecretStr(TOKEN), **settings}
        self.adapter = Bridge(BridgeSettings.model_validate(keys))

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse whoever does not know the token."""
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            return None
        self.refused += 1
        return socket.respond(HTTPStatus.UNAUTHORIZED, "who are you\n")

    async def hold(self, socket: ServerConnection) -> None:
        """Serve one connection."""
        self.sockets.append(socket)
        self._changed.set()
        try:
            await self.platform.serve(socket)
        finally:
            self.sockets.remove(socket)
            self._changed.set()

    @property
    def violations(self) -> int:
        return self.platform.violations

    async def ready(self) -> None:
        await self._until(lambda: len(self.sockets) == 1)

    async def left(self) -> None:
        await self._until(lambda: not self.sockets)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        """Say a line; nobody hears it while nobody is connected."""
        for socket in tuple(self.sockets):
            with suppress(ConnectionClosed):
                await socket.send(line(author, text, role))

    def decide(self, verdict: Verdict) -> None:
        self.platform.verdict = verdict

    async def cut(self) -> None:
        for socket in tuple(self.sockets):
            socket.transport.abort()
        await self.left()


@asynccontextmanager
async def bridge(_: Path, **settings: object) -> AsyncIterator[ServedStage]:
    """Set the stage on which the bridge listens."""
    stage = ServedStage(**settings)
    try:
        yield stage
    finally:
        await stage.close()


@asynccontextmanager
async def bridge_client(_: Path, **settings: object) -> AsyncIterator[DialledStage]:
    """Set the stage on which the bridge connects to a server."""
    stage = DialledStage()
    async with serve(stage.hold, "127.0.0.1", 0, process_request=stage.check) as server:
        stage.settle(next(iter(server.sockets)).getsockname()[1], **settings)
        yield stage
