"""What is kept is asked once, however many ask at the same time."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.inference.cache import Memory
from bot.inference.keeping import Kept


class Model:
    """Doubles numbers once ``ready``; keeps what it was asked."""

    def __init__(self, *faults: Exception) -> None:
        self.asked: list[str] = []
        self.faults = list(faults)
        self.begun, self.ready = asyncio.Event(), asyncio.Event()

    async def __call__(self, keys: Sequence[str]) -> list[int]:
        self.asked += keys
        self.begun.set()
        await self.ready.wait()
        if self.faults:
            raise self.faults.pop()
        return [2 * int(key) for key in keys]


def numbers(outputs: Memory) -> Kept[int]:
    return Kept(outputs, "number", (lambda value: str(value).encode(), int))


async def test_what_two_ask_at_once_is_asked_once() -> None:
    kept, model = numbers(Memory()), Model()
    both = [asyncio.create_task(kept.all(keys, model)) for keys in (["1", "2"], ["3", "2", "1"])]
    await model.begun.wait()
    model.ready.set()
    assert await asyncio.gather(*both) == [{"1": 2, "2": 4}, {"1": 2, "2": 4, "3": 6}]
    assert sorted(model.asked) == ["1", "2", "3"]


async def test_a_failure_is_the_askers_and_the_one_who_waited_asks_again() -> None:
    kept, model = numbers(Memory()), Model(OSError("broken"))
    first, second = (asyncio.create_task(kept.all(["1"], model)) for _ in range(2))
    await model.begun.wait()
    model.ready.set()
    assert await second == {"1": 2}
    with pytest.raises(OSError, match="broken"):
        await first


async def test_what_is_cancelled_is_asked_by_the_one_who_waited() -> None:
    kept, model = numbers(Memory()), Model()
    first, second = (asyncio.create_task(kept.all(["1"], model)) for _ in range(2))
    await model.begun.wait()
    first.cancel()
    model.ready.set()
    assert await second == {"1": 2}
    assert first.cancelled()


def test_memory_keeps_the_latest() -> None:
    memory = Memory(keep=3)
    for number in range(5):
        memory.put("number", {str(number): b"x"})
    assert set(memory.get("number", list("01234"))) == {"2", "3", "4"}
    assert memory.get("other", list("01234")) == {}
