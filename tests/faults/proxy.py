"""A network that fails on command: it stands between a client and a server, without root."""

import asyncio
import socket
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from bot.flow.clock import WallClock
from bot.ports import Clock

Way: TypeAlias = Literal["requests", "answers"]

CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: what is closed so is not ended but reset."""


@dataclass(eq=False, slots=True)
class Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    task: "asyncio.Task[None]"
    halved: bool = False
    stranded: bool = False

    def drop(self, *, reset: bool) -> None:
        for end in (self.client, self.server):
            if reset and not end.is_closing():
                raw: socket.socket = end.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.transport.abort()
            end.close()


class Proxy:
    """Hands bytes on between TCP on loopback (or a unix socket) and a server's unix socket.

    Use as a context; the switches work at any time, on connections that stand already. ``latency``
    is added to each chunk of each way, ``rate`` is the most bytes a second of each way.
    ``accepted`` and ``dropped`` count connections taken and broken, ``passed`` the bytes of each
    way, ``waiting`` the chunks that a stall holds back.
    """

    def __init__(self, to: Path, listen: Path | None = None, clock: Clock | None = None) -> None:
        self.latency = 0.0
        self.rate = 0.0
        self.accepted = 0
        self.dropped = 0
        self.waiting = 0
        self.passed: Counter[Way] = Counter()
        self._to = to
        self._listen = listen
        self._clock = clock or WallClock()
        self._port = 0
        self._server: asyncio.Server | None = None
        self._links: set[Link] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._cuts: dict[Way, int] = {}

    @property
    def url(self) -> str:
        """Where a client of Redis finds the proxy."""
        if self._listen is not None:
            return f"unix://{self._listen}"
        return f"redis://127.0.0.1:{self._port}"

    @property
    def open(self) -> int:
        """How many connections stand."""
        return len(self._links)

    def stall(self) -> None:
        """Accept and keep connections, hand nothing on."""
        self._flowing.clear()

    def go_on(self) -> None:
        """Hand on what was held back, and what comes."""
        self._flowing.set()

    def cut(self, way: Way, after: int) -> None:
        """Break off the connection over which ``after`` more bytes of ``way`` have gone, once."""
        self._cuts[way] = after

    def half_close(self) -> None:
        """End the answers of all connections, while requests go through."""
        for link in self._links:
            link.halved = True
            link.client.write_eof()
            self.dropped += 1

    def strand(self) -> None:
        """Keep all connections, but hand nothing on over them any more; new ones work."""
        for link in self._links:
            link.stranded = True
            self.dropped += 1

    def reset(self) -> None:
        """Reset all connections; new ones are taken."""
        for link in list(self._links):
            link.drop(reset=True)
            link.task.cancel()
            self.dropped += 1

    async def partition(self) -> None:
        """Reset all connections and refuse new ones until ``heal``."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    async def heal(self) -> None:
        """Listen again, at the same place."""
        if self._listen is not None:
            self._listen.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, self._listen)
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.heal()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        tasks = [link.task for link in self._links]
        await self.partition()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._to)
        except OSError:  # there is no server: then there is no connection either
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        link = Link(writer, to_server, task)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump("requests", reader, to_server, link))
                both.create_task(self._pump("answers", from_server, writer, link))
        except* OSError:
            pass  # one of the two ends has gone, or was cut off
        finally:
            link.drop(reset=False)
            self._links.discard(link)

    async def _pump(
        self, way: Way, source: asyncio.StreamReader, sink: asyncio.StreamWriter, link: Link
    ) -> None:
        while chunk := await source.read(CHUNK):
            if pause := self.latency + (len(chunk) / self.rate if self.rate else 0.0):
                await self._clock.sleep(pause)
            await self._gate(link)
            if way == "answers" and link.halved:
                continue
            chunk, last = self._until_cut(way, chunk)
            self.passed[way] += len(chunk)
            sink.write(chunk)
            await sink.drain()
            if last:
                self.dropped += 1
                raise ConnectionResetError
        if not link.halved:
            sink.write_eof()

    async def _gate(self, link: Link) -> None:
        self.waiting += 1
        try:
            await (asyncio.Event() if link.stranded else self._flowing).wait()
        finally:
            self.waiting -= 1

    def _until_cut(self, way: Way, chunk: bytes) -> tuple[bytes, bool]:
        left = self._cuts.get(way)
        if left is None:
            return chunk, False
        if left > len(chunk):
            self._cuts[way] = left - len(chunk)
            return chunk, False
        del self._cuts[way]
        return chunk[:left], True
