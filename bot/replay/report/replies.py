"""How the bot spoke: how fast, how seldom, within which limits, and what it was not let say."""

from collections.abc import Mapping

from bot.replay.report import charts
from bot.replay.report.context import Context, facts, figure, section, share
from bot.replay.report.counts import ACCOUNT, TENTHS
from bot.replay.report.figures import Row, Use, quantile
from bot.replay.report.markup import Html, el, said

STEPS = (1, 2, 5, 10, 20, 50, 100)
"""Tenths of a second that a column of waits may take."""
COLUMNS, MARKS = 36, 6
SLOW = 0.99
"""The share of waits that the columns show one by one; what is slower stands in the last one."""
FEW = 5
"""Askers of one reply from which on rows are put together."""
WAITED = 1
"""Tenths of a second from which on a reply counts as held up."""


def waits(at: Context) -> Html | None:
    """Return how long answers took."""
    counts, say = at.figures.waits, at.say
    if not (total := sum(counts.values())):
        return None
    half, most = quantile(counts, 0.5), quantile(counts, 0.9)
    step = next((s for s in STEPS if (quantile(counts, SLOW) or 0) < s * COLUMNS), STEPS[-1])
    columns = _grouped(counts, step)
    spans = range(max(columns) + 1)
    tips = [f"{_span(n, step, last=n == max(columns))}: {columns.get(n, 0):,}" for n in spans]
    label = say("waits.alt", n=f"{total:,}", half=at.wait(half), most=at.wait(most))
    marks = _marks(at, step * len(spans))
    rows = [
        [_span(n, step, last=n == max(columns)), f"{columns[n]:,}", share(columns[n], total)]
        for n in sorted(columns)
    ]
    return section(
        say("waits"),
        facts(
            [
                (figure(at.wait(half)), say("waits.half")),
                (figure(at.wait(most)), say("waits.most")),
                (figure(at.wait(max(counts))), say("waits.all")),
            ]
        ),
        charts.columns([[("answered", columns.get(n, 0))] for n in spans], tips, label),
        charts.axis(marks),
        charts.behind(say("table"), charts.table([say("wait"), say("times"), say("share")], rows)),
        note=say("waits.note"),
    )


def _grouped(counts: Mapping[int, int], step: int) -> dict[int, int]:
    columns: dict[int, int] = {}
    for tenth, count in counts.items():
        n = min(tenth // step, COLUMNS)
        columns[n] = columns.get(n, 0) + count
    return columns


def _marks(at: Context, end: int) -> list[tuple[float, str]]:
    """Return round waits up to ``end`` tenths of a second, each with its place from 0 to 1."""
    step = next((each for each in STEPS if end / each <= MARKS), end)
    return [(n / end, at.say("seconds", n=f"{n / 10:g}")) for n in range(0, end, step)]


def _span(n: int, step: int, *, last: bool) -> str:
    begin = n * step / 10
    return (
        f"{begin:g} +"
        if last and n * step + step > min(COLUMNS * step, TENTHS)
        else f"{begin:g} – {(n + 1) * step / 10:g}"
    )


def merged(at: Context) -> Html | None:
    """Return how many viewers one reply answered."""
    askers, say = at.figures.askers, at.say
    if not askers:
        return None
    replies = sum(askers.values())
    answered = sum(n * count for n, count in askers.items())
    if answered == replies:
        return section(say("merged"), el("p", say("merged.none")))
    groups: dict[str, int] = {}
    for n, count in askers.items():
        key = "askers.1" if n == 1 else "askers"
        name = say(key, n=n if n < FEW else f"{FEW}+")
        groups[name] = groups.get(name, 0) + count
    top = max(groups.values())
    drawn = [
        el("li", el("span", name), charts.bar([("answered", n)], top), el("b", f"{n:,}"))
        for name, n in groups.items()
    ]
    rows = [[name, f"{n:,}"] for name, n in groups.items()]
    note = say(
        "merged.note",
        answered=f"{answered:,}",
        replies=f"{replies:,}",
        saved=f"{answered - replies:,}",
    )
    return section(
        say("merged"),
        el("ul", *drawn, class_="bars"),
        charts.behind(say("table"), charts.table([say("askers.head"), say("replies")], rows)),
        note=note,
    )


def limits(at: Context) -> Html | None:
    """Return how much of each limit was used, and what waited for it."""
    uses, say, held = at.figures.limits, at.say, at.figures.held
    if not uses:
        return None
    if not held:
        return section(say("limits"), el("p", say("limits.none")))
    late = _late(at)
    note = say("limits.free")
    if late:
        note = say("limits.held", n=f"{sum(late.values()):,}", most=at.wait(max(late)))
    rows = [[_limit(at, use), f"{use.most:,}", f"{use.window.count:,}"] for use in uses]
    return section(
        say("limits"),
        el("ul", *(_use(at, use) for use in uses), class_="bars limits"),
        charts.behind(say("table"), charts.table([say("limit"), say("peak"), say("limit")], rows)),
        note=note,
    )


def _late(at: Context) -> dict[int, int]:
    return {tenth: n for tenth, n in at.figures.held.items() if tenth > WAITED}


def _limit(at: Context, use: Use) -> str:
    window = use.window
    name = at.say("limits.account" if window.name == ACCOUNT else "limits.room")
    seconds = at.say("seconds", n=f"{window.seconds:g}")
    return f"{name} · {at.say('limits.each', n=window.count, seconds=seconds)}"


def _use(at: Context, use: Use) -> Html:
    most, count = use.most, use.window.count
    full = "host" if most >= count and _late(at) else "answered"
    bar = charts.bar([(full, min(most, count)), ("rest", max(count - most, 0))], count)
    return el("li", el("span", _limit(at, use)), bar, el("b", f"{most:,} / {count:,}"))


def spoken(at: Context) -> Html | None:
    """Return where replies came from, and what the platform made of them."""
    figures, say = at.figures, at.say
    if not figures.replies:
        return None
    groups = (
        ("sources", {say.known("source", key): n for key, n in figures.sources.items()}),
        ("delivery", {say.known("delivery", key): n for key, n in figures.deliveries.items()}),
    )
    lists = [
        el(
            "div",
            el("h3", say(title)),
            el(
                "ul",
                *(_part(name, n, figures.replies) for name, n in counts.items()),
                class_="bars",
            ),
        )
        for title, counts in groups
    ]
    return section(say("spoken"), *lists)


def _part(name: str, count: int, whole: int) -> Html:
    return el(
        "li",
        el("span", name),
        charts.bar([("answered", count), ("rest", whole - count)], whole),
        el("b", f"{count:,}"),
    )


def blocked(at: Context) -> Html:
    """Return what the guard stopped."""
    rows, say = at.figures.blocked, at.say
    if not rows:
        return section(say("blocked"), el("p", say("blocked.none")))
    return section(say("blocked"), el("ul", *(_stopped(at, row) for row in rows), class_="asked"))


def _stopped(at: Context, row: Row) -> Html:
    code, _, detail = row.key.partition("\n")
    told = (at.say.reason(code) if detail else "", _then(at, row))
    words = " · ".join(each for each in told if each)
    return el(
        "li",
        el("i", class_="lost", aria_hidden="true"),
        el("p", said(detail or at.say.reason(code), 80)),
        el("small", words) if words else None,
        el("b", f"{row.count:,} ×"),
    )


def _then(at: Context, row: Row) -> str:
    answered = row.fates.get("answered", 0)
    return at.say("blocked.then", n=f"{answered:,}") if answered else ""
