"""A table is read as it was meant, whatever program wrote it, or refused in one line."""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.shop.importing.decoding import NoTextError, decode
from bot.shop.importing.sheets import Sheet, read
from tests.shop.importing.workbook import Formula, workbook

PROTECTED = Path(__file__).with_name("protected.xlsx")
TEXT = "款号,名称,价格\nA1,加绒卫衣,129\nA2,羊毛衫,59.9\n"


def sheet(folder: Path, content: str | bytes, name: str = "goods.csv") -> Sheet:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path)


def fault(folder: Path, content: bytes, name: str = "goods.csv") -> str:
    with pytest.raises(BadCatalogue) as caught:
        sheet(folder, content, name)
    (line,) = caught.value.faults
    path, _, rest = line.partition(": ")
    assert path == str(folder / name)
    return rest


def cells(found: Sheet) -> list[tuple[object, ...]]:
    return [row.cells for row in found.rows]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16"),
     ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
)  # fmt: skip
def test_every_separator_and_encoding_gives_the_same_table(
    tmp_path: Path, separator: str, encoding: str, said: str
) -> None:
    found = sheet(tmp_path, TEXT.replace(",", separator).encode(encoding))
    assert found.columns == ("款号", "名称", "价格")
    assert cells(found) == [("A1", "加绒卫衣", "129"), ("A2", "羊毛衫", "59.9")]
    assert [row.place for row in found.rows] == ["row 2", "row 3"]
    assert said in found.kind


def test_a_western_spreadsheets_encoding_is_told_from_chinese(tmp_path: Path) -> None:
    found = sheet(tmp_path, "name;price\ncafé für Größe;59,90 €\n".encode("cp1252"))
    assert cells(found) == [("café für Größe", "59,90 €")]
    assert "Windows-1252" in found.kind


def test_a_separator_that_the_file_names_is_taken(tmp_path: Path) -> None:
    found = sheet(tmp_path, "sep=;\nname;price\na,b,c,d;5\n")
    assert cells(found) == [("a,b,c,d", "5")]
    assert found.rows[0].place == "row 3"


def test_texts_with_separators_quotes_and_breaks_stay_whole(tmp_path: Path) -> None:
    found = sheet(tmp_path, 'name,notes,price\nhat,"one, ""two""\nthree; four",5\ncap,x,6\n')
    assert cells(found)[0] == ("hat", 'one, "two"\nthree; four', "5")
    assert found.rows[1].place == "row 3"  # as a spreadsheet numbers it


def test_a_title_and_blank_rows_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    found = sheet(tmp_path, "本周直播商品,,\n,,\n款号,名称,价格\n\nA1,卫衣,129\n")
    assert found.columns == ("款号", "名称", "价格")
    assert found.rows[0].place == "row 5"


def test_headings_that_nobody_knows_are_the_first_row(tmp_path: Path) -> None:
    assert sheet(tmp_path, "甲,乙\n1,2\n").columns == ("甲", "乙")


def test_headings_of_one_name_or_none_are_told_apart(tmp_path: Path) -> None:
    found = sheet(tmp_path, "名称,价格,规格,规格,\n卫衣,129,M,L,x\n")
    assert found.columns == ("名称", "价格", "规格", "规格 (column 4)", "column 5")


def test_a_short_row_is_filled_and_a_long_one_is_a_fault(tmp_path: Path) -> None:
    short, filled, long = sheet(tmp_path, "name,price,notes\na,1\nb,2,x,,\nc,3,x,y\n").rows
    assert (short.cells, short.faults) == (("a", "1", ""), ())
    assert filled.faults == ()
    assert long.faults == (
        ": expected 3 cells, got 4 (a text that holds the separator needs quotes)",
    )


def test_a_workbook_gives_values_of_formulas_dates_and_numbers(tmp_path: Path) -> None:
    book = workbook(
        说明=[["本表用于直播"]],
        商品=[
            ["款号", "名称", "价格", "库存", "上新", "现货"],
            [1001, "卫衣", Formula("C9*2", 0.1 + 0.2), 50, dt.date(2026, 1, 5), True],
            [],
            ["A2", "毛衣 & 帽", 59.9, None, None, False],
        ],
    )
    found = sheet(tmp_path, book, "goods.xlsx")
    assert found.kind == 'workbook, sheet "商品" of 2'
    assert cells(found) == [
        (1001, "卫衣", 0.1 + 0.2, 50, "2026-01-05", "yes"),
        ("A2", "毛衣 & 帽", 59.9, "", "", "no"),
    ]
    assert [row.place for row in found.rows] == ["row 2", "row 4"]


def test_a_workbook_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    book = workbook(a=[["name", "price"], ["hat", 5]])
    assert cells(sheet(tmp_path, book, "goods.csv")) == [("hat", 5)]
    assert cells(sheet(tmp_path, TEXT, "goods.xls"))[0] == ("A1", "加绒卫衣", "129")


def test_json_objects_keep_their_lists_and_tables(tmp_path: Path) -> None:
    rows = [
        {"name": "hat", "price": 5, "sizes": ["S", "M"], "specs": {"克重": "80g"}, "new": True},
        {"name": "cap", "price": None, "variants": [{"a": 1}]},
        7,
    ]
    found = sheet(tmp_path, json.dumps(rows), "goods.json")
    assert found.columns == ("name", "price", "sizes", "specs.克重", "new", "variants")
    assert cells(found)[:2] == [
        ("hat", 5, ("S", "M"), "80g", "yes", ""),
        ("cap", "", "", "", "", ""),
    ]
    assert (found.rows[2].place, found.rows[2].faults) == ("object 3", (": expected an object",))


def test_a_catalogue_in_json_brings_its_shop_and_faq(tmp_path: Path) -> None:
    data = {"products": [{"name": "hat"}], "shop": {"name": "Ann"}, "faq": [], "other": 1}
    assert sheet(tmp_path, json.dumps(data), "a.JSON").beside == {
        "shop": {"name": "Ann"},
        "faq": [],
    }


HEAD = "名称,价格\n".encode()
REFUSED: list[tuple[str, bytes, str]] = [
    ("a.csv", b"", "the file is empty"),
    ("a.xlsx", b"", "the file is empty"),
    ("a.csv", b" \n\n", "the file is empty"),
    ("a.csv", b",,\n,,\n", "it has no cells"),
    ("a.csv", HEAD, "expected rows below the headings in row 1; none"),
    ("a.csv", HEAD + b",\n,\n", "expected rows below the headings in row 1; none"),
    ("a.csv", bytes(range(256)) * 9, "this is another kind of file"),
    ("a.xlsx", b"\x7fELF\x02\x01\x01" + bytes(99), "this is another kind of file"),
    ("a.xlsx", b"PK\x03\x04 torn off", "expected a table in CSV, XLSX or JSON: "),
    ("a.xlsx", workbook(a=[["name", "price"], ["hat", 5]])[:-200], "expected a table in CSV, XLSX"),
    ("a.xlsx", workbook(a=[]), "it has no cells"),
    ("a.xls", b"<html><body><table>", "this is a web page: save it as XLSX"),
    ("a.csv", HEAD + '"帽子,5\n'.encode(), "row 2: expected CSV: its quote is not closed"),
    ("a.csv", HEAD + b'hat,1\n"cap"x,2\n', "row 3: expected CSV: "),
    ("a.csv", HEAD + "帽子毛衣".encode()[:-1] + b",5\n", "in line 2, is not UTF-8"),
    ("a.csv", "名称,价格\n帽,5\n".encode("utf-16")[:-1], "its UTF-16 is damaged"),
    ("a.csv", "名称,价格\n帽,5\n".encode() + b"\xff\x81\xff\n" * 9, "is not in UTF-8, UTF-16 or GB18030"),
    ("a.json", b"{", "expected JSON: "),
    ("a.json", b"[" * 100_000, "expected JSON: "),
    ("a.json", b"3", "expected a list of objects, or an object with products"),
    ("a.json", b"[]", "expected a list of objects"),
    ("a.json", b'{"goods": []}', "an object with products"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "expected"), REFUSED, ids=[f"{n}:{e}" for n, _, e in REFUSED]
)
def test_what_is_no_table_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    assert expected in fault(tmp_path, content, name)


def test_a_workbook_with_a_password_is_refused_as_such(tmp_path: Path) -> None:
    said = fault(tmp_path, PROTECTED.read_bytes(), "goods.xlsx")
    assert said == "expected a workbook without a password"


def test_a_folder_and_a_file_that_is_not_there_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(BadCatalogue, match="expected a table "):
            read(path)


lines = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)


def table(rows: Sequence[Sequence[str]], separator: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(rows)
    return file.getvalue().encode()


@given(st.lists(st.tuples(lines, lines, lines), max_size=5), st.sampled_from(",;\t|"))
def test_any_texts_that_a_program_quotes_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], separator: str
) -> None:
    body = [(*row, "end") for row in rows] + [("a", "b", "c", "end")]
    head = ("name", "price", "notes", "end")
    found = sheet(tmp_path_factory.getbasetemp(), table([head, *body], separator))
    assert [tuple(str(cell).strip() for cell in row.cells) for row in found.rows] == [
        tuple(cell.strip() for cell in row) for row in body
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_line_that_says_why_not(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    try:
        assert sheet(tmp_path_factory.getbasetemp(), raw).rows
    except BadCatalogue as bad:
        faults = bad.faults
        assert len(faults) == 1


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1))
def test_utf_8_is_never_taken_for_another_encoding(text: str) -> None:
    assert decode(text.encode()) == (text, "UTF-8")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NoTextError):
        decode(b"\x00\x01\x02")
