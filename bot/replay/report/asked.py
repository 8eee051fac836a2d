"""What viewers asked about: intents, products, and the questions that found no answer."""

from collections.abc import Sequence

from bot.replay.compare import ASKED
from bot.replay.report import charts
from bot.replay.report.context import Context, section
from bot.replay.report.figures import FATES, OPEN, Row
from bot.replay.report.markup import Html, el, said

PRODUCTS, QUESTIONS_SHOWN = 12, 12


def intents(at: Context) -> Html | None:
    """Return the intents that ask as bars, the others in a line: they would dwarf them."""
    rows = at.figures.intents
    if not rows:
        return None
    asking = [row for row in rows if row.key in ASKED]
    chatter = [row for row in rows if row.key not in ASKED]
    named = " · ".join(f"{_intent(at, row)} {row.count:,}" for row in chatter)
    rest = el("p", at.say("chatter", named=named), class_="note after") if chatter else None
    cells = [_cells(at, _intent(at, row), row) for row in (*asking, *chatter)]
    return section(
        at.say("intents"),
        _bars(at, [(_intent(at, row), row) for row in asking]),
        rest,
        _table(at, "intent", cells),
    )


def products(at: Context) -> Html | None:
    """Return the products that questions were about."""
    rows = at.figures.products
    if not rows:
        return None
    named = [(at.product(row.key), row) for row in rows]
    cells = [_cells(at, *each) for each in named]
    return section(at.say("products"), _bars(at, named[:PRODUCTS]), _table(at, "product", cells))


def _intent(at: Context, row: Row) -> str:
    return at.say.known("intent", row.key)


def _bars(at: Context, rows: Sequence[tuple[str, Row]]) -> Html:
    top = max((row.count for _, row in rows), default=0)
    drawn = (
        el(
            "li",
            el("span", said(name, 40)),
            charts.bar(at.fates(row), top),
            el("b", f"{row.count:,}"),
        )
        for name, row in rows
    )
    return el("ul", *drawn, class_="bars")


def _cells(at: Context, name: str, row: Row) -> list[str]:
    return [name, *(f"{count:,}" for _, count in at.fates(row)), f"{row.count:,}"]


def _table(at: Context, column: str, cells: list[list[str]]) -> Html:
    head = [at.say(column), *map(at.fate, FATES), at.say("total")]
    return charts.behind(at.say("table"), charts.table(head, cells))


def unanswered(at: Context) -> Html:
    """Return the questions that came most often and found no answer."""
    rows, say = at.figures.unanswered, at.say
    if not rows:
        return section(say("unanswered"), el("p", say("unanswered.none")), class_="wide")
    listed = [_question(at, row) for row in rows[:QUESTIONS_SHOWN]]
    return section(
        say("unanswered"),
        el("ol", *listed, class_="asked"),
        note=say("unanswered.note"),
        class_="wide",
    )


def _question(at: Context, row: Row) -> Html:
    last = row.last
    name = max(OPEN, key=lambda each: row.fates.get(each, 0))
    tags = [
        at.say.known("intent", last.intent) if last.intent else None,
        at.product(last.product) if last.product else None,
        at.say.reason(last.reason or last.outcome),
    ]
    return el(
        "li",
        el("i", class_=name, aria_hidden="true"),
        el("p", said(last.message.text, 140)),
        el("small", " · ".join(each for each in tags if each)),
        el("b", f"{row.count - row.fates.get('unsure', 0) or row.count:,} ×"),
    )
