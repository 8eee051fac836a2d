"""The built-in room on the contract's stage: its page's own door stands for the browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from adapters.room import Room, RoomSettings
from bot.model import Reply, Role
from tests.platforms.stage import Verdict


class Heard(Room):
    """Keeps what it shows."""

    def __init__(self) -> None:
        super().__init__(RoomSettings())
        self.shown: list[str] = []

    def say(self, reply: Reply) -> None:
        self.shown.append(reply.text)
        super().say(reply)


class LocalStage:
    """A room that refuses nothing."""

    verdicts: frozenset[Verdict] = frozenset({"sent"})
    roles: frozenset[Role] = frozenset({"viewer", "moderator", "host"})
    secrets = ()
    violations = 0
    breaks = False

    def __init__(self) -> None:
        self.adapter = Heard()

    @property
    def posted(self) -> list[str]:
        return self.adapter.shown

    async def ready(self) -> None:
        """A session hears from the start."""

    async def left(self) -> None:
        assert not self.adapter._sessions

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        said = {"type": "message", "author": author, "role": role, "text": text}
        await self.adapter.hear(msgspec.json.encode(said).decode())

    def decide(self, verdict: Verdict) -> None:
        assert verdict == "sent"

    async def cut(self) -> None:
        for session in tuple(self.adapter._sessions):
            session.close()


@asynccontextmanager
async def local(_: Path) -> AsyncIterator[LocalStage]:
    """Set the stage; ``_`` is a folder that this platform does not need."""
    yield LocalStage()
