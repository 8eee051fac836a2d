"""Records while that is wanted: one process for all, in which nothing else fails if this does."""

import asyncio
from dataclasses import dataclass, field

import structlog

from bot.bus.recording import Told
from bot.bus.server import LOST
from bot.flow.clock import until
from bot.replay.recording.means import Means
from bot.replay.recording.taking import Taking

log = structlog.get_logger()

POLL = 0.5
"""Seconds between two looks whether to record."""
AGAIN = 0.2
"""Seconds between two tries while the queue is away."""
RETRY = 2.0
"""Seconds between two tries where the folder cannot be written."""


@dataclass
class Recorder:
    """Records what a queue tells while the configuration (``on``) or the page's switch says so."""

    use: Means
    on: bool
    _taking: Taking | None = field(default=None, init=False)
    _fault: str = field(default="", init=False)
    _away: bool = field(default=False, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Record until ``stop`` is set, and then what has happened until that moment.

        Whatever the disk and the queue do, this goes on: it raises nothing that they raise.
        """
        while not stop.is_set():
            pause = await self._carried()
            if pause:
                await until(stop, pause)
        await self._carried(last=True)
        self._let_go()

    async def _carried(self, *, last: bool = False) -> float:
        """Go one step; return the seconds after which to go on."""
        try:
            pause = await (self._ended() if last else self._step())
        except LOST as error:
            if not self._away:
                log.warning("queue_lost", who="recording", error=str(error))
            self._away = True
            return AGAIN
        except OSError as error:
            await self._failed(error.strerror or str(error))
            return RETRY
        self._away = False
        return pause

    async def _step(self) -> float:
        if not await self._mine():
            return POLL
        if self._taking is None:
            taking = Taking(self.use)
            await taking.start()
            self._taking = taking
            folder = str(self.use.folder.place)
            log.info("recording_started", folder=folder, pseudonyms=self.use.masks is not None)
        await self._taking.step()
        if self._fault:
            self._fault = ""
            log.info("recording_resumed", folder=str(self.use.folder.place))
        return 0.0

    async def _mine(self) -> bool:
        """Say whether it is for us to record now; stop where it is not any more."""
        desk = self.use.desk
        wanted = await desk.wanted()
        if not (self.on if wanted is None else wanted):
            if self._taking is not None:
                await self._ended()
                await desk.forget()
            elif not await desk.held():  # what happens from now on is not to be recorded later
                await desk.forget()
            return False
        if await desk.hold():
            return True
        self._let_go()  # another process has taken over
        return False

    async def _ended(self) -> float:
        """Write the rest where we record, and let others do so."""
        if (taking := self._taking) is not None and await self.use.desk.hold():
            await taking.end()
            log.info("recording_stopped", lines=taking.lines)
            self._taking = None
        await self.use.desk.release()
        return 0.0

    async def _failed(self, fault: str) -> None:
        """Say once that nothing can be written; what happens waits in the queue."""
        if self._taking is not None:
            self._taking.drop()
        if not self._fault:
            log.error("recording_failed", folder=str(self.use.folder.place), error=fault)
        self._fault = fault
        try:
            await self.use.desk.tell(Told(str(self.use.folder.place), fault=fault))
        except LOST:
            self._away = True

    def _let_go(self) -> None:
        if self._taking is not None:
            self._taking.drop()
            self._taking = None
