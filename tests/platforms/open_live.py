"""Bilibili's open-live platform, scripted: its signed calls, the life of a game, its danmaku.

The signature is worked out here anew, as the documentation describes it.
"""

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from adapters.bilibili import BilibiliSettings
from tests.platforms.danmaku import Command, DanmakuServer, danmaku_server

ROOM, APP, CODE = 545_068, 1_700_000_000_123, "CODEOFANN1234"
KEY, SECRET = "key-of-the-project", "secret-of-the-project"
ANCHOR = "open-id-of-the-anchor"
TOLERANCE = 600.0
"""Seconds that a request's clock may be off."""
LAPSE = 60.0
"""Seconds without a heartbeat after which a game is over."""
HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: {}\r\nConnection: close\r\n\r\n"
)
SIGNED = (
    "x-bili-accesskeyid", "x-bili-content-md5", "x-bili-signature-method",
    "x-bili-signature-nonce", "x-bili-signature-version", "x-bili-timestamp",
)  # fmt: skip
Marks: TypeAlias = Mapping[str, Any]


def open_dm(text: str, author: str, at: float, number: int, **marks: Any) -> Command:
    data = {
        "room_id": ROOM, "open_id": f"open-id-of-{author}", "uname": author, "uid": 0,
        "msg": text, "msg_id": f"msg-{number}", "timestamp": int(at), "dm_type": 0,
        "guard_level": 0, "fans_medal_level": 0, "fans_medal_name": "", "is_admin": 0,
        "fans_medal_wearing_status": False, "reply_open_id": "", "reply_uname": "",
        "emoji_img_url": "", "uface": "", "union_id": "", "glory_level": 0,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": data | marks}


@dataclass
class Game:
    """One game; times are the loop's."""

    id: str
    auth: str
    beaten: float


@dataclass
class OpenLive:
    """The platform; what is set here holds from the next call on."""

    danmaku: DanmakuServer
    url: str = ""
    cooling: float = 0.0
    """Seconds after an end in which no game starts."""
    lapse: float = LAPSE
    nameless: bool = False
    """Whether games have no id, as those of some projects."""
    faults: deque[tuple[str, int]] = field(default_factory=deque)
    """(call, code): the next such call is answered with the code, and does nothing."""
    calls: list[str] = field(default_factory=list)
    """What was asked, in order: start, heartbeat, end, each with its code if that is not 0."""
    violations: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared: answers wait, though the call is carried out."""
    admits: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared: calls wait before they are carried out; who hangs up meanwhile is not served."""
    waiting: int = 0
    game: Game | None = None
    _ended: float = float("-inf")
    _nonces: set[str] = field(default_factory=set)
    _games: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.held.set()
        self.admits.set()
        self.danmaku.judge = self._judge
        self.danmaku.style = "zlib"

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    def count(self, call: str) -> int:
        return self.calls.count(call)

    async def interrupt(self) -> None:
        """End the game as the platform does, and say so."""
        game, self.game = self.game, None
        data = {"game_id": game.id if game else "", "timestamp": int(_now())}
        await self.danmaku.tell({"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": data})

    def _judge(self, body: bytes) -> int:
        return 0 if self.game and body == self.game.auth.encode() else -101

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        call = path.rpartition("/")[2]
        code = _fault(headers, body, self._nonces)
        data: Marks = {}
        self.violations += code != 0
        if not code and (injected := next((each for each in self.faults if each[0] == call), None)):
            self.faults.remove(injected)
            code = injected[1]
        elif not code:
            code, data = self._carry_out(call, json.loads(body))
        self.calls.append(f"{call} {code}" if code else call)
        self._changed.set()
        return {"code": code, "message": f"words for {code}", "request_id": "1", "data": data}

    def _carry_out(self, call: str, asked: Marks) -> tuple[int, Any]:
        now = asyncio.get_running_loop().time()
        if self.game and now - self.game.beaten > self.lapse:
            self.game = None
        match call:
            case "start":
                return self._start(asked, now)
            case "heartbeat":
                if self.game is None or asked.get("game_id") != self.game.id:
                    return 7003, {}
                self.game.beaten = now
                return 0, {}
            case "end":
                if self.game is None or asked.get("game_id") != self.game.id:
                    return 7000, {}
                self.game, self._ended = None, now
                return (0, {}) if asked.get("app_id") == APP else (8002, {})
            case _:
                return 4010, {}

    def _start(self, asked: Marks, now: float) -> tuple[int, Any]:
        if asked.get("app_id") != APP:
            return 8002, {}
        if asked.get("code") != CODE:
            return 7007, {}
        if self.game and not self.nameless:
            return 7002, {}
        if now - self._ended < self.cooling:
            return 7001, {}
        number = next(self._games)
        auth = json.dumps({"roomid": ROOM, "key": f"danmaku-key-{number}", "protover": 2})
        self.game = Game("" if self.nameless else f"game-{number}", auth, now)
        anchor = {"room_id": ROOM, "uname": "Ann", "uface": "", "uid": 0, "open_id": ANCHOR}
        doors = {"auth_body": auth, "wss_link": [self.danmaku.url]}
        return 0, {
            "game_info": {"game_id": self.game.id},
            "websocket_info": doors,
            "anchor_info": anchor,
        }

    async def _admit(self) -> None:
        self.waiting += 1
        self._changed.set()
        await self.admits.wait()
        self.waiting -= 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): text for name, text in pairs}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            await self._admit()
            if not reader.at_eof():
                answer = json.dumps(self.answer(head[0].split()[1], headers, body)).encode()
                await self.held.wait()
                writer.write(HEAD.format(len(answer)).encode() + answer)
                await writer.drain()
        writer.close()


def _fault(headers: Mapping[str, str], body: bytes, nonces: set[str]) -> int:
    """Return the code for a request that is not as documented."""
    told = {name: headers.get(name, "") for name in SIGNED}
    string = "\n".join(f"{name}:{told[name]}" for name in sorted(told))
    seal = hmac.new(SECRET.encode(), string.encode(), "sha256").hexdigest()
    nonce = told["x-bili-signature-nonce"]
    checks = {
        4011: headers.get("content-type") == "application/json",
        4013: headers.get("accept") == "application/json",
        4012: told["x-bili-content-md5"] == hashlib.new("md5", body).hexdigest(),
        4001: told["x-bili-accesskeyid"] == KEY,
        4005: told["x-bili-signature-method"] == "HMAC-SHA256",
        4006: told["x-bili-signature-version"] == "1.0",
        4003: abs(int(told["x-bili-timestamp"] or 0) - _now()) < TOLERANCE,
        4004: nonce and nonce not in nonces,
        4002: headers.get("authorization") == seal,
    }
    nonces.add(nonce)
    return next((code for code, fine in checks.items() if not fine), 0)


def _now() -> float:
    return time.time()  # noqa: TID251 - the platform's own clock


@asynccontextmanager
async def open_live_platform() -> AsyncIterator[OpenLive]:
    async with danmaku_server() as danmaku:
        platform = OpenLive(danmaku)
        server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
        platform.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield platform
        finally:
            server.close()
            await server.wait_closed()


def settings_for(platform: OpenLive, **changed: Any) -> BilibiliSettings:
    settings = {
        "room": ROOM, "app_id": APP, "code": CODE, "access_key_id": KEY,
        "access_key_secret": SECRET, "open_live": platform.url,
    }  # fmt: skip
    return BilibiliSettings.model_validate(settings | changed)
