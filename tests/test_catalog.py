"""The commands check, show and import: what they print where, and their exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from bot.cli import app
from bot.shop.catalogue import load

GOODS = """款号,链接,名称,直播价,库存,颜色,克重,成本价
A1,1,加绒连帽卫衣,¥129.00,50,黑、灰,500g,45
A2,2,一件名字特别特别特别特别长长长长长长长长长长长长长长长长的羊毛衫,"¥1,299",售罄,红,300g,300
"""
BAD = GOODS + "A3,3,帽子,面议,1,黑,80g,9\n"


def danmate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "catalog", *words],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "goods.csv").write_text(GOODS, "gb18030")
    (tmp_path / "bad.csv").write_text(BAD, "utf-8")
    return tmp_path


def faults(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in done.stderr
    mark = "danmate: "
    return [line.removeprefix(mark) for line in done.stderr.splitlines() if line.startswith(mark)]


def test_an_import_shows_its_guesses_and_writes_the_catalogue(folder: Path) -> None:
    done = danmate(folder, "import", "goods.csv", "--out", "catalog.toml")
    assert (done.returncode, done.stdout) == (0, "catalog.toml: 2 products, 0 FAQ rows: written\n")
    lines = [line.split() for line in done.stderr.splitlines()]
    assert ["直播价", "price", "¥129.00"] in lines
    assert ["颜色", "colors", "黑", "·", "灰"] in lines
    assert "not taken, private: 成本价" in done.stderr
    assert "CSV in GB18030" in done.stderr
    hoodie, wool = load(folder / "catalog.toml").products
    assert (hoodie.price, wool.price, wool.stock) == (129.0, 1299.0, 0)


def test_what_is_shown_fits_eighty_columns(folder: Path) -> None:
    done = danmate(folder, "import", "goods.csv", "--out", "catalog.toml")
    assert max(map(cell_len, done.stderr.splitlines())) <= 80


@pytest.mark.parametrize("words", [[], ["--dry-run", "--out", "catalog.toml"]])
def test_nothing_is_written_unless_it_is_asked_for(folder: Path, words: list[str]) -> None:
    done = danmate(folder, "import", "goods.csv", *words)
    assert (done.returncode, done.stdout) == (
        0, "goods.csv: 2 products; nothing is written: --out catalog.toml does\n"
    )  # fmt: skip
    assert not (folder / "catalog.toml").exists()


def test_a_correction_and_what_is_said_about_the_shop_are_obeyed(folder: Path) -> None:
    words = ("--map", "克重=notes", "--map", "颜色=ignore", "--name", "暖冬", "--currency", "HKD")
    danmate(folder, "import", "goods.csv", "--out", "a.toml", *words, "--language", "en")
    made = load(folder / "a.toml")
    assert (made.name, made.currency, made.language) == ("暖冬", "HKD", "en")
    assert (made.products[0].notes, made.products[0].colors) == ("500g", ())


def test_a_faulty_row_stops_the_import_before_anything_is_written(folder: Path) -> None:
    done = danmate(folder, "import", "bad.csv", "--out", "catalog.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert faults(done) == [
        'bad.csv: row 4, column 直播价: expected an amount, got "面议"',
        "bad.csv: 1 row with faults, 2 good; nothing is written",
    ]
    assert not (folder / "catalog.toml").exists()


def test_good_rows_are_written_where_the_seller_says_so(folder: Path) -> None:
    done = danmate(folder, "import", "bad.csv", "--out", "catalog.toml", "--skip-bad")
    assert done.returncode == 0
    assert done.stdout == "catalog.toml: 2 products, 1 row left out, 0 FAQ rows: written\n"
    assert len(faults(done)) == 1
    assert len(load(folder / "catalog.toml").products) == 2


def test_rows_that_are_all_faulty_are_never_written(folder: Path) -> None:
    (folder / "bad.csv").write_text("name,price\nhat,ask\n", "utf-8")
    done = danmate(folder, "import", "bad.csv", "--out", "catalog.toml", "--skip-bad")
    assert done.returncode == 2
    assert not (folder / "catalog.toml").exists()


def test_a_catalogue_that_is_there_is_replaced_only_by_force_and_keeps_its_faq(
    folder: Path,
) -> None:
    earlier = '[shop]\nname = "Ann"\ncurrency = "CNY"\n[[faq]]\nquestions = ["几点下播"]\nanswer = "10点"\n'
    (folder / "catalog.toml").write_text(earlier, "utf-8")
    done = danmate(folder, "import", "goods.csv", "--out", "catalog.toml")
    assert done.returncode == 2
    assert faults(done) == ["--out catalog.toml: expected a new file; --force replaces this one"]
    assert (folder / "catalog.toml").read_text("utf-8") == earlier
    done = danmate(folder, "import", "goods.csv", "--out", "catalog.toml", "--force")
    assert (done.returncode, done.stdout) == (0, "catalog.toml: 2 products, 1 FAQ row: written\n")
    assert load(folder / "catalog.toml").name == "Ann"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["goods.csv", "--out", "catalog.json"], "expected a name that ends in .toml"),
        (["goods.csv", "--out", "nowhere/catalog.toml"], "expected a file that can be written"),
        (["goods.csv", "--map", "price"], 'expected "COLUMN=key"'),
        (["goods.csv", "--map", "丙=price"], "expected a column of the file (款号, 链接"),
        (["goods.csv", "--currency", "yuan"], "shop.currency: expected an ISO 4217 code"),
        (["none.csv"], "none.csv: expected a table (No such file or directory)"),
        (["."], "expected a table (Is a directory)"),
    ],
)
def test_what_cannot_be_is_one_line(folder: Path, words: list[str], expected: str) -> None:
    done = danmate(folder, "import", *words)
    (fault,) = faults(done)
    assert done.returncode == 2
    assert expected in fault


def test_products_of_one_name_are_pointed_out_in_one_line(folder: Path) -> None:
    rows = "".join(f"卫衣,{price},{price}\n" for price in range(1, 201))
    (folder / "same.csv").write_text("名称,价格,链接\n" + rows, "utf-8")
    done = danmate(folder, "import", "same.csv", "--out", "same.toml")
    said = '200 are called "卫衣": a viewer tells them apart by link number or sku only'
    assert said in " ".join(done.stderr.split())
    done = danmate(folder, "check", "same.toml")
    assert done.returncode == 0
    assert done.stderr == f"same.toml: {said}\n"
    assert done.stdout == "same.toml: 200 products, 0 FAQ rows: good\n"


def test_check_and_show_say_what_a_catalogue_holds(folder: Path) -> None:
    data = {"shop": {"name": "Ann", "currency": "USD"}, "products": [{"sku": "A1", "name": "hat", "price": 5}]}  # fmt: skip
    (folder / "c.json").write_text(json.dumps(data), "utf-8")
    assert danmate(folder, "check", "c.json").stdout == "c.json: 1 products, 0 FAQ rows: good\n"
    shown = danmate(folder, "show", "c.json").stdout
    assert "hat" in shown
    assert "Ann (USD, zh)" in shown


@pytest.mark.parametrize("command", ["check", "show", "import"])
def test_each_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, ["catalog", command, "--help"]).output
    assert f"Example: danmate catalog {command} " in shown


def test_a_text_that_no_reply_may_quote_is_named_with_the_reason(tmp_path: Path) -> None:
    shop = (
        '[shop]\nname = "s"\ncurrency = "CNY"\n[[products]]\nsku = "A"\nname = "面膜"\nprice = 9\n'
    )
    (tmp_path / "good.toml").write_text(shop + 'notes = "最大容量100ml"\n', "utf-8")
    (tmp_path / "bad.toml").write_text(shop + 'notes = "全网最低价"\n', "utf-8")
    assert danmate(tmp_path, "check", "good.toml").returncode == 0
    done = danmate(tmp_path, "check", "bad.toml")
    assert done.returncode == 1
    assert "bad.toml: products[0].notes: " in done.stderr
    assert "PRC Advertising Law" in done.stderr
    assert "that no reply will quote" in done.stdout
