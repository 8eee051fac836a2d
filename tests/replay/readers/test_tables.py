"""Tables of chat: which column is which, whatever they are called, and quotes that never close."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadLog
from bot.replay.readers.columns import guess
from bot.replay.readers.parts import START
from tests.replay.readers.samples import lines, log, messages
from tests.shop.importing.workbook import workbook


def table(*rows: tuple[str, ...], by: str = ",") -> str:
    return lines(*(by.join(row) for row in rows))


@pytest.mark.parametrize("by", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "headings",
    [
        ("time", "user", "message"),
        ("Timestamp", "Author", "Comment"),
        ("发送时间", "用户昵称", "弹幕内容"),
        ("时间", "昵称", "评论"),
    ],
)
def test_columns_are_told_by_their_headings(by: str, headings: tuple[str, ...]) -> None:
    (message,) = messages(table(headings, ("0:05", "Bob", "how much?"), by=by))
    assert (message.author, message.text, message.sent_at) == ("Bob", "how much?", START + 5)


def test_headings_in_any_order_with_ids_and_roles() -> None:
    text = table(
        ("content", "uid", "id", "badges", "name", "date"),
        ("how much?", "42", "m1", "moderator/1", "Bob", "2026-01-01 00:00:05"),
        ("five", "1", "m2", "", "Ann", "2026-01-01 00:00:06"),
    )
    one, other = messages(text)
    assert (one.id, one.author_id, one.role, one.sent_at) == ("m1", "42", "moderator", START + 5)
    assert (other.author, other.role) == ("Ann", "viewer")


@pytest.mark.parametrize(
    "rows",
    [
        [("0:05", "bob", "how much is it"), ("0:06", "ann", "five dollars, no more")],
        [("bob", "how much is it", "1767225605"), ("ann", "five dollars", "1767225606")],
        [("12.5", "bob", "how much is it"), ("13", "ann", "five dollars")],
        [("x", "how much is it", "2026-01-01 00:00:05"), ("y", "five", "2026-01-01 00:00:06")],
    ],
)
def test_columns_without_headings_are_told_by_their_content(rows: list[tuple[str, ...]]) -> None:
    read = messages(table(*rows, by="\t"))
    assert [message.text for message in read] == [
        max(row, key=len) if "how" in max(row, key=len) or "five" in max(row, key=len) else row[1]
        for row in rows
    ]
    assert all(len(message.author) <= 3 for message in read)
    assert read[0].sent_at < read[1].sent_at


def test_a_table_that_may_be_anything_is_not_taken_for_a_chat() -> None:
    for text in ("a,b,c\n1,2,3\n4,5,6\n", "sku,price\nA1,59\nB2,69\n", "just, some, words\n"):
        with pytest.raises(BadLog, match="expected one of"):
            log(text)
    assert [message.text for message in log("a,b\nlong words,2\n", kind="csv")] == [
        "a",
        "long words",
    ]


def test_quotes_hold_separators_line_breaks_and_quotes() -> None:
    text = 'time,user,text\n0:05,"a, b","one\ntwo"\n0:06,c,"say ""hi"""\n0:07,d,5" nails\n'
    read = messages(text)
    assert [message.text for message in read] == ["one\ntwo", 'say "hi"', '5" nails']
    assert read[0].author == "a, b"


def test_a_quote_that_never_closes_costs_its_line_alone() -> None:
    rows = [f"0:{number:02},bob,hi {number}" for number in range(10, 59)] * 3
    text = lines("time,user,text", '0:05,bob,"open', *rows)
    found = log(text)
    assert len(list(found)) == len(rows)
    assert found.faults == ['chat.log:2: expected a closing " in the lines after this one']


def test_a_row_that_does_not_fit_is_named() -> None:
    found = log("time,user,text\n0:05,bob,hi\n0:06,bob\nsoon,bob,hi\n\n0:07,bob,\n0:08,bob,bye\n")
    assert [message.text for message in found] == ["hi", "bye"]
    assert found.faults == [
        "chat.log:3: expected 3 columns, got 2",
        "chat.log:4: expected a time, got 'soon'",
    ]
    assert found.other == 2


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_any_cells_are_read_or_refused(rows: list[tuple[str, str]]) -> None:
    found = log("time,user,text\n" + "".join(f"{one},{other}\n" for one, other in rows), kind="csv")
    assert len(list(found)) == found.read


@given(st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=6))
def test_any_table_has_columns_or_none(rows: list[list[str]]) -> None:
    columns = guess(rows)
    assert columns is None or "text" in columns.places


def test_a_workbook_gives_dates_numbers_and_the_first_sheet_with_text() -> None:
    data = workbook(
        notes=[[1, 2], [3, 4]],
        chat=[["时间", "用户ID", "昵称", "内容"], [dt.date(2026, 1, 1), 42, "小明", "多少钱"], [None, None, None, None], [None, 43, "小红", 5]],
    )  # fmt: skip
    first, second = messages(data, kind="workbook")
    assert (first.text, first.author_id, first.sent_at) == ("多少钱", "42", START)
    assert (second.text, second.sent_at) == ("5", START + 1)


def test_a_workbook_that_unpacks_to_more_than_memory_holds_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        for number in range(60):
            bomb.writestr(f"xl/{number}.xml", bytes(10_000_000))
    with pytest.raises(
        BadLog, match="expected a workbook of at most 512000000 bytes, got 600000000"
    ):
        list(log(file.getvalue()))


def test_a_workbook_that_is_none_is_refused_in_one_line() -> None:
    for data in (
        b"PK\x03\x04",
        b"PK\x03\x04" + bytes(999),
        workbook(a=[[1, 2]])[:-30],
        b"\xd0\xcf\x11\xe0",
    ):
        with pytest.raises(BadLog, match=r"^chat.log: expected a workbook") as caught:
            list(log(data))
        assert len(caught.value.faults) == 1
    with pytest.raises(BadLog, match="expected a sheet with a column of text"):
        list(log(workbook(a=[[1, 2]])))
