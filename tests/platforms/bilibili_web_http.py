"""A small HTTP server on a real socket for scripted platforms: it counts, and it can break off."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

numbers = itertools.count(1)
"""Each server has a path of its own: a port may be given again, and clients remember servers."""
LIMIT = 30.0
"""Seconds after which what a test waits for will not come."""


@dataclass(frozen=True)
class Request:
    """What a client asked; of fields given twice the last stands."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name: text for name, _, text in pairs if name}


@dataclass(frozen=True)
class Response:
    """What it is answered."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler: TypeAlias = Callable[[Request], Awaitable[Response | None]]


class HttpServer:
    """Answers by ``handler``; where that gives None the connection breaks off without a word."""

    def __init__(self, handler: Handler) -> None:
        self.url = ""
        self.asked: Counter[str] = Counter()
        """Requests by path."""
        self.open: set[asyncio.StreamWriter] = set()
        self.handler = handler
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once it holds; raises TimeoutError where it does not for long."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def look(self) -> None:
        """Let those who wait look at their conditions again."""
        self._changed.set()

    async def left(self) -> None:
        """Return once nobody is connected."""
        await self.until(lambda: not self.open)

    def cut(self) -> None:
        """Break all connections off without a word."""
        for writer in tuple(self.open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            while (request := await _request(reader)) is not None:
                self.asked[request.path] += 1
                answer = await self.handler(request)
                self._changed.set()
                if answer is None:
                    break
                writer.write(_bytes(answer))
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self.open.discard(writer)
            self._changed.set()


async def _request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.strip().lower(): text.strip()
        for name, colon, text in (line.partition(":") for line in lines)
        if colon
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    path = "/" + url.path.split("/", 2)[2]
    return Request(method, path, query, form, headers)


def _bytes(answer: Response) -> bytes:
    headers = [("Content-Length", str(len(answer.body))), *answer.headers]
    head = f"HTTP/1.1 {answer.status} Scripted\r\n"
    head += "".join(f"{name}: {text}\r\n" for name, text in headers)
    return (head + "\r\n").encode("latin-1") + answer.body


@asynccontextmanager
async def http_server(handler: Handler) -> AsyncIterator[HttpServer]:
    """Serve on a free port of loopback."""
    server = HttpServer(handler)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    try:
        port = listener.sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}/{next(numbers)}"
        yield server
    finally:
        listener.close()
        server.cut()
        await server.left()
