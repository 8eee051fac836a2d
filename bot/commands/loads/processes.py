"""Starts the roles of danmate as processes, as a streamer's machine runs them, and ends them."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from bot.errors import CannotStart
from bot.service import SLOT

WORDS = 3
"""Lines of a process's last words that are shown."""


@asynccontextmanager
async def started(log: Path, name: str, *command: str) -> AsyncIterator[Process]:
    """Run ``python -m command`` while the block runs; it is entered once it says ready.

    Raises CannotStart if it ends before.
    """
    with log.open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
            env={**os.environ, SLOT: name},
        )  # fmt: skip
    try:
        assert child.stdout is not None  # noqa: S101 - it was asked for
        if not await child.stdout.readline():
            last = _words(log)[-WORDS:]
            raise CannotStart(f"{' '.join(command)}: {' '.join(last)}")
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.terminate()
        await child.wait()


@asynccontextmanager
async def all_started(folder: Path, names: Sequence[str], *command: str) -> AsyncIterator[None]:
    """Run ``command`` once for each name, while the block runs."""
    async with AsyncExitStack() as stack:
        for name in names:
            await stack.enter_async_context(started(folder / f"{name}.log", name, *command))
        yield


def _words(log: Path) -> list[str]:
    return log.read_text("utf-8", "replace").splitlines()
