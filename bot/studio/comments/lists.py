"""What a report of comments lists: questions, gaps, objections, answers, moments, viewers."""

from bot.replay.report import charts
from bot.replay.report.context import facts, figure, section, share
from bot.replay.report.markup import Html, el, said
from bot.studio.comments.scene import Scene
from bot.studio.comments.values import Asked, Missing, Moment

SHOWN, OPEN = 12, 12
"""Rows of a list, and open questions."""


def asked(at: Scene) -> Html:
    """Return the questions by product and attribute, those that the catalogue answers apart."""
    say, rows = at.say, at.of.asked
    if not rows:
        return section(say("asked"), el("p", say("asked.none")))
    top = rows[0].count
    drawn = (
        el(
            "li",
            el("span", said(_called(at, one), 60)),
            charts.bar(_parts(at, one), top),
            el("b", f"{one.count:,}"),
        )
        for one in rows[:SHOWN]
    )
    head = [say("product"), say("attribute"), say("known"), say("total")]
    cells = [
        [one.name or say("unclear"), say.attribute(one.attribute), f"{one.known:,}",
         f"{one.count:,}"]
        for one in rows
    ]  # fmt: skip
    return section(
        say("asked"),
        el("ul", *drawn, class_="bars long"),
        charts.behind(say("table"), charts.table(head, cells, numbers=2)),
        note=say("asked.note" if at.of.catalogue else "asked.plain"),
    )


def _called(at: Scene, one: Asked) -> str:
    attribute = at.say.attribute(one.attribute)
    return f"{one.name} · {attribute}" if one.name else attribute


def _parts(at: Scene, one: Asked) -> list[tuple[str, int]]:
    if at.of.catalogue is None:
        return [("reworded", one.count)]
    return [("answered", one.known), ("lost", one.count - one.known)]


def missing(at: Scene) -> Html:
    """Return what viewers wanted to know and the catalogue does not tell."""
    say = at.say
    if at.of.catalogue is None:
        return section(say("missing"), el("p", say("missing.blind")))
    if not at.of.missing:
        return section(say("missing"), el("p", say("missing.none")))
    rows = (_gap(at, one) for one in at.of.missing[:SHOWN])
    return section(say("missing"), el("ol", *rows, class_="asked"), note=say("missing.note"))


def _gap(at: Scene, one: Missing) -> Html:
    attribute = at.say.attribute(one.attribute)
    lost = one.reason == "unknown_product"
    title = at.say("gap.unknown_product") if lost else attribute
    name = None if lost else one.name or None
    quotes = " / ".join(each.text for each in one.quotes)
    return el(
        "li",
        el("i", class_="lost", aria_hidden="true"),
        el("p", said(f"{name} · {title}" if name else title)),
        el("small", said(quotes)),
        el("b", f"{one.count:,} ×"),
    )


def objections(at: Scene) -> Html:
    """Return what was held against buying, each with what was said."""
    say = at.say
    rows = [one for one in at.of.objections if one.count]
    if not rows:
        return section(say("objections"), el("p", say("objections.none")))
    top = rows[0].count
    drawn = (
        el(
            "li",
            el("span", say(f"worry.{one.kind}")),
            charts.bar([("lost", one.count)], top),
            el("b", f"{one.count:,}"),
            at.quotes(one.quotes),
        )
        for one in rows
    )
    return section(say("objections"), el("ul", *drawn, class_="bars"))


def answers(at: Scene) -> Html:
    """Return who answered the questions and how soon, and the questions that nobody answered."""
    say, own = at.say, at.of.answers
    if not own.questions:
        return section(say("answers"), el("p", say("asked.none")), class_="wide")
    waits = [(own.half, "wait.half"), (own.most, "wait.most")]
    told = [(figure(at.span(wait)), say(key)) for wait, key in waits if wait is not None]
    listed = [
        ("answered", say("by_host"), f"{own.by_host:,}"),
        ("alone", say("by_bot"), f"{own.by_bot:,}"),
        ("silent", say("nobody"), f"{own.unanswered:,}"),
    ]
    counts = [("answered", own.by_host), ("alone", own.by_bot), ("silent", own.unanswered)]
    label = ", ".join(f"{words} {value}" for _, words, value in listed)
    answered = own.questions - own.unanswered
    return section(
        say("answers"),
        facts([(figure(share(answered, own.questions)), say("kpi.answered")), *told]),
        el("div", charts.bar(counts, own.questions, label), class_="one"),
        charts.legend(listed),
        el("h3", say("open"), class_="under"),
        _open(at) if own.open else el("p", say("open.none")),
        note=say("answers.note"),
        class_="wide",
    )


def _open(at: Scene) -> Html:
    rows = (
        el(
            "li",
            el("i", class_="silent", aria_hidden="true"),
            el("p", said(one.text, 140)),
            el("b", f"{one.count:,} ×"),
        )
        for one in at.of.answers.open[:OPEN]
    )
    return el("ol", *rows, class_="asked")


def moments(at: Scene) -> Html:
    """Return when viewers praised and complained most."""
    say = at.say
    if not at.of.moments:
        return section(say("moments"), el("p", say("moments.none")))
    rows = (_moment(at, one) for one in at.of.moments)
    return section(say("moments"), el("ol", *rows, class_="talk"))


def _moment(at: Scene, one: Moment) -> Html:
    say, css = at.say, "answered" if one.mood == "praise" else "lost"
    usual = say("usual", n=f"{one.usual:.1f}".removesuffix(".0"))
    head = el(
        "p",
        el("i", class_=css, aria_hidden="true"),
        el("b", f" {say(f'mark.{one.mood}')} {one.count:,}"),
        el("small", f"{at.span(one.seconds)} · {usual}"),
    )
    return el("li", el("time", at.clock(one.at)), el("div", head, at.quotes(one.quotes)))


def viewers(at: Scene) -> Html:
    """Return who came, who came again, and who wrote most, all under numbers."""
    say, own = at.say, at.of.viewers
    told = [
        (figure(f"{own.count:,}"), say("kpi.viewers")),
        (figure(f"{own.once:,}"), say("viewers.once")),
        (figure(f"{own.several:,}"), say("viewers.several")),
    ]
    if len(own.visits) > 1:
        told.append((figure(f"{own.returning:,}"), say("viewers.returning")))
    visits = [
        [at.date(one.first, "%Y-%m-%d %H:%M"), f"{one.viewers:,}", f"{one.new:,}",
         f"{one.returning:,}"]
        for one in own.visits
    ]  # fmt: skip
    regulars = [[one.name, f"{one.questions:,}", f"{one.count:,}"] for one in own.regulars]
    streams = charts.table([say("visit"), say("viewers"), say("new"), say("returning")], visits)
    most = charts.table([say("viewer"), say("questions"), say("comments")], regulars)
    return section(
        say("viewers"),
        facts(told),
        streams if len(own.visits) > 1 else None,
        most if regulars else None,
        note=say("viewers.note"),
    )


def manners(at: Scene) -> Html:
    """Return the shares of spam and abuse; nothing of it is shown."""
    say, own = at.say, at.of
    told = [
        (figure(at.share(one.share) if one.count else "0"), f"{say(name)} · {one.count:,}")
        for name, one in (("spam", own.spam), ("abuse", own.abuse))
    ]
    return section(say("manners"), facts(told), note=say("manners.note"))
