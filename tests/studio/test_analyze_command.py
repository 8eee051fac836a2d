"""``danmate analyze``: a log in, a summary and files out; faults in a line, exit code 2."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import BadConfig, BadLog, UserFault

ROOT = Path(__file__).parents[2]
ROOM, CATALOG = ROOT / "bot/demo/room.jsonl", ROOT / "bot/demo/catalog.toml"


def called(*args: str | Path, given: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "analyze", *map(str, args)],
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, "TZ": "UTC", **env},
        cwd=ROOT,
    )


def faults(*args: str | Path) -> tuple[str, ...]:
    with pytest.raises(UserFault) as caught:
        CliRunner().invoke(app, ["analyze", *map(str, args)], catch_exceptions=False)
    return tuple(caught.value.faults)


@pytest.mark.models
def test_a_packed_log_gives_a_summary_and_all_files(tmp_path: Path) -> None:
    log = tmp_path / "room.jsonl.gz"
    log.write_bytes(gzip.compress(ROOM.read_bytes()))
    page, data, table = (tmp_path / name for name in ("a.html", "a.json", "a.csv"))
    args = (log, "--catalog", CATALOG, "--report", page, "--json", data, "--csv", table)
    done = called(*args)
    told = [line for line in done.stderr.splitlines() if b"preparing_weights" not in line]
    assert (done.returncode, told) == (0, [])  # the first run on a machine says what it waits for
    text = done.stdout.decode()
    assert text.startswith("181 条评论")
    assert "1. " in text
    assert "目录里缺什么" in text
    found = json.loads(data.read_text("utf-8"))
    assert found["comments"] == 181
    assert len(found["findings"]) == 5
    assert found["topics"][0]["intent"] == "price"
    assert "包邮" not in {one["attribute"] for one in found["missing"]}
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 181
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.models
def test_json_may_be_printed_and_a_log_may_come_by_a_pipe() -> None:
    lines = '{"text": "how much is it"}\nnot json\n{"text": "love it"}\n'
    done = called("-", "--json", "-", "--no-cache", "--format", "jsonl", given=lines.encode())
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert (found["comments"], found["lang"], found["catalogue"]) == (2, "en", None)
    assert b"1 unreadable" in done.stderr


def test_what_is_no_log_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "none.jsonl")
    assert "expected a recording" in fault


def test_the_log_is_never_overwritten_and_a_folder_must_be_there(tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    log.write_text('{"text": "x"}\n')
    found = faults(log, "--json", log, "--report", tmp_path / "no" / "a.html")
    assert [each.split(" ", 1)[0] for each in found] == ["--report", "--json"]
    assert log.read_text() == '{"text": "x"}\n'


def test_help_shows_an_example() -> None:
    text = CliRunner().invoke(app, ["analyze", "-h"]).output
    assert "danmate analyze last-night.jsonl" in text
    assert issubclass(BadConfig, UserFault)
    assert issubclass(BadLog, UserFault)
