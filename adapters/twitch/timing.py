"""How long things may take with Twitch, so that a scripted server can make it short; and pauses."""

import asyncio
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, from dev.twitch.tv/docs/eventsub/handling-websocket-events unless it says so."""

    welcome: float = 10.0
    """For a server to say welcome: ours."""
    move: float = 30.0
    """For a session to arrive at another server."""
    slack: float = 1.25
    """What the time between two signs of life is multiplied by before the line is dead: ours."""
    close: float = 2.0
    """For a closing handshake: ours."""
    validate: float = 3600.0
    """Between two validations of a token (dev.twitch.tv/docs/authentication/validate-tokens)."""
    mind: float = 60.0
    """Between two looks whether one is due."""
    joins: int = 20
    joins_in: float = 10.0
    """Rooms that an account may join in so many seconds (dev.twitch.tv/docs/chat)."""


async def pause(seconds: float) -> None:
    """Return when ``seconds`` of the event loop's time have passed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


class Pace:
    """At most ``count`` turns in any ``seconds``; those who wait are served in turn."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken: deque[float] = deque(maxlen=count)
        self._lock = asyncio.Lock()

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if len(self._taken) == self._taken.maxlen:
                await pause(max(0.0, self._taken[0] + self._seconds - loop.time()))
            self._taken.append(loop.time())


class Seen:
    """What has come in the last ``seconds``, the latest ``limit`` at most."""

    def __init__(self, seconds: float = 600.0, limit: int = 100_000) -> None:
        self._seconds = seconds
        self._limit = limit
        self._at: OrderedDict[str, float] = OrderedDict()

    def __call__(self, key: str, now: float) -> bool:
        """Return whether ``key`` has come before, and remember it."""
        while self._at and (
            len(self._at) > self._limit or next(iter(self._at.values())) <= now - self._seconds
        ):
            self._at.popitem(last=False)
        if key in self._at:
            return True
        self._at[key] = now
        return False

    def __len__(self) -> int:
        return len(self._at)
