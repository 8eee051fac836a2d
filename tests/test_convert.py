"""``danmate convert`` writes anybody's chat as ours; ``--format list`` names what can be read."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bot.replay.formats import READERS, open_log
from tests.replay.readers.samples import COUNTS, PLUGINS, SAMPLES, lines, log, packed


def danmate(folder: Path, *words: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *words],
        cwd=folder,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONUTF8": "1"},
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("kind", ["twitch-downloader", "workbook"])
def test_a_log_comes_out_as_our_own_and_reads_the_same(tmp_path: Path, kind: str) -> None:
    (tmp_path / "chat").write_bytes(SAMPLES[kind])
    done = danmate(tmp_path, "convert", "chat", "--out", "chat.jsonl")
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    read, other = COUNTS[kind]
    told = f"{kind}: {read} messages, {other} other lines, 0 unreadable\n"
    assert done.stderr.decode() == told  # no bar in a pipe
    with open_log(tmp_path / "chat.jsonl", plugins=PLUGINS, strict=True) as found:
        assert list(found) == list(log(SAMPLES[kind], str(tmp_path / "chat")))
        assert found.format == "jsonl"


def test_standard_input_may_be_packed_and_goes_to_standard_output(tmp_path: Path) -> None:
    done = danmate(tmp_path, "convert", "-", stdin=packed(SAMPLES["irc"]))
    assert done.returncode == 0
    rows = [json.loads(row) for row in done.stdout.decode().splitlines()]
    assert [row["role"] for row in rows] == ["subscriber", "bot"]


def test_unreadable_lines_are_named_and_the_rest_is_written(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(
        "0:05 bob: hi\nwhat\n0:06 eve left\n0:07 bob: bye\n", "utf-8"
    )
    done = danmate(tmp_path, "convert", "chat.txt", "--out", "x.jsonl")
    assert done.returncode == 0
    assert len((tmp_path / "x.jsonl").read_text("utf-8").splitlines()) == 2
    first, second = done.stderr.decode().splitlines()
    assert first == "plain: 2 messages, 1 other lines, 1 unreadable"
    assert second.startswith("  chat.txt:2: expected a line that begins with its time")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bad.jsonl", "--strict"), "bad.jsonl:2: expected "),
        (("worse.jsonl",), "worse.jsonl: value 1: expected the end of this element"),
        (("bad.jsonl", "--out", "bad.jsonl"), "expected another file to write"),
    ],
)
def test_what_the_user_must_mend_is_one_line_and_code_2(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{"text": 5}\n', "utf-8")
    (tmp_path / "worse.jsonl").write_text('{"text": \n', "utf-8")
    done = danmate(tmp_path, "convert", *words)
    assert done.returncode == 2
    (line,) = [row for row in done.stderr.decode().splitlines() if row.startswith("danmate: ")]
    assert told in line
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "bad.jsonl").read_text("utf-8").count("\n") == 2


@pytest.mark.parametrize("words", [("convert",), ("replay",)])
def test_the_formats_are_listed(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = danmate(tmp_path, *words, "--format", "list")
    assert done.returncode == 0, done.stderr
    rows = done.stdout.decode().splitlines()
    assert [row.split()[0] for row in rows] == list(READERS)
    assert all(len(row.split()) > 2 for row in rows)


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "chat.jsonl").write_text(lines({"text": "how much?"}) * 9999, "utf-8")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "convert", "chat.jsonl", "--out", "x.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm"},
        stderr=theirs,
    ) as running:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # a terminal that nobody holds any more
            while part := os.read(ours, 4096):
                shown += part
        assert running.wait(60) == 0
    os.close(ours)
    assert b"bytes" in shown or b"kB" in shown
    assert b"jsonl: 9999 messages" in shown


def test_help_shows_an_example(tmp_path: Path) -> None:
    done = danmate(tmp_path, "convert", "-h")
    assert b"Example: danmate convert " in done.stdout


def test_ctrl_c_keeps_what_is_written(tmp_path: Path) -> None:
    row = lines({"text": "how much is it? " * 500}).encode()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "convert", "-", "--out", "x.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin
        assert running.stderr
        out = tmp_path / "x.jsonl"
        while not out.exists() or not out.stat().st_size:  # it is at work
            running.stdin.write(row)
            running.stdin.flush()
        running.send_signal(signal.SIGINT)
        told = running.stderr.read()
        assert running.wait(60) == 130
    assert b"Traceback" not in told
    assert '{"id":"line-1",' in out.read_text("utf-8")
