"""Proofs about ``danmate login``: what the user is told, what is kept, and how it ends."""

import asyncio
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.commands.logins import Options, Place, forget, log_in, show
from bot.commands.prompting import qr
from bot.errors import BadConfig
from tests.guests import CODE, URL, Guest, install

ROOM = """
[[rooms]]
platform = "guest"
catalog = "demo"
channel = "ann"
"""
TOKEN = "gu3st-access-token"
LIMIT = 60


class Plain:
    """A platform without log-ins."""

    platform = "plain"
    Settings = Guest.Settings


KNOWN: Mapping[str, Any] = {"guest": Guest, "plain": Plain}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    environ = {"DANMATE_SECRETS": str(tmp_path / "secrets")}
    return Place(KNOWN, environ, io.StringIO(), io.StringIO())


def said(place: Place) -> str:
    assert isinstance(place.out, io.StringIO)
    return place.out.getvalue()


def wrong(place: Place) -> str:
    assert isinstance(place.err, io.StringIO)
    return place.err.getvalue()


def options(*values: str, account: str = "", config: Path | None = None) -> Options:
    return Options("guest", config, account, list(values))


async def test_a_log_in_says_what_to_do_who_it_is_and_what_is_next(place: Place) -> None:
    assert await log_in(options("channel=ann"), place) == 0
    for told in (
        URL,
        f"code: {CODE}",
        "guest: logged in as ann",
        "for you alone",
        "danmate doctor",
        "danmate run",
    ):
        assert told in said(place)
    assert "\x1b" not in said(place)
    assert "█" not in said(place)  # nobody scans a pipe
    assert (await place.vault.get("guest"))["access_token"] == TOKEN
    assert TOKEN not in said(place) + wrong(place)


async def test_without_a_room_in_the_configuration_the_lines_to_write_are_shown(
    place: Place, tmp_path: Path
) -> None:
    await log_in(options("channel=ann"), place)
    shown = said(place)
    (tmp_path / "config.toml").write_text(shown[shown.index("[[rooms]]") : shown.index("Next:")])
    assert 'platform = "guest"' in shown
    assert 'channel = "ann"' in shown


async def test_a_configuration_of_another_place_is_named_in_what_is_next(
    tmp_path: Path, place: Place
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("")
    assert await log_in(options("channel=ann", config=file), place) == 0
    assert f"danmate run --config {file}" in said(place)


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ((), ["guest: channel: expected a value (missing)"]),
        (("chanel=a",), ["guest: chanel: expected one of", "channel: expected a value (missing)"]),
        (("channel=a", "token=canary"), ['guest: token: expected "env:NAME"']),
        (("channel=a", "token=env:NOT_SET"), ["variable NOT_SET", "NOT_SET_FILE"]),
        (("channel",), ["--set channel: expected key=value"]),
    ],
)
async def test_each_thing_that_is_missing_is_named_with_where_it_belongs(
    place: Place, values: tuple[str, ...], lines: list[str]
) -> None:
    with pytest.raises(BadConfig) as caught:
        await log_in(options(*values), place)
    text = "\n".join(caught.value.faults)
    assert all(line in text for line in lines)
    assert "canary" not in text
    if values != ("channel",):
        assert caught.value.faults[-1].startswith('[[rooms]] with platform = "guest" in config')


@pytest.mark.parametrize(
    ("says", "line"), [("no", "denied: the user said no"), ("away", "timed out")]
)
async def test_a_refusal_is_one_line(place: Place, says: str, line: str) -> None:
    assert await log_in(options("channel=a", f"says={says}"), place) == 1
    assert wrong(place) == f"danmate: guest: not logged in: {line}\n"
    assert await place.vault.names() == []


@pytest.mark.parametrize(
    ("platform", "line"),
    [
        ("plain", "plain: has no log-in"),
        ("gest", 'PLATFORM: expected one of guest, plain, got "gest", did you mean guest?'),
    ],
)
async def test_a_platform_without_log_ins_is_one_line(
    place: Place, platform: str, line: str
) -> None:
    for do in (log_in, forget):
        with pytest.raises(BadConfig) as caught:
            await do(Options(platform), place)
        assert len(caught.value.faults) == 1
        assert caught.value.faults[0].startswith(line)


async def test_where_nothing_can_be_kept_nobody_is_asked_to_log_in(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir(mode=0o755)
    with pytest.raises(BadConfig, match="others may use it: expected mode 0700"):
        await log_in(options("channel=ann"), place)
    (tmp_path / "secrets").rmdir()
    (tmp_path / "secrets").write_text("a file")
    with pytest.raises(BadConfig, match="expected a folder"):
        await log_in(options("channel=ann"), place)
    assert said(place) == ""


async def test_an_account_has_a_name_of_its_own_and_is_forgotten_by_it(place: Place) -> None:
    await log_in(options("channel=ann"), place)
    await log_in(options("channel=ann", account="second"), place)
    assert await place.vault.names() == ["guest", "second"]
    assert await forget(options(account="second"), place) == 0
    assert await place.vault.names() == ["guest"]
    assert await forget(options(), place) == 0
    assert await place.vault.names() == []
    with pytest.raises(BadConfig, match="guest: no log-in is kept under this name"):
        await forget(options(), place)


async def test_what_is_kept_is_listed_without_a_secret(place: Place) -> None:
    await show(place, as_json=False)
    assert "no log-in is kept" in said(place)
    await log_in(options("channel=ann"), place)
    await place.vault.put("bob", {"cookies": "canary-cookie"})
    await show(place, as_json=True)
    rows = [json.loads(line) for line in said(place).splitlines() if line.startswith("{")]
    assert rows == [
        {"account": "bob", "who": None, "until": None, "kept_in": "file"},
        {"account": "guest", "who": "ann", "until": "2027-01-01 00:00 UTC", "kept_in": "file"},
    ]
    await show(place, as_json=False)
    assert "2027-01-01" in said(place)
    assert "canary" not in said(place)
    assert TOKEN not in said(place)


async def test_one_that_cannot_be_used_is_listed_with_why(place: Place, tmp_path: Path) -> None:
    await place.vault.put("bob", {"cookies": "canary-cookie"})
    (tmp_path / "secrets" / "bob.json").chmod(0o644)
    await show(place, as_json=True)
    assert "others may use it" in json.loads(said(place))["kept_in"]


# The code to scan ---------------------------------------------------------------------------------


def test_a_code_is_light_on_dark_paper_in_any_theme_and_fits() -> None:
    drawn = qr(URL, 80, "utf-8").splitlines()
    plain = [row.removeprefix("\x1b[38;5;231;48;5;16m").removesuffix("\x1b[0m") for row in drawn]
    assert all(set(row) <= set(" ▀▄█") for row in plain)
    assert len({len(row) for row in plain}) == 1
    assert len(plain[0]) <= 80
    assert set(plain[0]) == {"█"}  # the quiet zone is light


@pytest.mark.parametrize(("columns", "encoding"), [(20, "utf-8"), (80, "ascii"), (80, "nonsense")])
def test_a_terminal_that_cannot_show_a_code_gets_none(columns: int, encoding: str) -> None:
    assert qr(URL, columns, encoding) == ""


def test_a_text_that_no_code_holds_gets_none() -> None:
    assert qr("x" * 10_000, 80, "utf-8") == ""


# The command itself -------------------------------------------------------------------------------


def environ(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": install(folder / "site"),
        "DANMATE_SECRETS": str(folder / "secrets"),
        "PYTHONUTF8": "1",
        "COLUMNS": "80",
    }


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bot.cli", "login", *words]


def test_from_a_room_in_config_toml_to_a_log_in_and_back(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(ROOM)
    env = environ(tmp_path)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words), cwd=tmp_path, env=env, capture_output=True, text=True,
            check=False, timeout=LIMIT,
        )  # fmt: skip

    done = call("guest")
    assert (done.returncode, done.stderr) == (0, "")
    assert "logged in as ann" in done.stdout
    assert "Now write" not in done.stdout
    assert json.loads(call("--list").stdout)["who"] == "ann"
    assert call("guest", "--forget").returncode == 0
    assert list((tmp_path / "secrets").glob("*.json")) == []
    refused = call("guest", "--set", "says=no")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    unknown = call("room")
    assert (unknown.returncode, len(unknown.stderr.splitlines())) == (2, 1)
    assert "Example: danmate login twitch" in call("-h").stdout


async def test_ctrl_c_ends_it_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command("guest", "--set", "channel=a", "--set", "says=nothing"), cwd=tmp_path,
        env=environ(tmp_path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    async with asyncio.timeout(LIMIT):
        while b"waiting" not in await process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_terminal_shows_the_code_to_scan(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("guest", "--set", "channel=a"), cwd=tmp_path, env=environ(tmp_path),
        stdin=theirs, stdout=theirs, stderr=theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while read := os.read(ours, 65_536):
                shown += read
        except OSError:  # how the end of a terminal reads on Linux
            pass
        assert process.wait(LIMIT) == 0
    os.close(ours)
    rows = shown.decode().splitlines()
    code = [row for row in rows if row.startswith("\x1b[38;5;231;48;5;16m")]
    assert "\n".join(code) == qr(URL, 80, "utf-8")
    assert len(code) >= 15
