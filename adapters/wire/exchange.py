"""What two-way feeds share: lines that wait to be accepted, replies that wait for an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

from adapters.wire.bridge import Posted
from bot.errors import Disconnected, PlatformError
from bot.model import Heard

CLOSED = "the room is closed"


class Exchange:
    """The lines and replies of one session; it ends once, on purpose or by an error."""

    def __init__(self, most: int) -> None:
        """``most`` lines wait; while so many do, ``put`` does."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._error: PlatformError | None = None
        self._lines: asyncio.Queue[tuple[Heard, Callable[[], None]] | None] = asyncio.Queue(most)
        self._accept: Callable[[], None] = lambda: None
        self._waiting: dict[str, asyncio.Future[Posted]] = {}

    async def put(self, heard: Heard, accept: Callable[[], None]) -> None:
        """Let a line wait; ``accept`` is called once it is in danmate's queue, or never."""
        if self.ended.done():
            return
        await self._lines.put((heard, accept))

    async def messages(self) -> AsyncIterator[Heard]:
        """Yield the lines; after the last, raise what ended the session unless on purpose.

        What was yielded is accepted as soon as the next is asked for, by whichever iterator.
        """
        while True:
            self._accept()
            self._accept = lambda: None
            if self.ended.done() and self._lines.empty():
                break
            if (line := await self._lines.get()) is not None:
                heard, self._accept = line
                yield heard
        if self._error:
            raise self._why()

    @contextmanager
    def expecting(self, reply_id: str) -> Iterator[asyncio.Future[Posted]]:
        """Give what will hold the answer to a reply; raise where the session has ended."""
        if self.ended.done():
            raise self._why()
        answer = self._waiting[reply_id] = asyncio.get_running_loop().create_future()
        try:
            yield answer
        finally:
            del self._waiting[reply_id]

    def answer(self, posted: Posted) -> bool:
        """Take an answer; False where no reply waits for it. The first decides."""
        answer = self._waiting.get(posted.id)
        if answer is None or answer.done():
            return False
        answer.set_result(posted)
        return True

    def end(self, error: PlatformError | None = None) -> None:
        """Let go of everybody who waits; on purpose, what was not accepted never will be."""
        if self.ended.done():
            return
        self._error = error
        self.ended.set_result(None)
        while error is None and not self._lines.empty():
            self._lines.get_nowait()
        if not self._lines.full():  # else nobody waits for a line
            self._lines.put_nowait(None)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self._why())

    def _why(self) -> PlatformError:
        """Return what ended it, made anew: an error knows the frames it went through, they us."""
        return type(self._error)(str(self._error)) if self._error else Disconnected(CLOSED)


async def first_of(*ends: Awaitable[object]) -> None:
    """Return once the first has ended, or raise what it raised; the others are cancelled then."""
    tasks = [asyncio.ensure_future(end) for end in ends]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
