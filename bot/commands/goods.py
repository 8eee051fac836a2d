"""``danmate catalog import``: shows what a table is taken for, then writes the catalogue."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bot.commands.show import columns_table, guesses_table
from bot.errors import BadCatalogue
from bot.model import Catalogue
from bot.shop.catalogue import load
from bot.shop.importing.assembly import Imported, assemble, keep, read
from bot.shop.importing.columns import assign
from bot.shop.importing.supposed import Wishes
from bot.shop.importing.writing import dumps

_NAMED = 3
"""How many names that several products share are shown."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is written, if anything; columns that are corrected ("COLUMN=key"); the shop."""

    out: Path | None
    columns: Sequence[str]
    name: str | None
    currency: str | None
    language: str | None
    skip_bad: bool
    force: bool


def bring_in(file: Path, choice: Choice) -> str:
    """Import a table; return the line that says what came of it.

    What is guessed goes to standard error before anything is written. Raises BadCatalogue with
    all faults; nothing is written then.
    """
    out = choice.out
    if out is not None:
        _free(out, force=choice.force)
    console = Console(stderr=True, highlight=False)
    sheet = read(file)
    if out is not None and out.exists():
        sheet = keep(sheet, load(out))
    columns = assign(sheet.columns, [row.cells for row in sheet.rows], _wanted(choice.columns))
    console.print(columns_table(file, sheet, columns))
    wishes = Wishes(choice.name, choice.currency, choice.language)
    found = assemble(file, sheet, columns, wishes)
    console.print(guesses_table(found, shared_names(found.catalogue)))
    _judge(file, found, skip_bad=choice.skip_bad)
    said = _many(len(found.catalogue.products), "product")
    if found.left_out:
        said += f", {_many(found.left_out, 'row')} left out"
    if out is None:
        return f"{file}: {said}; nothing is written: --out catalog.toml does"
    _write(out, dumps(found.catalogue))
    return f"{out}: {said}, {_many(len(found.catalogue.faq), 'FAQ row')}: written"


def shared_names(catalogue: Catalogue) -> list[str]:
    """Say in one line which names several products have: viewers cannot tell those apart."""
    names = Counter(product.name for product in catalogue.products)
    shared = [(name, count) for name, count in names.items() if count > 1]
    if not shared:
        return []
    shown = ", ".join(f'{count} are called "{name}"' for name, count in shared[:_NAMED])
    more = f", and {len(shared) - _NAMED} names more" if len(shared) > _NAMED else ""
    return [f"{shown}{more}: a viewer tells them apart by link number or sku only"]


def _judge(file: Path, found: Imported, *, skip_bad: bool) -> None:
    """Stop at faults; name them and go on where the seller wants the good rows alone."""
    good = len(found.catalogue.products)
    if found.faults and not (skip_bad and good):
        rows = f"{_many(found.left_out, 'row')} with faults, {good} good"
        raise BadCatalogue(*found.faults, f"{file}: {rows}; nothing is written")
    for fault in found.faults:
        sys.stderr.write(f"danmate: {fault}\n")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _wanted(pairs: Sequence[str]) -> dict[str, str]:
    """Return the keys of --map by column."""
    faults = [f'--map "{pair}": expected "COLUMN=key"' for pair in pairs if "=" not in pair]
    if faults:
        raise BadCatalogue(*faults)
    cut = (pair.rpartition("=") for pair in pairs)
    return {column.strip(): key.strip() for column, _, key in cut}


def _free(out: Path, *, force: bool) -> None:
    """Refuse a file that cannot be a catalogue or is one already, before the work."""
    if out.suffix.lower() != ".toml":
        raise BadCatalogue(f"--out {out}: expected a name that ends in .toml")
    if out.exists() and not force:
        raise BadCatalogue(f"--out {out}: expected a new file; --force replaces this one")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise BadCatalogue(f"--out {out}: expected a file that can be written ({reason})") from None
