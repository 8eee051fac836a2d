"""A small HTTP server for scripted platforms: what it says, and when it breaks off, is a test's."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of a form, wherever they stand."""
        return {**self.query, **dict(parse_qsl(self.body.decode()))}

    @property
    def json(self) -> dict[str, object]:
        """Return the body, an object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Response:
    """What is answered: ``body`` becomes JSON."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler: TypeAlias = Callable[[Request], Awaitable[Response | None]]
"""None breaks the connection off without a word."""


class HttpServer:
    """Serves ``handler`` on 127.0.0.1; ``now`` is for the header Date."""

    def __init__(self, handler: Handler, now: Callable[[], float]) -> None:
        self._handler = handler
        self._now = now
        self._writers: set[asyncio.StreamWriter] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["HttpServer"]:
        """Listen until the context is left."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.break_off()
            await self.left()
            await server.wait_closed()

    def break_off(self) -> None:
        """Break off every connection without a word."""
        for writer in self._writers:
            writer.transport.abort()

    async def left(self) -> None:
        """Return once no connection is open."""
        await self._empty.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self._empty.clear()
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while request := await _request(reader):
                    response = await self._handler(request)
                    if response is None:
                        writer.transport.abort()
                        return
                    writer.write(self._bytes(response))
                    await writer.drain()
        finally:
            writer.close()
            self._writers.discard(writer)
            if not self._writers:
                self._empty.set()

    def _bytes(self, response: Response) -> bytes:
        body = b"" if response.body is None else json.dumps(response.body).encode()
        headers = {
            "Date": formatdate(self._now(), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **response.headers,
        }
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def _request(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
