"""Where time comes from: the wall's, the wall's made faster, or a hand that is moved."""

import asyncio
import time
from contextlib import suppress


class WallClock:
    """Time as it passes; ``speed`` 20 makes a second last 50 ms, from the start onwards."""

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        self.speed = speed
        self._origin = time.monotonic()  # noqa: TID251 - this is the clock
        self._start = time.time() if start is None else start  # noqa: TID251 - this is the clock

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self._start + (time.monotonic() - self._origin) * self.speed  # noqa: TID251 - this is the clock

    async def sleep(self, seconds: float) -> None:
        """Return when ``seconds`` of this clock's time have passed."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)  # noqa: TID251 - this is the clock


async def until(event: asyncio.Event, seconds: float) -> None:
    """Return when ``event`` is set, or after ``seconds`` of the wall's time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class VirtualClock:
    """Time that stands still until it is moved; it never goes back."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time to which the clock was moved last."""
        return self._now

    def advance(self, to: float) -> None:
        """Move to ``to``, or stay where it is already later."""
        self._now = max(self._now, to)

    async def sleep(self, seconds: float) -> None:
        """Move on by ``seconds`` at once."""
        self._now += max(0.0, seconds)
        await asyncio.sleep(0)  # noqa: TID251 - lets others run
