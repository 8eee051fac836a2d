"""How the benches of the queue state what they measured: medians, spreads, and beside what."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.pool import cores

ROOMS = 50
"""Rooms that share a queue in each of these benches."""


WIDTH = 160
"""Columns of a table that goes into a file."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, and the least and the most of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Spread":
        """Return the spread of one figure for each round."""
        return cls(*(round(figure, 4) for figure in (median(rounds), min(rounds), max(rounds))))

    def words(self, form: str = ".0f") -> tuple[str, str]:
        """Return the median and the range as they stand in a table."""
        return f"{self.median:{form}}", f"{self.low:{form}}-{self.high:{form}}"


def nth(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def beside() -> str:
    """Return on how many cores this runs, and how many processes want them by now."""
    return f"{cores()} cores, load average {os.getloadavg()[0]:.1f}"


def table(*columns: str) -> Table:
    """Return an empty table: a column of names, then figures."""
    made = Table(box=None, padding=(0, 1))
    made.add_column(columns[0])
    for name in columns[1:]:
        made.add_column(name, justify="right")
    return made


def tell(result: Any, show: Callable[[Console], None], *, as_json: bool) -> None:
    """Print a result, a dataclass, as JSON or as ``show`` does."""
    if as_json:
        print(json.dumps(asdict(result), indent=1))  # noqa: T201 - the result
    else:
        console = Console(highlight=False)
        show(console if console.is_terminal else Console(highlight=False, width=WIDTH))


@contextmanager
def steps(total: int) -> Iterator[Callable[[str], None]]:
    """Show on a terminal how far a bench is; told what begins now."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(
        *columns, TextColumn("{task.description}"), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=total)
        begun = 0

        def begin(what: str) -> None:
            nonlocal begun
            progress.update(task, completed=begun, description=what)
            begun += 1

        yield begin
