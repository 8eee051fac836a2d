"""A recorded room: plays a JSONL file of messages at their own pace, and keeps the replies."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar

import msgspec
import structlog
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BadLog, Disconnected
from bot.model import Abilities, ChatMessage, Reply, Role
from bot.ports import App

NAMED = 10  # unreadable lines that the one warning names


class RecordingSettings(BaseModel):
    """``speed`` 2 plays twice as fast; ``out`` receives one line for each reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path
    speed: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    loop: bool = False
    out: Path | None = None


class Line(msgspec.Struct):
    """A line of the file: only ``text`` is required, unknown keys are somebody else's."""

    text: str
    id: str | int | None = None
    platform: str | None = None
    room: str | None = None
    author: str | None = None
    author_id: str | int | None = None
    role: Role = "viewer"
    sent_at: Annotated[float, msgspec.Meta(ge=0, le=1e11)] | None = None
    reply_to: str | None = None


class Recording:
    """One file. ``skipped`` names the lines that could not be read."""

    platform: ClassVar[str] = "recording"
    Settings: ClassVar[type[BaseModel]] = RecordingSettings
    abilities: ClassVar[Abilities] = Abilities()

    def __init__(
        self,
        settings: RecordingSettings,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,  # noqa: TID251 - and its pace
    ) -> None:
        self.settings = settings
        self.skipped: list[str] = []
        self._now = now
        self._sleep = sleep

    @property
    def room(self) -> str:
        """The room of the first message; raises BadLog if the file cannot be read."""
        return self._messages[0].room if self._messages else self._own_room

    def app(self) -> App | None:
        """Nothing to serve."""
        return None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["RecordingSession"]:
        """Read the file, and open ``out`` where there is one."""
        messages = self._messages
        with ExitStack() as files:
            out = files.enter_context(self.settings.out.open("ab")) if self.settings.out else None
            session = RecordingSession(messages, self.settings, out, self._now, self._sleep)
            try:
                yield session
            finally:
                session.closed = True

    @property
    def _own_room(self) -> str:
        return f"recording/{self.settings.file.stem}"

    @cached_property
    def _messages(self) -> tuple[ChatMessage, ...]:
        try:
            content = self.settings.file.read_bytes()
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise BadLog(f"{self.settings.file}: expected a recording: {reason}") from error
        messages = tuple(self._read(content.removeprefix(b"\xef\xbb\xbf")))
        if self.skipped:
            structlog.get_logger().warning(
                "recording_lines_skipped", count=len(self.skipped), first=self.skipped[:NAMED]
            )
        return messages

    def _read(self, content: bytes) -> Iterator[ChatMessage]:
        at = -1.0
        for number, raw in enumerate(content.split(b"\n"), 1):
            if not raw.strip():
                continue
            try:
                line = msgspec.json.decode(raw, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self.skipped.append(f"{self.settings.file}:{number}: expected a message: {error}")
                continue
            at = at + 1 if line.sent_at is None else line.sent_at
            yield self._message(line, number, at)

    def _message(self, line: Line, number: int, at: float) -> ChatMessage:
        author = line.author or "viewer"
        return ChatMessage(
            id=f"{self.settings.file.stem}:{number}" if line.id is None else str(line.id),
            platform=line.platform or self.platform,
            room=line.room or self._own_room,
            author=author,
            author_id=author if line.author_id is None else str(line.author_id),
            role=line.role,
            text=line.text,
            sent_at=at,
            reply_to=line.reply_to,
        )


class RecordingSession:
    """Says what the file says, moved to the present; counts the replies in ``posted``."""

    def __init__(
        self,
        messages: tuple[ChatMessage, ...],
        settings: RecordingSettings,
        out: BinaryIO | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.closed = False
        self.posted = 0
        self._recorded = messages
        self._settings = settings
        self._out = out
        self._now = now
        self._sleep = sleep

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield each message when it is due; in a loop, a second round has ids of its own."""
        rounds = 0
        while self._recorded and not self.closed:
            suffix = f"#{rounds + 1}" if rounds else ""
            start, first = self._now(), self._recorded[0].sent_at
            for message in self._recorded:
                due = start + (message.sent_at - first) / self._settings.speed
                # a log may step back in time: then nothing waits
                await self._sleep(max(0.0, due - self._now()))
                yield replace(message, id=message.id + suffix, sent_at=due)
            rounds += 1
            if not self._settings.loop:
                return
            await self._sleep(1 / self._settings.speed)

    async def post(self, reply: Reply) -> None:
        """Count the reply and write it to ``out``."""
        if self.closed:
            raise Disconnected("the recording is closed")
        self.posted += 1
        if self._out is None:
            return
        line = {
            "type": "reply",
            "id": reply.id,
            "room": reply.room,
            "text": reply.text,
            "source": reply.source,
            "facts": [{"id": fact.id, "text": fact.text} for fact in reply.facts],
            "answers": reply.answers,
            "at": self._now() if reply.at is None else reply.at,
        }
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()
