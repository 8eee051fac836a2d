"""How a rehearsal bore its load: how fast it went, how late messages were taken up, what waited."""

from bot.replay.load import Load, Span
from bot.replay.report import charts
from bot.replay.report.context import Context, facts, figure, section
from bot.replay.report.markup import Html


def pressure(at: Context) -> Html | None:
    """Return what load did; nothing for a replay, where nothing ever waits."""
    load, say = at.about.load, at.say
    if load is None:
        return None
    return section(
        say("load"),
        facts(
            [
                (figure(f"{load.rate:,.1f}"), say("load.rate")),
                (figure(_seconds(at, load.half)), say("load.half")),
                (figure(_seconds(at, load.slow)), say("load.slow")),
                (figure(_seconds(at, load.worst)), say("load.worst")),
                (figure(f"{load.late:,}"), say("load.late")),
                (figure(f"{load.expired + load.shed:,}"), say("load.lost")),
            ]
        ),
        *(_over_time(at, load) if load.spans else ()),
        note=say("load.note", speed=f"{load.speed:g}"),
        class_="wide",
    )


def _over_time(at: Context, load: Load) -> list[Html]:
    """Return two charts over one axis of time, and their numbers."""
    spans, say = load.spans, at.say
    late = [[("host", round(1000 * each.late))] for each in spans]
    waiting = [[("answered", each.waiting)] for each in spans]
    tips = [_tip(at, each) for each in spans]
    begin, end = spans[0].begins, spans[-1].begins + load.width
    marks = charts.axis(at.marks(int(begin), int(end)))
    width = at.span(load.width)
    rows = [[_time(at, each), f"{1000 * each.late:,.0f}", f"{each.waiting:,}"] for each in spans]
    head = [say("from"), say("load.milliseconds"), say("load.waiting")]
    worst = _seconds(at, load.worst)
    return [
        charts.legend([("host", say("load.behind", width=width), "")]),
        charts.columns(late, tips, say("load.behind.alt", worst=worst)),
        charts.legend([("answered", say("load.queue", width=width), "")]),
        charts.columns(waiting, tips, say("load.queue.alt", most=f"{load.most:,}")),
        marks,
        charts.behind(say("table"), charts.table(head, rows)),
    ]


def _tip(at: Context, span: Span) -> str:
    words = at.say("load.tip", late=_seconds(at, span.late), waiting=f"{span.waiting:,}")
    return f"{_time(at, span)} · {words}"


def _time(at: Context, span: Span) -> str:
    return at.date(span.begins, "%Y-%m-%d %H:%M:%S")


def _seconds(at: Context, seconds: float) -> str:
    return at.say("seconds", n=f"{seconds:.2f}" if seconds < 10 else f"{seconds:,.1f}")  # noqa: PLR2004 - where decimals stop to matter
