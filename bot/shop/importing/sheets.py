"""Read a table, whatever program wrote it: CSV, a workbook or JSON, as columns and rows."""

import csv
import datetime as dt
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeAlias

import python_calamine as calamine

from bot.errors import BadCatalogue
from bot.shop.importing.cells import Cell, blank, plain
from bot.shop.importing.columns import guess
from bot.shop.importing.decoding import NoTextError, decode

Line: TypeAlias = tuple[int, tuple[Cell, ...]]
"""A row as it stands in the file, with its number there."""
_TABLE = "a table in CSV, XLSX or JSON"
_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|table|meta)\b", re.IGNORECASE)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a workbook with a password holds this alone
_SEPARATORS = ",;\t|"
_HEAD_WITHIN, _SAMPLE = 10, 50


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, its cells, and what is wrong with it as a whole."""

    place: str
    cells: tuple[Cell, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``kind`` says how it was read, ``beside`` what a catalogue in JSON says besides."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    beside: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(path: Path) -> Sheet:
    """Read a file as a table of at least one row. Raises BadCatalogue with one line for a fault."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadCatalogue(f"{path}: expected a table ({error.strerror or error})") from None
    if not raw.strip():
        raise BadCatalogue(f"{path}: expected a table with a row of headings; the file is empty")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(path, raw)
    try:
        text, encoding = decode(raw)
    except NoTextError as error:
        raise BadCatalogue(f"{path}: expected {_TABLE}; {error}") from None
    if _PAGE.match(text):
        raise BadCatalogue(f"{path}: expected {_TABLE}; this is a web page: save it as XLSX")
    if path.suffix.lower() == ".json":
        return _json(path, text)
    lines, separator = _records(path, text)
    shown = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[separator]
    return _table(path, f"CSV in {encoding}, divided by {shown}", lines)


def _records(path: Path, text: str) -> tuple[list[Line], str]:
    """Return the records of a CSV text and the separator under which they are most even."""
    first, _, rest = text.partition("\n")
    if named := re.fullmatch(r"sep=(.)\r?", first, re.IGNORECASE):
        text, separator = rest, named[1]
    else:
        separator = max(_SEPARATORS, key=lambda each: _evenness(text, each))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True
    )
    lines: list[Line] = []
    at = count(2 if named else 1)  # sep= is a row of the file too
    try:
        lines += ((number, tuple(row)) for number, row in zip(at, reader, strict=False))
    except csv.Error as error:
        reason = str(error).replace("unexpected end of data", "its quote is not closed")
        raise BadCatalogue(f"{path}: row {next(at) - 1}: expected CSV: {reason}") from None
    return lines, separator


def _evenness(text: str, separator: str) -> int:
    widths: Counter[int] = Counter()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        for row, _ in zip(reader, range(_SAMPLE), strict=False):
            widths[len(row)] += 1
    except csv.Error:
        return -1
    return max((many * (width - 1) for width, many in widths.items()), default=0)


def _workbook(path: Path, raw: bytes) -> Sheet:
    """Read the first sheet whose headings are known, else the first that holds anything."""
    if _ENCRYPTED in raw:
        raise BadCatalogue(f"{path}: expected a workbook without a password")
    try:
        book = calamine.load_workbook(io.BytesIO(raw))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in book.sheet_names
        }
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise BadCatalogue(f"{path}: expected {_TABLE}: {error}") from None
    tables = {
        name: [(number, tuple(map(_cell, row))) for number, row in enumerate(rows, 1)]
        for name, rows in sheets.items()
    }
    full = [name for name, lines in tables.items() if any(not _bare(line) for line in lines)]
    if not full:
        raise BadCatalogue(f"{path}: expected a table with a row of headings; it has no cells")
    chosen = max(full, key=lambda name: _known(tables[name]) > 1)
    others = f" of {len(tables)}" if len(tables) > 1 else ""
    return _table(path, f'workbook, sheet "{chosen}"{others}', tables[chosen])


def _cell(item: object) -> Cell:
    """Return what a workbook or JSON holds in one place as a cell; dates as they are written."""
    match item:
        case None:
            return ""
        case bool():
            return "yes" if item else "no"
        case int() | float() if math.isfinite(item) and abs(item) < 10**15:
            return item
        case list() if not any(isinstance(each, dict | list) for each in item):
            return tuple(filter(None, (plain(_cell(each)) for each in item)))
        case dt.datetime() if item.time() == dt.time():
            return item.date().isoformat()
        case dict() | list():
            return ""
        case _:
            return str(item)


def _json(path: Path, text: str) -> Sheet:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCatalogue(f"{path}: expected JSON: {error}") from None
    beside = {}
    if isinstance(data, dict):
        beside = {key: data[key] for key in ("shop", "faq", "now_showing") if key in data}
        data = data.get("products")
    if not isinstance(data, list):
        raise BadCatalogue(f"{path}: expected a list of objects, or an object with products")
    flat = [_flat(item) if isinstance(item, dict) else None for item in data]
    names = tuple(dict.fromkeys(key for item in flat if item for key in item))
    rows = [
        Row(f"object {number}", tuple(item.get(name, "") for name in names))
        if item is not None
        else Row(f"object {number}", ("",) * len(names), (": expected an object",))
        for number, item in enumerate(flat, 1)
    ]
    if not names:
        raise BadCatalogue(f"{path}: expected a list of objects, or an object with products; none")
    return Sheet("JSON", names, tuple(rows), beside)


def _flat(item: Mapping[str, Any]) -> dict[str, Cell]:
    """Return an object as cells; a table in it as ``specs.克重``."""
    cells: dict[str, Cell] = {}
    for key, inner in item.items():
        if isinstance(inner, dict):
            cells |= {f"{key}.{name}": _cell(each) for name, each in inner.items()}
        else:
            cells[key] = _cell(inner)
    return cells


def _bare(line: Line) -> bool:
    return all(map(blank, line[1]))


def _known(lines: Iterable[Line]) -> int:
    """Return how many headings are known in the row, of the first ten, where most are."""
    counts = (sum(1 for cell in cells if guess(plain(cell))) for _, cells in lines)
    return max(islice(counts, _HEAD_WITHIN), default=0)


def _table(path: Path, kind: str, lines: Sequence[Line]) -> Sheet:
    """Find the row of headings (a title may stand above) and number what stands below."""
    full = [line for line in lines if not _bare(line)]
    if not full:
        raise BadCatalogue(f"{path}: expected a table with a row of headings; it has no cells")
    head = next((line for line in full[:_HEAD_WITHIN] if _known([line]) > 1), full[0])
    below = full[full.index(head) + 1 :]
    if not below:
        raise BadCatalogue(f"{path}: expected rows below the headings in row {head[0]}; none")
    width = len(head[1])
    names: list[str] = []
    for at, cell in enumerate(head[1]):
        name = " ".join(plain(cell).split()) or f"column {at + 1}"
        names.append(f"{name} (column {at + 1})" if name in names else name)
    rows = [
        Row(f"row {number}", (*cells, *("",) * width)[:width], _spilt(cells, width))
        for number, cells in below
    ]
    return Sheet(kind, tuple(names), tuple(rows))


def _spilt(cells: Sequence[Cell], width: int) -> tuple[str, ...]:
    """Find cells beyond the headings: what stands before them may have moved too."""
    if all(map(blank, cells[width:])):
        return ()
    got = f"got {len(cells)} (a text that holds the separator needs quotes)"
    return (f": expected {width} cells, {got}",)
