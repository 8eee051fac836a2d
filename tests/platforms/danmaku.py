"""A scripted danmaku server of Bilibili: packs as it does, and breaks off as it does.

It shares no code with the adapter: what one side misunderstands the other does not.
"""

import asyncio
import itertools
import json
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import brotli  # type: ignore[import-untyped]  # it carries no types
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Style = Literal["plain", "zlib", "brotli", "nested"]
Command = Mapping[str, Any]
OWNER = 9_001
POPULARITY = 197
numbers = itertools.count(1)


def packet(op: int, body: bytes, ver: int) -> bytes:
    return struct.pack(">IHHII", 16 + len(body), 16, ver, op, 0) + body


def frame(commands: Sequence[Command], style: Style = "plain") -> bytes:
    """Return one frame that holds them all."""
    inner = b"".join(packet(5, json.dumps(cmd, ensure_ascii=False).encode(), 0) for cmd in commands)
    match style:
        case "plain":
            return inner
        case "zlib":
            return packet(5, zlib.compress(inner), 2)
        case "brotli":
            return packet(5, brotli.compress(inner), 3)
        case "nested":
            return packet(5, brotli.compress(packet(5, zlib.compress(inner), 2)), 3)


def danmu(
    text: str,
    author: str = "小安",
    uid: int = 42,
    *,
    at: float = 1_790_000_000.25,
    rnd: int = -1_204_117_333,
    admin: int = 0,
    guard: int = 0,
    medal_of: int = 0,
    extra: Mapping[str, Any] | None = None,
    name: str = "DANMU_MSG",
) -> Command:
    """Return what the web page is told of a line; ``rnd`` is the sender's and means nothing."""
    number = next(numbers)
    told = {"id_str": f"dm{number:032d}", "reply_mid": 0, "content": text, **(extra or {})}
    looks: list[Any] = [0, 1, 25, 16777215, round(at * 1000), rnd, 0, f"{uid:08x}", 0, 0, 0, "", 0]
    looks += ["{}", "{}", {"extra": json.dumps(told), "mode": 0, "user": {"uid": uid}}, {}, 0]
    medal = [5, "牌", "主播", 12, 1, "", 0, 1, 1, 1, 0, 1, medal_of] if medal_of else []
    person = [uid, author, admin, 0, 0, 10000, 1, ""]
    rest = [[20, 0, 1, ">50000", 0], ["", ""], 0, guard, None, {"ts": int(at), "ct": "AB"}]
    return {"cmd": name, "info": [looks, text, person, medal, *rest, 0, 0, None, None, 0, 105, [7]]}


class DanmakuServer:
    """One server; what is set here holds from the next packet on."""

    def __init__(self) -> None:
        self.url = ""
        self.style: Style = "brotli"
        self.judge: Callable[[bytes], int] = lambda _: 0
        """The code that the body of a log-in is answered with."""
        self.echoes = True
        """Whether the answer to a heartbeat is followed by the client's own body, not counted."""
        self.stalled = False
        """Whether it has fallen silent: it reads, and answers nothing."""
        self.logins: list[bytes] = []
        self.beats: list[bytes] = []
        self.open: set[ServerConnection] = set()
        self.listening: set[ServerConnection] = set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def ready(self, clients: int = 1) -> None:
        """Return once so many clients are logged in."""
        await self.until(lambda: len(self.listening) >= clients)

    async def left(self) -> None:
        """Return once nobody is connected."""
        await self.until(lambda: not self.open)

    async def tell(self, *commands: Command) -> None:
        """Tell everybody these commands, in one frame."""
        await self.send(frame(commands, self.style))

    async def send(self, raw: bytes) -> None:
        """Send everybody a frame as it is."""
        for client in tuple(self.listening):
            with suppress(ConnectionClosed):  # it has just been cut off
                await client.send(raw)

    def cut(self) -> None:
        """Break all connections off without a word."""
        for client in tuple(self.open):
            client.transport.abort()

    async def serve(self, client: ServerConnection) -> None:
        self._note(self.open.add, client)
        try:
            await self._talk(client)
        except ConnectionClosed:
            pass
        finally:
            self.listening.discard(client)
            self._note(self.open.discard, client)

    async def _talk(self, client: ServerConnection) -> None:
        async for raw in client:
            if not isinstance(raw, bytes):
                return
            length, header, _, op, _ = struct.unpack_from(">IHHII", raw)
            assert (length, header) == (len(raw), 16)
            if self.stalled:
                continue
            if op == 7:
                await self._log_in(client, raw[16:])
            elif client not in self.listening:
                return  # the first word must be a log-in
            elif op == 2:
                echo = raw[16:] if self.echoes else b""
                await client.send(packet(3, struct.pack(">I", POPULARITY), 1) + echo)
                self._note(self.beats.append, raw[16:])

    async def _log_in(self, client: ServerConnection, body: bytes) -> None:
        code = self.judge(body)
        await client.send(packet(8, json.dumps({"code": code}).encode(), 1))
        self._note(self.logins.append, body)
        if code:
            await client.close()
            return
        self._note(self.listening.add, client)

    def _note(self, change: Callable[[Any], None], what: object) -> None:
        change(what)
        self._changed.set()


@asynccontextmanager
async def danmaku_server() -> AsyncIterator[DanmakuServer]:
    """Serve on a free port of loopback."""
    server = DanmakuServer()
    async with serve(server.serve, "127.0.0.1", 0, ping_interval=None, close_timeout=1) as listener:
        port = listener.sockets[0].getsockname()[1]
        server.url = f"ws://127.0.0.1:{port}/sub"
        yield server
