"""``danmate convert``: anybody's chat log as danmate's own lines of JSON."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import telemetry
from bot.commands.options import Out
from bot.errors import BadConfig, BadLog

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.replay.formats import Log

EVERY = 1000  # messages between two looks at the bar
STDIN = "-"


def listed(name: str) -> str:
    """Print the formats and leave, if ``list`` is asked for; else return the name."""
    if name == "list":
        from bot.plugins import formats
        from bot.replay.formats import known

        names = known(formats())
        width = max(map(len, names))
        for each, says in names.items():
            typer.echo(f"{each:{width}}  {says}")
        raise typer.Exit
    return name


FormatName = Annotated[
    str,
    typer.Option(
        "--format", help="auto, a format, or list to see them", callback=listed, is_eager=True
    ),
]


def convert(
    log: Annotated[str, typer.Argument(help="a chat log of any tool, packed too; - is stdin")],
    out: Out = None,
    format: FormatName = "auto",  # noqa: A002 - the option's name is fixed
    strict: Annotated[bool, typer.Option(help="stop at a line that cannot be read")] = False,
) -> None:
    """Turn anybody's chat log into danmate's own: one JSON object a line, roles and times kept.

    Example: danmate convert stream.json.gz --out stream.jsonl

    Example: danmate convert --format list
    """
    from bot.commands.replay import writing

    telemetry.configure("warning")
    if out and log != STDIN and out.exists() and Path(log).exists() and out.samefile(log):
        raise BadConfig(f"{out}: expected another file to write than the one that is read")
    with _opened(log, format, strict=strict) as found, writing(out) as file, _bar(log) as bar:
        _write(found, file.write, bar)
    _say(found)


@contextmanager
def _opened(log: str, kind: str, *, strict: bool) -> Iterator["Log"]:
    from bot.plugins import formats
    from bot.replay.formats import open_log, read

    if log == STDIN:
        name = "standard input"
        yield read(sys.stdin, name=name, plugins=formats(), format=kind, strict=strict)
        return
    with open_log(Path(log), plugins=formats(), format=kind, strict=strict) as found:
        yield found


def _write(log: "Log", write: Callable[[str], object], bar: "Progress") -> None:
    import msgspec

    encoder = msgspec.json.Encoder()
    (task,) = bar.task_ids
    for message in log:
        write(encoder.encode(message).decode() + "\n")
        if log.read % EVERY == 0:
            bar.update(task, completed=log.consumed)


@contextmanager
def _bar(log: str) -> Iterator["Progress"]:
    """Show how much of the file is read, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    progress = Progress(
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    progress.add_task("", total=None if log == STDIN else Path(log).stat().st_size)
    with progress:
        yield progress


def _say(log: "Log") -> None:
    """Say what became of all lines. Raises BadLog where nothing could be read."""
    if log.skipped and not log.read:
        raise BadLog(*log.faults)
    sys.stderr.write(f"{log.format}: {log.read} messages, {log.other} other lines, ")
    sys.stderr.write(f"{log.skipped} unreadable\n")
    for fault in log.faults:
        sys.stderr.write(f"  {fault}\n")
