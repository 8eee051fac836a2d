"""One account's way out: its lines keep their distance, whichever room they are for."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from bot.errors import Throttled

Line: TypeAlias = tuple[int, str]
"""A room and what was said there."""
THREADS = 2_000
"""Lines of a room that are remembered, so that one can be answered by name."""
OWN = 64
"""Lines of ours that are remembered, so that they are known when they come back."""
SAID = 64
"""Lines that are remembered: far more than fit into the seconds that count."""


class Lately:
    """What was said in a room lately, by whom, and by us: it outlives a connection."""

    def __init__(self) -> None:
        self.threads: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self.own: deque[str] = deque(maxlen=OWN)


class Lane:
    """The state that all senders of an account in this process share; times are the loop's."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free_at = 0.0
        self._held: Throttled | None = None
        self._held_until = 0.0
        self._said: dict[Line, float] = {}

    @asynccontextmanager
    async def turn(self, patience: float) -> AsyncIterator[None]:
        """Return a context in which nobody else posts, once the spacing is kept.

        Raises Throttled, and nothing was posted, where that takes more than ``patience`` seconds,
        or where the platform has said to wait.
        """
        until = _now() + patience
        try:
            async with asyncio.timeout(patience):
                await self._lock.acquire()
        except TimeoutError:
            raise Throttled("account_busy", max(1.0, self._wait())) from None
        try:
            if self._held and (left := self._held_until - _now()) > 0:
                raise Throttled(str(self._held), left)
            if (wait := self._wait()) > max(0.0, until - _now()):
                raise Throttled("spacing", wait)
            yield
        finally:
            self._lock.release()

    async def gap(self) -> None:
        """Wait until the spacing is kept."""
        if (wait := self._wait()) > 0:
            await pause(wait)

    def posted(self, line: Line, spacing: float) -> None:
        """Note that a line went out now."""
        now = _now()
        self._free_at = now + spacing
        self._said.pop(line, None)
        self._said[line] = now
        if len(self._said) > SAID:
            del self._said[next(iter(self._said))]

    def unsay(self, line: Line) -> None:
        """Forget a line that surely does not stand: it may be said again."""
        self._said.pop(line, None)

    def unsaid(self, line: Line, within: float) -> None:
        """Check that a line was not said in the last seconds; raises Throttled."""
        at = self._said.get(line)
        if at is not None and (left := at + within - _now()) > 0:
            raise Throttled("same_text", left, room_only=True)

    def hold(self, told: Throttled) -> None:
        """Post nothing for as long as the platform says."""
        self._held, self._held_until = told, _now() + told.retry_after

    def _wait(self) -> float:
        return self._free_at - _now()


_LANES: dict[tuple[str, str], Lane] = {}  # as many as there are accounts: a handful


def lane(account: tuple[str, str]) -> Lane:
    """Return the lane of an account: where it posts, and its uid. It outlives a connection."""
    return _LANES.setdefault(account, Lane())


async def pause(seconds: float) -> None:
    """Return after so many seconds of the loop's time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().create_future()


def _now() -> float:
    return asyncio.get_running_loop().time()
