"""``danmate replay``: a recorded log through the whole bot on a virtual clock."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot import config as configuration
from bot.commands.offline import seated, undisturbed
from bot.commands.outputs import Source, opened
from bot.commands.reports import Reported
from bot.config import Config
from bot.errors import BadConfig
from bot.flow.clock import WallClock
from bot.model import Catalogue, Mode
from bot.plugins import formats
from bot.replay import junit
from bot.replay.formats import Log, open_log, read
from bot.replay.golden import Change, Golden
from bot.replay.junit import Case
from bot.replay.recording.beside import catalogues
from bot.shop.catalogue import load as load_catalogue
from bot.web.lines import as_json

OWN = "config.toml"
RECORDED = "recorded"
"""In place of a catalogue: the one that lies beside the recording."""
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
    source: Source = field(default_factory=Source)
    junit: Path | None = None
    report: Path | None = None


async def replay(options: Options) -> int:
    """Play the log, write one outcome a line, say what became of all.

    Returns 1 if a golden differs, or if a pinned replay asked what was not recorded.
    """
    config = configuration.with_values(configuration.load(options.config), options.values)
    catalogue, rooms = sold(options, config)
    report = reported(options, config, catalogue)
    golden = read_golden(options.golden, options.out)
    changes: list[Change] = []
    counts: Counter[str] = Counter()
    clock = WallClock()
    with ExitStack() as stack:
        log = stack.enter_context(opened_log(options.log, options.format, strict=options.strict))
        out = stack.enter_context(writing(options.out))
        async with opened(config, options.source) as use:
            playing = seated(use.models, config, catalogue, rooms=rooms, mode=options.mode)
            stack.enter_context(undisturbed())
            began = clock.now()
            async for outcome in playing.play(log, bar(stack), log.asides):
                line = as_json(outcome)
                out.write(line + "\n")
                counts[outcome.outcome] += 1
                if report:
                    report.add(outcome)
                if golden and (change := golden.add(line)):
                    changes.append(change)
            took = clock.now() - began
    if report:
        report.save(log)
    if golden:
        changes += golden.gone()
    say(log, counts, took)
    cases = [_compared(golden, changes, options)] if golden else []
    if options.source.pin:
        cases.append(Case("pinned", str(options.source.pin), use.unrecorded.told()))
    tell(cases)
    if options.junit:
        write_report(options.junit, "danmate replay", cases or [Case("replay", options.log)])
    return int(any(case.failures for case in cases))


def sold(options: Options, config: Config) -> tuple[Catalogue, Mapping[str, Catalogue]]:
    """Return what is sold, and what is sold in rooms that have a catalogue of their own.

    That is what the recording says where --catalog is "recorded", or where neither an option nor
    a file says what is to be sold. Raises BadConfig or BadCatalogue.
    """
    asked = options.catalog == Path(RECORDED)
    unsaid = options.catalog is None and options.config is None and not Path(OWN).is_file()
    beside = catalogues(Path(options.log)) if asked or unsaid else {}
    if asked and not beside:
        raise BadConfig(f"--catalog {RECORDED}: expected a recording with its catalogue beside it")
    rooms = {room: load_catalogue(path) for room, path in beside.items()}
    for room, path in beside.items():
        sys.stderr.write(f"{room}: {path} (as recorded)\n")
    if rooms:
        return next(iter(rooms.values())), rooms
    return load_catalogue(options.catalog or config.rooms[0].catalog), {}


def reported(options: Options, config: Config, catalogue: Catalogue) -> Reported | None:
    """Open the report that the command line asks for. Raises BadConfig."""
    if options.report is None:
        return None
    title = "standard input" if options.log == "-" else Path(options.log).name
    return Reported(options.report, config, catalogue, title, options.mode)


@contextmanager
def opened_log(name: str, kind: str, *, strict: bool) -> Iterator[Log]:
    """Open a recording, or standard input for the name -. Raises BadLog."""
    if name == "-":
        yield read(sys.stdin, name="standard input", plugins=formats(), format=kind, strict=strict)
        return
    with open_log(Path(name), plugins=formats(), format=kind, strict=strict) as log:
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


def write_report(path: Path, suite: str, cases: list[Case]) -> None:
    """Write JUnit's report. Raises BadConfig."""
    with writing(path) as file:
        file.write(junit.xml(suite, cases))


def bar(stack: ExitStack, total: int | None = None) -> "_Count":
    """Show on a terminal how many messages have been played, of ``total`` where that is known."""
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
    return _Count(progress, total)


class _Count:
    """Moves a progress bar, whose end may be unknown."""

    def __init__(self, progress: Progress, total: int | None) -> None:
        self._progress = progress
        self._task = progress.add_task("messages", total=total)

    def __call__(self, count: int) -> None:
        self._progress.update(self._task, completed=count)


def say(log: Log, counts: Mapping[str, int], took: float) -> None:
    """Write to standard error how a log was read, what became of it, and how fast."""
    counts = Counter(counts)
    total = sum(counts.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    err = sys.stderr
    err.write(f"{log.format}: {log.read} messages, {log.other} other lines, ")
    err.write(f"{log.skipped} unreadable\n")
    for fault in log.faults:
        err.write(f"  {fault}\n")
    err.write(f"{total} outcomes: {kinds or 'none'}\n")
    err.write(f"{took:.1f} s, {total / max(took, 1e-9):.0f} messages/s\n")


def read_golden(path: Path | None, out: Path | None) -> Golden | None:
    """Read a golden file whole, before anything is written. Raises BadConfig or BadLog."""
    if path is None:
        return None
    try:
        if out and out.exists() and out.samefile(path):
            raise BadConfig(f"{out}: expected another file to write than the golden one")
        with path.open(encoding="utf-8") as lines:
            return Golden(lines, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: expected a file of outcomes ({error})") from None


def _compared(golden: Golden, changes: list[Change], options: Options) -> Case:
    """Return what a golden file says of a replay: counts, and the first differences."""
    sys.stderr.write(f"golden: {golden.tally.told()}\n")
    lines = [change.told() for change in changes[:SHOWN]]
    if (more := len(changes) - SHOWN) > 0:
        lines.append(f"… and {more} more")
    return Case("golden", str(options.golden), lines)


def tell(cases: list[Case]) -> None:
    """Write to standard error what was found wrong."""
    for case in cases:
        for line in case.failures:
            sys.stderr.write(f"{line}\n")
