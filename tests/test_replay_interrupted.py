"""``danmate replay``, broken off and begun anew: what is written is whole lines, and the same."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import DEMO

LINES = 12_000
TEXTS = ("1号多少钱", "你好", "材质怎么样", "666", "几点下播")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"id": f"m{n}", "text": f"{TEXTS[n % 5]}{n % 97}", "author": f"v{n % 89}", "sent_at": n}
        for n in range(LINES)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "chat.jsonl").write_text(text, "utf-8")
    head = {"danmate": "outputs", "format": 1, "makers": {"reading": "nobody"}}
    (tmp_path / "outputs.jsonl").write_text(json.dumps(head) + "\n", "utf-8")
    return tmp_path


def started(folder: Path, out: str) -> "subprocess.Popen[bytes]":
    """Begin a replay that asks no model: what is not recorded means nothing."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "bot.cli", "replay", "chat.jsonl", "--catalog", str(DEMO),
            "--pin", "outputs.jsonl", "--out", out, "--set", "models.writer=none",
        ],
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        stderr=subprocess.PIPE,
    )  # fmt: skip


def test_ctrl_c_leaves_whole_lines_and_the_next_run_writes_the_same_ones(folder: Path) -> None:
    out = folder / "out.jsonl"
    with started(folder, "out.jsonl") as process:
        assert process.stderr
        while process.poll() is None and not (out.exists() and out.stat().st_size):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read().decode()
        assert process.wait(60) == 130, told
    assert "Traceback" not in told
    assert len(told.splitlines()) <= 1
    part = out.read_bytes()
    assert part.endswith(b"\n")
    assert 0 < part.count(b"\n") < LINES

    for name in ("out.jsonl", "again.jsonl"):
        with started(folder, name) as process:
            assert process.stderr
            told = process.stderr.read().decode()
            assert process.wait(60) == 1, told  # nothing that it asked was recorded
    whole = out.read_bytes()
    assert whole.startswith(part)
    assert whole.count(b"\n") == LINES
    assert (folder / "again.jsonl").read_bytes() == whole
