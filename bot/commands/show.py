"""Shows on a terminal: answered questions and what they rest on, catalogues, what is imported."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.model import Catalogue, Outcome
from bot.shop.importing.assembly import Imported
from bot.shop.importing.cells import LISTS, Cell, blank, plain, several, words
from bot.shop.importing.columns import SINGLE, Column
from bot.shop.importing.sheets import Sheet

OPTIONAL = ("stock", "discount", "size_guide", "material", "notes")
"""What viewers ask for most; the table names what a product lacks of it."""
_NAME, _EXAMPLE = 26, 32
"""How much of a column's name and value is shown: the table fits 80 columns."""
SHOWN = ("answered", "handed_off", "commanded")


def line(console: Console, outcome: Outcome) -> None:
    """Print one outcome that somebody would want to see; the rest is silence and stays so."""
    if outcome.outcome not in SHOWN:
        return
    message = outcome.message
    at = datetime.fromtimestamp(message.sent_at, UTC).strftime("%H:%M:%S")
    asked = f"[dim]{at}[/] [bold]{escape(message.author)}[/] {escape(message.text)}"
    if outcome.outcome == "commanded":
        console.print(f"{asked}  [magenta]⚙ {escape(outcome.notice or '')}[/]")
        return
    if outcome.outcome == "handed_off":
        console.print(f"{asked}  [yellow]☝ for the host ({outcome.reason})[/]")
        return
    reply = outcome.reply
    if reply is None or reply.answers[:1] != (message.id,):
        return  # its answer stands with the one who asked first
    others = len(reply.answers) - 1
    console.print(asked + (f" [cyan](+{others} who ask the same)[/]" if others else ""))
    console.print(Padding(f"[green]→[/] {escape(reply.text)}", (0, 0, 0, 9), expand=False))
    facts = " · ".join(f"{fact.id} = {fact.text}" for fact in reply.facts)
    basis = f"[dim]{escape(facts)}  \\[{reply.source}][/]"
    console.print(Padding(basis, (0, 0, 0, 11), expand=False))


def summary(console: Console, outcomes: Iterable[Outcome], seconds: float) -> None:
    """Print what became of all messages."""
    outcomes = list(outcomes)
    kinds = Counter(outcome.outcome for outcome in outcomes)
    silent = Counter(o.reason or "-" for o in outcomes if o.outcome == "ignored")
    replies = {o.reply.id: o.reply for o in outcomes if o.outcome == "answered" and o.reply}
    sources = Counter(reply.source for reply in replies.values())
    console.rule()
    console.print(
        f"[bold]{len(outcomes)}[/] messages: "
        + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    )
    by = ", ".join(f"{count} by {source}" for source, count in sources.most_common())
    console.print(f"[bold]{len(replies)}[/] replies posted: {by or 'none'}")
    console.print("silent: " + ", ".join(f"{n} {reason}" for reason, n in silent.most_common()))
    console.print(f"{seconds:.1f} s, {len(outcomes) / max(seconds, 0.001):.0f} messages/s")


def table(catalogue: Catalogue) -> Table:
    """Return a catalogue as a table that fits a terminal."""
    rows = Table(title=f"{catalogue.name} ({catalogue.currency}, {catalogue.language})", box=None)
    for head in ("link", "sku", "name", "price", "stock", "unknown"):
        rows.add_column(head, justify="right" if head in ("link", "price", "stock") else "left")
    for product in catalogue.products:
        showing = " ◀" if product.sku == catalogue.now_showing else ""
        missing = [key for key in OPTIONAL if getattr(product, key) in (None, ())]
        rows.add_row(
            str(product.link or "-"),
            product.sku,
            escape(product.name) + showing,
            f"{product.price:g}",
            "?" if product.stock is None else str(product.stock),
            "[dim]" + ", ".join(missing) + "[/]",
        )
    return rows


def columns_table(file: Path, sheet: Sheet, columns: Sequence[Column]) -> Group:
    """Return what each column of a table is taken for, with the first value in it."""
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("column", "becomes", "for example"):
        rows.add_column(head, no_wrap=True)
    dropped: dict[str, list[str]] = {}
    for column in columns:
        if column.key is None:
            dropped.setdefault(column.why, []).append(column.name)
            continue
        mark = f"{column.key} ({column.why})" if column.why else column.key
        example = _example(column.key, (row.cells[column.index] for row in sheet.rows))
        rows.add_row(_cut(column.name, _NAME), Text(mark, "cyan"), _cut(example, _EXAMPLE))
    last = [
        Text(f"not taken, {why}: {', '.join(names)}", "yellow") for why, names in dropped.items()
    ]
    count = len(sheet.rows)
    kind = f"{escape(sheet.kind)}; {count} product{'s' * (count != 1)}"
    head = f"[bold]{escape(str(file))}[/]: {kind}"
    return Group(head, "", Padding(Group(rows, *last), (0, 0, 0, 2)), "")


def _cut(text: str, width: int) -> Text:
    cut = Text(text)
    cut.truncate(width, overflow="ellipsis")
    return cut


def _example(key: str, cells: Iterable[Cell]) -> str:
    """Return the first value of a column: a list as it is divided, a text as it is read."""
    first = next((cell for cell in cells if not blank(cell)), "")
    read = several(first) if key in LISTS else [plain(first) if key in SINGLE else words(first)]
    return " ".join(" · ".join(read).split())


def guesses_table(found: Imported, warnings: Sequence[str]) -> Group:
    """Return what was supposed about the shop and its products, and why."""
    rows = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    for guess in found.guesses:
        rows.add_row(
            f"shop's {guess.key}", f"[cyan]{escape(guess.value)}[/]", Text(guess.because, "dim")
        )
    notes = [Text(f"note: {note}", "yellow") for note in (*found.notes, *warnings)]
    return Group(Padding(Group(rows, *notes), (0, 0, 0, 2)), "")
