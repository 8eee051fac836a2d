"""How a rehearsal bore its load: how fast it went, how late messages were taken up, what waited.

Times are the log's: at speed 20 a second of it lasts 50 ms, and so does a lateness of one second.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from bot.model import Kind, Outcome

LATE = 1.0
"""Seconds of the log's time from which on a message counts as taken up late."""
WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400)
"""Seconds that a span may take."""
SPANS = 60
"""Spans that there are at most."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the log: the worst lateness of its messages, and the most that waited in it."""

    begins: float
    late: float = 0.0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    speed: float
    messages: int
    """Those that have an outcome."""
    seconds: float
    """How long it took, of real time."""
    half: float = 0.0
    slow: float = 0.0
    """The lateness that 95 of 100 messages do not exceed."""
    worst: float = 0.0
    late: int = 0
    """Replies to messages that were taken up late."""
    expired: int = 0
    """Messages whose answer would have come too late to be of use."""
    shed: int = 0
    """Messages that the queue did not take, because too many of their room waited in it."""
    unheard: int = 0
    """Messages that have no outcome: the run was broken off, or the queue could not hold them."""
    broken_off: bool = False
    """Whether it was told to stop before its end."""
    most: int = 0
    """How many waited at most."""
    width: int = 1
    spans: tuple[Span, ...] = ()

    @property
    def rate(self) -> float:
        """Messages a second of real time."""
        return self.messages / self.seconds if self.seconds > 0 else 0.0

    def told(self) -> list[str]:
        """Return it in lines, for people."""
        behind = f"{self.half:.2f} s (median), {self.slow:.2f} s (95 %), {self.worst:.2f} s (worst)"
        rows = [
            f"speed {self.speed:g}: taken up {behind} behind the log; {self.most} waited at most",
            f"{self.late} replies late, {self.expired} messages expired, {self.shed} shed",
        ]
        return [*rows, *([f"{self.unheard} messages never taken up"] if self.unheard else [])]


class Watch:
    """Takes what is seen of a rehearsal, each as it comes: sixteen bytes a message."""

    def __init__(self) -> None:
        self._at = array("d")
        self._late = array("d")
        self._waited: list[tuple[float, int]] = []
        self._counts: dict[Kind, int] = {}
        self._replies: dict[str, bool] = {}
        self._overdue: set[tuple[str, str]] = set()

    def taken(self, outcome: Outcome, at: float) -> None:
        """Note that work on a message began at ``at``."""
        message = outcome.message
        late = max(0.0, at - message.sent_at)
        self._at.append(message.sent_at)
        self._late.append(late)
        if late >= LATE:
            self._overdue.add((message.platform, message.id))

    def waiting(self, at: float, count: int) -> None:
        """Note how many messages had no outcome yet at ``at``."""
        self._waited.append((at, count))

    def final(self, outcome: Outcome) -> bool:
        """Note what became of a message; tell whether it was taken up late."""
        self._counts[outcome.outcome] = self._counts.get(outcome.outcome, 0) + 1
        late = (outcome.message.platform, outcome.message.id) in self._overdue
        if outcome.reply is not None and outcome.reply.delivery == "sent":
            asked = outcome.reply.answers[:1] == (outcome.message.id,)
            known = self._replies.get(outcome.reply.id, False)
            self._replies[outcome.reply.id] = known or (late and asked)
        return late

    def load(self, speed: float, seconds: float) -> Load:
        """Return what has been seen so far."""
        late = sorted(self._late)
        width, spans = self._spans()
        return Load(
            speed=speed,
            messages=sum(self._counts.values()),
            seconds=seconds,
            half=_quantile(late, 0.5),
            slow=_quantile(late, 0.95),
            worst=late[-1] if late else 0.0,
            late=sum(self._replies.values()),
            expired=self._counts.get("expired", 0),
            shed=self._counts.get("shed", 0),
            most=max((count for _, count in self._waited), default=0),
            width=width,
            spans=spans,
        )

    def _spans(self) -> tuple[int, tuple[Span, ...]]:
        if not self._at:
            return 1, ()
        first, last = min(self._at), max(self._at)
        whole = last - first
        width = next((each for each in WIDTHS if whole / each < SPANS), ceil(whole / SPANS) + 1)
        late = _most(zip(self._at, self._late, strict=True), width)
        waited = _most(self._waited, width)
        numbers = range(int(first // width), int(last // width) + 1)
        return width, tuple(
            Span(n * width, late.get(n, 0.0), int(waited.get(n, 0))) for n in numbers
        )


def _most(values: Iterable[tuple[float, float]], width: int) -> Mapping[int, float]:
    found: dict[int, float] = {}
    for at, value in values:
        span = int(at // width)
        found[span] = max(value, found.get(span, value))
    return found


def _quantile(ordered: list[float], share: float) -> float:
    """Return the least value that ``share`` of all, which stand in order, do not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0
