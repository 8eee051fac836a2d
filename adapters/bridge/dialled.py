"""The bridge as a client: we connect to the one feeder that there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from adapters.bridge.session import BridgeSession, Outlet
from adapters.bridge.settings import BridgeSettings
from bot.errors import AuthFailed, Disconnected, PlatformError

OPEN = 10.0  # seconds that a handshake may take
CLOSE = 1.0  # and a close
ROOM = 4  # a frame up to so many times the limit is answered, a longer one ends the connection
FRAMES = 16  # frames that are read ahead; then the socket is not read
REFUSED = (401, 403)
UNAUTHORIZED = (4401, 4403)  # close codes in the place of HTTP's


@asynccontextmanager
async def dialled(settings: BridgeSettings, session: BridgeSession) -> AsyncIterator[None]:
    """Keep ``session`` connected while the context is open; its end ends the session.

    Raises AuthFailed (the token is refused) or Disconnected.
    """
    socket = await _connect(settings)
    try:
        with session.joined("url") as outlet:
            tasks = [
                asyncio.ensure_future(_read(socket, session, outlet)),
                asyncio.ensure_future(_write(socket, session, outlet)),
            ]
            try:
                yield
            finally:
                session.end()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await socket.close()


async def _connect(settings: BridgeSettings) -> ClientConnection:
    token = settings.token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    try:
        return await connect(
            settings.url,
            additional_headers=headers,
            max_size=ROOM * settings.frame,
            max_queue=FRAMES,
            open_timeout=OPEN,
            close_timeout=CLOSE,
            ping_interval=settings.ping,
            ping_timeout=settings.ping,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status in REFUSED:
            raise AuthFailed(f"the bridge refused the token: HTTP {status}") from None
        raise Disconnected(f"the bridge answered HTTP {status}") from None
    except (OSError, WebSocketException) as error:
        raise Disconnected(f"the bridge cannot be reached: {type(error).__name__}") from None


async def _read(socket: ClientConnection, session: BridgeSession, outlet: Outlet) -> None:
    try:
        with suppress(ConnectionClosed):
            while True:
                data = await socket.recv()
                text = data if isinstance(data, str) else None
                await session.take(text, outlet, accepted=False)
    finally:
        session.end(_why(socket))  # nobody waits for ever


async def _write(socket: ClientConnection, session: BridgeSession, outlet: Outlet) -> None:
    with suppress(ConnectionClosed):
        while (item := await outlet.next()) is not None:
            await socket.send(item.frame)
            session.written(item)
        session.end(Disconnected("the bridge is too slow"))


def _why(socket: ClientConnection) -> PlatformError:
    if socket.close_code in UNAUTHORIZED:
        return AuthFailed(f"the bridge refused the token: closed with {socket.close_code}")
    return Disconnected(f"the bridge closed the connection with {socket.close_code}")
