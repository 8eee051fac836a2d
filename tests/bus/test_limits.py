"""Windows agree with a model in Python, and hold for many senders at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bus.limits import Limits
from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.model import Window

WINDOWS = [
    Window("all", 3, 10.0),
    Window("all", 5, 10.0),
    Window("all", 2, 10.0, waits=False),
    Window("all", 5, 30.0),
    Window("room:a", 2, 7.5),
    Window("room:b", 1, 0.5),
]
START = 1_700_000_000.0
accounts = count()
wanted = st.lists(st.sampled_from(WINDOWS), min_size=1, unique=True)
passing = st.integers(0, 6_000_000) | st.sampled_from([0, 1, 500_000, 7_500_000, 10_000_000])


def expected_wait(sent: dict[tuple[str, float], list[int]], windows: list[Window], now: int) -> int:
    waits = [0]
    for window in windows:
        times = sent.get((window.name, window.seconds), [])
        if window.waits and len(times) >= window.count:
            waits.append(times[-window.count] + round(window.seconds * 1e6) - now)
    return max(waits)


@given(st.lists(st.tuples(wanted, passing), max_size=40))
@settings(max_examples=60)
async def test_windows_agree_with_the_model(
    store: Store, plan: list[tuple[list[Window], int]]
) -> None:
    limits = Limits(store, f"model-{next(accounts)}")
    sent: dict[tuple[str, float], list[int]] = {}
    now = round(START * 1e6)
    for windows, passed in plan:
        now += passed
        wait = await limits.take(windows, now=now / 1e6)
        assert round(wait * 1e6) == expected_wait(sent, windows, now)
        if not wait:
            for of in {(window.name, window.seconds) for window in windows}:
                sent.setdefault(of, []).append(now)


@given(st.lists(st.tuples(wanted, passing, st.integers(0, 500_000)), max_size=40))
@settings(max_examples=60)
async def test_no_window_is_exceeded_by_calls_that_overtake_one_another(
    store: Store, plan: list[tuple[list[Window], int, int]]
) -> None:
    limits = Limits(store, f"overtaken-{next(accounts)}")
    sent: dict[Window, list[int]] = {}
    latest = round(START * 1e6)
    for windows, passed, behind in plan:
        latest += passed
        waiting = [window for window in windows if window.waits]
        if waiting and not await limits.take(waiting, now=(latest - behind) / 1e6):
            for window in waiting:
                sent.setdefault(window, []).append(latest - behind)
    for window, times in sent.items():
        for early, late in zip(sorted(times), sorted(times)[window.count :], strict=False):
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


@given(st.lists(st.tuples(wanted, passing, st.integers(0, 500_000)), max_size=40))
@settings(max_examples=60)
async def test_what_is_used_is_what_was_sent_within_the_span_and_asking_changes_nothing(
    store: Store, plan: list[tuple[list[Window], int, int]]
) -> None:
    limits = Limits(store, f"used-{next(accounts)}")
    sent: dict[tuple[str, float], list[int]] = {}
    now = round(START * 1e6)
    for windows, passed, behind in plan:
        now += passed
        if not await limits.take(windows, now=(now - behind) / 1e6):
            for of in {(window.name, window.seconds) for window in windows}:
                sent.setdefault(of, []).append(now - behind)
        expected = [
            sum(
                at > now - round(window.seconds * 1e6)
                for at in sent.get((window.name, window.seconds), [])
            )
            for window in WINDOWS
        ]
        for _ in range(2):
            assert await limits.used(WINDOWS, now=now / 1e6) == expected


async def test_what_is_used_is_told_by_the_servers_time_as_well(store: Store) -> None:
    limits, windows = Limits(store, "twitch/bot"), [Window("all", 20, 30.0), Window("b", 1, 1.0)]
    assert await limits.used([]) == []
    assert await limits.used(windows) == [0, 0]
    for _ in range(3):
        assert not await limits.take(windows[:1])
    assert await limits.used(windows) == [3, 0]


async def test_nothing_is_taken_where_one_window_is_full(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    full, other = Window("full", 1, 60.0), Window("other", 1, 60.0)
    assert await limits.take([full], now=START) == 0.0
    assert await limits.take([other, full], now=START + 10) == 50.0
    assert await limits.take([other], now=START + 10) == 0.0


async def test_a_window_named_twice_counts_once(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    twice = [Window("all", 3, 60.0), Window("all", 2, 60.0), Window("all", 1, 60.0, waits=False)]
    assert await limits.take(twice, now=START) == 0.0
    assert await limits.take(twice, now=START) == 0.0
    assert await limits.take(twice, now=START) == 60.0


async def test_what_is_only_counted_never_waits_yet_keeps_the_others_waiting(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    moderator = [Window("account", 20, 30.0, waits=False), Window("moderator", 100, 30.0)]
    viewer = [Window("account", 20, 30.0)]
    for second in range(25):
        assert await limits.take(moderator, now=START + second) == 0.0
    # Sends 5 to 24 are the latest twenty: there is room when the first of them is 30 s old.
    assert await limits.take(viewer, now=START + 25) == 10.0
    assert await limits.take(viewer, now=START + 35) == 0.0
    assert await limits.take(viewer, now=START + 35) == 1.0


async def test_rooms_with_other_counts_share_what_was_sent(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    many, few = [Window("account", 50, 30.0)], [Window("account", 2, 30.0)]
    for _ in range(48):
        assert await limits.take(many, now=START) == 0.0
    assert await limits.take(few, now=START + 10) == 20.0
    for _ in range(2):
        assert await limits.take(many, now=START + 10) == 0.0
    assert await limits.take(many, now=START + 10) == 20.0
    assert await limits.take(few, now=START + 40) == 0.0


async def test_a_call_behind_a_later_one_still_sees_what_was_sent_before(store: Store) -> None:
    limits, window = Limits(store, "twitch/bot"), [Window("all", 3, 10.0)]
    for number in range(3):
        assert await limits.take(window, now=START + number / 8) == 0.0
    assert await limits.take(window, now=START + 10.25) == 0.0
    assert await limits.take(window, now=START + 9.75) == 0.375


async def test_a_call_behind_a_later_one_does_not_make_that_one_earlier(store: Store) -> None:
    limits, window = Limits(store, "twitch/bot"), [Window("all", 1, 10.0)]
    assert await limits.take(window, now=START + 1) == 0.0
    assert await limits.take(window, now=START + 0.5) == 10.5
    assert await limits.take(window, now=START + 10.5) == 0.5


async def test_a_clock_that_goes_back_costs_one_window_not_the_whole_step(store: Store) -> None:
    limits, window = Limits(store, "twitch/bot"), [Window("all", 2, 10.0)]
    assert await limits.take(window, now=START + 3595) == 0.0
    assert await limits.take(window, now=START + 3600) == 0.0
    assert await limits.take(window, now=START) == 10.0
    assert await limits.take(window, now=START + 10) == 0.0


async def test_a_list_does_not_grow_for_ever(store: Store) -> None:
    limits = Limits(store, "twitch/bot")
    for second in range(100):
        await limits.take([Window("all", 1, 10.0, waits=False)], now=START + second)
    (name,) = await store.client.keys("*")
    assert await store.client.llen(name) == 20


async def test_many_senders_at_once_never_exceed_the_limit(store: Store) -> None:
    senders = [Limits(store, "twitch/bot") for _ in range(8)]
    windows = [Window("all", 20, 3600.0), Window("room:a", 15, 3600.0)]
    waits = await asyncio.gather(*(each.take(windows) for each in senders for _ in range(10)))
    assert waits.count(0.0) == 15
    assert all(3500.0 < wait <= 3600.0 for wait in waits if wait)


async def test_accounts_do_not_share_their_limits(store: Store) -> None:
    assert await Limits(store, "twitch/a").take([Window("all", 1, 60.0)]) == 0.0
    assert await Limits(store, "twitch/b").take([Window("all", 1, 60.0)]) == 0.0


# A platform judges ------------------------------------------------------------------------------

PER_ACCOUNT, PER_ROOM, MARGIN = (20, 1.0), (5, 0.4), 0.05
ROOMS = ("twitch/a", "twitch/b")
LINES = 45


@dataclass(frozen=True)
class Arrival:
    """A line as the platform saw it: when, where, and how long after its sender asked to send."""

    at: float
    room: str
    under_way: float


@dataclass
class Platform:
    """Takes every line, and stamps it with a clock of its own."""

    clock: WallClock = field(default_factory=WallClock)
    arrivals: list[Arrival] = field(default_factory=list)

    def post(self, room: str, asked: float) -> None:
        now = self.clock.now()
        self.arrivals.append(Arrival(now, room, now - asked))

    def violations(self) -> int:
        rooms = [[each for each in self.arrivals if each.room == room] for room in ROOMS]
        return exceeded(self.arrivals, *PER_ACCOUNT) + sum(
            exceeded(one, *PER_ROOM) for one in rooms
        )


def exceeded(arrivals: Sequence[Arrival], most: int, seconds: float) -> int:
    """Count the rolling windows with more than ``most`` lines.

    A line longer under way than the margin proves nothing: that much is for the network.
    """
    spans = [arrivals[first : first + most + 1] for first in range(len(arrivals) - most)]
    return sum(
        span[-1].at - span[0].at < seconds
        and all(each.under_way <= MARGIN * seconds for each in span)
        for span in spans
    )


async def flood(platform: Platform, takes: Sequence[Callable[[str], Awaitable[float]]]) -> None:
    """Send as fast as each of ``takes`` lets its sender, until there are LINES lines."""

    async def sender(take: Callable[[str], Awaitable[float]], room: str) -> None:
        while len(platform.arrivals) < LINES:
            asked = platform.clock.now()
            if wait := await take(room):
                await platform.clock.sleep(wait)
            else:
                platform.post(room, asked)

    await asyncio.gather(*(sender(take, ROOMS[n % 2]) for n, take in enumerate(takes)))


class TokenBuckets:
    """The usual limiter, for comparison: a bucket for the account and one for each room."""

    def __init__(self, clock: WallClock) -> None:
        self.clock = clock
        sizes = {"account": PER_ACCOUNT} | dict.fromkeys(ROOMS, PER_ROOM)
        self.rates = {name: (most, most / seconds) for name, (most, seconds) in sizes.items()}
        self.tokens = {name: (float(most), clock.now()) for name, (most, _) in self.rates.items()}

    async def take(self, room: str) -> float:
        now, wait = self.clock.now(), 0.0
        for name in ("account", room):
            most, rate = self.rates[name]
            tokens, since = self.tokens[name]
            tokens = min(most, tokens + (now - since) * rate)
            self.tokens[name] = tokens, now
            wait = max(wait, (1 - tokens) / rate)
        if wait <= 0:
            for name in ("account", room):
                tokens, since = self.tokens[name]
                self.tokens[name] = tokens - 1, since
        return max(0.0, wait)


async def test_eight_senders_never_exceed_a_limit_by_the_platforms_clock(store: Store) -> None:
    def sender(limits: Limits) -> Callable[[str], Awaitable[float]]:
        def take(room: str) -> Awaitable[float]:
            named = (("account", PER_ACCOUNT), (room, PER_ROOM))
            windows = [Window(name, n, seconds * (1 + MARGIN)) for name, (n, seconds) in named]
            return limits.take(windows, room=room)

        return take

    platform = Platform()
    await flood(platform, [sender(Limits(store, "twitch")) for _ in range(8)])
    assert platform.violations() == 0


async def test_the_platform_sees_what_a_token_bucket_does_wrong() -> None:
    platform = Platform()
    await flood(platform, [TokenBuckets(platform.clock).take] * 8)
    assert platform.violations() > 0
