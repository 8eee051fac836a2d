"""Words for what happened in a room that was only read: its lines as they come, and the report."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.model import ChatMessage, Outcome
from bot.replay.compare import WITHIN, Report, asks
from bot.replay.likeness import Pair, Verdict

VERDICTS: Mapping[Verdict, tuple[str, str, str]] = {
    "agree": ("green", "said the same numbers", "The same numbers"),
    "differ": ("red", "said other numbers", "Other numbers"),
    "reworded": ("cyan", "answered in other words", "In other words"),
    "bot_only": ("green", "did not answer, the bot would have", "Only the bot"),
    "host_only": ("yellow", "answered, the bot had no answer", "Only the host"),
    "nobody": ("dim", "did not answer, nor had the bot an answer", "Nobody"),
}
"""By verdict: its colour, what host and moderators did, and what examples of it are headed."""
JOINER = "\u200d"
"""Holds an emoji together; other characters that are not printable may move the cursor."""
REASONS = 4
"""Reasons that a row of the report names."""


def plain(text: str) -> str:
    """Return a text that cannot steer the terminal that it is printed on."""
    return "".join(c if c.isprintable() or c == JOINER else " " for c in text)


def told(outcome: Outcome, answers: tuple[Pair, ...]) -> RenderableType | None:
    """Return how a terminal shows an outcome; None for what nobody needs to see."""
    rows = list(_rows(outcome, answers))
    if not rows:
        return None
    message = outcome.message
    head = Text.assemble((plain(message.author), "bold"), "  ", plain(message.text))
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(clock(message.sent_at), "dim"), Group(head, *rows))
    return grid


def clock(at: float) -> str:
    """Return a time of day, as the clock on the wall shows it."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S")


def _rows(outcome: Outcome, answers: tuple[Pair, ...]) -> Iterator[RenderableType]:
    own = [pair for pair in answers if pair.outcome is outcome]
    for pair in answers:
        if pair not in own:
            yield _answered(pair, f"answers {plain(pair.outcome.message.author)}")
    reply, reason = outcome.reply, outcome.reason or ""
    if reply is not None:
        yield _mark("→", plain(reply.text), "green")
        facts = " · ".join(f"{fact.id} = {fact.text}" for fact in reply.facts)
        basis = Text(plain(facts), "dim", no_wrap=True, overflow="ellipsis")
        yield Padding(basis, (0, 0, 0, 2))
    elif outcome.outcome == "handed_off":
        yield _mark("☝", f"for the host: {reason}", "yellow")
    elif outcome.outcome == "blocked":
        yield _mark("✗", f"not said: {reason}", "red")
    elif asks(outcome):
        score = f" {outcome.score:.2f}" if outcome.score is not None else ""
        yield _mark("·", f"not sure enough: {outcome.intent}{score}", "dim")
    for pair in own:
        yield _answered(pair, f"{plain(pair.answer.author if pair.answer else '')} answered")


def _answered(pair: Pair, what: str) -> Text:
    style, _, name = VERDICTS[pair.verdict]
    words = f"✓ {what} after {pair.seconds:.0f} s"
    return Text(f"{words}: {name.lower()}" if pair.outcome.reply else words, style)


def _mark(mark: str, text: str, style: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(mark, style), Text(text, "dim" if style == "dim" else ""))
    return grid


def summary(report: Report) -> RenderableType:
    """Return the report for a terminal: examples first, the sums where the prompt comes back."""
    examples = [
        Group("", Text(VERDICTS[name][2], f"bold {VERDICTS[name][0]}"), *map(_example, pairs))
        for name, pairs in report.examples.items()
        if pairs and name != "nobody"
    ]
    return Group(*examples, "", Rule(style="dim"), _counts(report), *_staff(report))


def _example(pair: Pair) -> RenderableType:
    asked, reply = pair.outcome.message, pair.outcome.reply
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(clock(asked.sent_at), "dim"), _said(asked))
    if reply is not None:
        grid.add_row(Text("bot", "dim", justify="right"), Text(plain(reply.text)))
    if pair.answer is not None:
        after = Text(f"+{pair.seconds:.0f} s", "dim", justify="right")
        grid.add_row(after, _said(pair.answer))
    return Padding(grid, (0, 0, 0, 2))


def _said(message: ChatMessage) -> Text:
    return Text.assemble((plain(message.author), "bold"), "  ", plain(message.text))


def _counts(report: Report) -> RenderableType:
    count = report.outcomes.get
    drafted = sum(report.drafted.values())
    rows = _table()
    rows.add_row("read", f"{report.messages:,}", f"{report.questions:,} of them questions")
    rows.add_row("would have answered", f"{drafted:,}", _most(report.drafted))
    rows.add_row("left to the host", f"{count('handed_off', 0):,}", _most(report.handed_off))
    rows.add_row("not said: blocked", f"{count('blocked', 0):,}", "")
    rows.add_row("ignored", f"{count('ignored', 0):,}", _most(report.ignored))
    late = count("expired", 0) + count("shed", 0) + count("dead", 0)
    if late:
        hint = "is this machine's clock right? danmate doctor" if 2 * late > report.messages else ""
        rows.add_row("too late or too much", f"{late:,}", hint)
    return rows


def _staff(report: Report) -> Iterator[RenderableType]:
    if not report.questions:
        return
    yield Text(f"\nHost and moderators, within {WITHIN:.0f} s of a question:", "bold")
    rows = _table()
    for name, (style, did, _) in VERDICTS.items():
        share = report.answers[name] / report.questions
        rows.add_row(Text(did, style), f"{report.answers[name]:,}", f"{share:.0%}")
    yield rows
    half, most = report.slowest(0.5), report.slowest(0.9)
    if half is not None:
        yield Text(f"Half of their answers came within {half} s, nine in ten within {most} s.")
    if (same := report.rates()["agree_of_numbers"]) is not None:
        yield Text(f"Where both gave numbers, they were the same in {same:.0%}.")


def _table() -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column()
    rows.add_column(justify="right")
    rows.add_column(style="dim")
    return rows


def _most(counts: Mapping[str, int]) -> str:
    named = [f"{name} {count:,}" for name, count in list(counts.items())[:REASONS]]
    return ", ".join([*named, *(["…"] if len(counts) > REASONS else [])])


def as_dict(report: Report) -> dict[str, object]:
    """Return the report as it is written into a file of JSON."""
    return {
        "messages": report.messages,
        "questions": report.questions,
        "outcomes": report.outcomes,
        "drafted": report.drafted,
        "handed_off": report.handed_off,
        "ignored": report.ignored,
        "answers": report.answers,
        "rates": report.rates(),
        "seconds": {"within": WITHIN, "half": report.slowest(0.5), "most": report.slowest(0.9)},
        "examples": {
            name: [_written(pair) for pair in pairs] for name, pairs in report.examples.items()
        },
    }


def _written(pair: Pair) -> dict[str, object]:
    outcome, answer = pair.outcome, pair.answer
    return {
        "id": outcome.message.id,
        "author": outcome.message.author,
        "text": outcome.message.text,
        "sent_at": outcome.message.sent_at,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "intent": outcome.intent,
        "draft": outcome.reply and outcome.reply.text,
        "answer": answer and answer.text,
        "answered_by": answer and answer.author,
        "seconds": pair.seconds,
        "seen_by": pair.how,
    }
