"""Comments over time: the spans of a chart, peaks of a mood, and how topics come and go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.replay.report.counts import LATEST, SPANS, WIDTHS
from bot.studio.comments.sayings import Sayings
from bot.studio.comments.use import Comment
from bot.studio.comments.values import Bin, Moment, Mood, Timeline, Trend

PEAKS: Final = 3
"""Moments of each mood that are told."""
FEW, MORE, SURE = 3, 1.5, 2.0
"""A peak has so many comments at least, so many times the usual, and so many deviations above."""
SOME, RISE = 5, 3.0
"""Comments of a topic from which it is said to come or go, and the deviations that say it does."""


@dataclass(slots=True)
class _Span:
    comments: int = 0
    questions: int = 0
    praise: int = 0
    complaint: int = 0
    positive: int = 0
    negative: int = 0
    said: dict[Mood, Sayings] = field(default_factory=dict)


def mood(comment: Comment) -> Mood | None:
    """Return whether a comment praises or complains; insults do neither."""
    if not comment.shown:
        return None
    chatter = comment.intent in ("greeting", "chitchat")
    if comment.intent == "praise" or (comment.sentiment == "positive" and not chatter):
        return "praise"
    if comment.intent == "complaint" or comment.sentiment == "negative":
        return "complaint"
    return None


class Spans:
    """Counts comments in spans of equal width, few enough for a chart."""

    def __init__(self, first: float, last: float) -> None:
        """``first`` and ``last`` are the times between which all comments lie."""
        self.width = next(
            (each for each in WIDTHS if last // each - first // each < SPANS),
            math.ceil((last - first + 1) / (SPANS - 1)),
        )
        self._begin = int(first // self.width)
        self._spans = [_Span() for _ in range(int(last // self.width) - self._begin + 1)]

    def __len__(self) -> int:
        return len(self._spans)

    def at(self, time: float) -> int:
        """Return the number of the span that a time lies in."""
        return min(max(int(time // self.width) - self._begin, 0), len(self._spans) - 1)

    def begins(self, number: int) -> float:
        """Return when a span begins."""
        return float((self._begin + number) * self.width)

    def add(self, comment: Comment) -> None:
        """Count a comment."""
        span = self._spans[self.at(comment.at)]
        span.comments += 1
        span.questions += comment.question
        span.positive += comment.sentiment == "positive"
        span.negative += comment.sentiment == "negative"
        found = mood(comment)
        if found:
            span.praise += found == "praise"
            span.complaint += found == "complaint"
            span.said.setdefault(found, Sayings(20)).add(comment)

    def timeline(self) -> Timeline:
        """Return what has been counted."""
        return Timeline(
            self.width,
            tuple(
                Bin(
                    self.begins(at), one.comments, one.questions, one.praise, one.complaint,
                    one.positive, one.negative,
                )
                for at, one in enumerate(self._spans)
            ),
        )  # fmt: skip

    def moments(self) -> tuple[Moment, ...]:
        """Return the peaks of praise and of complaint, in the order of their times."""
        found = [one for name in ("praise", "complaint") for one in self._peaks(name)]
        return tuple(sorted(found, key=lambda one: (one.at, one.mood)))

    def _peaks(self, name: Mood) -> list[Moment]:
        counts = [one.praise if name == "praise" else one.complaint for one in self._spans]
        said = sum(one.comments > 0 for one in self._spans)
        usual = sum(counts) / max(said, 1)
        high = max(FEW, MORE * usual, usual + SURE * math.sqrt(max(usual, 1.0)))
        best = sorted(range(len(counts)), key=lambda at: (-counts[at], at))[:PEAKS]
        return [
            Moment(
                name, self.begins(at), self.width, counts[at], round(usual, 2),
                self._spans[at].said[name].top(3),
            )
            for at in best
            if counts[at] >= high
        ]  # fmt: skip


def trend(own: Sequence[int], every: Sequence[int]) -> Trend:
    """Return how a topic's share of the comments moves; both count by span.

    The last third of the comments is held against those before it.
    """
    total, seen, cut = sum(every), 0, 0
    while cut < len(every) and 3 * (seen + every[cut]) <= 2 * total:
        seen += every[cut]
        cut += 1
    late, early = sum(own[cut:]), sum(own[:cut])
    if not 0 < seen < total or late + early < SOME:
        return "steady"
    expected = (late + early) * (total - seen) / total
    deviation = (late - expected) / math.sqrt(max(expected * seen / total, 1.0))
    if not early and late >= SOME and deviation > 1:
        return "new"
    if deviation >= RISE:
        return "rising"
    return "fading" if deviation <= -RISE else "steady"


def dated(at: float) -> bool:
    """Tell whether a calendar shows this time."""
    return 0 <= at < LATEST
