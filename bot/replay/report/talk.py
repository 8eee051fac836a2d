"""The end of a report: a stretch of the chat, what was set, and how the log was read."""

from bot.model import Outcome
from bot.replay.report import charts
from bot.replay.report.context import Context, section
from bot.replay.report.counts import LATEST, tenths
from bot.replay.report.figures import fate
from bot.replay.report.markup import Html, el, said


def sample(at: Context) -> Html | None:
    """Return the stretch of the chat in which the bot had most to do."""
    lines = at.figures.sample
    if not lines:
        return None
    return section(
        at.say("sample"),
        el("ol", *(_line(at, line) for line in lines), class_="talk"),
        note=at.say("sample.note", n=len(lines)),
        class_="wide",
    )


def _line(at: Context, outcome: Outcome) -> Html:
    message, became = outcome.message, fate(outcome)
    staff = at.say("host" if message.role == "host" else "moderator")
    return el(
        "li",
        el("time", at.date(message.sent_at, "%H:%M:%S")) if 0 <= message.sent_at < LATEST else None,
        el(
            "div",
            el(
                "p",
                el("b", said(message.author, 30)),
                el("em", staff) if message.role in ("host", "moderator") else None,
                said(message.text),
            ),
            _then(at, outcome),
        ),
        class_=became,
    )


def _then(at: Context, outcome: Outcome) -> Html | None:
    reply = outcome.reply
    if outcome.notice:
        return el("p", said(outcome.notice), class_="verdict")
    if reply is None:
        if fate(outcome) == "silent":
            return None
        return el("p", at.say.reason(outcome.reason or outcome.outcome), class_="verdict")
    if outcome.message.id in reply.answers[1:] or not reply.text:
        return el("p", at.say("above"), class_="verdict")
    many = at.say("with", n=len(reply.answers)) if len(reply.answers) > 1 else None
    waited = at.wait(tenths(reply.at - outcome.message.sent_at)) if reply.at else None
    rests = (
        each.id if each.text in reply.text else f"{each.id} = {each.text}" for each in reply.facts
    )
    parts = [each for each in (waited, many, *rests) if each]
    return el(
        "div", el("p", said(reply.text)), el("small", said(" · ".join(parts))), class_="reply"
    )


def config(at: Context) -> Html:
    """Return what was set otherwise than by default."""
    changes, say = at.about.changes, at.say
    if not changes:
        return section(say("config"), el("p", say("config.none")))
    rows = [[each.key, each.default, each.value] for each in changes]
    table = charts.table([say("key"), say("default"), say("value")], rows, numbers=9)
    return section(say("config"), el("div", table, class_="config"), class_="wide")


def reading(at: Context) -> Html | None:
    """Return how the log was read."""
    log, say = at.about.reading, at.say
    if log is None:
        return None
    note = say(
        "reading.note",
        format=log.format,
        read=f"{log.read:,}",
        other=f"{log.other:,}",
        skipped=f"{log.skipped:,}",
    )
    faults = el("ul", *(el("li", said(each)) for each in log.faults), class_="faults")
    return section(say("reading"), el("p", note), faults if log.faults else None)
