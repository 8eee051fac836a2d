"""The server's own benchmark, to compare with: the plain commands beneath what danmate does."""

import asyncio
import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import CannotStart

TOOLS = ("valkey-benchmark", "redis-benchmark")
MISSING = "no valkey-benchmark or redis-benchmark: on Debian, apt install redis-tools brings one"
GROUP = ("g", "c")
BATCH = 64


def tool() -> str | None:
    """Return the path of the benchmark that is installed, if one is."""
    return next(filter(None, map(shutil.which, TOOLS)), None)


@dataclass(frozen=True, slots=True)
class Rival:
    """The benchmark ``tool`` on the server behind ``socket``, with entries of ``size`` bytes."""

    tool: str
    socket: Path
    size: int

    async def ingest(self, count: int, clients: int) -> float:
        """Return entries/s by XADD alone, each client waiting for its answer before the next."""
        return await self._rate(count, clients, 1, self._add("rival:in"))

    async def consume(self, count: int) -> tuple[float, float]:
        """Return messages/s by XREADGROUP COUNT 64 and XACK; and by all commands of a finish.

        Those are XDEL, XADD of an outcome and two HINCRBY besides; all but the reads in pipelines
        of 64. The tool cannot acknowledge what it has read: it sends XACK and XDEL for an entry
        that is not there.
        """
        stream = "rival:out"
        await self._rate(1, 1, 1, ("DEL", stream))
        await self._rate(1, 1, 1, ("XGROUP", "CREATE", stream, GROUP[0], "0", "MKSTREAM"))
        await self._rate(count, 1, BATCH, self._add(stream))
        read = ("XREADGROUP", "GROUP", *GROUP, "COUNT", str(BATCH), "STREAMS", stream, ">")
        reads = BATCH * await self._rate(count // BATCH, 1, 1, read)
        finish = (
            ("XACK", stream, GROUP[0], "1-1"),
            ("XDEL", stream, "1-1"),
            self._add("rival:outcomes"),
            ("HINCRBY", "rival:counts", "ignored", "1"),
            ("HINCRBY", "rival:load", "room", "1"),
        )
        takes = [1 / await self._rate(count, 1, BATCH, words) for words in finish]
        return 1 / (1 / reads + takes[0]), 1 / (1 / reads + sum(takes))

    def _add(self, stream: str) -> Sequence[str]:
        return ("XADD", stream, "*", "m", "x" * self.size)

    async def _rate(self, count: int, clients: int, pipeline: int, words: Sequence[str]) -> float:
        options = {"-s": self.socket, "-n": count, "-c": clients, "-P": pipeline}
        flat = [str(part) for pair in options.items() for part in pair]
        running = await asyncio.create_subprocess_exec(
            self.tool, *flat, "--csv", *words, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await running.communicate()
        rows = list(csv.reader(said.decode(errors="replace").splitlines()))
        if running.returncode or not rows or len(rows[-1]) < 2:  # noqa: PLR2004 - its name and its rate
            raise CannotStart(f"{self.tool}: {words[0]}: expected a rate, got {rows[-1:]}")
        return float(rows[-1][1])
