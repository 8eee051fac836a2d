"""``danmate describe``: Markdown and JSON lines, a second run that goes on, faults in a line."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.describing import Options, describe

CATALOG = """
[shop]
name = "暖冬服饰"
currency = "CNY"
language = "zh"
shipping = "全国包邮"

[[products]]
sku = "A1"
name = "加绒卫衣"
price = 129.0
list_price = 199.0
material = "80%棉 20%涤纶"
colors = ["黑", "灰"]
sizes = ["S", "M"]
notes = "全网最低价。可机洗。"

[[products]]
sku = "B2"
name = "保温杯"
price = 79.0
specs = { 容量 = "500ml" }
"""
PLAIN = Options(model=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.toml").write_text(CATALOG, "utf-8")
    return tmp_path


def run(folder: Path, out: str, options: Options = PLAIN) -> Path:
    path = folder / out
    asyncio.run(describe(folder / "catalog.toml", path, options))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def marked(path: Path) -> None:
    """Change the titles of a file, to see which rows are written anew."""
    changed = [{**row, "title": "kept"} for row in rows(path)]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in changed)
    path.write_text(text, "utf-8")


def test_a_row_holds_title_points_text_facts_and_what_is_left_out(folder: Path) -> None:
    first, second = rows(run(folder, "out.jsonl"))
    assert (first["sku"], second["sku"]) == ("A1", "B2")
    assert first["title"].startswith("加绒卫衣")
    assert "129元" in first["text"]
    assert {"id": "A1.price", "label": "价格", "text": "129元"} in first["facts"]
    assert [each["what"] for each in first["left"]] == ["notes"]
    assert all(each["source"] == "template" for each in first["sentences"])
    stated = {fact for each in first["sentences"] for fact in each["facts"]}
    assert {"A1.price", "A1.list_price", "A1.material", "A1.notes"} <= stated


def test_a_second_run_writes_nothing_anew(folder: Path) -> None:
    path = run(folder, "out.jsonl")
    marked(path)
    assert [row["title"] for row in rows(run(folder, "out.jsonl"))] == ["kept", "kept"]


def test_a_run_that_was_cut_off_goes_on(folder: Path) -> None:
    path = run(folder, "out.jsonl")
    marked(path)
    kept, cut = path.read_text("utf-8").splitlines()
    path.write_text(f"{kept}\n{cut[:30]}", "utf-8")
    first, second = rows(run(folder, "out.jsonl"))
    assert first["title"] == "kept"
    assert second["title"].startswith("保温杯")


def test_what_the_catalogue_changes_is_written_anew_and_the_rest_stays(folder: Path) -> None:
    path = run(folder, "out.jsonl")
    marked(path)
    before = rows(path)[0]["version"]
    (folder / "catalog.toml").write_text(CATALOG.replace("79.0", "69.0"), "utf-8")
    first, second = rows(run(folder, "out.jsonl"))
    assert first["title"] == "kept"
    assert second["title"] != "kept"
    assert "69元" in second["text"]
    assert first["version"] == second["version"] != before


def test_a_run_for_one_product_keeps_the_rows_of_the_others(folder: Path) -> None:
    marked(run(folder, "out.jsonl", Options(model=False, skus=("B2",))))
    first, second = rows(run(folder, "out.jsonl", Options(model=False, skus=("A1",))))
    assert (first["sku"], second["title"]) == ("A1", "kept")


def test_other_options_write_all_anew(folder: Path) -> None:
    marked(run(folder, "out.jsonl"))
    found = rows(run(folder, "out.jsonl", Options(model=False, voice="lively")))
    assert "kept" not in [row["title"] for row in found]


def test_markdown_holds_a_section_for_each_product_and_cites(folder: Path) -> None:
    path = run(folder, "out.md", Options(model=False, skus=("B2",), cite=True))
    text = path.read_text("utf-8")
    assert text.startswith("# 暖冬服饰\n\n## 保温杯")
    assert "`[B2.price]`" in text
    assert "| 容量 | 500ml |" in text
    assert "加绒卫衣" not in text


def danmate(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "describe", "--no-model", *words],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_a_file_it_prints_markdown_and_no_bar_in_a_pipe(folder: Path) -> None:
    done = danmate(folder, "--catalog", "catalog.toml", "--lang", "en", "--length", "short")
    assert (done.returncode, done.stderr) == (0, "")
    assert "**Selling points**" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--sku", "C3"), "--sku C3: expected a sku of the catalogue (A1, B2)"),
        (("--out", "x.txt"), "--out x.txt: expected a file F.md or F.jsonl"),
        (("--out", "no/x.md"), "no/x.md: expected a file to write (No such file or directory)"),
        (("--out", "no/x.jsonl"), "no/x.jsonl: expected a file to write (No such file or directory)"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_and_exit_code_2(
    folder: Path, words: tuple[str, ...], expected: str
) -> None:
    done = danmate(folder, "--catalog", "catalog.toml", *words)
    assert (done.returncode, done.stderr) == (2, f"danmate: {expected}\n")


def test_the_help_shows_examples_within_eighty_columns() -> None:
    done = CliRunner().invoke(app, ["describe", "-h"], env={"COLUMNS": "80"}, terminal_width=80)
    assert done.exit_code == 0
    assert "Example: danmate describe" in done.output
    assert max(map(cell_len, done.output.splitlines())) <= 80
