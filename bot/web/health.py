"""Whether danmate works, and how well: what /readyz and /metrics say."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.bus.server import LOST
from bot.model import QueueStats
from bot.web.metrics import Metrics

WITHIN = 2.0
"""Seconds that the queue has to answer: whoever asks for our health waits no longer."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is asked when somebody wants to know how danmate is.

    ``stats`` reads the queue's state; ``rooms`` tells of each room of this process whether it is
    connected or has ended.
    """

    stats: Callable[[], Awaitable[QueueStats]]
    rooms: Callable[[], Mapping[str, bool]]
    metrics: Metrics

    async def ready(self) -> dict[str, object]:
        """Return ``{"ok": …, "reasons": […], …}``; ok when messages that come are answered."""
        reasons, known = await self.look()
        return {
            "ok": not reasons,
            "reasons": reasons,
            "rooms": list(self.rooms()),
            "pending": known.pending,
            "counts": dict(known.counts),
            "workers": [name for name, beat in known.crew if _works(beat.role)],
        }

    async def look(self) -> tuple[list[str], QueueStats]:
        """Return why messages are not answered, if so, and the queue's state; empty if away."""
        stats = await self._look()
        return list(_reasons(stats, self.rooms())), QueueStats() if stats is None else stats

    async def scraped(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return self.metrics.text(await self._look())

    async def _look(self) -> QueueStats | None:
        """Return the queue's state, None if it is away."""
        try:
            async with asyncio.timeout(WITHIN):
                return await self.stats()
        except (TimeoutError, *LOST):
            return None


def _works(role: str) -> bool:
    return role in ("all", "worker")


def _reasons(stats: QueueStats | None, rooms: Mapping[str, bool]) -> list[str]:
    reasons = [f"{room} is not connected" for room, fine in rooms.items() if not fine]
    if stats is None:
        return ["the queue does not answer", *reasons]
    if not any(beat.warm for _, beat in stats.crew if _works(beat.role)):
        reasons.insert(0, "no worker is ready")
    return reasons
