"""The bot beside host and moderators: coverage, agreement, and who was sooner."""

from bot.replay.compare import WITHIN
from bot.replay.likeness import VERDICTS, Pair, Verdict
from bot.replay.report import charts
from bot.replay.report.context import Context, facts, figure, section, share
from bot.replay.report.figures import quantile
from bot.replay.report.markup import Html, el, said

LOOKS: dict[Verdict, str] = {
    "agree": "answered",
    "differ": "lost",
    "reworded": "reworded",
    "bot_only": "alone",
    "host_only": "host",
    "nobody": "silent",
}
"""The css class of each verdict."""
EXAMPLES = 2
"""Examples of each verdict that are shown."""
TOLD: tuple[Verdict, ...] = ("differ", "host_only", "reworded", "agree")
"""Verdicts of which examples are shown: what somebody may want to mend stands first."""


def people(at: Context) -> Html | None:
    """Return how the bot's answers stand to those of people."""
    report, say = at.figures.people, at.say
    if not report.questions:
        return None
    both = report.questions - report.answers["bot_only"] - report.answers["nobody"]
    if not both:
        return section(say("people"), el("p", say("people.none")), class_="wide")
    counts = report.answers
    listed = [(LOOKS[each], say(f"verdict.{each}"), f"{counts[each]:,}") for each in VERDICTS]
    parts = ", ".join(f"{words} {value}" for _, words, value in listed)
    bar = charts.bar(
        [(LOOKS[each], counts[each]) for each in VERDICTS],
        report.questions,
        say("fates.alt", parts=parts),
    )
    rows = [
        [words, value, share(counts[each], report.questions)]
        for each, (_, words, value) in zip(VERDICTS, listed, strict=True)
    ]
    return section(
        say("people"),
        facts(_figures(at)),
        el("div", bar, class_="one"),
        charts.legend(listed),
        charts.behind(
            say("table"), charts.table([say("verdict"), say("times"), say("share")], rows)
        ),
        el(
            "div",
            *(_examples(at, each) for each in TOLD if report.examples.get(each)),
            class_="two",
        ),
        note=say("people.note", n=f"{report.questions:,}", within=f"{WITHIN:g}"),
        class_="wide",
    )


def _figures(at: Context) -> list[tuple[Html, str]]:
    rates, say = at.figures.people.rates(), at.say
    shown = [
        (figure(f"{100 * rate:.0f} %"), say(f"people.{key}"))
        for key, name in (
            ("bot", "answered_by_bot"),
            ("staff", "answered_by_staff"),
            ("agree", "agree_of_numbers"),
        )
        if (rate := rates[name]) is not None
    ]
    if (sooner := quantile(at.figures.sooner, 0.5)) is not None:
        key = "people.sooner" if sooner >= 0 else "people.later"
        shown.append((figure(at.span(abs(sooner))), say(key)))
    return shown


def _examples(at: Context, name: Verdict) -> Html:
    pairs = at.figures.people.examples[name][:EXAMPLES]
    title = el("h3", el("i", class_=LOOKS[name], aria_hidden="true"), at.say(f"verdict.{name}"))
    return el("div", title, *(_pair(at, pair) for pair in pairs), class_="pairs")


def _pair(at: Context, pair: Pair) -> Html:
    reply, answer = pair.outcome.reply, pair.answer
    rows = []
    if reply is not None:
        rows.append(_line(at.say("bot"), reply.text))
    if answer is not None:
        who = at.say("host" if answer.role == "host" else "moderator")
        after = at.say("after", seconds=at.span(pair.seconds or 0.0))
        rows.append(_line(f"{who} · {after}", answer.text))
    asked = pair.outcome.message
    return el("blockquote", el("p", el("b", said(asked.author, 30)), " ", said(asked.text)), *rows)


def _line(who: str, text: str) -> Html:
    return el("p", el("small", who), " ", said(text), class_="line")
