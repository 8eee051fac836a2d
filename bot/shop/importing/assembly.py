"""Turn a seller's table into a catalogue: each cell read by its column, each fault by its row."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.errors import BadCatalogue
from bot.model import Catalogue
from bot.shop.catalogue import PRODUCT, SHOP, Expected, parse
from bot.shop.importing import sheets, shopify
from bot.shop.importing.cells import blank, decimal_comma, plain, value
from bot.shop.importing.columns import OTHERWISE, Column
from bot.shop.importing.sheets import Row, Sheet
from bot.shop.importing.supposed import Guess, Wishes, suppose

_NEEDED = {"name": "名称, name", "price": "价格, price"}
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """The catalogue of the good rows, the faults of the others, and what was supposed."""

    catalogue: Catalogue
    faults: tuple[str, ...]
    left_out: int
    guesses: tuple[Guess, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """What one row gave: the table of its product, or faults that begin behind the row's place."""

    product: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(path: Path) -> Sheet:
    """Read a file as a table with one row for each product. Raises BadCatalogue."""
    sheet = sheets.read(path)
    return shopify.merged(sheet) if shopify.recognised(sheet) else sheet


def keep(sheet: Sheet, earlier: Catalogue) -> Sheet:
    """Let what an earlier catalogue says about the shop, and its FAQ, stand beside new products."""
    shop = {key: text for key in SHOP if (text := getattr(earlier, key)) is not None}
    faq = [{"questions": list(row.questions), "answer": row.answer} for row in earlier.faq]
    note = f"the shop's texts and {len(faq)} FAQ rows stay as they are in the catalogue"
    beside = {"shop": shop, "faq": faq, **sheet.beside}
    return replace(sheet, beside=beside, notes=(*sheet.notes, note))


def assemble(path: Path, sheet: Sheet, columns: Sequence[Column], wishes: Wishes) -> Imported:
    """Read every row by its columns.

    Raises BadCatalogue where no column gives a name or a price, and for a wish that no catalogue
    takes; then with the faults of the rows as well.
    """
    _complete(path, columns)
    commas = {
        column.index: decimal_comma(row.cells[column.index] for row in sheet.rows)
        for column in columns
        if column.key in ("price", "list_price")
    }
    found = [_product(row, columns, commas) for row in sheet.rows]
    made = _skus(sheet.rows, found)
    _doubles(sheet.rows, found, columns)
    good = [each.product for each in found if not each.faults]
    faults = [
        f"{path}: {row.place}{fault}"
        for row, each in zip(sheet.rows, found, strict=True)
        for fault in each.faults
    ]
    names = [product["name"] for product in good]
    guesses, mixed = suppose(path, sheet, columns, names, wishes)
    if mixed:
        raise BadCatalogue(*faults, *(f"{path}: {fault}" for fault in mixed))
    data = _tables(path, sheet, guesses, good, whole=not faults)
    try:
        catalogue = parse(data, str(path))
    except BadCatalogue as bad:
        raise BadCatalogue(*faults, *bad.faults) from None
    notes = [*sheet.notes, *made, *_unread(found)]
    return Imported(catalogue, tuple(faults), len(found) - len(good), guesses, tuple(notes))


def _complete(path: Path, columns: Sequence[Column]) -> None:
    keys = {column.key for column in columns}
    names = ", ".join(column.name for column in columns)
    faults = [
        f'{path}: expected a column for the {key} (such as {example}) or --map "COLUMN={key}"; '
        f"there are {names}"
        for key, example in _NEEDED.items()
        if key not in keys
    ]
    if faults:
        raise BadCatalogue(*faults)


def _product(row: Row, columns: Sequence[Column], commas: Mapping[int, bool]) -> _Found:
    found = _Found(faults=list(row.faults))
    if found.faults:
        return found
    unread: set[str] = set()
    for column in columns:
        if column.key is None:
            continue
        cell = row.cells[column.index]
        try:
            read = value(column.key, cell, comma=commas.get(column.index, False))
            if read is not None:
                _put(found.product, column, read)
            elif not blank(cell):
                found.unread.append(f'"{plain(cell)}" in column {column.name}')
        except Expected as expected:
            got = json.dumps(plain(cell), ensure_ascii=False)
            found.faults.append(f", column {column.name}: expected {expected}, got {got}")
            unread.add(column.key)
    if "price" not in {*found.product, *unread} and any(c.why == OTHERWISE for c in columns):
        found.product |= {"price": found.product.pop("list_price", None)}
    for key in _NEEDED:
        if found.product.get(key) is None and key not in unread:
            name = next(column.name for column in columns if column.key == key)
            found.faults.append(f", column {name}: expected a {key}, got nothing")
    return found


def _put(product: dict[str, Any], column: Column, read: Any) -> None:
    """Lay what a cell says into its product; several columns may tell one key."""
    key = str(column.key)
    if key == "specs":
        name = column.name.removeprefix("specs.") or column.name
        product["specs"] = product.get("specs", {}) | PRODUCT[key]({name: read})
        return
    read = PRODUCT[key](read)
    match product.get(key):
        case None:
            product[key] = list(read) if isinstance(read, tuple) else read
        case list(earlier):
            product[key] = list(dict.fromkeys([*earlier, *read]))
        case str(earlier):
            product[key] = earlier if read in earlier else f"{earlier}; {read}"


def _skus(rows: Sequence[Row], found: Sequence[_Found]) -> list[str]:
    """Give each product without a sku one made of its row; return the line that says so."""
    given = {each.product.get("sku") for each in found}
    made: list[str] = []
    for row, each in zip(rows, found, strict=True):
        if "sku" in each.product or each.faults:
            continue
        sku = f"R{row.place.split()[-1]}"
        while sku in given:
            sku += "-"
        each.product["sku"] = sku
        made.append(sku)
    if not made:
        return []
    shown = ", ".join(made[:_NAMED]) + (" …" if len(made) > _NAMED else "")
    return [f"{len(made)} of {len(rows)} have no sku: it is made from the row's number ({shown})"]


def _doubles(rows: Sequence[Row], found: Sequence[_Found], columns: Sequence[Column]) -> None:
    """Note each sku and link that an earlier row has."""
    seen: dict[tuple[str, object], str] = {}
    names = {column.key: column.name for column in columns}
    for row, each in zip(rows, found, strict=True):
        for key in ("sku", "link"):
            own = each.product.get(key)
            if own is None:
                continue
            if (first := seen.setdefault((key, own), row.place)) != row.place:
                expected = f"expected a {key} of its own ({first} has it too)"
                got = json.dumps(own, ensure_ascii=False)
                each.faults.append(f", column {names[key]}: {expected}, got {got}")


def _tables(
    path: Path,
    sheet: Sheet,
    guesses: Sequence[Guess],
    good: Sequence[dict[str, Any]],
    *,
    whole: bool,
) -> dict[str, Any]:
    """Return the tables of a catalogue file."""
    shop = sheet.beside.get("shop", {})
    if not isinstance(shop, dict):
        raise BadCatalogue(f"{path}: shop: expected a table")
    data = {**sheet.beside, "products": good}
    data["shop"] = shop | {guess.key: guess.value for guess in guesses}
    if not whole and data.get("now_showing") not in {product["sku"] for product in good}:
        data.pop("now_showing", None)  # its row is among those left out
    return data


def _unread(found: Sequence[_Found]) -> list[str]:
    """Say which texts stand where a number belongs and tell none: they count as unknown."""
    texts = dict.fromkeys(text for each in found for text in each.unread)
    return [f"{text} tells no number: unknown" for text in texts]
