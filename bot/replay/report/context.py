"""What every section of a report needs: figures, words, and how numbers are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.model import Lang
from bot.replay.report.charts import Parts
from bot.replay.report.figures import FATES, About, Fate, Figures, Row
from bot.replay.report.markup import Html, el, join
from bot.replay.report.texts import Words

DAY, HOUR, MINUTE = 86_400, 3_600, 60
STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(each * MINUTE for each in (1, 2, 5, 10, 15, 30)),
    *(each * HOUR for each in (1, 2, 3, 6, 12)),
    *(each * DAY for each in (1, 2, 7, 14, 30, 91, 365, 3_650)),
)
"""Seconds between two marks of an axis of time."""
MARKS = 7
"""Marks that an axis has at most."""


@dataclass(frozen=True, slots=True)
class Context:
    """The figures of a run in one language."""

    figures: Figures
    about: About
    say: Words

    @classmethod
    def of(cls, figures: Figures, about: About, lang: Lang) -> "Context":
        """Return the context of one language."""
        return cls(figures, about, Words(lang))

    def product(self, sku: str) -> str:
        """Return what a product is called."""
        return self.about.products.get(sku, sku)

    def date(self, at: float, form: str) -> str:
        """Return a time as the report's zone shows it."""
        return date(at, form, self.about.zone)

    def marks(self, begin: int, end: int) -> list[tuple[float, str]]:
        """Return round times between two, each with its place from 0 to 1."""
        return marks(begin, end, self.about.zone)

    def span(self, seconds: float) -> str:
        """Return a duration in the largest unit that fits, of at most one decimal."""
        return span(seconds, self.say)

    def wait(self, tenths: int | None) -> str:
        """Return a wait that was counted in tenths of a second."""
        return "–" if tenths is None else self.say("seconds", n=f"{tenths / 10:.1f}")

    def fate(self, name: Fate) -> str:
        """Return what a fate is called."""
        return self.say(f"fate.{name}")

    def fates(self, row: Row, names: tuple[Fate, ...] = FATES) -> Parts:
        """Return what became of a row, for a chart."""
        return [(name, row.fates.get(name, 0)) for name in names]


def date(at: float, form: str, zone: tzinfo | None) -> str:
    """Return a time as a zone shows it; None is this machine's."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime(form)


def marks(begin: int, end: int, zone: tzinfo | None) -> list[tuple[float, str]]:
    """Return round times between two, each with its place from 0 to 1."""
    step = next((each for each in STEPS if (end - begin) / each < MARKS), end - begin)
    form = "%Y-%m-%d" if step > 7 * DAY else "%m-%d" if step >= DAY else "%H:%M"
    form = form if step >= MINUTE else "%H:%M:%S"
    ahead = datetime.fromtimestamp(begin, UTC).astimezone(zone).utcoffset()
    shift = round(ahead.total_seconds()) if ahead else 0
    first = begin + -(begin + shift) % step
    return [((at - begin) / (end - begin), date(at, form, zone)) for at in range(first, end, step)]


def span(seconds: float, say: Callable[..., str]) -> str:
    """Return a duration in the largest unit that fits, of at most one decimal."""
    size = abs(seconds)
    for name, unit in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if size >= unit:
            return say(name, n=f"{round(seconds / unit, 1):g}")
    return say("seconds", n=f"{round(seconds, 1):g}")


def share(part: int, whole: int) -> str:
    """Return a share in per cent; a dash where there is nothing to divide by."""
    if not whole:
        return "–"
    exact = 100 * part / whole
    return f"{exact:.1f} %" if 0 < exact < 1 else f"{exact:.0f} %"


def section(title: str, *children: str | None, note: str | None = None, class_: str = "") -> Html:
    """Return a section under its heading."""
    head = el("h2", title)
    says = el("p", note, class_="note") if note else None
    return el("section", head, says, *children, class_=class_ or None)


def facts(rows: list[tuple[Html, str]]) -> Html:
    """Return large figures with what each is, beside one another."""
    return el(
        "dl",
        *(el("div", el("dt", words), el("dd", value)) for value, words in rows),
        class_="facts",
    )


def figure(text: str) -> Html:
    """Return a number and its unit, the unit smaller."""
    number, blank, unit = text.partition(" ")
    return join([number, el("small", unit)]) if blank else join([number])
