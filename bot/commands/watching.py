"""Shows what a room is told in shadow mode: lines and a report on a terminal, JSON in a pipe."""

import json
import sys
from pathlib import Path
from typing import Protocol, TextIO

from rich.console import Console

from bot.commands import files, tellings
from bot.model import Outcome
from bot.replay.compare import Comparison
from bot.web.lines import as_json


class Watcher(Protocol):
    """Who is told what goes on in a room that is only read."""

    def say(self, text: str) -> None:
        """Tell the user something about the run."""

    def heard(self, outcome: Outcome) -> None:
        """Take the next outcome."""

    def save(self) -> None:
        """Keep the report as it stands."""

    def ended(self) -> None:
        """Sum up."""


class Kept(Protocol):
    """A report that is written besides, as a page."""

    def add(self, outcome: Outcome) -> None:
        """Take the next outcome."""

    def save(self) -> None:
        """Write it as it stands."""


def watcher(
    room: str,
    catalog: str,
    report: Path | None,
    out: TextIO | None = None,
    page: Kept | None = None,
) -> Watcher:
    """Return who tells it to ``out`` (standard output).

    On a terminal these are lines to read. In a pipe it is one outcome a line, as a replay writes
    them, and all words go to standard error. With a ``page`` that is what is written to ``report``,
    JSON without. Raises BadConfig for a report that cannot be written.
    """
    out = out or sys.stdout
    if report is not None:
        files.writable(report, "--report")
    return _Watcher(room, catalog, report, out, page)


class _Watcher:
    def __init__(
        self, room: str, catalog: str, report: Path | None, out: TextIO, page: Kept | None
    ) -> None:
        self._about = {"room": room, "catalog": catalog}
        self._report = report
        self._page = page
        self._out = out
        self._comparison = Comparison()
        self._live = out.isatty()
        self._words = Console(file=out if self._live else sys.stderr, highlight=False)

    def say(self, text: str) -> None:
        self._words.print(tellings.plain(text), style="dim", markup=False)

    def heard(self, outcome: Outcome) -> None:
        answers = self._comparison.add(outcome)
        if self._page is not None:
            self._page.add(outcome)
        if not self._live:
            self._out.write(as_json(outcome) + "\n")
            self._out.flush()
        elif told := tellings.told(outcome, answers):
            self._words.print(told)

    def save(self) -> None:
        if self._page is not None:
            self._page.save()
            return
        if self._report is None:
            return
        written = {**self._about, **tellings.as_dict(self._comparison.report())}
        files.replace(
            self._report, json.dumps(written, ensure_ascii=False, indent=1) + "\n", "--report"
        )

    def ended(self) -> None:
        self.save()
        self._words.print(tellings.summary(self._comparison.report()))
        if self._report is not None:
            self.say(f"written: {self._report}")
