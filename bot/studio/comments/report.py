"""The report of an analysis: one HTML page, in the looks of a replay's report."""

from datetime import timedelta, timezone

from bot.model import Lang
from bot.replay.report.context import facts, figure, section, share
from bot.replay.report.markup import Html, el, said, shown
from bot.replay.report.page import TAGS, document
from bot.replay.report.texts import LANGS
from bot.studio.comments import lists, pictures
from bot.studio.comments.scene import Scene
from bot.studio.comments.values import Analysis, Finding
from bot.studio.comments.words import Say


def page(analysis: Analysis, lang: Lang) -> str:
    """Return the report in Chinese and English, light and dark, for screens and paper.

    Nothing in it runs, and nothing is asked for. What came from the chat is text.
    """
    title = f"{shown(analysis.title, 120)} · {Say(lang)('analysis')}"
    zone = timezone(timedelta(seconds=analysis.offset))
    mains = [_main(Scene(analysis, Say(each), zone)) for each in LANGS]
    return document(title, lang, mains)


def _main(at: Scene) -> Html:
    every = at.of
    return el(
        "main",
        _head(at),
        *(_sections(at) if every.comments else ()),
        el("footer", at.say("about", version=every.version)),
        lang=TAGS[at.say.lang],
        id=f"report-{at.say.lang}",
    )


def _sections(at: Scene) -> tuple[Html, ...]:
    return (
        _findings(at),
        pictures.over_time(at),
        pictures.intents(at),
        pictures.sentiments(at),
        pictures.topics(at),
        lists.asked(at),
        lists.missing(at),
        lists.answers(at),
        lists.objections(at),
        lists.moments(at),
        lists.viewers(at),
        lists.manners(at),
    )


def _head(at: Scene) -> Html:
    every, say = at.of, at.say
    lead = say(
        "lead",
        comments=f"{every.comments:,}",
        questions=f"{every.questions.count:,}",
        viewers=f"{every.viewers.count:,}",
    )
    return el(
        "header",
        el("p", say("analysis"), class_="kicker"),
        el("h1", said(every.title, 120)),
        el("p", lead if every.comments else say("empty"), class_="lead"),
        el("p", *_about(at), class_="about"),
        facts(_figures(at)) if every.comments else None,
    )


def _about(at: Scene) -> list[Html]:
    every, say = at.of, at.say
    parts = []
    if every.first is not None and every.last is not None:
        first = at.date(every.first, "%Y-%m-%d %H:%M")
        same = at.date(every.first, "%Y-%m-%d") == at.date(every.last, "%Y-%m-%d")
        last = at.date(every.last, "%H:%M" if same else "%Y-%m-%d %H:%M")
        parts.append(el("span", f"{first} – {last}"))
    if len(every.rooms) == 1:
        parts.append(el("span", said(every.rooms[0], 60)))
    elif every.rooms:
        parts.append(el("span", say("rooms", n=len(every.rooms))))
    if every.catalogue:
        parts.append(el("span", f"{say('catalog')} ", said(every.catalogue, 60)))
    return parts


def _figures(at: Scene) -> list[tuple[Html, str]]:
    every, say = at.of, at.say
    rows = [
        (figure(f"{every.comments:,}"), say("kpi.comments")),
        (figure(f"{every.viewers.count:,}"), say("kpi.viewers")),
        (figure(at.share(every.sentiments["positive"].share)), say("kpi.positive")),
        (figure(at.share(every.sentiments["negative"].share)), say("kpi.negative")),
    ]
    own = every.answers
    if own.questions:
        answered = own.questions - own.unanswered
        rows.append((figure(share(answered, own.questions)), say("kpi.answered")))
    if own.half is not None:
        rows.append((figure(at.span(own.half)), say("kpi.waited")))
    return rows


def _findings(at: Scene) -> Html:
    listed = (_finding(at, one) for one in at.of.findings)
    return section(at.say("findings"), el("ol", *listed, class_="finds"), class_="wide")


def _finding(at: Scene, one: Finding) -> Html:
    rests = " · ".join(f"{each.path.strip('/')} = {each.value:g}" for each in one.numbers)
    return el("li", el("p", said(one.words[at.say.lang], None), title=rests))
