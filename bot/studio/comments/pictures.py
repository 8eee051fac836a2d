"""What a report of comments draws: time, intents, moods, topics."""

from collections.abc import Sequence

from bot.model import Sentiment
from bot.replay.report import charts
from bot.replay.report.context import marks, section
from bot.replay.report.markup import Html, el, said
from bot.studio.comments.scene import Scene
from bot.studio.comments.values import Bin, Topic

MOODS: tuple[tuple[Sentiment, str], ...] = (
    ("positive", "answered"), ("neutral", "silent"), ("negative", "lost"),
)  # fmt: skip
"""Sentiments with the class of their colour."""
TOPICS = 14
"""Topics that are shown."""


def over_time(at: Scene) -> Html:
    """Return the columns of comments over time, questions apart."""
    line, say = at.of.timeline, at.say
    parts = [
        [("host", one.questions), ("silent", one.comments - one.questions)] for one in line.bins
    ]
    tips = [
        f"{at.clock(one.at)} · {say('mark.question')} {one.questions:,}"
        f" · {say('comments')} {one.comments:,}"
        for one in line.bins
    ]
    legend = [("host", say("mark.question"), ""), ("silent", say("mark.other"), "")]
    head = [say("from"), say("questions"), say("mark.praise"), say("mark.complaint"), say("total")]
    rows = [
        [at.date(one.at, "%Y-%m-%d %H:%M:%S"), *_numbers(one)] for one in line.bins if one.comments
    ]
    return section(
        say("over_time"),
        charts.legend(legend),
        charts.columns(parts, tips, f"{say('over_time')}: {at.of.comments:,}"),
        _axis(at),
        charts.behind(say("table"), charts.table(head, rows)),
        note=say("over_time.note", width=at.span(line.width)),
        class_="wide",
    )


def _numbers(one: Bin) -> list[str]:
    return [f"{each:,}" for each in (one.questions, one.praise, one.complaint, one.comments)]


def _axis(at: Scene) -> Html:
    bins = at.of.timeline.bins
    begin, end = int(bins[0].at), int(bins[-1].at) + at.of.timeline.width
    return charts.axis(marks(begin, end, at.zone))


def intents(at: Scene) -> Html:
    """Return the intents as bars."""
    rows = [
        (at.say.known("intent", name), one.count, at.share(one.share))
        for name, one in at.of.intents.items()
        if one.count
    ]
    top = max(count for _, count, _ in rows)
    drawn = (
        el("li", el("span", name), charts.bar([("reworded", count)], top), el("b", f"{count:,}"))
        for name, count, _ in rows
    )
    cells = [[name, f"{count:,}", part] for name, count, part in rows]
    head = [at.say("intent"), at.say("comments"), at.say("share")]
    table = charts.behind(at.say("table"), charts.table(head, cells))
    return section(at.say("intents"), el("ul", *drawn, class_="bars"), table)


def sentiments(at: Scene) -> Html:
    """Return the moods: all, and over time."""
    say, found = at.say, at.of.sentiments
    counts = [(css, found[name].count) for name, css in MOODS]
    listed = [
        (css, say(f"sentiment.{name}"), f"{found[name].count:,} · {at.share(found[name].share)}")
        for name, css in MOODS
    ]
    label = ", ".join(f"{words} {value}" for _, words, value in listed)
    parts = [
        [
            ("answered", one.positive),
            ("silent", one.comments - one.positive - one.negative),
            ("lost", one.negative),
        ]
        for one in at.of.timeline.bins
    ]
    tips = [
        f"{at.clock(one.at)} · {say('sentiment.positive')} {one.positive:,}"
        f" · {say('sentiment.negative')} {one.negative:,}"
        for one in at.of.timeline.bins
    ]
    return section(
        say("sentiment"),
        el("div", charts.bar(counts, at.of.comments, label), class_="one"),
        charts.legend(listed),
        charts.columns(parts, tips, say("sentiment")),
        _axis(at),
    )


def topics(at: Scene) -> Html:
    """Return the topics: what each is called, how it went, and what was said."""
    say, rows = at.say, at.of.topics[:TOPICS]
    if not rows:
        return section(say("topics"), el("p", say("topics.none")), class_="wide")
    return section(
        say("topics"),
        el("ol", *(_topic(at, one) for one in rows), class_="topics"),
        note=say("topics.note", apart=at.share(at.of.apart.share)),
        class_="wide",
    )


def _topic(at: Scene, one: Topic) -> Html:
    say = at.say
    tags = [f"{one.count:,} · {at.share(one.share)}", say("busiest", at=at.clock(one.peak))]
    if one.negative >= 0.2:  # noqa: PLR2004 - fewer are found in any topic
        tags.append(say("negative_share", share=at.share(one.negative)))
    moving = one.trend != "steady"
    mark = el("em", say(f"trend.{one.trend}"), class_=one.trend) if moving else None
    words = " · ".join(one.words)
    return el(
        "li",
        el("h3", said(one.label, 60), mark),
        el("p", " · ".join(tags), class_="note"),
        _line(one.bins),
        el("p", said(words), class_="terms") if words else None,
        at.quotes(each for each in one.quotes[:4] if each.text != one.label),
    )


def _line(counts: Sequence[int]) -> Html:
    """Return counts over time as small columns."""
    top, wide = max(counts), len(counts)
    drawn = (
        el(
            "rect",
            x=n,
            y=f"{20 - 20 * count / top:.2f}",
            width=0.8,
            height=f"{20 * count / top:.2f}",
            class_="reworded",
        )
        for n, count in enumerate(counts)
        if count
    )
    return el(
        "svg",
        *drawn,
        viewBox=f"0 0 {wide} 20",
        preserveAspectRatio="none",
        xmlns=charts.SVG,
        class_="spark",
        aria_hidden="true",
    )
