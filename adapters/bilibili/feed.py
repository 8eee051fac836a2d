"""The danmaku connection: logs in, keeps the heartbeat, and tells the commands that come.

Source: open-live.bilibili.com/document (the long connection) and blivedm 1.1.7 (MIT).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.http11 import USER_AGENT

from adapters.wire.bilibili import Listener
from adapters.wire.danmaku import AUTH, BEAT, MESSAGE, WELCOME, Command, Packet, pack, unpack
from adapters.wire.danmaku import command as decoded
from bot.errors import BadFrame, Disconnected
from bot.model import Heard

log = structlog.get_logger()

FRAME = 1 << 20  # bytes of a frame that is read
CLOSING = 2.0  # seconds that a server has to close: it may be gone
# TimeoutError is an OSError; an address that is none may be a ValueError
TROUBLE = (OSError, WebSocketException, Disconnected, ValueError)


class TokenRefused(Disconnected):
    """The server does not take the log-in: get a new one, then connect again."""

    def __init__(self, code: int) -> None:
        super().__init__(f"danmaku_login_refused: code {code}")
        self.code = code


@asynccontextmanager
async def connected(
    urls: Sequence[str],
    auth: bytes,
    *,
    heartbeat: float = 30.0,
    silence: float = 5.0,
    patience: float = 10.0,
    first: int = 0,
    agent: str | None = USER_AGENT,
) -> AsyncIterator[AsyncIterator[Command]]:
    """Return a context that logs in with the body ``auth`` and gives the commands as they come.

    ``urls`` are tried in turn from the one of the number ``first`` on (counted round), each for
    ``patience`` seconds; ``agent`` is the User-Agent that they are told, which the web page's token
    may be bound to. A heartbeat goes out at once and every ``heartbeat`` seconds; nothing
    heard for ``heartbeat + silence`` seconds counts as the end. While nobody asks for the next
    command, nothing more is read. Raises TokenRefused, or Disconnected (which it is), on entry
    and from the iterator; the iterator does not end otherwise.
    """
    async with AsyncExitStack() as stack:
        stream = await _reach(stack, _turn(urls, first), auth, patience, agent)
        stream.deadline = heartbeat + silence
        beating = asyncio.create_task(_beat(stream.socket, heartbeat))
        try:
            yield stream
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


def hear(listener: Listener, command: Command) -> Sequence[Heard]:
    """Return what a command tells; one that cannot be read is logged, the more the rarer."""
    before = listener.unreadable
    heard = listener.hear(command)
    after = listener.unreadable
    if after > before and after.bit_count() == 1:  # the first, and then as they double
        name = str(command.get("cmd"))
        log.warning("frame_unreadable", platform="bilibili", error=name, count=after)
    return heard


class _Stream:
    """One connection's packets; ``deadline`` is how many seconds it may be silent."""

    def __init__(self, socket: ClientConnection, deadline: float) -> None:
        self.socket = socket
        self.deadline = deadline
        self._packets: Iterator[Packet] = iter(())
        self._unreadable = 0

    def __aiter__(self) -> "_Stream":
        return self

    async def __anext__(self) -> Command:
        while True:
            packet = await self.packet()
            if packet.op != MESSAGE:
                continue
            try:
                return decoded(packet)
            except BadFrame as error:
                self._pass_over(error)

    async def packet(self) -> Packet:
        """Return the next packet of whatever kind; raises Disconnected."""
        while True:
            try:
                for packet in self._packets:
                    return packet
            except BadFrame as error:  # what came before it in the frame has been told
                self._pass_over(error)
            self._packets = unpack(await self._frame())

    def _pass_over(self, error: BadFrame) -> None:
        """Log an unreadable frame: the first, and then each time that they have doubled."""
        self._unreadable += 1
        if self._unreadable.bit_count() == 1:
            log.warning(
                "frame_unreadable",
                platform="bilibili",
                error=str(error),
                count=self._unreadable,
            )

    async def _frame(self) -> bytes:
        try:
            async with asyncio.timeout(self.deadline):
                frame = await self.socket.recv()
        except TimeoutError:
            raise Disconnected(f"danmaku_silent: nothing for {self.deadline:g} s") from None
        except ConnectionClosed:
            raise Disconnected("danmaku_closed: the server closed the connection") from None
        return frame if isinstance(frame, bytes) else b""


async def _reach(
    stack: AsyncExitStack, urls: Sequence[str], auth: bytes, patience: float, agent: str | None
) -> _Stream:
    """Return a connection that is logged in, closed by ``stack``; raises Disconnected."""
    why = "there is none"
    for url in urls:
        async with AsyncExitStack() as attempt:
            try:
                async with asyncio.timeout(patience):
                    socket = await attempt.enter_async_context(_socket(url, agent))
                    stream = _Stream(socket, patience)
                    await _log_in(stream, auth)
            except TokenRefused:
                raise
            except TROUBLE as error:
                why = type(error).__name__
                log.info("danmaku_server_passed", error=why)
                continue
            stack.push_async_exit(attempt.pop_all())
            return stream
    raise Disconnected(f"danmaku_unreachable: no server answers ({why})")


def _turn(urls: Sequence[str], first: int) -> Sequence[str]:
    start = first % len(urls) if urls else 0
    return (*urls[start:], *urls[:start])


def _socket(url: str, agent: str | None) -> connect:
    """Return the connection to a server; the protocol has a heartbeat of its own."""
    return connect(
        url,
        max_size=FRAME,
        compression=None,
        ping_interval=None,
        close_timeout=CLOSING,
        user_agent_header=agent,
    )


async def _log_in(stream: _Stream, auth: bytes) -> None:
    await stream.socket.send(pack(AUTH, auth))
    while (packet := await stream.packet()).op != WELCOME:
        pass
    try:
        answer = msgspec.json.decode(packet.body, type=_Welcome)
    except msgspec.DecodeError:
        raise Disconnected("danmaku_login_unreadable") from None
    if answer.code:
        raise TokenRefused(answer.code)


class _Welcome(msgspec.Struct):
    code: int = 0


async def _beat(socket: ClientConnection, every: float) -> None:
    """Send a heartbeat now and then until the connection is closed."""
    with suppress(ConnectionClosed):
        while socket.close_code is None:
            await socket.send(pack(BEAT, b"{}"))
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await socket.wait_closed()
