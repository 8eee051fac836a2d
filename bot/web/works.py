"""What the studio makes on the page: one work at a time for a session, away from the page's events.

Works live in the process that makes them, the latest of each session; nothing of them is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import structlog

from bot.ports import Clock
from bot.web.made import Shown
from bot.web.sessions import new_id

log = structlog.get_logger()

EACH: Final = 6
"""Works that a session may come back to; the oldest goes first."""
EVERY: Final = 48
"""Works of all sessions that are kept."""
LARGEST: Final = 128_000_000
"""Bytes of files that are kept of all works together, beside the newest."""
WAITING: Final = 8
"""Works that may wait for their turn, of all sessions together."""

FileName: TypeAlias = Literal["md", "json", "jsonl", "html", "csv"]
State: TypeAlias = Literal["waiting", "working", "done", "stopped", "failed"]
Kind: TypeAlias = Literal["script", "description", "analysis"]
Report: TypeAlias = Callable[[int, int], None]
"""Takes how much is done of how much. From any thread; raises Stopped once it should end."""


class Stopped(Exception):
    """Somebody has stopped the work."""


class NotMade(Exception):
    """The work came to nothing; its text is the code of why, as the page words it."""


class Busy(Exception):
    """The session has a work that is not done yet; or, ``crowded``, too many wait."""

    def __init__(self, *, crowded: bool = False) -> None:
        super().__init__("crowded" if crowded else "busy")
        self.crowded = crowded


@dataclass(frozen=True, slots=True)
class File:
    """What can be downloaded: its media type and what stands in it."""

    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """What a work has made: what the page shows, and files by the name of their kind."""

    shown: Shown
    files: Mapping[FileName, File]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(len(each.data) for each in self.files.values())


Job: TypeAlias = Callable[[Report], Awaitable[Made]]
"""Makes something; it is cancelled when it is stopped. Raises NotMade."""


@dataclass(slots=True)
class Work:
    """One work of a session."""

    id: str
    owner: str
    room: str
    kind: Kind
    began: float
    state: State = "waiting"
    done: int = 0
    of: int = 0
    """How much there is to do; 0 while that is not known."""
    made: Made | None = None
    fault: str | None = None
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ("done", "stopped", "failed")


class Works:
    """Makes one work at a time, and remembers what was made."""

    def __init__(self, clock: Clock) -> None:
        """``clock`` says when a work began."""
        self._clock = clock
        self._works: dict[str, Work] = {}
        self._turn = asyncio.Lock()

    def begin(self, owner: str, room: str, kind: Kind, job: Job) -> Work:
        """Begin a work of a session once its turn comes. Raises Busy."""
        going = [each for each in self._works.values() if not each.over]
        if any(each.owner == owner for each in going):
            raise Busy
        if len(going) > WAITING:
            raise Busy(crowded=True)
        work = Work(new_id(), owner, room, kind, self._clock.now())
        self._works[work.id] = work
        self._tidy(owner)
        work.task = asyncio.create_task(self._make(work, job))
        work.task.add_done_callback(lambda task: _ended(work, task))
        return work

    def get(self, id_: str) -> Work:
        """Return a work. Raises KeyError for one that is not known (any more)."""
        return self._works[id_]

    def of(self, owner: str) -> list[Work]:
        """Return a session's works, the newest first."""
        return [each for each in reversed(self._works.values()) if each.owner == owner]

    def stop(self, work: Work) -> None:
        """End a work that is not done."""
        if not work.over:
            work.state = "stopped"
            if work.task is not None:
                work.task.cancel()

    async def aclose(self) -> None:
        """Stop all works, and wait until they have let go."""
        tasks = [each.task for each in self._works.values() if each.task is not None]
        for each in self._works.values():
            self.stop(each)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, work: Work, job: Job) -> None:
        def report(done: int, of: int) -> None:
            if work.over:
                raise Stopped
            work.done, work.of = done, of

        async with self._turn:
            work.state = "working"
            work.made = await job(report)
        work.state = "done"
        self._tidy(work.owner)

    def _tidy(self, owner: str) -> None:
        """Forget the oldest, of this session and of all; none that is at work."""
        for works, most in ((self.of(owner), EACH), ([*reversed(self._works.values())], EVERY)):
            for old in works[most:]:
                if old.over:
                    self._works.pop(old.id, None)
        size = 0
        for work in list(reversed(self._works.values())):
            size += work.made.size if work.made else 0
            if size > LARGEST and work.made and size > work.made.size:
                self._works.pop(work.id)


def _ended(work: Work, task: "asyncio.Task[None]") -> None:
    """Note why a work has come to nothing; what nobody expected is logged."""
    fault = None if task.cancelled() else task.exception()
    if task.cancelled() or isinstance(fault, Stopped):
        work.state = "stopped"
    elif isinstance(fault, NotMade):
        work.state, work.fault = "failed", str(fault)
    elif fault is not None:
        work.state, work.fault = "failed", "failed"
        log.error("studio_failed", kind=work.kind, exc_info=fault)
