"""Shopify's product export: the variants of one handle become one row, one product."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.shop.catalogue import Expected
from bot.shop.importing.cells import Cell, amount, plain
from bot.shop.importing.sheets import Row, Sheet

_PRICE, _COMPARE, _STOCK = "Variant Price", "Variant Compare At Price", "Variant Inventory Qty"
_NEEDED = {"Handle", "Title", _PRICE}
_OPTIONS = [(f"Option{n} Name", f"Option{n} Value") for n in (1, 2, 3)]
_NO_OPTION = "Title"  # what Shopify calls the option of a product that has none
_SHOWN_PRICES = 4


def recognised(sheet: Sheet) -> bool:
    """Say whether a table is such an export."""
    return set(sheet.columns) >= _NEEDED


def merged(sheet: Sheet) -> Sheet:
    """Return one row for each handle.

    Options become columns of their own, with the values in the order of the export. Stock is the
    sum where every variant counts its pieces; the list price stands where all agree and it is
    above the price. A price that differs among variants is a fault of the row: a product has one.
    Drafts and archived products are left out.
    """
    groups: dict[str, list[Row]] = {}
    cells = _Cells(sheet.columns)
    for row in sheet.rows:
        groups.setdefault(cells.text(row, "Handle") or row.place, []).append(row)
    shown = [
        rows for rows in groups.values() if cells.text(rows[0], "Status").lower() in ("", "active")
    ]
    options = [_options(cells, rows) for rows in shown]
    names = tuple(dict.fromkeys(name for each in options for name in each))
    kept = [
        name for name in sheet.columns if name not in {each for pair in _OPTIONS for each in pair}
    ]
    merged = tuple(
        _product(cells, rows, kept, tuple(found.get(name, ()) for name in names))
        for rows, found in zip(shown, options, strict=True)
    )
    columns = (*kept, *(f"{name} (option)" if name in kept else name for name in names))
    notes = [f"{len(sheet.rows)} rows of variants and pictures are {len(shown)} products"]
    if silent := len(groups) - len(shown):
        notes.append(f"left out as drafts or archived: {silent}")
    return replace(
        sheet, kind=f"Shopify's export, {sheet.kind}", columns=columns, rows=merged,
        notes=(*sheet.notes, *notes),
    )  # fmt: skip


class _Cells:
    """Finds a row's cells by the names of their columns."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._at = {name: at for at, name in enumerate(columns)}

    def get(self, row: Row, name: str) -> Cell:
        return row.cells[self._at[name]] if name in self._at else ""

    def text(self, row: Row, name: str) -> str:
        return plain(self.get(row, name))


def _options(cells: _Cells, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Return the values of each option; its name stands in the first row alone."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _OPTIONS:
        called = cells.text(rows[0], name)
        values = tuple(dict.fromkeys(filter(None, (cells.text(row, value) for row in rows))))
        if called and called != _NO_OPTION and values:
            found[called] = values
    return found


def _product(
    cells: _Cells, rows: Sequence[Row], kept: Sequence[str], options: tuple[Cell, ...]
) -> Row:
    first = rows[0]
    variants = [row for row in rows if cells.text(row, _PRICE)]
    made: dict[str, Cell] = {name: cells.get(first, name) for name in kept}
    faults = [fault for row in rows for fault in row.faults]
    prices = {plain(cells.get(row, _PRICE)) for row in variants}
    if len(set(_amounts(prices))) > 1:
        faults.append(_differ(cells, variants))
    compared = set(_amounts(cells.text(row, _COMPARE) for row in variants))
    price = max(_amounts(prices), default=0.0)
    same = len(compared) == 1 and max(compared) > price
    made[_COMPARE] = max(compared) if same else ""
    made[_STOCK] = _stock(cells, variants)
    return Row(first.place, (*made.values(), *options), tuple(faults))


def _differ(cells: _Cells, variants: Sequence[Row]) -> str:
    """Say which variants cost what, and what the seller can do."""
    by: dict[str, list[str]] = {}
    for row in variants:
        name = " ".join(filter(None, (cells.text(row, value) for _, value in _OPTIONS)))
        by.setdefault(cells.text(row, _PRICE), []).append(name or row.place)
    shown = [f"{price} ({', '.join(names)})" for price, names in by.items()]
    more = f" and {len(shown) - _SHOWN_PRICES} more" if len(shown) > _SHOWN_PRICES else ""
    return (
        f", column {_PRICE}: expected one price for all variants, got "
        f"{'; '.join(shown[:_SHOWN_PRICES])}{more}: give each price a Handle of its own"
    )


def _amounts(texts: Iterable[str]) -> Iterator[float]:
    """Yield what can be read; what cannot is a fault of its own cell later."""
    for text in filter(None, texts):
        try:
            yield amount(text)
        except Expected:
            continue


def _stock(cells: _Cells, variants: Sequence[Row]) -> Cell:
    """Return the pieces of all variants; nothing where one is not counted or sells without any."""
    pieces = 0
    for row in variants:
        text = cells.text(row, _STOCK)
        counted = (
            text.lstrip("-").isdecimal()
            and cells.text(row, "Variant Inventory Policy") != "continue"
        )
        if not counted:
            return ""
        pieces += max(0, int(text))  # fewer than none: sold more than there were
    return pieces
