"""The terminal as a room: each line typed is a viewer's message, replies are printed."""

import asyncio
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ClassVar, TextIO

from pydantic import BaseModel, ConfigDict

from adapters.wire.irc import Lines
from bot.errors import Disconnected
from bot.model import Abilities, ChatMessage, Reply
from bot.ports import App

STDIN = 0
CHUNK = 65_536
MODERATOR = "/mod "


class ConsoleSettings(BaseModel):
    """There is nothing to set."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Console:
    """Lines of standard input, from ``you``, or from a moderator after ``/mod``."""

    platform: ClassVar[str] = "console"
    Settings: ClassVar[type[BaseModel]] = ConsoleSettings
    abilities: ClassVar[Abilities] = Abilities(length=0, limits=((100, 30.0),))

    def __init__(
        self,
        settings: ConsoleSettings,
        source: int = STDIN,
        out: TextIO | None = None,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        """Read from the descriptor ``source`` (standard input) and print to ``out``."""
        self.settings = settings
        self._source = source
        self._out = out
        self._now = now

    @property
    def room(self) -> str:
        """The one room there is."""
        return "console/local"

    def app(self) -> App | None:
        """Nothing to serve."""
        return None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["ConsoleSession"]:
        """Open nothing: the terminal is there."""
        session = ConsoleSession(self.room, self._source, self._out or sys.stdout, self._now)
        try:
            yield session
        finally:
            session.closed = True


class ConsoleSession:
    """Reads only when somebody asks for a message, so that nothing piles up in memory."""

    def __init__(self, room: str, source: int, out: TextIO, now: Callable[[], float]) -> None:
        self.closed = False
        self._room = room
        self._source = source
        self._out = out
        self._now = now

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield the lines until the end of the input."""
        lines = Lines()
        while not self.closed:
            await _readable(self._source)
            chunk = os.read(self._source, CHUNK)
            found = lines.feed(chunk) if chunk else [lines.rest()]
            for line in found:
                if text := line.removeprefix(MODERATOR).strip():
                    yield self._message(text, moderator=line.startswith(MODERATOR))
            if not chunk:
                return

    async def post(self, reply: Reply) -> None:
        """Print the text."""
        if self.closed:
            raise Disconnected("the console is closed")
        print(reply.text, file=self._out, flush=True)

    def _message(self, text: str, *, moderator: bool) -> ChatMessage:
        author = "mod" if moderator else "you"
        return ChatMessage(
            id=uuid.uuid4().hex,
            platform="console",
            room=self._room,
            author=author,
            author_id=author,
            role="moderator" if moderator else "viewer",
            text=text,
            sent_at=self._now(),
        )


async def _readable(source: int) -> None:
    """Return once ``os.read(source)`` would not block; a thread in a read could not be stopped."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(source, ready.set)
    except PermissionError:
        return  # a file or /dev/null: epoll refuses them because they never block
    try:
        await ready.wait()
    finally:
        loop.remove_reader(source)
