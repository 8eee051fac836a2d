"""Limits agree with a model in Python, and hold for many senders at once."""

import asyncio
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bus.limits import Limits
from bot.bus.server import Store
from bot.model import Window

WINDOWS = [
    Window("all", 3, 10.0),
    Window("all", 5, 30.0),
    Window("room:a", 2, 7.5),
    Window("room:b", 1, 0.5),
]
START = 1_700_000_000.0
accounts = count()
takes = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WINDOWS), min_size=1, unique=True),
        st.integers(0, 6_000_000) | st.sampled_from([0, 1, 500_000, 7_500_000, 10_000_000]),
    ),
    max_size=40,
)


def expected_wait(taken: dict[Window, list[int]], wanted: list[Window], now: int) -> int:
    waits = [
        taken[window][-window.count] + round(window.seconds * 1e6) - now
        for window in wanted
        if len(taken[window]) >= window.count
    ]
    return max([0, *waits])


@given(takes)
@settings(max_examples=60)
async def test_limits_agree_with_the_model(
    store: Store, plan: list[tuple[list[Window], int]]
) -> None:
    limits = Limits(store, f"model-{next(accounts)}")
    taken: dict[Window, list[int]] = {window: [] for window in WINDOWS}
    now = round(START * 1e6)
    for wanted, passed in plan:
        now += passed
        wait = await limits.take(wanted, now=now / 1e6)
        assert round(wait * 1e6) == expected_wait(taken, wanted, now)
        if not wait:
            for window in wanted:
                taken[window].append(now)
    for window, at in taken.items():
        for early, late in zip(at, at[window.count :], strict=False):
            assert late - early >= window.seconds * 1e6


@given(st.floats(0, 4e9), st.floats(0, 100))
@settings(max_examples=60)
async def test_waiting_as_long_as_told_is_enough_to_the_microsecond(
    store: Store, start: float, later: float
) -> None:
    limits = Limits(store, f"enough-{next(accounts)}")
    assert await limits.take([Window("all", 1, 60.0)], now=start) == 0.0
    wait = await limits.take([Window("all", 1, 60.0)], now=start + later)
    assert not wait or await limits.take([Window("all", 1, 60.0)], now=start + later + wait) <= 1e-6


async def test_nothing_is_taken_where_one_window_is_full(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    full, other = Window("full", 1, 60.0), Window("other", 1, 60.0)
    assert await limits.take([full], now=START) == 0.0
    assert await limits.take([other, full], now=START + 10) == 50.0
    assert await limits.take([other], now=START + 10) == 0.0


async def test_a_window_named_twice_counts_once(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    assert await limits.take([Window("all", 3, 60.0), Window("all", 2, 60.0)], now=START) == 0.0
    assert await limits.take([Window("all", 3, 60.0), Window("all", 2, 60.0)], now=START) == 0.0
    assert await limits.take([Window("all", 3, 60.0), Window("all", 2, 60.0)], now=START) == 60.0


async def test_many_senders_at_once_never_exceed_the_limit(store: Store) -> None:
    senders = [Limits(store, "twitch/bot") for _ in range(8)]
    windows = [Window("all", 20, 3600.0), Window("room:a", 15, 3600.0)]
    waits = await asyncio.gather(*(each.take(windows) for each in senders for _ in range(10)))
    assert waits.count(0.0) == 15
    assert all(3500.0 < wait <= 3600.0 for wait in waits if wait)


async def test_accounts_do_not_share_their_limits(store: Store) -> None:
    assert await Limits(store, "twitch/a").take([Window("all", 1, 60.0)]) == 0.0
    assert await Limits(store, "twitch/b").take([Window("all", 1, 60.0)]) == 0.0
