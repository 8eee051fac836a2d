"""How danmate is, as the page shows it: who works, what waits, which limits are left."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.bus.limits import Limits
from bot.bus.recording import Recording
from bot.bus.server import LOST
from bot.model import QueueStats, Window
from bot.web.access import Viewer
from bot.web.health import Health

WITHIN: Final = 2.0
"""Seconds that the queue has to tell what the accounts have used."""


class WorkerHealth(BaseModel):
    """A process that answers messages."""

    name: str
    role: str
    warm: bool = Field(description="whether its models are loaded")
    lag: float = Field(description="seconds that the message whose turn is next has waited")
    waiting: int = Field(description="messages that it holds and has not begun")


class RoomHealth(BaseModel):
    """A room's connection; null: another process keeps it."""

    room: str
    connected: bool | None
    reconnects: int


class LimitHealth(BaseModel):
    """One window of an account: at most ``count`` lines in any ``seconds``."""

    account: str
    room: str
    name: str
    used: int
    count: int
    seconds: float
    waits: bool = Field(description="false: lines are counted here, and not held back")


class RecordHealth(BaseModel):
    """Whether what happens is written down; where, only the owner is told."""

    on: bool
    since: float | None = Field(description="when it began, in epoch seconds")


class PageHealth(BaseModel):
    """What there is to know before one trusts in an answer."""

    ok: bool
    reasons: list[str] = Field(description="why messages are not answered")
    pending: int = Field(description="messages without an outcome")
    lag: float = Field(description="seconds that the longest waiting of them has waited")
    dead: int = Field(description="messages that could not be handled")
    workers: list[WorkerHealth]
    rooms: list[RoomHealth]
    limits: list[LimitHealth]
    dropped: int = Field(
        description="events since the start that slow browsers have lost, or that were skipped "
        "because the page was behind"
    )
    recording: RecordHealth | None = Field(description="null: the queue does not tell")


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the page is told of this danmate.

    ``rooms`` are all that it knows. ``paces`` gives, for each room that posts, its account and its
    windows; ``now`` the time by which sends are counted, None for the server's; ``dropped`` what
    browsers have lost; ``recording`` whether somebody records.
    """

    health: Health
    rooms: Collection[str]
    paces: Mapping[str, tuple[str, Sequence[Window]]]
    accounts: Mapping[str, Limits]
    now: Callable[[], float | None]
    dropped: Callable[[], int]
    recording: Recording

    async def told(self) -> PageHealth:
        """Return how all is now; what the queue does not tell in time is left out."""
        (reasons, stats), limits, recording = await asyncio.gather(
            self.health.look(), self._limits(), self._recording()
        )
        kept = self.health.rooms()
        crew = [(name, beat) for name, beat in stats.crew if beat.role in ("all", "worker")]
        return PageHealth(
            ok=not reasons,
            reasons=reasons,
            pending=stats.pending,
            lag=_lag(stats),
            dead=stats.dead,
            workers=[
                WorkerHealth(
                    name=name,
                    role=beat.role,
                    warm=beat.warm,
                    lag=beat.lag,
                    waiting=beat.waiting,
                )
                for name, beat in crew
            ],
            rooms=[
                RoomHealth(
                    room=room,
                    connected=kept.get(room),
                    reconnects=self.health.metrics.reconnects(room),
                )
                for room in sorted(self.rooms)
            ],
            limits=limits,
            dropped=self.dropped(),
            recording=recording,
        )

    async def _recording(self) -> RecordHealth | None:
        try:
            async with asyncio.timeout(WITHIN):
                told = await self.recording.told()
        except (TimeoutError, *LOST):
            return None
        on = told is not None and not told.fault
        return RecordHealth(on=on, since=(told.since or None) if told and on else None)

    async def _limits(self) -> list[LimitHealth]:
        try:
            async with asyncio.timeout(WITHIN):
                each = await asyncio.gather(*map(self._of_room, sorted(self.paces)))
        except (TimeoutError, *LOST):
            return []
        return [limit for of_room in each for limit in of_room]

    async def _of_room(self, room: str) -> list[LimitHealth]:
        account, windows = self.paces[room]
        used = await self.accounts[account].used(windows, self.now())
        return [
            LimitHealth(
                account=account,
                room=room,
                name=window.name,
                used=count,
                count=window.count,
                seconds=window.seconds,
                waits=window.waits,
            )
            for window, count in zip(windows, used, strict=True)
        ]


def _lag(stats: QueueStats) -> float:
    """Return for how long the message that has waited longest has waited to be begun."""
    waits = [each.lag for each in stats.backlog.values()]
    return max(waits + [beat.lag for _, beat in stats.crew], default=0.0)


def routes(vitals: Vitals) -> APIRouter:
    """Return the route that tells how danmate is."""
    router = APIRouter(prefix="/api")

    @router.get("/health")
    async def health(_: Viewer) -> PageHealth:
        """Tell who works, what waits, which rooms are connected and which limits are left."""
        return await vitals.told()

    return router
