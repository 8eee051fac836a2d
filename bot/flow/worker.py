"""Takes messages from the queue and carries each to its outcome; a crash loses none."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace

import structlog

from bot.bus.inbox import Inbox
from bot.bus.server import LOST, Store
from bot.bus.shard import Entry
from bot.flow.clock import WallClock
from bot.flow.fair import FairQueue, staffed
from bot.flow.leases import Leases
from bot.flow.patience import Patience
from bot.flow.pipeline import handle
from bot.flow.recall import Recall
from bot.flow.services import Services
from bot.flow.supply import BATCH, Supply
from bot.model import Beat, Outcome
from bot.ports import Clock
from bot.rules import commands

log = structlog.get_logger()

ALONE = 2
"""Tries after which a message may be what ended its workers: nothing else goes with it."""
FEW = 4
"""Messages of a second delivery that are begun at once: who dies with many blames them all."""
DEAD_AFTER = 4
"""Tries after which it is a dead letter."""
DRAIN = 8.0
"""Seconds after which a worker that was told to stop gives back what it has not begun."""


class Worker:
    """One consumer of the queue. ``name`` is stable, so that a restart finds what it held."""

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        use: Services,
        name: str,
        wall: Clock | None = None,
        queue: FairQueue | None = None,
    ) -> None:
        """``wall`` is the time that leases run in: the server's, whatever time ``use`` lives in."""
        self._inbox = inbox
        self._use = replace(use, past=Recall(store))
        self._name = name
        self._wall = wall or WallClock()
        self._patience = Patience(store, self._wall, name)
        self._queue = FairQueue(use.rules.max_age / 2) if queue is None else queue
        self._leases = Leases(inbox, self._wall)
        self._running: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(FEW)
        self._fault: BaseException | None = None
        self._supply = Supply(inbox, self._queue, self._leases, self._patience, self._wall, name)
        self._changed = self._supply.came

    def beat(self, role: str, *, warm: bool) -> Beat:
        """Return what this worker says of itself."""
        batches, texts = self._use.batches()
        lag = self._queue.lag(self._use.clock.now())
        return Beat(role, warm, len(self._queue), len(self._running), lag, batches, texts)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what has been begun by then is finished."""
        supplying = asyncio.create_task(self._supply.run(stop))
        serving = asyncio.create_task(self._serve(stop, supplying))
        try:
            async with self._leases.kept():
                await asyncio.gather(serving, supplying)
        except LOST as error:  # told to stop while the queue is away: what is held is taken over
            log.warning(
                "left_unfinished", worker=self._name, held=len(self._leases), error=str(error)
            )
        finally:
            stop.set()
            serving.cancel()  # a read is not cancelled: those end by themselves
            await asyncio.gather(serving, supplying, return_exceptions=True)

    async def step(self, block: float = 0.0) -> int:
        """Handle one batch of new messages, in the order in which they came; return their number.

        A command waits for those before it and runs alone.
        """
        entries = await self._inbox.read(self._name, BATCH, block)
        self._leases.add(entries)
        async with self._leases.kept():
            for group in self._groups(sorted(entries, key=_order)):
                ends = await asyncio.gather(*map(self._carry, group), return_exceptions=True)
                for error in ends:
                    if error is not None:
                        raise error
        return len(entries)

    def _groups(self, entries: Iterable[Entry]) -> Iterator[list[Entry]]:
        group: list[Entry] = []
        for entry in entries:
            if commands.parse(entry.message, self._use.rules):
                yield group
                yield [entry]
                group = []
            else:
                group.append(entry)
        yield group

    async def _serve(self, stop: asyncio.Event, supplying: asyncio.Future[None]) -> None:
        """Carry messages, ``BATCH`` at once, until ``stop`` is set and all that waits is done."""
        stopping = asyncio.create_task(self._give_up(stop, supplying))
        try:
            while len(self._queue) or not stop.is_set():
                if suspect := self._queue.suspect():
                    await self._done()
                    await self._carry(suspect, alone=True)
                elif len(self._running) < BATCH and (
                    entry := self._queue.take(self._use.clock.now())
                ):
                    if self._orders(entry):  # one after the other, and no model is needed
                        await self._carry(entry)
                    else:
                        self._begin(entry)
                else:
                    await self._wait(stop)
                if self._fault:
                    raise self._fault
            await self._done()
        finally:
            stopping.cancel()
            await asyncio.gather(stopping, *self._running, return_exceptions=True)

    def _orders(self, entry: Entry) -> bool:
        """Tell whether a message is a command of the staff."""
        return staffed(entry) and commands.parse(entry.message, self._use.rules) is not None

    def _begin(self, entry: Entry) -> None:
        task = asyncio.create_task(self._carry_with_few(entry))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            self._fault = self._fault or task.exception()
        self._changed.set()

    async def _done(self) -> None:
        while self._running:
            await asyncio.wait(set(self._running))

    async def _wait(self, stop: asyncio.Event) -> None:
        """Wait until there is something to do."""
        self._changed.clear()
        if not (stop.is_set() and not self._running):
            await self._changed.wait()

    async def _give_up(self, stop: asyncio.Event, supplying: asyncio.Future[None]) -> None:
        """Once told to stop, wait for a while, then give back what nobody has begun."""
        await stop.wait()
        self._changed.set()
        await self._wall.sleep(DRAIN)
        self._patience.leaving = True
        await asyncio.wait({supplying})  # or a last read would take what is given back
        # what was delivered before keeps its id, by which its tries are known
        left = [entry for entry in self._queue.clear() if entry.deliveries == 1]
        self._changed.set()
        back = asyncio.ensure_future(self._inbox.give_back(left))
        with suppress(*LOST):  # then their leases end
            try:
                await asyncio.shield(back)
            except asyncio.CancelledError:  # nothing else is to be done, but this must be
                await back
                raise

    async def _carry_with_few(self, entry: Entry) -> None:
        """Carry a message beside others; a command never waits here, nor does a suspect."""
        async with self._few if entry.deliveries > 1 else nullcontext():
            await self._carry(entry)

    async def _carry(self, entry: Entry, *, alone: bool = False) -> None:
        """Handle one message and record its outcome, however long the queue is away for it."""
        if entry.deliveries > 1 and not await self._again(entry, alone=alone):
            return
        try:
            outcome = await self._patience(lambda: self._handled(entry))
            if outcome is None:
                await self._patience(lambda: self._inbox.set_aside(entry, "failed"))
                return
            if await self._patience(lambda: self._inbox.finish(entry, outcome)):
                _say(outcome)
        finally:
            self._leases.drop(entry)

    async def _again(self, entry: Entry, *, alone: bool) -> bool:
        """Say whether to go on with a message that was delivered before: it may end its workers."""
        tries = await self._patience(lambda: self._inbox.tries(entry))
        if tries >= DEAD_AFTER:
            await self._patience(lambda: self._inbox.set_aside(entry, "dead_letter"))
            self._leases.drop(entry)
        elif tries >= ALONE and not alone:
            self._queue.put_aside(entry)
        else:
            await self._patience(lambda: self._inbox.begin(entry))
            return True
        return False

    async def _handled(self, entry: Entry) -> Outcome | None:
        """Return a message's outcome, None if it cannot be handled. The only broad except."""
        began = self._use.clock.now()
        try:
            outcome = await handle(entry.message, self._use)
        except LOST:
            raise
        except Exception:  # a fault in one message must not stop the others
            said = {"author": entry.message.author, "text": entry.message.text}  # what must not be
            log.exception(
                "message_failed", id=entry.message.id, deliveries=entry.deliveries, **said
            )
            return None
        if took := self._use.clock.now() - began:
            outcome = replace(outcome, seconds={**outcome.seconds, "handle": round(took, 4)})
        return outcome


def _order(entry: Entry) -> tuple[int, ...]:
    return tuple(map(int, entry.id.split(b"-")))


def _say(outcome: Outcome) -> None:
    log.info(
        "outcome",
        room=outcome.message.room,
        id=outcome.message.id,
        outcome=outcome.outcome,
        reason=outcome.reason,
        intent=outcome.intent,
        score=outcome.score,
    )
