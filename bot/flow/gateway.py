"""Keeps one room connected: what is said goes into the queue, what is due goes out."""

import asyncio

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from bot.bus.server import LOST, Store
from bot.bus.stream import Inbox
from bot.errors import AuthFailed, Disconnected
from bot.flow.outbox import Outbox
from bot.ports import Adapter, Clock, Session

log = structlog.get_logger()

TICK = 0.05
"""Seconds between two looks at what is due."""
LONGEST = 60.0
"""Seconds that a reconnect waits at most."""


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

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until ``stop`` is set, the room has ended, or the account is refused."""
        retry = AsyncRetrying(
            retry=retry_if_exception_type(Disconnected),
            wait=wait_random_exponential(multiplier=1, max=LONGEST),
            sleep=self._clock.sleep,
            before_sleep=self._say,
        )
        try:
            await retry(self._connected, stop)
        except AuthFailed as error:
            log.error("account refused", room=self._adapter.room, error=str(error))

    def _say(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        log.warning(
            "disconnected", room=self._adapter.room, error=str(error), again_in=round(wait, 1)
        )

    async def _connected(self, stop: asyncio.Event) -> None:
        async with self._adapter.connect() as session:
            self.connected = True
            log.info("connected", room=self._adapter.room)
            try:
                await self._both(session, stop)
            finally:
                self.connected = False

    async def _both(self, session: Session, stop: asyncio.Event) -> None:
        """Read and post at once, until both are done or one fails."""
        ended = asyncio.Event()
        reading = asyncio.create_task(self._read(session))
        posting = asyncio.create_task(self._post(session, stop, ended))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({reading, posting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            ended.set()
            await posting
        finally:
            for task in (reading, posting, stopping):
                task.cancel()
            await asyncio.gather(reading, posting, stopping, return_exceptions=True)

    async def _read(self, session: Session) -> None:
        async for message in session.messages():
            while True:
                try:
                    self.accepted += await self._inbox.put(message)
                    break
                except LOST as error:  # the message is kept until the queue is back
                    log.warning("queue lost", room=self._adapter.room, error=str(error))
                    await self._clock.sleep(0.2)
                    await self._store.ensure()

    async def _post(self, session: Session, stop: asyncio.Event, ended: asyncio.Event) -> None:
        """Post until ``stop``, or until the room has ended and nothing is left to say."""
        recovered = False
        while not stop.is_set():
            try:
                if not recovered:
                    await self._outbox.recover()
                    recovered = True
                waiting = await self._outbox.step(session)
                if ended.is_set() and waiting is None and not await self._inbox.pending():
                    return
            except LOST as error:
                log.warning("queue lost", room=self._adapter.room, error=str(error))
                await self._store.ensure()
            await self._clock.sleep(TICK)
