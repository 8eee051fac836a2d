"""``danmate analyze``: a log, the models and the catalogue in; a summary and files out."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot import config as configuration
from bot.commands.batched import models
from bot.commands.replay import opened_log, writing
from bot.commands.summary import summary
from bot.errors import BadConfig
from bot.model import Lang
from bot.replay.formats import Log
from bot.shop.catalogue import load as load_catalogue
from bot.studio.analysis import Analysis, Use, analyse, as_json, replied, report_html

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    catalog: Path | None = None
    report: Path | None = None
    json: Path | None = None
    table: Path | None = None
    lang: Lang | None = None
    seed: int = 0
    format: str = "auto"
    strict: bool = False
    cached: bool = True
    config: Path | None = None
    settings: tuple[str, ...] = ()


async def analyze(name: str, options: Options) -> None:
    """Analyse a recording; print a summary, write what is asked for.

    Raises BadConfig, BadCatalogue, BadLog or MissingWeights.
    """
    config = configuration.with_values(configuration.load(options.config), list(options.settings))
    _check(name, options)
    catalogue = load_catalogue(options.catalog) if options.catalog else None
    async with AsyncExitStack() as stack:
        lines = stack.enter_context(opened_log(name, options.format, strict=options.strict))
        table = stack.enter_context(writing(options.table)) if options.table else None
        own = await stack.enter_async_context(models(config, cached=options.cached))
        told = {} if name == STDIN else replied(Path(name))
        use = Use(
            own.reader, config.rules(), catalogue, own.judge, seed=options.seed, replied=told,
            release=own.release,
        )  # fmt: skip
        progress = stack.enter_context(_bar(name, lines))
        found = await analyse(lines, use, _title(name), options.lang, progress, table)
    _written(found, options)
    _told(lines)


def _check(log: str, options: Options) -> None:
    """Refuse what would overwrite the log, or could not be written. Raises BadConfig."""
    asked = {"--report": options.report, "--json": options.json, "--csv": options.table}
    faults = []
    source = Path(log)
    for name, file in asked.items():
        if file is None or str(file) == STDIN:
            continue
        if log != STDIN and file.exists() and source.exists() and file.samefile(source):
            faults.append(f"{name} {file}: expected another file to write than the log")
        elif not file.parent.is_dir():
            faults.append(f"{name} {file}: expected a folder that is there")
    if faults:
        raise BadConfig(*faults)


@contextmanager
def _bar(name: str, log: Log) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how much of the log has been read; of a pipe nobody knows how much."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    total = Path(name).stat().st_size if name != STDIN else None
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("comments", total=total)

        def show(count: int) -> None:
            progress.update(task, completed=log.consumed, description=f"{count:,} lines")

        yield show


def _title(log: str) -> str:
    return "standard input" if log == STDIN else Path(log).name


def _written(found: Analysis, options: Options) -> None:
    """Write the files; print the summary unless JSON takes its place. Raises BadConfig."""
    if options.report:
        with writing(options.report) as file:
            file.write(report_html(found, found.lang))
    if options.json:
        with _json_file(options.json) as file:
            file.write(json.dumps(as_json(found), ensure_ascii=False, indent=1) + "\n")
    if str(options.json) != STDIN:
        sys.stdout.write(summary(found, found.lang))


@contextmanager
def _json_file(path: Path) -> Iterator[TextIO]:
    with ExitStack() as stack:
        yield stack.enter_context(writing(None if str(path) == STDIN else path))


def _told(log: Log) -> None:
    """Write to standard error what could not be read."""
    if log.skipped:
        sys.stderr.write(f"{log.format}: {log.read} messages, {log.skipped} unreadable\n")
        for fault in log.faults:
            sys.stderr.write(f"  {fault}\n")
