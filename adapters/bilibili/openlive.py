"""Reading a room by open-live, the official platform: a game is started, kept alive and ended.

Source: open-live.bilibili.com/document and blivedm 1.1.7 (MIT), clients/open_live.py.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

import structlog

from adapters.bilibili.api import http
from adapters.bilibili.feed import connected, hear
from adapters.bilibili.game import Memory, Play, Timers
from adapters.bilibili.settings import BilibiliSettings
from adapters.bilibili.signed import Game, Signed
from adapters.wire.bilibili import Listener
from adapters.wire.danmaku import Command
from bot.errors import AuthFailed, Disconnected
from bot.model import ChatMessage, Heard

log = structlog.get_logger()
ENDED = "LIVE_OPEN_PLATFORM_INTERACTION_END"
Note: TypeAlias = Callable[[ChatMessage], ChatMessage]
"""Takes note of a line and returns it, with role bot if it is our own."""


@asynccontextmanager
async def reading(
    settings: BilibiliSettings,
    *,
    own: str = "",
    memory: Memory | None = None,
    note: Note = lambda message: message,
    timers: Timers | None = None,
    now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
) -> AsyncIterator[AsyncIterator[Heard]]:
    """Return a context that starts a game on entry, gives what is said, and ends the game.

    ``own`` is our account's name; ``memory`` should be the same for each connection to a room.
    Raises AuthFailed (keys, clock, project, 身份码, another room) or Disconnected, on entry and
    from the iterator. The game is ended however the context is left, cancelled too.
    """
    memory, timers = memory or Memory(), timers or Timers()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(http())
        play = Play(Signed(settings, client, now), memory, timers)
        game = await play.start(stack)
        _check(game, settings.room)
        memory.connections += 1
        commands = await stack.enter_async_context(
            connected(
                game.websocket_info.wss_link,
                game.websocket_info.auth_body.encode(),
                heartbeat=settings.heartbeat,
                silence=timers.silence,
                first=memory.connections - 1,
            )
        )
        beating = asyncio.create_task(play.keep(game.game_info.game_id))
        listener = Listener(f"bilibili/{settings.room}", game.anchor_info.open_id, own)
        try:
            yield _Hearing(commands, beating, listener, note, game.game_info.game_id)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


class _Hearing:
    """What is said while the game goes on."""

    def __init__(
        self,
        commands: AsyncIterator[Command],
        beating: asyncio.Task[None],
        listener: Listener,
        note: Note,
        game: str,
    ) -> None:
        self._commands = commands
        self._beating = beating
        self._listener = listener
        self._note = note
        self._game = game
        self._heard: deque[Heard] = deque()

    def __aiter__(self) -> "_Hearing":
        return self

    async def __anext__(self) -> Heard:
        while not self._heard:
            command = await self._next()
            if command.get("cmd") == ENDED and self._ours(command):
                raise Disconnected("interaction_ended: the platform has ended the game")
            self._heard.extend(hear(self._listener, command))
        heard = self._heard.popleft()
        return self._note(heard) if isinstance(heard, ChatMessage) else heard

    async def _next(self) -> Command:
        """Return the next command; raises what ends the connection or the game."""
        coming = asyncio.ensure_future(anext(self._commands))
        try:
            await asyncio.wait({coming, self._beating}, return_when=asyncio.FIRST_COMPLETED)
            if self._beating.done() and not self._beating.cancelled():
                self._beating.result()
            return await coming
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _ours(self, command: Command) -> bool:
        data = command.get("data")
        game = data.get("game_id") if isinstance(data, dict) else None
        return game in (None, "", self._game)


def _check(game: Game, room: int) -> None:
    if (found := game.anchor_info.room_id) != room:
        raise AuthFailed(
            f"other_room: the 身份码 belongs to room {found}, not {room}; set room = {found} or"
            " copy the code of the right room"
        )
