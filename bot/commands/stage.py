"""The rooms of a rehearsal: a recording that is played once all is ready, with a queue of its own.

The log's messages are written as danmate's own recording, which the adapter ``recording`` plays; a
log of several rooms has one that plays and others that only post.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, cast

from bot import config as configuration
from bot.commands.recalled import Recalled
from bot.config import SHIPPED, Config, RoomTable
from bot.flow.clock import WallClock
from bot.model import Abilities, ChatMessage, Heard, Outcome, Reply
from bot.plugins import adapters
from bot.ports import Adapter, App, Session
from bot.replay.asides import Aside

NAME = "recording"
Key = tuple[str, str]
"""By platform and id a message is known."""


@dataclass
class Script:
    """What is played: when each message was sent by the log, in order, and its rooms."""

    sent: dict[Key, float]
    rooms: tuple[str, ...]

    @property
    def first(self) -> float:
        """When the first message was sent."""
        return next(iter(self.sent.values()), 0.0)


def written(messages: Iterable[ChatMessage], file: Path) -> Script:
    """Write a log as danmate's own recording; a message that comes twice stands there once."""
    sent: dict[Key, float] = {}
    rooms: dict[str, None] = {}
    with file.open("w", encoding="utf-8") as out:
        for message in messages:
            key = message.platform, message.id
            if key not in sent:
                sent[key] = message.sent_at
                rooms[message.room] = None
                out.write(json.dumps(asdict(message)) + "\n")
    return Script(sent, tuple(rooms))


def apart(config: Config, script: Script, folder: Path) -> Config:
    """Return the configuration of a rehearsal: rooms of the log, a queue and a page of its own.

    No real queue is touched, nothing is recorded, and only this machine sees the page. What the
    rooms sell is not among it.
    """
    shipped = configuration.load(SHIPPED)
    room = RoomTable.model_validate({"platform": NAME, "catalog": "demo", "file": "-"})
    store = config.store.model_copy(update={"url": "", "data": folder, "shards": 1})
    web = shipped.web.model_copy(update={"port": 0})
    changed = {"rooms": (room,) * len(script.rooms), "store": store, "web": web}
    return config.model_copy(update={**changed, "record": shipped.record})


async def nothing(_: float) -> None:
    """Begin with rooms in which nothing has happened."""


@dataclass
class Stage:
    """The adapters of a rehearsal. Nothing is said before ``go`` is set."""

    script: Script
    clock: WallClock
    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the first message, or where there will be none."""
    rooms: tuple[Adapter, ...] = ()
    ahead: float | None = None
    """By how much this clock's time is ahead of the log's; None until the first message."""
    recalled: Recalled = field(default_factory=Recalled)
    """What the log tells beside its messages."""
    begin: Callable[[float], Awaitable[None]] = nothing
    """Called before the first message, with ``ahead``: the rooms are to stand as they stood."""

    @classmethod
    def of(
        cls,
        script: Script,
        file: Path,
        abilities: Abilities,
        clock: WallClock,
        told: Sequence[Aside] = (),
    ) -> "Stage":
        """Set the stage; the first of the rooms says what all of them heard."""
        kind = cast(Any, adapters()[NAME])  # the built-in one can be told the time
        recording = kind(kind.Settings(file=file), clock.now, clock.sleep)
        stage, over = cls(script, clock, recalled=Recalled.of(told)), asyncio.Event()
        stage.rooms = tuple(
            Scene(name, abilities, stage, over, None if at else recording)
            for at, name in enumerate(script.rooms)
        )
        return stage

    def by_log(self, outcome: Outcome) -> Outcome:
        """Return an outcome in the log's time."""
        message, ahead = outcome.message, self.ahead or 0.0
        sent = self.script.sent.get((message.platform, message.id), message.sent_at)
        reply = outcome.reply and _moved(outcome.reply, -ahead)
        mine = replace(outcome, message=replace(message, sent_at=sent), reply=reply)
        return self.recalled.final(mine)


def _moved(reply: Reply, by: float) -> Reply:
    at = None if reply.at is None else round(reply.at + by, 6)
    return replace(reply, due=reply.due + by, expires=reply.expires + by, at=at)


class Scene:
    """An adapter: one room of the log."""

    platform: ClassVar[str] = NAME
    Settings: ClassVar[type[Any]] = object

    def __init__(
        self,
        room: str,
        abilities: Abilities,
        stage: Stage,
        over: asyncio.Event,
        recording: Adapter | None,
    ) -> None:
        """Let ``recording`` say what all rooms hear; one without it ends when that is ``over``."""
        self.room = room
        self.abilities = abilities
        self.stage = stage
        self.over = over
        self.recording = recording

    def app(self) -> App | None:
        """Nothing to serve."""
        return None

    def connect(self) -> AbstractAsyncContextManager[Session]:
        """Return a context of the session."""
        return self._connected()

    def among(self, lines: AsyncIterator[Heard]) -> AsyncIterator[Heard]:
        """Yield lines, and what the log says was deleted in this room, from now on."""
        stage = self.stage
        return stage.recalled.among(lines, self.room, stage.clock, lambda: stage.ahead)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Session]:
        if self.recording is None:
            yield _Listening(self)
            return
        async with self.recording.connect() as session:
            yield _Playing(self, session)


class _Listening:
    """Hears what is deleted, as another room's session has all that is said; takes replies."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def messages(self) -> AsyncIterator[Heard]:
        await self._scene.stage.begun.wait()
        async for heard in self._scene.among(self._nothing()):
            yield heard

    async def _nothing(self) -> AsyncIterator[Heard]:
        await self._scene.over.wait()
        return
        yield

    async def post(self, reply: Reply) -> None:
        """Take the reply."""


class _Playing:
    def __init__(self, scene: Scene, session: Session) -> None:
        self._scene = scene
        self._session = session

    async def messages(self) -> AsyncIterator[Heard]:
        scene = self._scene
        try:
            await scene.stage.go.wait()
            async for heard in scene.among(self._session.messages()):
                if scene.stage.ahead is None and isinstance(heard, ChatMessage):
                    scene.stage.ahead = heard.sent_at - scene.stage.script.first
                    await scene.stage.begin(scene.stage.ahead)
                    scene.stage.begun.set()
                yield heard
        finally:
            scene.over.set()
            scene.stage.begun.set()

    async def post(self, reply: Reply) -> None:
        await self._session.post(reply)
