"""Holds and refusals keep a room or an account back, for as long as a model in Python says."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.crc import key_slot

from bot.bus.limits import FIRST, LAST, LONGEST, TRIAL, TRIPS, Limits
from bot.bus.server import Store
from bot.model import Window

START = 1_700_000_000.0
A, B = "twitch/a", "twitch/b"
OPEN = [Window("account", 1000, 1.0)]
accounts = count()


@dataclass(frozen=True)
class Take:
    windows: tuple[Window, ...]
    room: str | None


@dataclass(frozen=True)
class Hold:
    seconds: float
    room: str | None


@dataclass(frozen=True)
class Refused:
    room: str


@dataclass(frozen=True)
class Fine:
    room: str


Step = Take | Hold | Refused | Fine

rooms = st.sampled_from([A, B])
windows = st.sampled_from(
    [
        Window("account", 4, 30.0),
        Window("account", 3, 30.0, waits=False),
        Window("moderator", 5, 30.0),
        Window(A, 1, 2.0),
    ]
)
steps = (
    st.builds(Take, st.lists(windows, min_size=1, unique=True).map(tuple), st.none() | rooms)
    | st.builds(Hold, st.integers(0, 40).map(float), st.none() | rooms)
    | st.builds(Refused, rooms)
    | st.builds(Refused, st.just(A))  # so that it trips often enough
    | st.builds(Fine, rooms)
)
plans = st.lists(
    st.tuples(steps, st.integers(0, 3_000_000) | st.sampled_from([0, 15_000_000, 60_000_000])),
    max_size=60,
)


@dataclass
class Model:
    """What Limits does, told in the simplest way: all sends are kept for ever."""

    sent: dict[tuple[str, float], list[int]] = field(default_factory=dict)
    held: dict[str | None, int] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    closed: dict[str, int] = field(default_factory=dict)

    def take(self, step: Take, now: int) -> int:
        free = [now, self.held.get(None, 0)]
        if step.room:
            free += [self.held.get(step.room, 0), self.closed.get(step.room, 0)]
        for window in step.windows:
            times = self.sent.get((window.name, window.seconds), [])
            if window.waits and len(times) >= window.count:
                free.append(times[-window.count] + round(window.seconds * 1e6))
        if max(free) > now:
            return max(free) - now
        for of in {(window.name, window.seconds) for window in step.windows}:
            self.sent.setdefault(of, []).append(now)
        if step.room and self.refusals[step.room] >= TRIPS:
            self.closed[step.room] = now + round(TRIAL * 1e6)
        return 0

    def hold(self, step: Hold, now: int) -> None:
        ends = now + round(step.seconds * 1e6)
        self.held[step.room] = max(ends, self.held.get(step.room, 0))

    def refused(self, room: str, now: int) -> int:
        self.refusals[room] += 1
        if self.refusals[room] < TRIPS:
            return 0
        span = min(FIRST * 2 ** (self.refusals[room] - TRIPS), LAST)
        self.closed[room] = max(now + round(span * 1e6), self.closed.get(room, 0))
        return self.closed[room] - now

    def fine(self, room: str) -> None:
        self.refusals[room] = self.closed[room] = 0


@given(plans)
@settings(max_examples=100)
async def test_limits_agree_with_the_model(store: Store, plan: list[tuple[Step, int]]) -> None:
    limits, model = Limits(store, f"model-{next(accounts)}"), Model()
    micro = round(START * 1e6)
    for step, passed in plan:
        micro += passed
        now = micro / 1e6
        match step:
            case Take(wanted, room):
                wait = await limits.take(wanted, now, room)
                assert round(wait * 1e6) == model.take(step, micro)
            case Hold(seconds, room):
                await limits.hold(seconds, now, room)
                model.hold(step, micro)
            case Refused(room):
                assert round(await limits.refused(room, now) * 1e6) == model.refused(room, micro)
            case Fine(room):
                await limits.fine(room)
                model.fine(room)


async def test_a_hold_of_the_account_holds_every_room(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(30.0, START)
    assert await limits.take(OPEN, START + 10) == 20.0
    assert await limits.take(OPEN, START + 10, A) == 20.0
    assert await limits.take(OPEN, START + 30, A) == 0.0


async def test_a_hold_of_a_room_holds_no_other(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(30.0, START, A)
    assert await limits.take(OPEN, START, A) == 30.0
    assert await limits.take(OPEN, START, B) == 0.0
    assert await Limits(store, "bilibili").take(OPEN, START, A) == 0.0


async def test_a_shorter_hold_does_not_shorten_a_longer_one(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(30.0, START)
    await limits.hold(5.0, START + 1)
    assert await limits.take(OPEN, START + 10) == 20.0


async def test_nothing_is_taken_from_a_window_while_held(store: Store) -> None:
    limits, once = Limits(store, "twitch"), [Window("account", 1, 60.0)]
    await limits.hold(30.0, START)
    assert await limits.take(once, START) == 30.0
    assert await limits.take(once, START + 30) == 0.0


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(float("inf"), LONGEST), (1e12, LONGEST), (float("nan"), 0.0), (-5.0, 0.0), (0.0, 0.0)],
)
async def test_a_span_that_makes_no_sense_is_cut(store: Store, seconds: float, wait: float) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(seconds, START)
    assert await limits.take(OPEN, START) == wait


async def test_the_servers_clock_counts_where_none_is_given(store: Store) -> None:
    limits, other = Limits(store, "twitch"), Limits(store, "twitch")
    await limits.hold(1000.0)
    assert 900.0 < await other.take(OPEN) <= 1000.0
    held = [await limits.refused(A) for _ in range(TRIPS)]
    assert held[:-1] == [0.0] * (TRIPS - 1)
    assert 0.0 < held[-1] <= FIRST


async def test_a_clock_that_goes_back_starts_the_hold_anew(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(60.0, START + 3600)
    assert await limits.take(OPEN, START) == 60.0
    assert await limits.take(OPEN, START + 60) == 0.0


async def test_five_refusals_in_a_row_hold_the_room_longer_each_time(store: Store) -> None:
    limits = Limits(store, "twitch")
    held = [await limits.refused(A, START) for _ in range(11)]
    assert held == [0, 0, 0, 0, 60, 120, 240, 480, 600, 600, 600]
    assert await limits.take(OPEN, START, A) == 600.0
    assert await limits.take(OPEN, START, B) == 0.0


async def test_a_success_between_refusals_keeps_the_room_open(store: Store) -> None:
    limits = Limits(store, "twitch")
    for _ in range(3):
        for _ in range(TRIPS - 1):
            assert await limits.refused(A, START) == 0.0
        await limits.fine(A)
    assert await limits.take(OPEN, START, A) == 0.0


async def test_after_the_hold_one_tries_and_the_others_wait_for_it(store: Store) -> None:
    processes = [Limits(store, "twitch") for _ in range(3)]
    for _ in range(TRIPS):
        await processes[0].refused(A, START)
    after = START + FIRST
    assert [await each.take(OPEN, after, A) for each in processes] == [0.0, TRIAL, TRIAL]
    # It reports nothing, as after a crash: the next one tries.
    assert [await each.take(OPEN, after + TRIAL, A) for each in processes] == [0.0, TRIAL, TRIAL]
    assert await processes[0].refused(A, after + TRIAL) == 2 * FIRST
    assert await processes[1].take(OPEN, after + TRIAL, A) == 2 * FIRST
    later = after + TRIAL + 2 * FIRST
    assert await processes[2].take(OPEN, later, A) == 0.0
    await processes[2].fine(A)
    assert [await each.take(OPEN, later, A) for each in processes] == [0.0, 0.0, 0.0]


async def test_a_success_does_not_lift_what_the_platform_asked_for(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(30.0, START, A)
    await limits.fine(A)
    assert await limits.take(OPEN, START, A) == 30.0


async def test_all_that_belongs_to_an_account_lies_in_one_slot_of_a_cluster(store: Store) -> None:
    limits = Limits(store, "twitch")
    await limits.hold(1.0, START)
    await limits.hold(1.0, START, A)
    await limits.take([Window(A, 1, 1.0), Window("account", 20, 30.0)], START + 1, A)
    await limits.refused(A, START)
    names = await store.client.keys("*")
    assert len(names) == 5
    assert len({key_slot(name) for name in names if isinstance(name, bytes)}) == 1
