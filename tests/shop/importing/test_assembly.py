"""A seller's table becomes a catalogue; every fault is named with its row and column."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCatalogue
from bot.model import Faq, Product
from bot.shop.catalogue import load, parse
from bot.shop.importing.assembly import Imported, assemble, keep, read
from bot.shop.importing.columns import assign
from bot.shop.importing.supposed import Guess, Wishes
from bot.shop.importing.writing import dumps
from tests.shop.importing.workbook import workbook

GOODS = """款号,序号,商品名称,直播价(元),价格,库存,颜色,尺码,面料,克重,成本价,备注
A1,1,加绒连帽卫衣,¥129.00,¥199,50,黑、灰,M/L/XL,80%棉 20%涤纶,500g,45,"机洗，不起球"
A2,2号链接,羊毛衫,1299元,"1,599",有货,红，白,均码,羊毛,300g,88,<p>手洗</p><p>阴干</p>
,3,帽子,59,,售罄,黑,-,,80g,12,
"""


def brought(
    folder: Path,
    content: str | bytes,
    name: str = "goods.csv",
    wanted: dict[str, str] | None = None,
    wishes: Wishes | None = None,
) -> Imported:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    sheet = read(path)
    columns = assign(sheet.columns, [row.cells for row in sheet.rows], wanted or {})
    return assemble(path, sheet, columns, wishes or Wishes())


def faults(folder: Path, content: str | bytes, name: str = "goods.csv") -> list[str]:
    return [
        fault.removeprefix(f"{folder / name}: ") for fault in brought(folder, content, name).faults
    ]


def refused(folder: Path, content: str, **given: Any) -> list[str]:
    with pytest.raises(BadCatalogue) as caught:
        brought(folder, content, **given)
    return [fault.partition(": ")[2] for fault in caught.value.faults]


def guesses(found: Imported) -> dict[str, str]:
    return {guess.key: guess.value for guess in found.guesses}


def test_a_chinese_table_becomes_its_products(tmp_path: Path) -> None:
    found = brought(tmp_path, GOODS)
    assert found.faults == ()
    hoodie, wool, hat = found.catalogue.products
    assert hoodie == Product(
        sku="A1", link=1, name="加绒连帽卫衣", price=129.0, list_price=199.0, stock=50,
        sizes=("M", "L", "XL"), colors=("黑", "灰"), material="80%棉 20%涤纶",
        specs={"克重": "500g"}, notes="机洗，不起球",
    )  # fmt: skip
    assert (wool.price, wool.list_price, wool.stock, wool.notes) == (
        1299.0,
        1599.0,
        None,
        "手洗; 阴干",
    )
    assert hat == Product(
        "R4", "帽子", 59.0, link=3, stock=0, colors=("黑",), specs={"克重": "80g"}
    )


def test_the_english_table_of_a_western_spreadsheet_becomes_its_products(tmp_path: Path) -> None:
    text = "Item No;Product Name;Price;Was;Qty;Colour;Brand\nH1;Hat;59,90 €;1.299,00 €;3;red|blue;Acme\n"
    (hat,) = brought(tmp_path, text.encode("cp1252")).catalogue.products
    assert hat == Product(
        "H1", "Hat", 59.9, list_price=1299.0, stock=3, colors=("red", "blue"), specs={"Brand": "Acme"}
    )  # fmt: skip


def test_a_workbook_becomes_its_products(tmp_path: Path) -> None:
    book = workbook(a=[["款号", "名称", "价格", "库存", "尺码"], [1001, "鞋", 59.9, 3, 38]])
    (shoe,) = brought(tmp_path, book, "goods.xlsx").catalogue.products
    assert shoe == Product("1001", "鞋", 59.9, stock=3, sizes=("38",))


def test_the_shop_is_supposed_from_the_table_and_the_reason_is_given(tmp_path: Path) -> None:
    assert brought(tmp_path, GOODS).guesses == (
        Guess("name", "goods", "the file's name"),
        Guess("currency", "CNY", '"直播价(元)"'),
        Guess("language", "zh", "most names are Chinese"),
    )


@pytest.mark.parametrize(
    ("table", "currency", "language"),
    [
        ("name,price\nhat,5\n", "USD", "en"),
        ("name,price\n帽,5\n", "CNY", "zh"),
        ("name,price\nhat,£5\n", "GBP", "en"),
        ("name,price (EUR)\nhat,5\n", "EUR", "en"),
        ("name,price,currency\nhat,5,SGD\n", "SGD", "en"),
        ("名称,价格\nApple watch,HK$5\n", "HKD", "en"),
    ],
)
def test_currency_and_language_follow_prices_and_names(
    tmp_path: Path, table: str, currency: str, language: str
) -> None:
    supposed = guesses(brought(tmp_path, table))
    assert (supposed["currency"], supposed["language"]) == (currency, language)


def test_what_the_seller_says_goes_before_a_guess(tmp_path: Path) -> None:
    found = brought(tmp_path, GOODS, wishes=Wishes("Ann", "USD", "en"))
    assert (found.catalogue.name, found.catalogue.currency, found.catalogue.language) == (
        "Ann",
        "USD",
        "en",
    )
    assert {guess.because for guess in found.guesses} == {
        "by --name",
        "by --currency",
        "by --language",
    }


def test_prices_in_two_currencies_are_refused_unless_one_is_given(tmp_path: Path) -> None:
    table = "name,price\nhat,$5\ncap,6€\n"
    assert refused(tmp_path, table) == [
        'expected prices of one currency, got USD ("$5"), EUR ("6€")'
    ]
    assert brought(tmp_path, table, wishes=Wishes(currency="EUR")).catalogue.currency == "EUR"


def test_a_currency_that_is_none_is_refused(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path, GOODS, wishes=Wishes(currency="dollar"))
    assert fault.startswith("shop.currency: expected an ISO 4217 code")


BAD = """sku,link,name,price,list price,stock,size
A1,1,hat,面议,9,3,S
A1,2,cap,$5,nine,many,S
A2,1,,,,,
A3,3,ok,7,,2,S
A4,4,long,7,,2,S,T
"""


def test_all_faults_are_named_in_one_run_with_row_and_column(tmp_path: Path) -> None:
    assert faults(tmp_path, BAD) == [
        'row 2, column price: expected an amount, got "面议"',
        'row 3, column list price: expected an amount, got "nine"',
        'row 3, column stock: expected a whole number, 0 or more, got "many"',
        'row 3, column sku: expected a sku of its own (row 2 has it too), got "A1"',
        "row 4, column name: expected a name, got nothing",
        "row 4, column price: expected a price, got nothing",
        "row 4, column link: expected a link of its own (row 2 has it too), got 1",
        "row 6: expected 7 cells, got 8 (a text that holds the separator needs quotes)",
    ]


def test_good_rows_are_kept_and_bad_ones_counted(tmp_path: Path) -> None:
    found = brought(tmp_path, BAD)
    assert [product.sku for product in found.catalogue.products] == ["A3"]
    assert found.left_out == 4


def test_an_amount_larger_than_a_catalogue_takes_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "name,price\nhat,9999999999999\n")
    assert fault.startswith("row 2, column price: expected a number up to 10")


def test_a_table_without_a_name_or_price_says_which_columns_there_are(tmp_path: Path) -> None:
    name, price = refused(tmp_path, "甲,乙\n帽,5\n")
    assert name.startswith("expected a column for the name (such as 名称, name) or --map")
    assert price.endswith('--map "COLUMN=price"; there are 甲, 乙')


def test_a_correction_of_the_guess_is_obeyed(tmp_path: Path) -> None:
    wanted = {"甲": "name", "乙": "price", "丙": "notes"}
    (hat,) = brought(tmp_path, "甲,乙,丙,丁\n帽,5,软,红\n", wanted=wanted).catalogue.products
    assert hat == Product("R2", "帽", 5.0, notes="软", specs={"丁": "红"})


def test_a_product_that_is_not_reduced_costs_the_regular_price(tmp_path: Path) -> None:
    table = "Name,Sale price,Regular price\nhat,5,9\ncap,,9\nsock,,\n"
    found = brought(tmp_path, table)
    prices = [(product.price, product.list_price) for product in found.catalogue.products]
    assert prices == [(5.0, 9.0), (9.0, None)]
    (fault,) = found.faults
    assert fault.endswith("row 4, column Sale price: expected a price, got nothing")


def test_a_price_on_a_tag_is_never_taken_for_the_price(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "名称,直播价,吊牌价\n鞋,5,9\n帽,,9\n")
    assert fault == "row 3, column 直播价: expected a price, got nothing"


def test_skus_are_made_from_rows_where_they_are_missing_and_it_is_said(tmp_path: Path) -> None:
    found = brought(tmp_path, "sku,name,price\n,hat,1\nR2,cap,2\n,sock,3\n")
    assert [product.sku for product in found.catalogue.products] == ["R2-", "R2", "R4"]
    assert found.notes == ("2 of 3 have no sku: it is made from the row's number (R2-, R4)",)


def test_texts_of_two_columns_stand_one_after_the_other(tmp_path: Path) -> None:
    table = "名称,价格,卖点,备注,别名,关键词\n帽,5,软,机洗,帽子,帽子、暖\n"
    (hat,) = brought(tmp_path, table).catalogue.products
    assert (hat.notes, hat.aliases) == ("软; 机洗", ("帽子", "暖"))


def test_words_where_a_number_belongs_are_unknown_and_it_is_said(tmp_path: Path) -> None:
    assert brought(tmp_path, GOODS).notes[-1] == '"有货" in column 库存 tells no number: unknown'


def test_an_earlier_catalogues_shop_and_faq_stay(tmp_path: Path) -> None:
    earlier = parse({
        "shop": {"name": "Ann", "currency": "USD", "returns": "7 days"},
        "products": [{"sku": "Z", "name": "old", "price": 1}],
        "faq": [{"questions": ["when"], "answer": "At ten."}],
    })  # fmt: skip
    path = tmp_path / "goods.csv"
    path.write_text("name,price\nhat,5\n", "utf-8")
    sheet = keep(read(path), earlier)
    columns = assign(sheet.columns, [row.cells for row in sheet.rows], {})
    made = assemble(path, sheet, columns, Wishes(currency="EUR")).catalogue
    assert (made.name, made.currency, made.returns) == ("Ann", "EUR", "7 days")
    assert made.faq == (Faq(("when",), "At ten."),)
    assert [product.name for product in made.products] == ["hat"]


def test_a_product_on_screen_that_is_left_out_is_no_second_fault(tmp_path: Path) -> None:
    rows = [{"sku": "A1", "name": "hat", "price": "?"}, {"sku": "A2", "name": "cap", "price": 1}]
    data = {"now_showing": "A1", "products": rows}
    found = brought(tmp_path, json.dumps(data), "goods.json")
    assert (len(found.faults), found.catalogue.now_showing) == (1, None)


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({"now_showing": "Z"}, "now_showing: expected the sku of a product"),
        ({"shop": 3}, "shop: expected a table"),
        ({"faq": [{"answer": "x"}]}, "faq[0].questions: expected a value (missing)"),
    ],
)
def test_what_stands_beside_the_products_is_checked_too(
    tmp_path: Path, beside: dict[str, object], expected: str
) -> None:
    data = {"products": [{"sku": "A1", "name": "hat", "price": 1}], **beside}
    (fault,) = refused(tmp_path, json.dumps(data), name="goods.json")
    assert fault.startswith(expected)


word = st.sampled_from(
    ["卫衣", "毛衣", "hat", "红", "灰", "M", "XL", "均码", "棉", "机洗", "soft", "暖"]
)
names = st.lists(word, min_size=1, max_size=3).map("".join)
lists = st.lists(word, min_size=1, max_size=3, unique=True)
prices = st.integers(0, 10**7).map(lambda cents: cents / 100)
products = st.fixed_dictionaries(
    {"name": names, "price": prices},
    optional={
        "list_price": prices, "stock": st.integers(0, 10**6), "sizes": lists, "colors": lists,
        "aliases": lists, "material": names, "notes": names, "discount": names, "returns": names,
        "size_guide": names, "shipping": names,
    },
)  # fmt: skip


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sku": f"A{n}", "link": n, **row} for n, row in enumerate(rows, 1)]


many = st.lists(products, min_size=1, max_size=4).map(numbered)


@given(many, st.dictionaries(word, names, max_size=2))
def test_a_catalogue_in_json_is_imported_as_it_loads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], specs: dict[str, str]
) -> None:
    if specs:
        rows[0]["specs"] = specs
    data = {
        "now_showing": "A1",
        "shop": {"name": "Ann", "currency": "SEK", "language": "en", "payment": "cash"},
        "products": rows,
        "faq": [{"questions": ["a"], "answer": "b"}],
    }
    found = brought(tmp_path_factory.getbasetemp(), json.dumps(data), "goods.json")
    assert found.faults == ()
    assert found.catalogue == parse(data)


@given(many, st.sampled_from(",;\t|"), st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]))
def test_any_table_in_any_notation_is_written_and_loaded_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, Any]],
    separator: str,
    encoding: str,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    head = list(dict.fromkeys(key for row in rows for key in row))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow("名称" if key == "name" else key for key in head)
    for row in rows:
        cells = [row.get(key, "") for key in head]
        writer.writerow(["、".join(cell) if isinstance(cell, list) else cell for cell in cells])
    wishes = Wishes("Ann", "CNY", "zh")
    found = brought(folder, file.getvalue().encode(encoding), wishes=wishes)
    assert found.faults == ()
    data = {"shop": {"name": "Ann", "currency": "CNY", "language": "zh"}, "products": rows}
    assert found.catalogue == parse(data)
    (folder / "written.toml").write_text(dumps(found.catalogue), "utf-8")
    assert load(folder / "written.toml") == found.catalogue
