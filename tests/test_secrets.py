"""Proofs about secrets: where they are found, in which order, and that known ones are hidden."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import secrets, telemetry
from bot.errors import BadConfig
from bot.secrets import KEPT, Known, resolve
from tests.test_telemetry import restored

PLAIN = st.characters(exclude_characters="*")
__all__ = ["restored"]  # leaves the logging of the other tests as it was


def test_the_variable_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-the-file\n")
    assert resolve("env:T", {"T_FILE": str(file)}).reveal() == "of-the-file"
    assert resolve("env:T", {"T": "", "T_FILE": str(file)}).reveal() == "of-the-file"
    assert resolve("env:T", {"T": "of-the-variable", "T_FILE": str(file)}).reveal() == (
        "of-the-variable"
    )


@pytest.mark.parametrize("content", ["s3cret-value", "s3cret-value\n", "\ufeff s3cret-value\r\n"])
def test_the_end_of_the_line_is_no_part_of_a_secret(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_bytes(content.encode())
    assert resolve("env:T", {"T_FILE": str(tmp_path / "token")}).reveal() == "s3cret-value"


def test_a_file_may_be_a_link_and_may_be_open_as_docker_makes_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("s3cret-value")
    (tmp_path / "data").chmod(0o444)
    (tmp_path / "token").symlink_to(tmp_path / "data")
    assert resolve("env:T", {"T_FILE": str(tmp_path / "token")}).reveal() == "s3cret-value"


def test_a_file_that_holds_no_secret_is_one_line_without_what_it_holds(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "large").write_text("canary" * 20_000)
    (tmp_path / "bytes").write_bytes(b"canary\xff")
    wanted = {"none": "No such file", "pipe": "a file", "empty": "empty", "large": "too large",
              "bytes": "UTF-8", ".": "directory", "nul\0": "no file"}  # fmt: skip
    for name, reason in wanted.items():
        with pytest.raises(BadConfig) as caught:
            resolve("env:T", {"T_FILE": f"{tmp_path}/{name}"})
        (line,) = caught.value.faults
        assert line.startswith("T_FILE: ")
        assert reason.lower() in line.lower()
        assert "canary" not in line


def test_a_secret_that_is_nowhere_is_one_line_that_names_both_places() -> None:
    with pytest.raises(BadConfig, match=r"variable T to hold the secret.*T_FILE"):
        resolve("env:T", {})


@pytest.mark.parametrize("reference", ["canary", "env:", "env:A B", "env:1A", "ENV:A", "env:Ä"])
def test_what_is_no_name_is_never_shown(reference: str) -> None:
    with pytest.raises(BadConfig) as caught:
        resolve(reference, {})
    assert "canary" not in str(caught.value)
    assert "Ä" not in str(caught.value)


# What is known ------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_known_secret_is_hidden_whatever_its_form(style: telemetry.Style) -> None:
    out = io.StringIO()
    telemetry.configure("debug", style, out)
    value = resolve("env:T", {"T": "pl4in/words&no=form"}).reveal()
    log = structlog.get_logger()
    log.debug("connected", detail=f"see {value}.", deep={value: [{"of": (value,)}]})
    log.warning("connected", address=f"/x?q={quote(value, safe='')}")
    log.error("crashed", exc_info=ExceptionGroup(value, [RuntimeError(f"no {value}")]))
    assert "pl4in" not in out.getvalue()
    assert out.getvalue().count("***") >= 5


def test_the_password_of_an_address_is_known_alone() -> None:
    resolve("env:Q", {"Q": "redis://u:p%40ss-of-queue@h/0"})
    for text in ("p%40ss-of-queue", "p@ss-of-queue", "redis://u:p%40ss-of-queue@h/0"):
        assert secrets.masked(f"<{text}>") == "<***>"


def test_what_a_log_in_gave_is_known_but_for_whose_it_is() -> None:
    secrets.remember_record(
        {
            "access_token": "acc3ss-of-the-record",
            "cookies": "SESSDATA=0123456789abcdef%2C17; bili_jct=fedcba98765432100; x=1",
            "login": "ann_the_streamer", "user_id": "123456789012", "expires_at": "1767225600.25",
        }
    )  # fmt: skip
    for gone in ("acc3ss-of-the-record", "0123456789abcdef%2C17", "fedcba98765432100"):
        assert secrets.masked(f"x {gone} y") == "x *** y"
    for plain in ("ann_the_streamer", "123456789012", "1767225600.25", "SESSDATA", "bili_jct"):
        assert secrets.masked(plain) == plain


@given(st.lists(st.text(PLAIN, min_size=1), max_size=20), st.text(PLAIN))
def test_no_known_secret_is_left_in_a_text(values: list[str], text: str) -> None:
    known = Known()
    known.add(values)
    shown = known.masked(text.join(["", *values, ""]))
    assert not [value for value in values if value in shown]


def test_the_oldest_are_forgotten_and_no_more_are_kept() -> None:
    known = Known()
    for number in range(KEPT + 1):
        known.add([f"secret-{number:04}"])
    assert known.masked("secret-0000 secret-0001") == "secret-0000 ***"


def test_a_short_secret_does_not_black_out_the_log() -> None:
    resolve("env:S", {"S": "abc"})
    assert secrets.masked("abcdef") == "abcdef"


GUARDED = """
import threading, warnings
from bot import secrets, telemetry

telemetry.guard()
secret = secrets.resolve("env:T").reveal()

class Broken:
    def __del__(self):
        raise RuntimeError(secret)

def aside():
    raise RuntimeError(secret)

thread = threading.Thread(target=aside)
thread.start()
thread.join()
Broken()
warnings.warn(secret)
raise RuntimeError(secret)
"""


def test_no_fault_aside_of_the_work_shows_a_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED], env={**os.environ, "T": "s3cret-of-nobody"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert [event for event in events if "***" not in event] == [
        "fault_aside", "fault_aside", "crashed",
    ]  # fmt: skip
    assert done.stderr.count("***") == 4
    assert "s3cret" not in done.stderr + done.stdout
