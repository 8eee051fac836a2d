"""Tables of chat, CSV and workbooks, whose columns are guessed by their headings or content."""

import csv
import datetime as dt
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import python_calamine as calamine

from bot.errors import BadFrame, BadLog
from bot.model import ChatMessage
from bot.replay.readers import times
from bot.replay.readers.columns import Columns, guess
from bot.replay.readers.parts import Formats, Head, Item, Maker, Reader, role
from bot.replay.readers.source import LONGEST, Piece, Source

SEPARATORS = ",\t;|"
SAMPLE = 50  # rows that tell the columns
WITHIN = 50  # lines of one row at most: a quote that is never closed costs its own line alone
LARGEST = 64_000_000  # bytes of a workbook, which is read whole
ENOUGH = 0.6  # of the rows that have the same width
UNPACKED = 512_000_000  # bytes of its parts
WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SURE, UNSURE = 0.9, 0.5  # with headings, and without
OTHERS = ("<", "{", "@")  # what no table begins with


class Row(NamedTuple):
    """One row at its place."""

    place: str
    cells: Sequence[str]
    fault: str = ""


def separator(lines: Sequence[str]) -> tuple[str, float]:
    """Return what divides the columns, and how many of the lines, 0 to 1, that makes even."""
    best, even = ",", 0.0
    for each_ in SEPARATORS:
        widths = Counter(len(_cells(line, each_)) for line in lines)
        many = max((count for width, count in widths.items() if width > 1), default=0)
        if many / max(len(lines), 1) > even:
            best, even = each_, many / len(lines)
    return best, even


def _cells(line: str, by: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=by, skipinitialspace=True), [])
    except csv.Error:
        return []


def _look_csv(head: Head) -> float:
    rows = [row.rstrip("\r") for row in head.rows if row.strip()]
    by, even = separator(rows)
    if even < ENOUGH or not rows or rows[0].lstrip().startswith(OTHERS):
        return 0.0
    columns = guess([_cells(row, by) for row in rows])
    if columns is None or not columns.sure:
        return 0.0
    return (SURE if columns.headings else UNSURE) * even


def _look_workbook(head: Head) -> float:
    return 1.0 if head.bytes.startswith(WORKBOOK) else 0.0


def _csv(source: Source, _: Formats) -> Iterator[Item]:
    lines = source.lines()
    head = list(islice(lines, SAMPLE))
    by, _even = separator([line.text.rstrip("\r") for line in head if line.text.strip()][:SAMPLE])
    return _messages(_records(chain(head, lines), by), source)


def _records(lines: Iterator[Piece] | Iterable[Piece], by: str) -> Iterator[Row]:
    """Put the lines of a row together; a quote that is not closed costs the line that opens it."""
    opens = re.compile(rf'(?:^|{re.escape(by)})\s*"')
    waiting: list[Piece] = []
    source = iter(lines)
    while True:
        line = waiting.pop(0) if waiting else next(source, None)
        if line is None:
            return
        if line.fault or not line.text.strip():
            if line.fault:
                yield Row(line.place, (), line.fault)
            continue
        text, used = line.text.rstrip("\r"), 0
        while _open(text, opens) and used < WITHIN:
            if used == len(waiting):
                following = next(source, None)
                if following is None:
                    break
                waiting.append(following)
            text += "\n" + waiting[used].text.rstrip("\r")
            used += 1
        if _open(text, opens):
            yield Row(line.place, (), 'expected a closing " in the lines after this one')
            continue
        del waiting[:used]
        yield _row(line.place, text, by)


def _open(text: str, opens: re.Pattern[str]) -> bool:
    return text.count('"') % 2 == 1 and len(text) <= LONGEST and bool(opens.search(text))


def _row(place: str, text: str, by: str) -> Row:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=by, skipinitialspace=True)
    try:
        return Row(place, next(reader, []))
    except csv.Error as error:
        return Row(place, (), f"expected CSV: {error}")


def _workbook(source: Source, _: Formats) -> Iterator[Item]:
    """Read the first sheet in whose rows columns can be told."""
    try:
        book = calamine.load_workbook(_checked(source.data(LARGEST), source.name))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = [
                Row(f"{source.name}: {name} row {number}", [_cell(cell) for cell in row])
                for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1)
            ]
            if guess([row.cells for row in rows[:SAMPLE]]):
                return _messages(iter(rows), source)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise BadLog(f"{source.name}: expected a workbook: {error}") from None
    raise BadLog(f"{source.name}: expected a sheet with a column of text")


def _checked(data: bytes, name: str) -> io.BytesIO:
    """Return a workbook to open. Raises BadLog for one that unpacks to more than memory holds."""
    if data.startswith(WORKBOOK[0]):
        try:
            size = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadLog(f"{name}: expected a workbook: {error}") from None
        if size > UNPACKED:
            raise BadLog(f"{name}: expected a workbook of at most {UNPACKED} bytes, got {size}")
    return io.BytesIO(data)


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat().replace("T", " ")
    if isinstance(value, dt.timedelta):
        return str(value.total_seconds())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _messages(rows: Iterator[Row], source: Source) -> Iterator[Item]:
    head = list(islice(rows, SAMPLE))
    columns = guess([row.cells for row in head if row.cells])
    maker = Maker("log", f"log/{source.room}")
    for row in chain(head, rows):
        maker.number += 1
        if row.fault:
            yield Item(row.place, fault=row.fault)
        elif any(cell.strip() for cell in row.cells):
            yield _item(row, columns, maker)


def _item(row: Row, columns: Columns | None, maker: Maker) -> Item:
    if columns is None:
        return Item(row.place, fault="expected a column of text")
    if columns.heading(row.cells):
        return Item(row.place)
    try:
        return Item(row.place, _message(row.cells, columns, maker))
    except BadFrame as error:
        return Item(row.place, fault=str(error))


def _message(cells: Sequence[str], columns: Columns, maker: Maker) -> ChatMessage | None:
    given = columns.of(cells)
    if "text" not in given:
        raise BadFrame(f"expected {columns.width} columns, got {len(cells)}")
    at = times.read(given["sent_at"]) if given.get("sent_at") else None
    if at is None and given.get("sent_at"):
        raise BadFrame(f"expected a time, got {given['sent_at'][:40]!r}")
    return maker.make(
        given["text"],
        author=given.get("author", ""),
        author_id=given.get("author_id", ""),
        id=given.get("id", ""),
        role=role([given.get("role", "")]),
        at=at,
    )


READERS = (
    Reader(
        "csv", "CSV, or text divided by tabs, semicolons or bars; columns guessed", _look_csv, _csv
    ),
    Reader("workbook", "XLSX, XLS or ODS; columns guessed", _look_workbook, _workbook),
)
