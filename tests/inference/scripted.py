"""A model server on loopback that answers as a test says, and keeps what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``gate`` holds it back until it is set."""

    status: int = 200
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()
    gate: asyncio.Event | None = None


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: dict[str, object]


def chat(text: str | None, finish: str = "stop") -> Answer:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "a", "content": text}}
    return Answer(body=json.dumps({"id": "c", "choices": [choice]}).encode())


def served(*names: str) -> Answer:
    return Answer(body=json.dumps({"data": [{"id": name} for name in names]}).encode())


def error(status: int, message: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, json.dumps({"error": {"message": message}}).encode(), headers)


Script = Callable[[Asked], Answer]


@dataclass
class Scripted:
    """The server: change ``script`` at any time."""

    script: Script
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    most: int = 0
    now: int = 0

    @property
    def lines(self) -> list[str]:
        return [each.line for each in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rows = head.decode("latin-1").strip().split("\r\n")
                headers = {k.lower(): v for k, _, v in (row.partition(": ") for row in rows)}
                raw = await reader.readexactly(int(headers.get("content-length", "0")))
                asked = Asked(line.removesuffix(" HTTP/1.1"), headers, json.loads(raw or b"{}"))
                await self._answer(asked, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        self.now += 1
        self.most = max(self.most, self.now)
        answer = self.script(asked)
        if answer.gate is not None:
            await answer.gate.wait()
        self.now -= 1
        rows = [("Content-Length", str(len(answer.body))), *answer.headers]
        head = "".join(f"{name}: {value}\r\n" for name, value in rows)
        writer.write(f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode() + answer.body)
        await writer.drain()


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """Run the server while the block runs."""
    server = Scripted(script)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(server.serve(reader, writer))
        tasks.add(task)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
