"""Dynamic micro-batching: whatever arrives while a model is busy goes through it next, together."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Runs ``run(list) -> list`` of equal length in one thread of its own, off the event loop.

    There is no timer: an item that finds the model idle starts at once, and a batch is what came
    meanwhile, in order of arrival, ``limit`` items at most. A waiter that was cancelled before its
    batch began is skipped. Equal items are the caller's business.
    """

    def __init__(self, run: Callable[[list[T]], list[R]], limit: int = 32) -> None:
        self._run = run
        self._limit = limit
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batcher")
        self._draining: asyncio.Task[None] | None = None
        self._closed = False
        self.batches = 0
        """Batches that were run."""
        self.items = 0
        """Items in all of them."""

    async def submit(self, item: T) -> R:
        """Return the result for ``item``, or raise what ``run`` raised on its batch.

        Raises RuntimeError after ``aclose``.
        """
        if self._closed:
            raise RuntimeError("the batcher is closed")
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await result

    async def aclose(self) -> None:
        """Let the batch that runs finish, cancel what waits, end the thread."""
        self._closed = True
        while self._waiting:
            self._waiting.popleft()[1].cancel()
        if self._draining is not None:
            await asyncio.wait([self._draining])
        self._thread.shutdown()

    async def _drain(self) -> None:
        while batch := self._next():
            items = [item for item, _ in batch]
            self.batches += 1
            self.items += len(items)
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._run, items)
            await asyncio.wait([running])  # does not raise: an error belongs to the waiters
            _settle(running, [result for _, result in batch])

    def _next(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        """Take the next batch off the queue; empty when nobody waits."""
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._limit:
            item, result = self._waiting.popleft()
            if not result.done():  # done: its waiter was cancelled
                batch.append((item, result))
        return batch


def _settle(done: "asyncio.Future[list[R]]", results: list["asyncio.Future[R]"]) -> None:
    """Give each waiter that is still there its result, or all of them the error."""
    error = done.exception()
    values = [] if error else done.result()
    if error is None and len(values) != len(results):
        error = ValueError(f"run returned {len(values)} results for {len(results)} items")
    for index, result in enumerate(results):
        if result.done():
            continue
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(values[index])
