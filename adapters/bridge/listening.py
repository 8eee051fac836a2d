"""A server of the bridge's own, inside the running event loop."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from adapters.bridge.settings import BridgeSettings
from bot.errors import Disconnected

GRACE = 1  # seconds that requests have to end
ROOM = 4  # a frame up to so many times the limit is answered, a longer one closes its connection
BUSY = (errno.EADDRINUSE, errno.EACCES)


@asynccontextmanager
async def listening(app: ASGIApp, settings: BridgeSettings) -> AsyncIterator[int]:
    """Serve ``app`` while the context is open; yield the port, chosen for us where it was 0.

    Raises Disconnected where the address cannot be had: it may be free later.
    """
    listener = bind(settings)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=ROOM * settings.frame,
        ws_ping_interval=settings.ping,
        ws_ping_timeout=settings.ping,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)  # its steps without its signal handlers and its ticks
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        await server.shutdown(sockets=[listener])
        for connection in tuple(server.server_state.connections):
            if connection.transport:
                connection.transport.abort()  # its feeder no longer reads
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


def bind(settings: BridgeSettings) -> socket.socket:
    """Return a socket that listens at the address; raises Disconnected where it cannot."""
    host, port = settings.address
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise Disconnected(f"listen: {host} is no address of this machine") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        taken = "is taken" if error.errno in BUSY else "is no address of this machine"
        raise Disconnected(f"listen: {settings.listen} {taken}") from None
    return listener
