"""How far a training is: a bar on a terminal, a line of the log now and then in a pipe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

log = structlog.get_logger()
Show = Callable[[int, int, str], None]
"""Told after each step: steps done, steps in all, the latest scores in words."""


@contextmanager
def training_bar(every: int = 1) -> Iterator[Show]:
    """Show each step on a terminal; in a pipe log new scores, at every ``every`` steps."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(
        *columns, TextColumn("{task.description}"), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("")
        said = ""

        def show(done: int, total: int, words: str) -> None:
            nonlocal said
            progress.update(task, completed=done, total=total, description=words)
            if console.is_terminal or words == said or done % every:
                return
            log.warning("training", step=done, steps=total, scores=words)
            said = words

        yield show


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how many of ``total`` are done; call what is given after each one."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
