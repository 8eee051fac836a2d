"""A cell gives the amount, number, list or text that a seller meant, or says that it does not."""

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.catalogue import Expected
from bot.shop.importing.cells import (
    Cell,
    amount,
    count,
    currency,
    decimal_comma,
    link,
    several,
    value,
    words,
)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("¥1,299.00", 1299.0),
        ("￥１２９", 129.0),
        ("129元", 129.0),
        ("人民币 59.9 元", 59.9),
        ("$59", 59.0),
        ("US$ 59.00", 59.0),
        ("59.00 USD", 59.0),
        ("rmb 12", 12.0),
        ("1 299.00", 1299.0),
        ("1'299.00 CHF", 1299.0),
        ("1,234,567.8", 1234567.8),
        ("1.299,00 €", 1299.0),
        ("0.125", 0.125),
        ("1,299", 1299.0),
        ("12.5", 12.5),
        (129, 129.0),
        (59.9, 59.9),
        (0.1 + 0.2, 0.3),
        (1.299, 1.299),
    ],
)
def test_an_amount_is_read_with_its_currency(cell: Cell, number: float) -> None:
    assert amount(cell) == number


@pytest.mark.parametrize(
    "text",
    ["面议", "-5", "99-129", "129起", "约129", "12.9元/斤", "129 + 10", "1,29,9", "1.2.3", "12,345,6",
     "12 34",      "¥", "", "1e3", "１２９万", "Infinity", "nan", "59,90"],
)  # fmt: skip
def test_what_is_no_single_amount_is_refused(text: str) -> None:
    with pytest.raises(Expected, match="an amount"):
        amount(text)


def test_an_amount_that_may_mean_two_is_refused_with_both() -> None:
    with pytest.raises(Expected, match=r"1\.299 or 1299"):
        amount("1.299")
    with pytest.raises(Expected, match=r"1\.299 or 1299"):
        amount("1,299", comma=True)


def test_a_column_tells_the_decimal_comma_where_one_cell_must_have_it() -> None:
    assert decimal_comma(["59,90 €", "1.299 €"])
    assert amount("1.299 €", comma=True) == 1299.0
    assert amount("1 299,00 €", comma=True) == 1299.0
    assert amount("59,90 €", comma=True) == 59.9
    assert not decimal_comma(["1,299", "59"])
    assert not decimal_comma(["59,90", "59.90"])
    assert not decimal_comma([59.9, "1,299.50"])


@given(st.integers(0, 10**9))
def test_any_price_written_in_either_notation_is_read_back(cents: int) -> None:
    plain = f"{cents // 100:,}.{cents % 100:02}"
    turned = plain.translate(str.maketrans(",.", ".,"))
    assert amount(f"¥{plain}") == amount(f"{plain}元") == cents / 100
    assert amount(f"{turned} €", comma=True) == cents / 100


@pytest.mark.parametrize(
    ("text", "code"),
    [("¥129", "CNY"), ("￥129", "CNY"), ("价格(元)", "CNY"), ("$59", "USD"), ("HK$59", "HKD"),
     ("NT$59", "TWD"), ("Price (USD)", "USD"), ("59 eur", "EUR"), ("59,90 €", "EUR"), ("£5", "GBP"),
     ("59 美元", "USD"), ("price", None), ("129", None)],
)  # fmt: skip
def test_the_currency_is_the_one_that_a_text_names(text: str, code: str | None) -> None:
    assert currency(text) == code


@pytest.mark.parametrize(
    ("cell", "number"),
    [("50", 50), ("50件", 50), ("1,200", 1200), ("50.0", 50), (50.0, 50), ("售罄", 0), ("Sold out", 0),
     ("有货", None), ("充足", None), ("0", 0)],
)  # fmt: skip
def test_a_stock_is_a_number_none_left_or_unknown(cell: Cell, number: int | None) -> None:
    assert count(cell) == number


@pytest.mark.parametrize("cell", ["many", "-3", ">100", "100+", "1.5", 2.5, "1,2"])
def test_a_stock_that_is_no_whole_number_is_refused(cell: Cell) -> None:
    with pytest.raises(Expected, match="a whole number"):
        count(cell)


@pytest.mark.parametrize(
    "cell", ["3", "3号", "3号链接", "#3", "No. 3", "no3", "link 3", "第3号", "３", 3.0]
)
def test_a_link_number_is_read_as_it_is_said(cell: Cell) -> None:
    assert link(cell) == 3


@pytest.mark.parametrize("cell", ["https://shop.example/3", "三", "3a", "1.5"])
def test_what_is_no_link_number_is_refused(cell: Cell) -> None:
    with pytest.raises(Expected, match="the number of a link"):
        link(cell)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("黑、灰", ["黑", "灰"]),
        ("S,M，L", ["S", "M", "L"]),
        ("S/M/L", ["S", "M", "L"]),
        ("red; blue | green", ["red", "blue", "green"]),
        ("黑\n白", ["黑", "白"]),
        ("黑/白拼色、红", ["黑/白拼色", "红"]),
        ("170/92A", ["170/92A"]),
        ("170/92A、175/96A", ["170/92A", "175/96A"]),
        ("500g/袋", ["500g/袋"]),
        ("10片/盒、20片/盒", ["10片/盒", "20片/盒"]),
        ("36/37/38", ["36", "37", "38"]),
        ("36-40", ["36-40"]),
        ("S, S, M", ["S", "M"]),
        ("Light Blue", ["Light Blue"]),
        (("a, b", "c"), ["a, b", "c"]),
        (38.0, ["38"]),
    ],
)
def test_a_list_is_divided_where_a_seller_divides_it(cell: Cell, parts: list[str]) -> None:
    assert several(cell) == parts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Soft <b>cotton</b> tee.</p><ul><li>Pre-shrunk</li><li>Machine wash</li></ul>",
         "Soft cotton tee. Pre-shrunk; Machine wash"),
        ("手洗<br/>阴干&nbsp;勿晒", "手洗; 阴干 勿晒"),
        ("<style>p { color: red }</style><p>A &amp; B</p><script>x()</script>", "A & B"),
        ("尺寸 <M码> 5 < 6", "尺寸 <M码> 5 < 6"),
        ("<p></p>", ""),
    ],
)  # fmt: skip
def test_html_becomes_the_text_that_a_reader_sees(html: str, text: str) -> None:
    assert words(html) == text


@pytest.mark.parametrize("cell", ["", " ", "-", "—", "N/A", "null", "暂无", ()])
@pytest.mark.parametrize("key", ["price", "stock", "sizes", "notes", "specs"])
def test_marks_for_nothing_say_nothing(key: str, cell: Cell) -> None:
    assert value(key, cell) is None


def test_no_means_nothing_where_it_is_no_property() -> None:
    assert value("discount", "无") is None
    assert value("stock", "无") is None
    assert value("specs", "无") == "无"


numbers = st.floats(allow_nan=False, allow_infinity=False)
cells: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=30), st.text("0123456789.,¥元$€件/#<>p ", max_size=12), numbers,
    st.lists(st.text(min_size=1, max_size=5), max_size=3).map(tuple),
)  # fmt: skip
keys = st.sampled_from(["price", "list_price", "stock", "link", "sizes", "notes", "specs"])


@given(keys, cells, st.booleans())
def test_any_cell_gives_a_value_nothing_or_what_was_expected(
    key: str, cell: Cell, comma: Literal[True, False]
) -> None:
    try:
        read = value(key, cell, comma=comma)
    except Expected as expected:
        assert str(expected)
        return
    assert read is None or isinstance(read, str | float | int | list)
    assert read not in ("", [])
