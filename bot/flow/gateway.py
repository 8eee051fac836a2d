"""Keeps one room connected: what is said goes into the queue, what is due goes out."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from bot.bus.inbox import Inbox
from bot.bus.removals import Removal, Removals
from bot.bus.server import Store
from bot.errors import AuthFailed, BadFrame, Disconnected
from bot.flow.outbox import Outbox
from bot.flow.patience import Patience
from bot.model import Heard, Removed, Showing
from bot.ports import Adapter, Clock, Session
from bot.rules.urgency import urgent

log = structlog.get_logger()

TICK = 0.05
"""Seconds between two looks at what is due, where something is soon."""
IDLE = 0.25
"""Seconds between two looks otherwise: less than an answer waits for others who ask the same."""
RECOVER = 5.0
"""Seconds between two looks for replies that somebody who died was sending."""
LONGEST = 60.0
"""Seconds that a reconnect waits at most."""
STEADY = 10.0
"""Seconds after which a connection counts as one that stood: the waits begin anew, as it was not
made in vain."""
BACKOFF = wait_random_exponential(multiplier=1, max=LONGEST)


class Gateway:
    """One platform's session with its outbox."""

    def __init__(
        self,
        adapter: Adapter,
        store: Store,
        inbox: Inbox,
        outbox: Outbox,
        clock: Clock,
        lost: Callable[[], None] = lambda: None,
        pseudonym: Callable[[str, str], str] = lambda _, author_id: author_id,
    ) -> None:
        """``lost`` is called each time that the connection breaks off.

        ``pseudonym`` tells, of a room and an author's id, how danmate writes the id from here on.
        """
        self._adapter = adapter
        self._patience = Patience(store, clock, adapter.room)
        self._inbox = inbox
        self._outbox = outbox
        self._clock = clock
        self._rules = outbox.rules
        self._lost = lost
        self._pseudonym = pseudonym
        self._removals = Removals(store, store.shard(adapter.room))
        self.accepted = 0
        self.connected = False
        self._stood = 0.0
        self._recover_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until ``stop`` is set, the room has ended, or the account is refused."""
        retry = AsyncRetrying(
            retry=retry_if_exception_type(Disconnected),
            wait=self._backoff,
            sleep=partial(self._pause, stop),
            before_sleep=self._say,
        )
        try:
            await retry(self._connected, stop)
        except AuthFailed as error:
            log.error("account_refused", room=self._adapter.room, error=str(error))  # noqa: TRY400 - no fault of ours

    def _backoff(self, state: RetryCallState) -> float:
        if self._stood >= STEADY:
            state.attempt_number = 1
        self._stood = 0.0
        return BACKOFF(state)

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        """Sleep, or return as soon as ``stop`` is set."""
        tasks = {
            asyncio.create_task(self._clock.sleep(seconds)),
            asyncio.create_task(stop.wait()),
        }
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _say(self, state: RetryCallState) -> None:
        self._lost()
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        log.warning(
            "disconnected", room=self._adapter.room, error=str(error), again_in=round(wait, 1)
        )

    async def _connected(self, stop: asyncio.Event) -> None:
        if stop.is_set():
            return
        async with self._adapter.connect() as session:
            self.connected, since = True, self._clock.now()
            log.info("connected", room=self._adapter.room)
            try:
                await self._both(session, stop)
            finally:
                self.connected = False
                self._stood = self._clock.now() - since

    async def _both(self, session: Session, stop: asyncio.Event) -> None:
        """Read and post at once, until both are done or one fails."""
        ended, broken = asyncio.Event(), asyncio.Event()
        reading = asyncio.create_task(self._read(session))
        posting = asyncio.create_task(self._post(session, stop, ended, broken))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({reading, posting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            ended.set()
            await posting
        finally:
            broken.set()  # a call to the queue must not be cancelled: posting ends by itself
            for task in (reading, stopping):
                task.cancel()
            await asyncio.gather(reading, posting, stopping, return_exceptions=True)
            # what ended them holds this frame: a circle would keep the session until a collection
            del reading, posting, stopping, task

    async def _read(self, session: Session) -> None:
        async for heard in session.messages():
            try:
                # what was heard is kept until it is put: a call to the queue must not be cancelled
                self.accepted += await asyncio.shield(self._patience(partial(self._put, heard)))
            except BadFrame as error:  # half a character: one line must not end the room
                log.warning("message_unreadable", room=self._adapter.room, error=str(error))

    async def _put(self, heard: Heard) -> bool:
        message = self._known(heard)
        if isinstance(message, Removed):
            await self._outbox.retract(message)
            await self._removals.put(Removal(message, self._clock.now()))
            return False
        if isinstance(message, Showing):
            notice = await self._outbox.show(message)
            log.info("showing", room=self._adapter.room, notice=notice)
            return False
        if message.role == "bot" or message.author.strip().lower() == self._rules.name.lower():
            await self._outbox.echo(message)
        return await self._inbox.put(message, urgent=urgent(message, self._rules))

    def _known(self, heard: Heard) -> Heard:
        """Return what was heard with a pseudonym for who said it."""
        if isinstance(heard, Showing) or not heard.author_id:
            return heard
        return replace(heard, author_id=self._pseudonym(heard.room, heard.author_id))

    async def _post(
        self, session: Session, stop: asyncio.Event, ended: asyncio.Event, broken: asyncio.Event
    ) -> None:
        """Post until ``stop`` or ``broken``, or until the room has ended and all is said."""
        while not (stop.is_set() or broken.is_set()):
            pause = await self._patience(partial(self._look, session, ended))
            if pause is None:
                return
            await self._clock.sleep(pause)

    async def _look(self, session: Session, ended: asyncio.Event) -> float | None:
        """Post what is due; return when to look again, or None once the room has had its say."""
        if (now := self._clock.now()) >= self._recover_at:
            await self._outbox.recover()
            self._recover_at = now + RECOVER
        # asked first: what is finished from here on has its reply in the outbox by then
        last = ended.is_set() and not await self._inbox.waiting(self._adapter.room)
        due = await self._outbox.step(session)
        if last and not await self._outbox.open():
            return None
        if self._rules.window <= IDLE:
            return TICK
        return IDLE if due is None else max(TICK, min(IDLE, due - self._clock.now()))
