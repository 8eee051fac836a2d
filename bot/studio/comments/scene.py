"""What every section of an analysis' report needs: figures, words, how numbers are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from bot.replay.report import context
from bot.replay.report.markup import Html, el, said
from bot.studio.comments.values import Analysis, Quote
from bot.studio.comments.words import Say

PARTS = 10_000
"""Shares are kept to a hundredth of a per cent."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An analysis in one language; times are told in ``zone``."""

    of: Analysis
    say: Say
    zone: tzinfo

    def date(self, at: float, form: str) -> str:
        """Return a time as it is shown."""
        return context.date(at, form, self.zone)

    def span(self, seconds: float) -> str:
        """Return a duration in the largest unit that fits."""
        return context.span(seconds, self.say)

    def share(self, part: float) -> str:
        """Return a share, 0 to 1, in per cent."""
        return context.share(round(part * PARTS), PARTS)

    def clock(self, at: float) -> str:
        """Return a time of day, with the day where the recording has several."""
        first, last = self.of.first or at, self.of.last or at
        return self.date(at, "%H:%M" if last - first < context.DAY else "%m-%d %H:%M")

    def quotes(self, quotes: Iterable[Quote]) -> Html | None:
        """Return what was said, each with how often."""
        rows = [self.quote(each) for each in quotes]
        return el("ul", *rows, class_="quotes") if rows else None

    def quote(self, quote: Quote) -> Html:
        """Return one line that was said, with how often if more than once."""
        times = el("small", f" × {quote.count:,}") if quote.count > 1 else None
        return el("li", said(quote.text), times)
