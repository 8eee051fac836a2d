"""``danmate script``: Markdown and JSON, orders, a recording's questions, faults in a line."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.asking import asked
from bot.commands.offline import Models
from bot.commands.scripting import Options, chosen, script
from bot.config import Config
from bot.errors import BadConfig
from bot.shop.catalogue import load
from tests.fakes import ScriptedReader
from tests.studio.scripts import DEMO, demo

PLAIN = Options(minutes=10, model=False)
LOG = [
    {"id": "1", "text": "多少钱", "author_id": "1"},
    {"id": "2", "text": "!bot now 2", "role": "moderator", "author_id": "9"},
    {"id": "3", "text": "多少钱", "author_id": "2"},
    {"id": "4", "text": "多少钱", "author_id": "3"},
    {"id": "5", "text": "来了来了", "author_id": "4"},
    {"id": "6", "text": "我是主播 多少钱", "role": "host", "author_id": "5"},
]


def run(path: Path, options: Options = PLAIN) -> str:
    asyncio.run(script(DEMO, path, options))
    return path.read_text("utf-8")


def test_a_script_is_written_as_markdown_with_its_run_down(tmp_path: Path) -> None:
    text = run(tmp_path / "a.md")
    assert text.startswith("# 小满杂货铺 直播脚本\n")
    assert "| 开始 | 环节 | 链接 | 讲什么 | 时长 |" in text
    assert "\n\n\n" not in text


def test_a_script_is_written_as_json_for_a_prompter(tmp_path: Path) -> None:
    rows = json.loads(run(tmp_path / "a.json"))
    assert rows["seconds"] == pytest.approx(600, rel=0.1)
    assert rows["segments"][1]["items"][0]["type"] == "say"


def test_skus_name_the_only_products_and_their_order(tmp_path: Path) -> None:
    rows = json.loads(run(tmp_path / "a.json", replace(PLAIN, minutes=6, order="t3, A1")))
    assert [row["sku"] for row in rows["rundown"] if row["sku"]] == ["T3", "A1"]


def test_orders_are_by_price_or_by_link() -> None:
    assert [each.sku for each in chosen(demo(), "price-up")][:2] == ["C6", "F4"]
    assert chosen(demo(), "by-link")[0].link == 1
    with pytest.raises(BadConfig, match="--order Z9: expected as-listed"):
        chosen(demo(), "Z9,A1")


def test_a_slower_host_says_less_in_the_same_time(tmp_path: Path) -> None:
    slow, quick = (
        json.loads(run(tmp_path / f"{rate}.json", replace(PLAIN, minutes=6, rate=rate)))
        for rate in (140.0, 320.0)
    )

    def lines(rows: dict[str, list[dict[str, list[dict[str, str]]]]]) -> int:
        items = [item for part in rows["segments"] for item in part["items"]]
        return sum(item["type"] == "say" for item in items)

    assert lines(slow) < lines(quick)


def test_questions_of_a_recording_are_counted_with_the_product_on_screen(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in LOG), "utf-8")
    models = Models(ScriptedReader({"多少": "price"}), None, None)
    found = asyncio.run(asked(str(log), Config(), load(DEMO), models, "zh"))
    assert [(one.sku, one.text, one.count) for one in found] == [
        ("S2", "多少钱？", 2),
        ("A1", "多少钱？", 1),
    ]
    assert [fact.id for fact in found[0].facts] == ["S2.price", "S2.list_price"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--out", "a.txt"], "--out a.txt: expected a file F.md or F.json"),
        (["--rate", "9000"], "--rate 9000: expected 60 to 500 a minute"),
        (["--order", "Z9"], "--order Z9: expected as-listed"),
        (["--host", "全网第一"], "--host 全网第一: expected a name that may be said"),
    ],
)
def test_a_fault_is_one_line_and_exit_code_two(words: list[str], fault: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "script", "--catalog", DEMO, "--no-model", *words],
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert f"danmate: {fault}" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_shows_an_example() -> None:
    shown = CliRunner().invoke(app, ["script", "-h"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert "danmate script --catalog catalog.toml --minutes 30" in " ".join(shown.output.split())
