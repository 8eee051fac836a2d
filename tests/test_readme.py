"""Every block of the README works as it stands."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.config import load as load_config
from bot.inference.reader import TRAINED
from bot.shop.catalogue import load as load_catalogue
from bot.shop.lexicon import Packs, parse

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
TOML = [text for kind, text in BLOCKS if kind == "toml"]
SHELL = [line for kind, text in BLOCKS if kind == "bash" for line in text.splitlines()]
SET_UP = ("python3 -m venv .venv && ",)
"""Commands that make an environment: .ci/run runs one, and what the other runs is below."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the README's reader has it after writing the two files."""
    (tmp_path / "catalog.toml").write_text(TOML[0], "utf-8")
    (tmp_path / "config.toml").write_text(TOML[1], "utf-8")
    (tmp_path / "goods.csv").write_text(
        next(text for kind, text in BLOCKS if kind == "csv"), "utf-8"
    )
    lines = ["1号多少钱", "666", "130斤穿什么码", "when does it end"]
    chat = "".join(json.dumps({"text": text}) + "\n" for text in lines)
    (tmp_path / "chat.jsonl").write_text(chat, "utf-8")
    shop = tmp_path / "my-shop"
    shop.mkdir()
    shutil.copy(tmp_path / "catalog.toml", shop)
    (shop / "questions.jsonl").write_text(
        next(text for kind, text in BLOCKS if kind == "json"), "utf-8"
    )
    labelled = [{"text": line, "intent": intent} for line, intent in zip(
        lines, ["price", "chitchat", "size", "stream"], strict=True
    )]  # fmt: skip
    rows = "".join(json.dumps(row) + "\n" for row in labelled)
    (tmp_path / "lines.jsonl").write_text(rows, "utf-8")
    shutil.copytree(TRAINED, tmp_path / "my-reader")  # as danmate train would leave it
    return tmp_path


def danmate(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)]
    assert words[0] == "danmate"
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words[1:]],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_blocks_are_what_the_tests_take_them_for() -> None:
    assert "[[products]]" in TOML[0]
    assert "[[rooms]]" in TOML[1]
    assert 'platform = "twitch"' in TOML[2]
    assert "[[expect]]" in TOML[3]
    assert "[models]" in TOML[4]
    assert "[[terms]]" in TOML[5]
    assert len(TOML) == 6


def test_catalogue_block_is_a_catalogue(folder: Path) -> None:
    catalogue = load_catalogue(folder / "catalog.toml")
    assert catalogue.products[0].specs == {"克重": "500g"}


def test_configuration_block_is_a_configuration(folder: Path) -> None:
    assert load_config(folder / "config.toml").rooms[0].platform == "room"


def test_writer_block_names_a_server(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TOML[4], "utf-8")
    assert load_config(tmp_path / "config.toml").models.writer == "http://gpu-box:8000/v1"


def test_the_twitch_block_is_a_configuration(folder: Path) -> None:
    (folder / "config.toml").write_text(TOML[2], "utf-8")
    config = load_config(folder / "config.toml")
    assert [adapter.room for adapter in config.adapters({})] == ["twitch/your_channel"]
    assert config.rooms[0].limits == "twitch_user"


def test_what_is_linked_to_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert len(linked) > 3
    assert [name for name in linked if not (ROOT / name).is_file()] == []


@pytest.mark.models
def test_the_scenario_holds(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "price.toml").write_text(TOML[3], "utf-8")
    done = danmate(folder, "danmate replay --scenarios scenarios --catalog catalog.toml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pack_of_words_is_one() -> None:
    ours = Packs((parse(tomllib.loads(TOML[5]), "ours.toml"),))
    assert [found.reason for found in ours.find("竞品牌，竞品牌匾")] == ["rival"]


@pytest.mark.models
@pytest.mark.parametrize(
    "line",
    [line for line in SHELL if not line.startswith(SET_UP) and " run " not in line],
)
def test_command_works(folder: Path, line: str) -> None:
    if "--golden" in line:
        first = danmate(folder, line.replace("--golden", "--out"))
        assert first.returncode == 0, first.stderr
    done = danmate(folder, line)
    assert done.returncode == 0, done.stderr
    written = line.partition("--out ")[2].partition(" ")[0]
    wrote = bool(written) and (folder / written).is_file() and (folder / written).stat().st_size > 0
    assert done.stdout or "outcomes" in done.stderr or wrote


@pytest.mark.models
def test_answer_says_what_the_catalogue_says(folder: Path) -> None:
    line = next(line for line in SHELL if line.startswith("danmate answer"))
    said = danmate(folder, line).stdout
    assert "L 120-140斤" in said
    assert "A1.size_guide" in said


def test_every_command_shows_an_example() -> None:
    from typer.testing import CliRunner

    from bot.cli import app

    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        shown = CliRunner().invoke(app, [name, "--help"]).output
        assert "Example: danmate" in shown, name
