"""Calls to the server: what is asked while it is busy goes to it together, once it has answered."""

import asyncio
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError

from bot.bus.codec import Arg

Client: TypeAlias = Redis | RedisCluster
MOST = 256
"""Commands that go together at most: some milliseconds of the server's time."""


class Calls:
    """Commands for one client, from any number of tasks.

    A command that finds nothing under way is sent at once; those that come meanwhile share a
    pipeline. A waiter that is cancelled does not take its command back. (A cluster's client has
    its own ways: each command goes alone there.)
    """

    def __init__(self, client: Client) -> None:
        self._client: Any = client  # its hints name the shapes of every protocol at once
        self._alone = isinstance(client, RedisCluster)
        self._waiting: list[tuple[tuple[Arg | int, ...], asyncio.Future[Any]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, *command: Arg | int) -> Any:
        """Return the server's answer, or raise the error that it is."""
        if self._alone:
            return await self._client.execute_command(*command)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def aclose(self) -> None:
        """Return once nothing is under way."""
        if self._sending is not None:
            await asyncio.wait([self._sending])

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await self._answers([command for command, _ in batch])
            except BaseException as error:
                _settle(batch, [error] * len(batch))
                if not isinstance(error, Exception):  # told to end: those that wait know it now
                    raise
            else:
                _settle(batch, answers)

    async def _answers(self, commands: Sequence[tuple[Arg | int, ...]]) -> list[Any]:
        if len(commands) == 1:
            return [await self._client.execute_command(*commands[0])]
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            found: list[Any] = await pipe.execute(raise_on_error=False)
        return found


class Script:
    """A Lua script: sent once, then called by its digest."""

    def __init__(self, calls: Calls, lua: str) -> None:
        self._calls = calls
        self._lua = lua
        self._digest: str = sha1(lua.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[Arg]) -> Any:
        """Run it. All keys lie in one shard."""
        try:
            return await self._calls("EVALSHA", self._digest, len(keys), *keys, *args)
        except NoScriptError:  # a server that has just started, or has become the master
            return await self._calls("EVAL", self._lua, len(keys), *keys, *args)


def _settle(
    batch: Sequence[tuple[tuple[Arg | int, ...], asyncio.Future[Any]]], answers: Sequence[Any]
) -> None:
    for (_, future), answer in zip(batch, answers, strict=True):
        if future.done():  # its waiter was cancelled
            continue
        if isinstance(answer, asyncio.CancelledError):
            future.cancel()
        elif isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
