"""Shows dead letters on a terminal or as JSON lines, and moves them."""

import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.bus.dead import DeadLetter, DeadLetters
from bot.commands.stores import store_of
from bot.errors import BadConfig

Move: TypeAlias = Literal["retry", "drop"]

ALL = "all"
FAILED = 1
UNREADABLE = "cannot be read by this version"
_FULL = "%Y-%m-%d %H:%M:%S UTC"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MOVES: Mapping[Move, tuple[Callable[[DeadLetters, str], Awaitable[bool]], str]] = {
    "retry": (DeadLetters.retry, "back in the queue"),
    "drop": (DeadLetters.drop, "forgotten"),
}


async def show_all(limit: int, config: Path | None, values: list[str], *, as_json: bool) -> None:
    """Show the newest ``limit`` letters."""
    async with store_of(config, values) as store:
        dead = DeadLetters(store)
        found, total = await dead.list(limit), await dead.count()
    if as_json:
        _lines(found)
        return
    console = Console()
    console.print(table(found) if found else "no dead letters")
    if total > len(found):
        console.print(f"and {total - len(found)} older ones: danmate dead list --limit {total}")


async def show_each(
    letters: list[str], config: Path | None, values: list[str], *, as_json: bool
) -> None:
    """Show the letters that are named in full. Raises BadConfig for those that are not there."""
    async with store_of(config, values) as store:
        dead = DeadLetters(store)
        found = {letter: await dead.get(letter) for letter in letters}
    shown = [letter for letter in found.values() if letter]
    if as_json:
        _lines(shown)
    else:
        for letter in shown:
            Console().print(page(letter))
    if missing := [_unknown(name) for name, there in found.items() if there is None]:
        raise BadConfig(*missing)


async def move_each(
    letters: list[str],
    config: Path | None,
    values: list[str],
    how: Move,
) -> int:
    """Move what is named; return 1 if something of ``all`` had to stay.

    Raises BadConfig, once the others are moved, for what was named and had to stay.
    """
    move, became = _MOVES[how]
    moved, left = 0, []
    async with store_of(config, values) as store:
        dead = DeadLetters(store)
        names = [each.id async for each in dead.each()] if ALL in letters else letters
        for name in names:
            if await move(dead, name):
                moved += 1
            elif there := await dead.get(name):
                left.append(f"{there.id}: {UNREADABLE}: expected danmate dead drop {there.id}")
            elif ALL not in letters:  # of all, somebody else was quicker
                left.append(_unknown(name))
    sys.stdout.write(f"{moved} message{'s' * (moved != 1)} {became}\n")
    if left and ALL not in letters:
        raise BadConfig(*left)
    for line in left:
        sys.stderr.write(f"danmate: {line}\n")
    return FAILED if left else 0


def _lines(letters: Iterable[DeadLetter]) -> None:
    for letter in letters:
        sys.stdout.write(json.dumps(asdict(letter), ensure_ascii=False) + "\n")


def _unknown(name: str) -> str:
    return f"{_plain(name)}: no such letter: expected an id that danmate dead list shows"


def table(letters: Iterable[DeadLetter]) -> Table:
    """Return letters as a table of 80 columns, two lines each."""
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("id", "set aside", "reason"):
        rows.add_column(head, no_wrap=True, max_width=22)
    rows.add_column("message", no_wrap=True, overflow="ellipsis")
    for letter in letters:
        message = letter.message
        what = f"{message.author}: {message.text}" if message else UNREADABLE
        room = Text(_plain(message.room) if message else "?", "dim")
        cell = Text("\n").join([room, Text(_plain(what))])
        rows.add_row(letter.id, _time(letter.at, "%m-%d %H:%M"), _plain(letter.reason), cell)
    return rows


def page(letter: DeadLetter) -> Table:
    """Return all of a letter, a field a line."""
    rows = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    told = {"id": letter.id, "set aside": _time(letter.at, _FULL), "reason": letter.reason}
    if message := letter.message:
        fields = asdict(message) | {"sent_at": _time(message.sent_at, _FULL)}
        told["message"] = fields.pop("id")
        told |= {name: value for name, value in fields.items() if value is not None}
    else:
        told["message"] = UNREADABLE
    for name, value in told.items():
        rows.add_row(Text(name, "dim"), Text(_plain(value), overflow="fold"))
    return rows


def _time(at: float, form: str) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(form)


def _plain(text: str) -> str:
    """Return a viewer's text without what would move the cursor or turn the line round."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
