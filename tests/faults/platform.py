"""A scripted platform: takes lines or does not, as it is told, and judges them by its own clock."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.errors import Disconnected, Held, Refused, Throttled
from bot.model import ChatMessage, Removed, Reply, Window
from bot.ports import Clock


@dataclass(frozen=True, slots=True)
class Refuse:
    reason: str = "refused"


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str = "held"


@dataclass(frozen=True, slots=True)
class Throttle:
    retry_after: float


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection breaks before or after the line was taken."""

    taken: bool


@dataclass(frozen=True, slots=True)
class Stall:
    """There is no answer before ``late`` is set, whether or not the line was taken."""

    taken: bool


Step: TypeAlias = Refuse | Hold | Throttle | Drop | Stall
Said: TypeAlias = ChatMessage | Removed


@dataclass(frozen=True, slots=True)
class Post:
    """A line that stands in the room; ``at`` is the platform's time."""

    id: str
    text: str
    at: float


class ScriptedPlatform:
    """One account's room. ``script`` holds what becomes of the next lines, in turn; then all stand.

    ``posts`` are the lines that stand, ``asked`` counts those that were sent. With ``echoes`` every
    session hears them, as a line of ``name``.
    """

    def __init__(
        self, clock: Clock, *script: Step | None, name: str = "danmate", echoes: bool = False
    ) -> None:
        self.posts: list[Post] = []
        self.asked = 0
        self.script = deque(script)
        self.late = asyncio.Event()
        self._clock = clock
        self._name = name
        self._echoes = echoes
        self._sessions: list[ScriptedConnection] = []

    def session(self) -> "ScriptedConnection":
        """Return a connection of the account: any number may stand at once."""
        self._sessions.append(ScriptedConnection(self))
        return self._sessions[-1]

    def say(self, *said: Said) -> None:
        """Let all sessions hear something."""
        for session in self._sessions:
            for each in said:
                session.heard.put_nowait(each)

    def end(self) -> None:
        """End the room: the messages of all sessions end."""
        for session in self._sessions:
            session.heard.put_nowait(None)

    def twice(self) -> dict[str, int]:
        """Return the ids that were posted more than once, with how often."""
        return {each: n for each, n in Counter(post.id for post in self.posts).items() if n > 1}

    def repeated(self) -> dict[str, int]:
        """Return the texts that were posted more than once, with how often."""
        return {each: n for each, n in Counter(post.text for post in self.posts).items() if n > 1}

    def over(self, windows: Sequence[Window]) -> list[tuple[str, Post]]:
        """Return each line that broke a limit, with the window's name: any rolling span counts."""
        return [
            (window.name, late)
            for window in windows
            for early, late in zip(self.posts, self.posts[window.count :], strict=False)
            if late.at - early.at < window.seconds
        ]

    def take(self, reply: Reply) -> None:
        """Let a line stand."""
        now = self._clock.now()
        self.posts.append(Post(reply.id, reply.text, now))
        if self._echoes:
            echo = f"echo:{len(self.posts)}"
            platform = reply.room.partition("/")[0]
            self.say(
                ChatMessage(echo, platform, reply.room, self._name, "0", "bot", reply.text, now)
            )


class ScriptedConnection:
    """A ``bot.ports.Session`` of a scripted platform."""

    def __init__(self, platform: ScriptedPlatform) -> None:
        self.heard = asyncio.Queue[Said | None]()
        self.broken = False
        self._platform = platform

    async def messages(self) -> AsyncIterator[Said]:
        while (each := await self.heard.get()) is not None:
            yield each
        if self.broken:
            raise Disconnected("the connection broke")

    async def post(self, reply: Reply) -> None:
        at = self._platform
        at.asked += 1
        if self.broken:
            raise Disconnected("there is no connection")
        step = at.script.popleft() if at.script else None
        match step:
            case Refuse(reason):
                raise Refused(reason)
            case Hold(reason):
                raise Held(reason)
            case Throttle(retry_after):
                raise Throttled("too fast", retry_after)
            case Drop(taken) | Stall(taken) if not taken:
                pass
            case _:
                at.take(reply)
        if isinstance(step, Stall):
            await at.late.wait()
        if isinstance(step, Drop):
            self.broken = True
            self.heard.put_nowait(None)
            raise Disconnected("the connection broke")
