"""One connected bridge: what feeders say becomes messages, what is to be posted goes to them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from adapters.bridge.settings import BridgeSettings
from adapters.wire import bridge as wire
from adapters.wire.bridge import Fault, Place, Posted, Told
from adapters.wire.exchange import CLOSED, Exchange
from bot.errors import BadFrame, Disconnected, PlatformError, Throttled
from bot.model import Heard, Reply

QUEUE = 256  # objects that wait for one feeder
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Item:
    """An object for a feeder; ``reply`` is the id where it is one."""

    frame: str
    reply: str | None = None


class Outlet:
    """The objects that wait for one feeder; one that does not fit ends it."""

    def __init__(self, queue: int = QUEUE) -> None:
        self.ended = asyncio.Event()
        self.slow = False
        self._items: asyncio.Queue[Item | None] = asyncio.Queue(queue)

    def offer(self, item: Item) -> None:
        """Queue an object; what waits for a feeder that is too slow is thrown away."""
        if self.ended.is_set():
            return
        if self._items.full():
            self.slow = True
            self.end()
        else:
            self._items.put_nowait(item)

    async def next(self) -> Item | None:
        """Return the next object, or None at the end."""
        return await self._items.get()

    def end(self) -> None:
        """Let nothing more go to this feeder."""
        if self.ended.is_set():
            return
        self.ended.set()
        while not self._items.empty():
            self._items.get_nowait()
        self._items.put_nowait(None)


class BridgeSession:
    """See Session. Any number of feeders may have joined; all of them are asked to post."""

    def __init__(self, settings: BridgeSettings, place: Place, now: Callable[[], float]) -> None:
        self._settings = settings
        self._place = place
        self._now = now
        self._exchange = Exchange(settings.queue)
        self._outlets: set[Outlet] = set()

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return not self._exchange.ended.done()

    def messages(self) -> AsyncIterator[Heard]:
        """Yield what feeders say; raise Disconnected or AuthFailed where that has ended it."""
        return self._exchange.messages()

    async def post(self, reply: Reply) -> None:
        """Ask all feeders to post; return once one says that the reply stands.

        Raises Refused, Held, Throttled (also where no feeder is there), or what ended the
        session. A feeder that does not answer is waited for: it may come back and do so.
        """
        with self._exchange.expecting(reply.id) as answer:
            if not self._outlets:
                raise Throttled("nobody_connected", self._settings.retry, room_only=True)
            item = Item(wire.reply_frame(reply), reply.id)
            for outlet in tuple(self._outlets):
                outlet.offer(item)
            wire.judge(await answer)

    @contextmanager
    def joined(self, kind: str) -> Iterator[Outlet]:
        """Give a feeder its outlet while the context is open."""
        outlet = Outlet()
        self._outlets.add(outlet)
        log.info("feeder_joined", room=self._place.room, kind=kind, feeders=len(self._outlets))
        if not self.open:
            outlet.end()
        try:
            yield outlet
        finally:
            self._outlets.discard(outlet)
            left = len(self._outlets)
            log.info(
                "feeder_left", room=self._place.room, kind=kind, feeders=left, slow=outlet.slow
            )

    def written(self, item: Item) -> None:
        """Note that a feeder has an object: where none answers, its reply counts as posted."""
        if item.reply and not self._settings.ack:
            self._exchange.answer(Posted(item.reply, "sent"))

    async def take(self, data: str | None, outlet: Outlet, *, accepted: bool) -> None:
        """Take a frame, and tell its feeder what is wrong with it.

        While as many lines wait as may, this does, and so does the connection.
        """
        try:
            frame = wire.decode(data, self._settings.frame)
            if isinstance(frame, Posted):
                self.posted(frame)
            elif not isinstance(frame, Fault):
                heard = self._place.heard(frame, self._now)
                told = accepted or self._settings.accepted
                item = Item(wire.accepted_frame(heard))
                await self._exchange.put(heard, partial(outlet.offer, item) if told else _nothing)
        except BadFrame as error:
            outlet.offer(Item(wire.error_frame(str(error))))

    def posted(self, posted: Posted) -> None:
        """Take what became of a reply; raise BadFrame where none waits for it."""
        if not self._exchange.answer(posted):
            raise BadFrame("id: no reply of this id waits for an answer")

    async def hear(self, told: Sequence[Told]) -> list[Heard]:
        """Return what was told once all of it is in danmate's queue.

        Raises Disconnected where the session has ended before.
        """
        heard = [self._place.heard(each, self._now) for each in told]
        work = asyncio.ensure_future(self._accepted(heard))
        try:
            await asyncio.wait({work, self._exchange.ended}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Disconnected(CLOSED)
            return heard
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _accepted(self, heard: Sequence[Heard]) -> None:
        if not heard:
            return
        done = asyncio.Event()
        for each in heard[:-1]:
            await self._exchange.put(each, _nothing)
        await self._exchange.put(heard[-1], done.set)  # they are accepted in their order
        await done.wait()

    def end(self, error: PlatformError | None = None) -> None:
        """End for all feeders: on purpose, or because of ``error``."""
        self._exchange.end(error)
        for outlet in self._outlets:
            outlet.end()


def _nothing() -> None:
    pass
