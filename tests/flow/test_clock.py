"""Clocks: one that passes, faster if wanted, and one that is moved; neither goes back."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flow.clock import VirtualClock, WallClock
from bot.ports import Clock

moves = st.lists(st.tuples(st.booleans(), st.floats(-1e9, 1e9)))


@given(moves)
def test_a_virtual_clock_never_goes_back(steps: list[tuple[bool, float]]) -> None:
    async def walk() -> None:
        clock = VirtualClock()
        for sleeps, value in steps:
            before = clock.now()
            if sleeps:
                await clock.sleep(value)
                assert clock.now() == before + max(0.0, value)
            else:
                clock.advance(value)
                assert clock.now() == max(before, value)

    with asyncio.Runner() as runner:
        runner.run(walk())


async def test_a_virtual_sleep_lets_others_run() -> None:
    clock = VirtualClock(5.0)
    seen: list[int] = []
    other = asyncio.create_task(asyncio.to_thread(seen.append, 1))
    while not seen:
        await clock.sleep(1.0)
    await other
    assert clock.now() > 5.0


async def test_a_wall_clock_passes_at_its_speed_from_its_start() -> None:
    clock = WallClock(speed=1e6, start=1000.0)
    assert clock.now() >= 1000.0
    before = clock.now()
    await clock.sleep(5000.0)
    assert clock.now() - before >= 5000.0


@pytest.mark.parametrize("seconds", [0.0, -3600.0])
async def test_a_time_that_has_passed_is_not_waited_for(seconds: float) -> None:
    clocks: list[Clock] = [WallClock(), VirtualClock()]
    for clock in clocks:
        await clock.sleep(seconds)


def test_a_wall_clock_starts_at_the_present() -> None:
    first = WallClock().now()
    assert 1.7e9 < first <= WallClock().now()
