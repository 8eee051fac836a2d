"""``danmate replay``: a recorded log through the whole bot on a virtual clock."""

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot import config as configuration
from bot.commands.offline import player
from bot.errors import BadConfig
from bot.flow.clock import WallClock
from bot.model import Mode, Outcome
from bot.plugins import formats
from bot.replay.formats import Log, open_log, read
from bot.shop.catalogue import load as load_catalogue
from bot.web.feed import as_json

SHOWN = 10
"""Differences from a golden file that are printed."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    log: str
    catalog: Path | None
    config: Path | None
    format: str
    out: Path | None
    golden: Path | None
    mode: Mode | None
    strict: bool
    values: list[str]


async def replay(options: Options) -> int:
    """Play the log, write one outcome a line, say what became of all; 1 if a golden differs."""
    config = configuration.with_values(configuration.load(options.config), options.values)
    catalogue = load_catalogue(options.catalog or config.rooms[0].catalog)
    golden = _golden(options.golden)
    clock = WallClock()
    lines: list[str] = []
    with ExitStack() as stack:
        log = stack.enter_context(_log(options))
        out = stack.enter_context(writing(options.out))
        async with player(config, catalogue, mode=options.mode) as use:
            began = clock.now()
            counts: Counter[str] = Counter()
            async for outcome in _watched(use.play(log, _bar(stack))):
                line = as_json(outcome)
                out.write(line + "\n")
                counts[outcome.outcome] += 1
                if golden is not None:
                    lines.append(line)
            took = clock.now() - began
    _say(log, counts, took)
    return _compare(golden, lines) if golden is not None else 0


async def _watched(outcomes: AsyncIterator[Outcome]) -> AsyncIterator[Outcome]:
    async for outcome in outcomes:
        yield outcome


@contextmanager
def _log(options: Options) -> Iterator[Log]:
    if options.log == "-":
        yield read(
            sys.stdin,
            name="standard input",
            plugins=formats(),
            format=options.format,
            strict=options.strict,
        )
        return
    path = Path(options.log)
    with open_log(path, plugins=formats(), format=options.format, strict=options.strict) as log:
        yield log


@contextmanager
def writing(path: Path | None) -> Iterator[TextIO]:
    """Open the file to write, or give standard output. Raises BadConfig."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadConfig(f"{path}: expected a file to write ({error.strerror or error})") from None
    with file:
        yield file


def _bar(stack: ExitStack) -> "_Count":
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("messages"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    stack.enter_context(progress)
    return _Count(progress)


class _Count:
    """Moves a progress bar whose end nobody knows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("messages", total=None)

    def __call__(self, count: int) -> None:
        self._progress.update(self._task, completed=count)


def _say(log: Log, counts: Counter[str], took: float) -> None:
    total = sum(counts.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    err = sys.stderr
    err.write(f"{log.format}: {log.read} messages, {log.other} other lines, ")
    err.write(f"{log.skipped} unreadable\n")
    for fault in log.faults:
        err.write(f"  {fault}\n")
    err.write(f"{total} outcomes: {kinds or 'none'}\n")
    err.write(f"{took:.1f} s, {total / max(took, 1e-9):.0f} messages/s\n")


def _golden(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: expected a file of outcomes ({error})") from None


def _compare(golden: list[str], lines: list[str]) -> int:
    """Print where outcomes differ from the golden file; 1 if anywhere."""
    differences = [
        (number, old, new)
        for number, (old, new) in enumerate(zip_longest(golden, lines), 1)
        if old != new
    ]
    for number, old, new in differences[:SHOWN]:
        sys.stderr.write(f"outcome {number}\n  - {_short(old)}\n  + {_short(new)}\n")
    sys.stderr.write(f"golden: {len(differences)} of {len(golden)} outcomes differ\n")
    return 1 if differences else 0


def _short(line: str | None) -> str:
    if line is None:
        return "(none)"
    try:
        row = json.loads(line)
        reply = (row.get("reply") or {}).get("text") or row.get("notice") or ""
        return f"{row['message']['text']!r}: {row['outcome']} {row['reason'] or ''} {reply}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line[:200]
