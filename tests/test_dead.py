"""``danmate dead`` shows what could not be handled, and moves it, by its id or all at once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.bus.codec import key
from bot.bus.dead import DeadLetter, DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.commands.letters import page, table
from bot.model import ChatMessage
from tests.bus.test_dead import bury

Call = Callable[..., subprocess.CompletedProcess[str]]
HOSTILE = "\x1b[31m红\x1b]0;x\x07\u202e" + "多少钱" * 60


@pytest.fixture
def dead(store_url: str) -> Call:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", "dead", *words, "--set", f"store.url={store_url}"],
            env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return call


def printed(shown: object) -> str:
    console = Console(file=StringIO(), width=80, color_system=None)
    console.print(shown)
    out = console.file
    assert isinstance(out, StringIO)
    return out.getvalue()


def letter_of(text: str) -> DeadLetter:
    message = ChatMessage("m1", "room", "room/a", "amy [red]", "7", "viewer", text, 1.0)
    return DeadLetter("3-1767225600250-0", 3, 1767225600.25, "failed", message)


async def test_a_pipe_gets_a_line_of_json_for_each_letter(dead: Call, store: Store) -> None:
    await bury(store, 3)
    done = dead("list", "--limit", "2")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["message"]["text"] for row in rows] == ["多少钱 2", "多少钱 1"]
    assert rows[0]["reason"] == "failed"
    shown = dead("show", rows[1]["id"])
    assert [json.loads(line) for line in shown.stdout.splitlines()] == [rows[1]]


async def test_one_is_retried_and_the_rest_is_dropped(dead: Call, store: Store) -> None:
    await bury(store, 3)
    letters = await DeadLetters(store).list(3)
    done = dead("retry", letters[0].id)
    assert (done.returncode, done.stdout) == (0, "1 message back in the queue\n")
    assert dead("drop", "all").stdout == "2 messages forgotten\n"
    assert dead("retry", "all").stdout == "0 messages back in the queue\n"
    assert await DeadLetters(store).count() == 0
    assert await Inbox(store).counts() == {"accepted": 3, "dead": 2}
    assert await Inbox(store).pending() == 1


@pytest.mark.parametrize("command", ["show", "retry", "drop"])
async def test_an_unknown_id_is_one_line_and_the_others_are_dealt_with(
    dead: Call, store: Store, command: str
) -> None:
    await bury(store, 1)
    [letter] = await DeadLetters(store).list(1)
    done = dead(command, "1-1", letter.id)
    assert done.returncode == 2
    assert done.stdout
    assert [line.partition(": expected")[0] for line in done.stderr.splitlines()] == [
        "danmate: 1-1: no such letter"
    ]


async def test_what_cannot_be_read_is_left_by_retry_all(dead: Call, store: Store) -> None:
    await bury(store, 1)
    await store.client.xadd(key("dead"), {"m": b"\xff", "reason": b"no ChatMessage"})
    done = dead("retry", "all")
    assert (done.returncode, done.stdout) == (1, "1 message back in the queue\n")
    assert "cannot be read" in done.stderr
    assert json.loads(dead("list").stdout)["message"] is None


@pytest.mark.parametrize("shown", [table([letter_of(HOSTILE)]), page(letter_of(HOSTILE))])
def test_what_a_viewer_wrote_cannot_break_the_terminal(shown: object) -> None:
    text = printed(shown)
    assert "amy [red]" in text
    assert "多少钱" in text
    assert not any(sign in text for sign in "\x1b\x07\u202e")
    assert max(map(cell_len, text.splitlines())) <= 80


def test_a_page_holds_the_whole_text() -> None:
    text = "".join(printed(page(letter_of(HOSTILE))).split())
    assert "多少钱" * 60 in text
    assert "1970-01-0100:00:01UTC" in text


def test_each_command_shows_an_example(dead: Call) -> None:
    for command in ("list", "show", "retry", "drop"):
        assert f"Example: danmate dead {command}" in dead(command, "-h").stdout
