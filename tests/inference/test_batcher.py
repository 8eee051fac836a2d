"""Dynamic micro-batching with a fake model that is busy until it is let go."""

import asyncio
import threading

import pytest

from bot.inference.batcher import Batcher


class Slow:
    """A model that doubles numbers; its first batch waits for ``go``."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        self.busy = threading.Event()
        self.go = threading.Event()

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.threads.add(threading.current_thread().name)
        self.busy.set()
        self.go.wait()
        if 13 in items:
            raise ArithmeticError("unlucky")
        return [2 * item for item in items]


async def started(batcher: Batcher[int, int], model: Slow, item: int) -> "asyncio.Task[int]":
    """Submit an item and return once the model works on it."""
    task = asyncio.create_task(batcher.submit(item))
    await asyncio.to_thread(model.busy.wait)
    return task


async def queued(batcher: Batcher[int, int], *items: int) -> "list[asyncio.Task[int]]":
    """Submit items and return once they wait in the queue."""
    before = len(batcher._waiting)
    tasks = [asyncio.create_task(batcher.submit(item)) for item in items]
    while len(batcher._waiting) < before + len(items):
        await asyncio.wait([asyncio.create_task(asyncio.to_thread(int))])
    return tasks


async def test_what_arrives_while_the_model_is_busy_is_one_batch_in_order() -> None:
    model = Slow()
    batcher = Batcher(model)
    first = await started(batcher, model, 1)
    rest = await queued(batcher, 5, 3, 4)
    model.go.set()
    assert await asyncio.gather(first, *rest) == [2, 10, 6, 8]
    assert model.batches == [[1], [5, 3, 4]]
    await batcher.aclose()


async def test_no_batch_is_larger_than_the_limit() -> None:
    model = Slow()
    model.go.set()
    batcher = Batcher(model, limit=2)
    results = await asyncio.gather(*(batcher.submit(n) for n in range(5)))
    assert results == [0, 2, 4, 6, 8]
    assert [len(batch) for batch in model.batches] == [2, 2, 1]
    await batcher.aclose()


async def test_all_batches_run_in_one_thread_that_is_not_the_loops() -> None:
    model = Slow()
    model.go.set()
    batcher = Batcher(model, limit=1)
    await asyncio.gather(*(batcher.submit(n) for n in range(4)))
    assert len(model.threads) == 1
    assert threading.current_thread().name not in model.threads
    await batcher.aclose()


async def test_an_error_reaches_every_waiter_of_its_batch_and_no_other() -> None:
    model = Slow()
    batcher = Batcher(model, limit=2)
    first = await started(batcher, model, 1)
    rest = await queued(batcher, 13, 2, 3)
    model.go.set()
    results = await asyncio.gather(first, *rest, return_exceptions=True)
    assert [type(result) for result in results] == [int, ArithmeticError, ArithmeticError, int]
    await batcher.aclose()


async def test_a_result_short_of_the_batch_is_an_error_not_a_wait_for_ever() -> None:
    batcher: Batcher[int, int] = Batcher(lambda items: items[1:])
    with pytest.raises(ValueError, match="0 results for 1 items"):
        await batcher.submit(1)
    await batcher.aclose()


async def test_a_cancelled_waiter_is_skipped() -> None:
    model = Slow()
    batcher = Batcher(model)
    first = await started(batcher, model, 1)
    gone, stays = await queued(batcher, 2, 3)
    gone.cancel()
    await asyncio.wait([gone])
    model.go.set()
    assert [await first, await stays] == [2, 6]
    assert model.batches == [[1], [3]]
    await batcher.aclose()


async def test_a_waiter_that_gives_up_during_its_batch_harms_nobody() -> None:
    model = Slow()
    batcher = Batcher(model)
    first = await started(batcher, model, 1)
    first.cancel()
    (second,) = await queued(batcher, 2)
    model.go.set()
    assert await second == 4
    assert first.cancelled()
    await batcher.aclose()


async def test_closing_finishes_the_running_batch_and_cancels_the_queue() -> None:
    model = Slow()
    batcher = Batcher(model)
    first = await started(batcher, model, 1)
    (second,) = await queued(batcher, 2)
    closing = asyncio.create_task(batcher.aclose())
    await asyncio.wait([second])
    model.go.set()
    await closing
    assert await first == 2
    assert second.cancelled()
    assert model.batches == [[1]]


async def test_nothing_is_taken_after_closing() -> None:
    batcher: Batcher[int, int] = Batcher(lambda items: items)
    await batcher.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await batcher.submit(1)
