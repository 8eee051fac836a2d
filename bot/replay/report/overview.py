"""The top of a report: what it is about, the figures that matter, time, and what became of all."""

from collections.abc import Mapping

from bot.replay.report import charts
from bot.replay.report.context import Context, facts, figure, section, share
from bot.replay.report.figures import FATES, Fate, quantile
from bot.replay.report.markup import Html, el, said

SHOWN = 6
"""Reasons of each fate that are named."""


def head(at: Context) -> Html:
    """Return the title, one sentence that says it all, and what was replayed."""
    figures, about, say = at.figures, at.about, at.say
    return el(
        "header",
        el("p", say(about.kind), class_="kicker"),
        el("h1", said(about.title, 120)),
        el("p", _sentence(at), class_="lead"),
        el("p", *_about(at), class_="about"),
        facts(_figures(at)) if figures.messages else None,
    )


def _sentence(at: Context) -> str:
    figures, say = at.figures, at.say
    if not figures.questions:
        return say("head.none", messages=f"{figures.messages:,}") + say("stop")
    key = "head.drafted" if _drafts(at) else "head.answered"
    text = say(key, answered=f"{figures.fates['answered']:,}", questions=f"{figures.questions:,}")
    half = quantile(figures.waits, 0.5)
    return text + (say("head.half", half=at.wait(half)) if half is not None else "") + say("stop")


def _drafts(at: Context) -> bool:
    return at.about.mode in ("shadow", "approve")


def _about(at: Context) -> list[Html]:
    figures, about, say = at.figures, at.about, at.say
    parts = []
    if figures.first is not None and figures.last is not None:
        first = at.date(figures.first, "%Y-%m-%d %H:%M")
        same = at.date(figures.first, "%Y-%m-%d") == at.date(figures.last, "%Y-%m-%d")
        last = at.date(figures.last, "%H:%M" if same else "%Y-%m-%d %H:%M")
        parts.append(el("span", f"{first} – {last}"))
    if len(figures.rooms) == 1:
        parts.append(el("span", said(figures.rooms[0].key, 60)))
    elif figures.rooms:
        parts.append(el("span", say("rooms", n=len(figures.rooms))))
    if about.catalog:
        parts.append(el("span", f"{say('catalog')} ", said(about.catalog, 60)))
    parts.append(el("span", say(f"mode.{about.mode}")))
    return parts


def _figures(at: Context) -> list[tuple[Html, str]]:
    figures, say = at.figures, at.say
    answered = figures.fates["answered"]
    saved = sum(figures.askers.values())
    saved = sum(n * count for n, count in figures.askers.items()) - saved
    return [
        (figure(f"{figures.messages:,}"), say("kpi.messages")),
        (figure(f"{figures.questions:,}"), say("kpi.questions")),
        (figure(share(answered, figures.questions)), say("kpi.share")),
        (figure(at.wait(quantile(figures.waits, 0.5))), say("kpi.half")),
        (figure(f"{figures.fates['host']:,}"), say("kpi.host")),
        (figure(f"{saved:,}"), say("kpi.saved")),
    ]


def over_time(at: Context) -> Html | None:
    """Return the columns of messages over time."""
    line, figures, say = at.figures.timeline, at.figures, at.say
    if not line.bins or figures.first is None or figures.last is None:
        return None
    first, last = min(line.bins), max(line.bins)
    begin, ends = first * line.width, (last + 1) * line.width
    spans = [line.bins.get(span, {}) for span in range(first, last + 1)]
    tips = [_tip(at, (first + n) * line.width, bins) for n, bins in enumerate(spans)]
    width = at.span(line.width)
    label = say(
        "time.alt",
        first=at.date(figures.first, "%Y-%m-%d %H:%M:%S"),
        last=at.date(figures.last, "%Y-%m-%d %H:%M:%S"),
        messages=f"{figures.messages:,}",
        width=width,
        most=f"{max(sum(bins.values()) for bins in spans):,}",
    )
    parts = [[(name, bins.get(name, 0)) for name in FATES] for bins in spans]
    return section(
        say("time"),
        _key(at),
        charts.columns(parts, tips, label),
        charts.axis(at.marks(begin, ends)),
        charts.behind(say("table"), _times(at)),
        note=say("time.note", width=width),
        class_="wide",
    )


def _key(at: Context) -> Html:
    return charts.legend([(each, at.fate(each), "") for each in FATES])


def _tip(at: Context, begins: int, bins: Mapping[Fate, int]) -> str:
    parts = [f"{at.fate(name)} {bins[name]:,}" for name in FATES if bins.get(name)]
    return " · ".join([at.date(begins, "%m-%d %H:%M:%S"), *parts])


def _times(at: Context) -> Html:
    line = at.figures.timeline
    head = [at.say("from"), *map(at.fate, FATES), at.say("total")]
    rows = [
        [
            at.date(span * line.width, "%Y-%m-%d %H:%M:%S"),
            *(f"{bins.get(name, 0):,}" for name in FATES),
            f"{sum(bins.values()):,}",
        ]
        for span, bins in line.bins.items()
    ]
    return charts.table(head, rows)


def fates(at: Context) -> Html | None:
    """Return what became of the messages, and why."""
    figures, say = at.figures, at.say
    if not figures.messages:
        return None
    count = figures.fates
    shares = ", ".join(f"{at.fate(each)} {share(count[each], figures.messages)}" for each in FATES)
    bar = charts.bar(
        [(each, count[each]) for each in FATES], figures.messages, say("fates.alt", parts=shares)
    )
    return section(
        say("fates"),
        el("div", bar, class_="one"),
        el("div", *(_why(at, each) for each in FATES if count[each]), class_="why"),
        class_="wide",
    )


def _why(at: Context, name: Fate) -> Html:
    figures = at.figures
    rows = figures.reasons[name]
    title = el("h3", el("i", class_=name, aria_hidden="true"), at.fate(name))
    count = el(
        "p", f"{figures.fates[name]:,} ", el("small", share(figures.fates[name], figures.messages))
    )
    told = [] if name in ("answered", "unsure") else rows
    listed = [_reason(at, row.key, row.count) for row in told[:SHOWN]]
    if len(told) > SHOWN:
        listed.append(_reason(at, "…", sum(row.count for row in told[SHOWN:])))
    return el("div", title, count, el("ul", *listed) if listed else None)


def _reason(at: Context, code: str, count: int) -> Html:
    return el("li", el("span", said(at.say.reason(code), 60), title=code), el("b", f"{count:,}"))
