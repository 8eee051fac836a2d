"""``danmate rehearse`` on the command line: options, faults of the user, Ctrl-C, what it writes."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.rehearse import rehearse
from bot.commands.replay import Options
from bot.config import DEMO
from bot.errors import UserFault
from tests.test_cli import danmate, refused

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"log": "no.jsonl"}, "no.jsonl"),
    ({"golden": Path("no.jsonl")}, "no.jsonl"),
    ({"out": Path("no/out.jsonl")}, "no/out.jsonl"),
    ({"report": Path("no/report.html")}, "--report"),
    ({"values": ["reply.windw=2"]}, "reply.windw"),
    ({"strict": True}, "chat.jsonl:2"),
    ({"format": "nosuch"}, "nosuch"),
    ({"catalog": Path("no.toml")}, "no.toml"),
]


@pytest.mark.parametrize(("given", "wanted"), FAULTS)
async def test_faults_of_the_user_are_one_line_and_come_before_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], wanted: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chat.jsonl").write_text('{"text": "hi"}\n{"text": 3}\n', "utf-8")
    options = Options("chat.jsonl", DEMO, None, "auto", None, None, None, strict=False, values=[])
    with pytest.raises(UserFault) as found:
        await rehearse(replace(options, **given))
    [line] = found.value.faults
    assert wanted in line


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "nan", "fast"])
def test_a_speed_that_is_none_is_refused(speed: str) -> None:
    done = CliRunner().invoke(app, ["rehearse", "chat.jsonl", "--speed", speed])
    assert done.exit_code == 2


def test_help_shows_an_example() -> None:
    assert "Example: danmate rehearse " in CliRunner().invoke(app, ["rehearse", "-h"]).stdout


def test_a_log_without_messages_needs_no_bot_and_a_fault_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").write_text("\n", "utf-8")
    words = ("chat.jsonl", "--format", "jsonl", "--catalog", str(DEMO))
    done = danmate(tmp_path, "rehearse", *words)
    assert done.returncode == 0, done.stderr
    assert "0 outcomes" in done.stderr
    refused(danmate(tmp_path, "rehearse", "no.jsonl", *words[1:]), "no.jsonl")


@pytest.mark.models
def test_the_demo_room_is_rehearsed_with_its_report(tmp_path: Path) -> None:
    room = DEMO.with_name("room.jsonl").read_text("utf-8").splitlines()[:40]
    (tmp_path / "chat.jsonl").write_text("\n".join(room), "utf-8")
    done = danmate(
        tmp_path, "rehearse", "chat.jsonl", "--catalog", str(DEMO), "--speed", "5",
        "--out", "out.jsonl", "--report", "report.html", "--junit", "junit.xml",
        "--set", "models.writer=none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "40 outcomes" in done.stderr
    assert "speed 5: taken up" in done.stderr
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 40
    assert "Rehearsal report" in (tmp_path / "report.html").read_text("utf-8")
    assert 'tests="1"' in (tmp_path / "junit.xml").read_text("utf-8")


@pytest.mark.models
def test_ctrl_c_keeps_what_is_written(tmp_path: Path) -> None:
    rows = [{"text": "hi", "sent_at": 1000.0}, {"text": "hello", "sent_at": 1e6}]
    (tmp_path / "chat.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    with subprocess.Popen(
        [
            sys.executable, "-m", "bot.cli", "rehearse", "chat.jsonl", "--catalog", str(DEMO),
            "--out", "out.jsonl", "--report", "report.html", "--set", "models.writer=none",
        ],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        out = tmp_path / "out.jsonl"
        assert process.stderr
        while process.poll() is None and not (out.exists() and out.stat().st_size):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        told = process.stderr.read().decode()
        assert process.wait(60) == 130, told
    assert "Traceback" not in told
    assert "1 messages never taken up" in told
    [line] = out.read_text("utf-8").splitlines()
    assert json.loads(line)["message"]["text"] == "hi"
    assert "Rehearsal report" in (tmp_path / "report.html").read_text("utf-8")
