"""Serves an application inside the running event loop, and lets go of it within two seconds."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLError

import uvicorn
from fastapi import FastAPI

from bot.errors import CannotStart

GRACE = 1  # seconds that requests have to end
WS_FRAME = 262_144  # bytes; a platform's page may set its own, lower limit
BUSY = (errno.EADDRINUSE, errno.EACCES)


@asynccontextmanager
async def serve(
    app: FastAPI,
    host: str,
    port: int,
    tls: tuple[Path, Path] | None = None,
    *,
    proxied: bool = False,
) -> AsyncIterator[int]:
    """Serve ``app`` while the context is open; yield the port, chosen for us where it was 0.

    ``tls`` are the PEM files of certificate and key. ``proxied``: a proxy on this machine (or one
    that FORWARDED_ALLOW_IPS names) is believed who asks. Leaving closes WebSockets and ends what
    ``app.state.close`` (where there is one) can end.
    Signals are the caller's business. Raises CannotStart.
    """
    listener = _bind(host, port)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ws_max_size=WS_FRAME,
        timeout_graceful_shutdown=GRACE,
        proxy_headers=proxied,  # otherwise anybody on this machine could say that he is another
        ssl_certfile=tls and tls[0],
        ssl_keyfile=tls and tls[1],
    )
    # the steps of Server.serve() without its signal handlers and its ten ticks a second
    server = uvicorn.Server(config)
    try:
        config.load()
    except (SSLError, OSError) as error:
        listener.close()
        files = tls and f"{tls[0]}, {tls[1]}"
        raise CannotStart(f"{files}: expected a certificate and its key in PEM ({error})") from None
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        await _stop(server, app, listener)


async def _stop(server: uvicorn.Server, app: FastAPI, listener: socket.socket) -> None:
    if close := getattr(app.state, "close", None):
        close()
    await server.shutdown(sockets=[listener])
    for connection in tuple(server.server_state.connections):
        if connection.transport:
            connection.transport.abort()  # its client no longer reads
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise CannotStart(_where(host)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno not in BUSY:
            raise CannotStart(_where(host)) from error
        name = f"[{host}]" if ":" in host else host
        raise CannotStart(
            f"{name}:{port}: expected a free port ([web] port in config.toml, or --port)"
        ) from error
    return listener


def _where(host: str) -> str:
    return f"{host}: expected an address of this machine ([web] host in config.toml)"
