"""The scripted platform over a unix socket: for outboxes in processes of their own, to be killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.bus.codec import decode, encode
from bot.errors import Disconnected, Held, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Reply
from tests.faults.platform import ScriptedPlatform

WORDS: dict[type[PlatformError], bytes] = {Refused: b"refused", Held: b"held"}
SIZE = 4


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(len(body).to_bytes(SIZE) + body)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(SIZE)))


@asynccontextmanager
async def serving(platform: ScriptedPlatform, at: Path) -> AsyncIterator[None]:
    """Let other processes post to ``platform``: each connection is a session of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = platform.session()
        try:
            while True:
                reply = decode(await _receive(reader), Reply)
                try:
                    await session.post(reply)
                except Throttled as error:
                    await _send(writer, b"throttled %f" % error.retry_after)
                except (Refused, Held) as error:
                    await _send(writer, WORDS[type(error)] + b" " + str(error).encode())
                else:
                    await _send(writer, b"sent")
        except (OSError, EOFError, Disconnected):
            pass  # who posted was killed, or the script breaks off
        finally:
            writer.close()

    async with await asyncio.start_unix_server(serve, at):
        yield


class FarConnection:
    """A ``bot.ports.Session`` that posts to a platform in another process; it hears nothing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._silence = asyncio.Queue[ChatMessage]()

    async def messages(self) -> AsyncIterator[ChatMessage]:
        while True:
            yield await self._silence.get()

    async def post(self, reply: Reply) -> None:
        try:
            await _send(self._writer, encode(reply))
            word, _, reason = (await _receive(self._reader)).decode().partition(" ")
        except (OSError, EOFError) as error:
            raise Disconnected(str(error)) from error
        match word:
            case "throttled":
                raise Throttled("too fast", float(reason))
            case "refused":
                raise Refused(reason)
            case "held":
                raise Held(reason)


@asynccontextmanager
async def connected(at: Path) -> AsyncIterator[FarConnection]:
    """Return a session with the platform that serves at ``at``."""
    reader, writer = await asyncio.open_unix_connection(at)
    try:
        yield FarConnection(reader, writer)
    finally:
        writer.close()
