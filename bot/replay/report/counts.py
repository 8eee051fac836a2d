"""Counting in bounded memory: the most frequent keys, spans of time, waits, sends."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from bot.model import Outcome, Window
from bot.replay.report.figures import Fate, Row, Timeline, Use

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

WIDTHS = (1, 5, 10, 20, 60, 120, 240, 720, 3_600, 7_200, 21_600, 86_400)
"""Seconds that a span of a timeline may take, each a multiple of the one before; then by tens."""
SPANS = 80
"""Spans that a timeline has at most."""
LATEST = 253_402_000_000.0
"""The last second that a calendar of four-digit years can show."""
TENTHS = 600
"""A wait of a minute or more counts as this."""
ROOMS = 32
"""Rooms that are told apart at most at a time."""


class Recent(OrderedDict[K, V], Generic[K, V]):
    """A mapping of the ``most`` keys that were used last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, new: V) -> V:
        """Return the value of a key, ``new`` where it has none, and forget the oldest ones."""
        value = self.setdefault(key, new)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
        return value


class Tops:
    """Counts texts. When there are twice ``most``, the rarer half is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._fates: dict[str, Counter[Fate]] = {}
        self._last: dict[str, Outcome] = {}

    def add(self, key: str, fate: Fate, outcome: Outcome) -> None:
        """Count one more of ``key``."""
        self._fates.setdefault(key, Counter())[fate] += 1
        self._last[key] = outcome
        if len(self._fates) > 2 * self._most:
            kept = sorted(self._fates, key=lambda each: -self._fates[each].total())[: self._most]
            self._fates = {each: self._fates[each] for each in kept}
            self._last = {each: self._last[each] for each in kept}

    def rows(self, most: int | None = None) -> tuple[Row, ...]:
        """Return the ``most`` frequent, the first of them first."""
        rows = [Row(key, dict(fates), self._last[key]) for key, fates in self._fates.items()]
        return tuple(sorted(rows, key=lambda row: (-row.count, row.key))[: most or self._most])


class Spans:
    """Counts over time, in spans that widen as the run grows longer."""

    def __init__(self) -> None:
        self._width = 1
        self._bins: dict[int, Counter[Fate]] = {}
        self._ends: tuple[int, int] | None = None

    def add(self, at: float, fate: Fate) -> None:
        """Count what was said ``at`` seconds since the epoch, unless no calendar shows it."""
        if not 0 <= at < LATEST:
            return
        span = int(at) // self._width
        self._bins.setdefault(span, Counter())[fate] += 1
        first, last = self._ends or (span, span)
        self._ends = (min(first, span), max(last, span))
        while self._ends[1] - self._ends[0] >= SPANS:
            self._widen()

    def _widen(self) -> None:
        wider = next((each for each in WIDTHS if each > self._width), self._width * 10)
        by, bins = wider // self._width, self._bins
        self._width, self._bins = wider, {}
        for span, counts in bins.items():
            self._bins.setdefault(span // by, Counter()).update(counts)
        self._ends = (min(self._bins), max(self._bins))

    def timeline(self) -> Timeline:
        """Return what has been counted."""
        return Timeline(self._width, {span: dict(self._bins[span]) for span in sorted(self._bins)})


class Sends:
    """The most that was sent within each limit's seconds."""

    def __init__(self, windows: Iterable[Window]) -> None:
        self._windows = tuple(windows)
        self._most = [0] * len(self._windows)
        self._keep = 2 * max((each.seconds for each in self._windows), default=0.0)
        self._sent: Recent[str, list[float]] = Recent(ROOMS + 1)

    def add(self, room: str, at: float) -> None:
        """Note that a line was sent; at about the time of the ones before, or later."""
        for name in (ALL, room):
            times = self._sent.keep(name, [])
            insort(times, at)
            del times[: bisect_left(times, times[-1] - self._keep)]
            for n, window in enumerate(self._windows):
                if (window.name == ACCOUNT) == (name == ALL):
                    self._most[n] = max(self._most[n], _densest(times, at, window.seconds))

    def limits(self) -> tuple[Use, ...]:
        """Return each limit with the most of it that was used."""
        return tuple(map(Use, self._windows, self._most))


ALL = ""
ACCOUNT = "account"
"""The name of limits that hold over all rooms; others hold for each room."""


def _densest(times: list[float], at: float, seconds: float) -> int:
    """Return the most sends in a span that holds ``at`` and ends with a send."""
    after = range(bisect_left(times, at), bisect_left(times, at + seconds))
    return max((n + 1 - bisect_right(times, times[n] - seconds) for n in after), default=0)


def tenths(seconds: float) -> int | None:
    """Return a wait as it is counted; None for what is no number."""
    if seconds != seconds:  # noqa: PLR0124 - not a number is the one that differs from itself
        return None
    return round(10 * min(max(seconds, 0.0), TENTHS / 10))
