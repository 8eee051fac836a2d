"""Shows answered questions on a terminal: who asked, what was said, and what it rests on."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from bot.model import Catalogue, Outcome

OPTIONAL = ("stock", "discount", "size_guide", "material", "notes")
"""What viewers ask for most; the table names what a product lacks of it."""
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
