"""Repeats a call to the queue until the queue is there: nothing is lost while it is away."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.bus.server import LOST, Store
from bot.ports import Clock

log = structlog.get_logger()
T = TypeVar("T")

AGAIN = 0.2
"""Seconds between two tries."""


class Patience:
    """Waits for one store. Whoever calls can bear that a call is made twice: all calls can."""

    def __init__(self, store: Store, clock: Clock, who: str) -> None:
        """``clock``: what the pause is slept on; ``who``: a worker or room, for the log."""
        self._store = store
        self._clock = clock
        self._who = who
        self._away = False
        self.leaving = False
        """Whether to raise what is LOST instead: there is no more time to wait."""

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what ``call`` returns. Raises CannotStart if no server can be had."""
        while True:
            try:
                result = await call()
            except LOST as error:
                if self.leaving:
                    raise
                if not self._away:
                    self._away = True
                    log.warning("queue_lost", who=self._who, error=str(error))
                await self._clock.sleep(AGAIN)
                await self._store.ensure()
            else:
                if self._away:
                    self._away = False
                    log.warning("queue_back", who=self._who)
                return result
