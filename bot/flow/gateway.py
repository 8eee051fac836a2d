"""Keeps one room connected: what is said goes into the queue, what is due goes out."""

import asyncio
from functools import partial

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from bot.bus.server import LOST, Store
from bot.bus.stream import Inbox
from bot.errors import AuthFailed, BadFrame, Disconnected
from bot.flow.outbox import Outbox
from bot.model import ChatMessage
from bot.ports import Adapter, Clock, Session

log = structlog.get_logger()

TICK = 0.05
"""Seconds between two looks at what is due."""
LONGEST = 60.0
"""Seconds that a reconnect waits at most; a connection that stood as long begins anew."""
BACKOFF = wait_random_exponential(multiplier=1, max=LONGEST)


class Gateway:
    """One platform's session with its outbox."""

    def __init__(
        self, adapter: Adapter, store: Store, inbox: Inbox, outbox: Outbox, clock: Clock
    ) -> None:
        self._adapter = adapter
        self._store = store
        self._inbox = inbox
        self._outbox = outbox
        self._clock = clock
        self.accepted = 0
        self.connected = False
        self._stood = 0.0

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
            log.error("account refused", room=self._adapter.room, error=str(error))  # noqa: TRY400 - no fault of ours

    def _backoff(self, state: RetryCallState) -> float:
        if self._stood >= LONGEST:
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

    async def _read(self, session: Session) -> None:
        async for message in session.messages():
            try:
                self.accepted += await self._put(message)
            except BadFrame as error:  # half a character: one line must not end the room
                log.warning("message unreadable", room=self._adapter.room, error=str(error))

    async def _put(self, message: ChatMessage) -> bool:
        while True:
            try:
                return await asyncio.shield(self._inbox.put(message))
            except LOST as error:  # the message is kept until the queue is back
                log.warning("queue lost", room=self._adapter.room, error=str(error))
                await self._clock.sleep(0.2)
                await self._store.ensure()

    async def _post(
        self, session: Session, stop: asyncio.Event, ended: asyncio.Event, broken: asyncio.Event
    ) -> None:
        """Post until ``stop`` or ``broken``, or until the room has ended and all is said."""
        recovered = False
        while not (stop.is_set() or broken.is_set()):
            try:
                if not recovered:
                    await self._outbox.recover()
                    recovered = True
                # asked first: what is finished from here on has its reply in the outbox by then
                last = ended.is_set() and not await self._inbox.pending()
                if await self._outbox.step(session) is None and last:
                    return
            except LOST as error:
                recovered = False  # what was being sent has no outcome
                log.warning("queue lost", room=self._adapter.room, error=str(error))
                await self._store.ensure()
            await self._clock.sleep(TICK)
