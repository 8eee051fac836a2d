"""One EventSub session over a WebSocket, across its moves from server to server.

Source: dev.twitch.tv/docs/eventsub/handling-websocket-events. Nothing is ever sent but pongs and
the closing handshake: Twitch closes a connection that hears anything else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from adapters.twitch.timing import Timing
from adapters.wire.eventsub import Frame, Notification, Reconnect, Revoked, Welcome, read
from bot.errors import BadFrame, Disconnected

log = structlog.get_logger()

CODES = {
    4000: "internal error",
    4001: "we sent something",
    4002: "a ping was not answered",
    4003: "nothing subscribed",
    4004: "not moved in time",
    4005: "network timeout",
    4006: "network error",
    4007: "invalid reconnect",
}
"""Why Twitch closes a connection."""
FRAME = 1 << 20  # bytes of a message that is read
Take: TypeAlias = Callable[[Notification | Revoked], Awaitable[None]]


class Stream:
    """A session: its frames go to ``take`` one by one, and it reads no faster than that."""

    def __init__(self, url: str, keepalive: int, timing: Timing) -> None:
        """``keepalive``: seconds of silence to ask for; the server decides."""
        joint = "&" if "?" in url else "?"
        self._url = f"{url}{joint}keepalive_timeout_seconds={keepalive}"
        self._silence = float(keepalive)
        self._timing = timing
        self._sockets: set[ClientConnection] = set()
        self._socket: ClientConnection | None = None
        self._moving: asyncio.Task[tuple[ClientConnection, Welcome] | None] | None = None
        self.welcome = Welcome("", 0.0, 0.0)
        """Of the server at which the session is now."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Stream"]:
        """Connect; leave nothing open. Raises Disconnected."""
        try:
            self._arrive(*await self._open(self._url, self._timing.welcome))
            yield self
        finally:
            await self._close()

    async def run(self, take: Take) -> None:
        """Read for ever; raises Disconnected when the session ends, for whatever reason."""
        while True:
            await self._until_moved(take)

    async def _until_moved(self, take: Take) -> None:
        """Read a connection to its end, which is no fault if the session has moved by then."""
        if self._socket is None:
            raise Disconnected("eventsub: not connected")
        old = self._socket
        try:
            while True:
                frame = await self._next(old)
                if isinstance(frame, Reconnect):
                    self._move(frame.url, old)
                elif isinstance(frame, Notification | Revoked):
                    await take(frame)
        except Disconnected:
            if self._moving is None or (arrived := await self._moving) is None:
                raise
        self._moving = None
        self._sockets.discard(old)
        self._arrive(*arrived)

    def _arrive(self, socket: ClientConnection, welcome: Welcome) -> None:
        self._socket, self.welcome = socket, welcome
        self._silence = welcome.keepalive or self._silence

    def _move(self, url: str, old: ClientConnection) -> None:
        if self._moving is None or self._moving.done():
            self._moving = asyncio.create_task(self._moved(url, old))

    async def _moved(
        self, url: str, old: ClientConnection
    ) -> tuple[ClientConnection, Welcome] | None:
        """Connect to the other server, then let go of the old one, which is read meanwhile.

        What the old one has said before it took its leave is still delivered.
        """
        try:
            arrived = await self._open(url, self._timing.move)
        except Disconnected as error:
            log.warning("session_unmoved", error=str(error))
            return None
        await old.close()
        log.info("session_moved", session=arrived[1].session_id)
        return arrived

    async def _open(self, url: str, within: float) -> tuple[ClientConnection, Welcome]:
        try:
            async with asyncio.timeout(within):
                socket = await connect(
                    url,
                    ping_interval=None,  # a ping of ours would be inbound traffic
                    close_timeout=self._timing.close,
                    open_timeout=None,
                    max_size=FRAME,
                )
                self._sockets.add(socket)
                while not isinstance(frame := await self._next(socket), Welcome):
                    pass
        except TimeoutError:
            raise Disconnected("eventsub_unreachable: no welcome in time") from None
        except (OSError, WebSocketException, ValueError) as error:
            raise Disconnected(f"eventsub_unreachable: {type(error).__name__}") from error
        return socket, frame

    async def _next(self, socket: ClientConnection) -> Frame:
        """Return the next frame that can be read."""
        while True:
            try:
                async with asyncio.timeout(self._silence * self._timing.slack):
                    data = await socket.recv()
            except TimeoutError:
                raise Disconnected("keepalive_timeout") from None
            except ConnectionClosed as error:
                code = error.rcvd.code if error.rcvd else 1006
                raise Disconnected(f"closed: {code} {CODES.get(code, '')}".rstrip()) from error
            try:
                return read(data)
            except BadFrame as error:
                log.warning("frame_unreadable", error=str(error))

    async def _close(self) -> None:
        if self._moving:
            self._moving.cancel()
            await asyncio.gather(self._moving, return_exceptions=True)
        for socket in self._sockets:
            with suppress(WebSocketException, OSError):
                await socket.close()
