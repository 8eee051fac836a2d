"""A scripted platform in a process of its own: what it keeps is not counted as danmate's memory.

Both sides speak lines of JSON over a socket pair: ``[number, method, arguments]``, answered by
``{"number": …}`` with an ``error`` where it failed. The first line is the adapter, made there.
"""

import asyncio
import base64
import itertools
import json
import os
import pickle
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.model import Role
from bot.ports import Adapter
from tests.platforms.stage import Stage, Verdict

LINE = 1 << 24
"""Bytes of one line: all that was posted in an evening is one."""


def resident() -> float:
    """Return this process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Apart:
    """The stage of another process; ``look`` brings what is posted and the violations here."""

    breaks = True
    secrets = ()

    def __init__(self, told: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        # it was pickled by our own child process
        self.adapter: Adapter = pickle.loads(base64.b64decode(told["adapter"]))
        self.verdicts: frozenset[Verdict] = frozenset(told["verdicts"])
        self.roles: frozenset[Role] = frozenset(told["roles"])
        self.posted: Sequence[str] = ()
        self.violations = 0
        self.memory = 0.0
        """The platform's own, in MB."""
        self._writer = writer
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}

    async def hear(self, reader: asyncio.StreamReader) -> None:
        """Take in the answers until the other process is gone."""
        while raw := await reader.readline():
            told = json.loads(raw)
            asked = self._asked.pop(told["number"])
            if asked.done():
                continue
            if "error" in told:
                asked.set_exception(AssertionError(told["error"]))
            else:
                asked.set_result(told["value"])
        for asked in self._asked.values():
            asked.set_exception(AssertionError("the platform's process has ended"))

    async def ready(self) -> None:
        await self._ask("ready")

    async def left(self) -> None:
        await self._ask("left")

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        await self._ask("say", author, text, role)

    def decide(self, verdict: Verdict) -> None:
        """Let the next post have this verdict: it is told before anything else is asked."""
        self._send("decide", verdict)

    async def cut(self) -> None:
        await self._ask("cut")

    async def look(self) -> None:
        """Bring here what was posted, how many limits were broken, and the memory."""
        self.posted, self.violations, self.memory = await self._ask("look")

    async def _ask(self, method: str, *given: object) -> Any:
        return await self._send(method, *given)

    def _send(self, method: str, *given: object) -> asyncio.Future[Any]:
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps([number, method, given]).encode() + b"\n")
        return asked


@asynccontextmanager
async def apart(name: str, folder: Path) -> AsyncIterator[Apart]:
    """Set the stage of this name in a process of its own, which ends with the context."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, name, str(folder), str(theirs.fileno()),
            pass_fds=[theirs.fileno()],
        )  # fmt: skip
    reader, writer = await asyncio.open_connection(sock=ours, limit=LINE)
    stage = Apart(json.loads(await reader.readline()), writer)
    hearing = asyncio.create_task(stage.hear(reader))
    try:
        yield stage
    finally:
        writer.close()  # which it takes for the end
        await process.wait()
        await hearing


async def serve(stage: Stage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Play the stage for whoever asks, until they are gone."""
    told = {
        "adapter": base64.b64encode(pickle.dumps(stage.adapter)).decode(),
        "verdicts": sorted(stage.verdicts),
        "roles": sorted(stage.roles),
    }
    writer.write(json.dumps(told).encode() + b"\n")
    playing: set[asyncio.Task[None]] = set()
    while raw := await reader.readline():  # a line may be said while another is on its way
        task = asyncio.create_task(_play(stage, json.loads(raw), writer))
        playing.add(task)
        task.add_done_callback(playing.discard)
    for task in tuple(playing):
        task.cancel()
    await asyncio.gather(*playing, return_exceptions=True)


async def _play(stage: Stage, asked: tuple[int, str, list[Any]], writer: Any) -> None:
    number, method, given = asked
    answer: dict[str, object] = {"number": number, "value": None}
    try:
        match method:
            case "look":
                answer["value"] = [[*stage.posted], stage.violations, resident()]
            case "decide":
                stage.decide(*given)
            case _:
                await getattr(stage, method)(*given)
    except Exception as error:  # noqa: BLE001 - told to whoever asked
        answer = {"number": number, "error": repr(error)}
    writer.write(json.dumps(answer).encode() + b"\n")


async def main(name: str, folder: Path, handle: int) -> None:
    """Set the stage and serve it."""
    from tests.adapters.test_stages import STAGES

    stages: dict[str, Any] = dict(STAGES)
    setting: AbstractAsyncContextManager[Stage] = stages[name](folder)
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=handle), limit=LINE)
    async with setting as stage:
        await serve(stage, reader, writer)
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
