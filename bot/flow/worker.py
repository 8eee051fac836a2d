"""Takes messages from the queue in batches and carries each to its outcome; a crash loses none."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import structlog

from bot.bus.server import LOST, Store
from bot.bus.stream import Entry, Inbox
from bot.flow.clock import WallClock
from bot.flow.pipeline import handle
from bot.flow.services import Services
from bot.model import Outcome
from bot.ports import Clock
from bot.rules import commands

log = structlog.get_logger()

BATCH = 64
RENEW = 2.5
"""Seconds between renewals of the leases: a quarter of a lease."""


class Worker:
    """One consumer of the queue. ``name`` is stable, so that a restart finds what it held."""

    def __init__(
        self, store: Store, inbox: Inbox, use: Services, name: str, wall: Clock | None = None
    ) -> None:
        """``wall`` is the time that leases run in: the server's, whatever time ``use`` lives in."""
        self._store = store
        self._inbox = inbox
        self._use = use
        self._name = name
        self._wall = wall or WallClock()
        self._held: dict[bytes, Entry] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; what has been taken by then is finished."""
        resumed = False
        while not stop.is_set():
            try:
                if not resumed:
                    await self._work(await self._inbox.own(self._name))
                    resumed = True
                await self.step()
                await self._work(await self._inbox.claim(self._name, BATCH))
            except LOST as error:
                log.warning("queue lost", worker=self._name, error=str(error))
                await self._wall.sleep(0.2)
                await self._store.ensure()

    async def step(self, block: float = 0.5) -> int:
        """Handle one batch of new messages; return how many there were."""
        entries = await self._inbox.read(self._name, BATCH, block)
        await self._work(entries)
        return len(entries)

    async def _work(self, entries: Sequence[Entry]) -> None:
        """Handle entries together; a command waits for those before it and runs alone."""
        if not entries:
            return
        self._held = {entry.id: entry for entry in entries}
        async with self._leases():
            for group in self._groups(entries):
                ends = await asyncio.gather(*map(self._carry, group), return_exceptions=True)
                for error in ends:
                    if error is not None:
                        raise error

    def _groups(self, entries: Iterable[Entry]) -> Iterator[list[Entry]]:
        group: list[Entry] = []
        for entry in entries:
            # what was delivered before may be what ended its worker: nobody shall go with it
            if entry.deliveries > 1 or commands.parse(entry.message, self._use.rules):
                yield group
                yield [entry]
                group = []
            else:
                group.append(entry)
        yield group

    async def _carry(self, entry: Entry) -> None:
        """Handle one message and record its outcome. The only broad except of danmate."""
        began = self._use.clock.now()
        try:
            outcome = await handle(entry.message, self._use)
        except LOST:
            raise
        except Exception:  # a fault in one message must not stop the others
            log.exception("message failed", id=entry.message.id, deliveries=entry.deliveries)
            await self._inbox.set_aside(entry, "failed")
            return
        finally:
            self._held.pop(entry.id, None)
        if took := self._use.clock.now() - began:
            outcome = replace(outcome, seconds={"handle": round(took, 4)})
        await self._record(entry, outcome)

    async def _record(self, entry: Entry, outcome: Outcome) -> None:
        await self._inbox.finish(entry, outcome)
        log.info(
            "outcome",
            room=outcome.message.room,
            id=outcome.message.id,
            outcome=outcome.outcome,
            reason=outcome.reason,
            intent=outcome.intent,
            score=outcome.score,
        )

    @asynccontextmanager
    async def _leases(self) -> AsyncIterator[None]:
        """Keep what is held from being taken by others while the block runs."""
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self) -> None:
        while True:
            await self._wall.sleep(RENEW)
            with suppress(*LOST):  # it may be back before the leases end
                await asyncio.shield(self._inbox.renew(list(self._held.values())))
