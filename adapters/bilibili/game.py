"""A game of open-live: what is started before a room can be read, kept alive, and ended.

Source: open-live.bilibili.com/document and blivedm 1.1.7 (MIT), clients/open_live.py.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog

from adapters.bilibili.signed import COOLING, EXPIRED, NO_GAME, RUNNING, Game, Passing, Signed
from bot.errors import Disconnected, PlatformError

T = TypeVar("T")
log = structlog.get_logger()
MISSES = 3
"""Heartbeats of a game in a row that may fail: a minute's worth."""


@dataclass(frozen=True, slots=True)
class Timers:
    """In seconds. The platform asks for a heartbeat every 20 s, and for 10 s between two games."""

    beat: float = 20.0
    cooling: float = 10.0
    silence: float = 5.0
    """Beyond a heartbeat of the danmaku connection: nothing for longer counts as the end."""


@dataclass(slots=True)
class Memory:
    """What outlives a connection."""

    game: str = ""
    """The id of a game that we started and have not seen end."""
    connections: int = 0


class Play:
    """A game's life."""

    def __init__(self, api: Signed, memory: Memory, timers: Timers) -> None:
        self._api = api
        self._memory = memory
        self._timers = timers
        self._leaving = asyncio.Event()

    async def start(self, stack: AsyncExitStack) -> Game:
        """Start a game that ``stack`` ends; one that began while we were cancelled is ended too."""
        starting = asyncio.create_task(self._start())
        stack.push_async_callback(self._end, starting)
        return await asyncio.shield(starting)

    async def keep(self, game: str) -> None:
        """Send heartbeats until the platform says that the game is over; raises PlatformError."""
        missed = 0
        while game:
            await self._pause(self._timers.beat)
            try:
                await self._api.beat(game)
                missed = 0
            except Disconnected as error:
                missed += 1
                if _over(error) or missed >= MISSES:
                    raise
                log.warning("game_heartbeat_missed", error=str(error))
        await asyncio.Event().wait()

    async def _start(self) -> Game:
        tried: set[int] = set()
        while True:
            try:
                game = await self._api.start()
            except Passing as error:
                if error.code in tried:
                    raise
                tried.add(error.code)
                await self._make_way(error)
            else:
                self._memory.game = game.game_info.game_id
                return game

    async def _make_way(self, error: Passing) -> None:
        """Do what lets a game start after ``error``; raises it where nothing does."""
        if error.code == COOLING:
            await self._pause(self._timers.cooling)
        elif error.code == RUNNING and self._memory.game:
            await self._finish(self._memory.game)
        else:
            raise error

    async def _pause(self, seconds: float) -> None:
        """Wait; raises Disconnected as soon as the context is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaving.wait()
                raise Disconnected("closed")

    async def _end(self, starting: asyncio.Task[Game]) -> None:
        self._leaving.set()
        await _surely(self._settle(starting))

    async def _settle(self, starting: asyncio.Task[Game]) -> None:
        with suppress(PlatformError):
            game = await starting
            await self._finish(game.game_info.game_id)

    async def _finish(self, game: str) -> None:
        if not game:
            return
        try:
            await self._api.end(game)
        except PlatformError as error:
            if not _over(error):
                log.warning("game_not_ended", error=str(error))
                return
        self._memory.game = ""


def _over(error: PlatformError) -> bool:
    """Tell whether the platform has no such game any more."""
    return isinstance(error, Passing) and error.code in (NO_GAME, EXPIRED)


async def _surely(work: Coroutine[None, None, T]) -> T:
    """Do it to its end, even if we are cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
