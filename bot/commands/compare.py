"""``danmate compare``: one log played twice, by two configurations, catalogues or models."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.commands.offline import seated
from bot.commands.outputs import Source, opened
from bot.commands.replay import bar, opened_log, writing
from bot.config import Config
from bot.errors import BadConfig
from bot.model import ChatMessage, Mode
from bot.replay.formats import Log
from bot.replay.golden import Change, Golden
from bot.shop.catalogue import load as load_catalogue
from bot.web.lines import as_json

SHOWN = 50
"""Answers that the table shows."""
WANTED = "expected a configuration, a catalogue, a trained model's folder, or section.key=value"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says: ``a`` and ``b`` are laid over all the rest."""

    log: str
    a: str
    b: str
    catalog: Path | None = None
    config: Path | None = None
    format: str = "auto"
    out: Path | None = None
    mode: Mode | None = None
    source: Source = field(default_factory=Source)
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two bots."""

    config: Config
    catalog: Path


async def compare(options: Options) -> int:
    """Play the log with both, and show which answers differ: a table, counts, --out the rest."""
    a, b = side(options.a, options, "--a"), side(options.b, options, "--b")
    with ExitStack() as stack:
        log = stack.enter_context(opened_log(options.log, options.format, strict=False))
        messages = list(log)
        report = bar(stack)
        golden = Golden([line async for line in _played(a, log, messages, options, report)], "a")
        changes = [
            change
            async for line in _played(b, log, messages, options, report)
            if (change := golden.add(line))
        ]
    for fault in log.faults:
        sys.stderr.write(f"  {fault}\n")
    if options.out:
        with writing(options.out) as file:
            file.writelines(map(_row, changes))
    _show(options, golden, changes)
    return 0


def side(given: str, options: Options, name: str) -> Side:
    """Return the bot that an option describes. Raises BadConfig or BadCatalogue."""
    path, base, catalog, laid = Path(given).expanduser(), options.config, options.catalog, []
    match kind(path, given):
        case "config":
            base = path
        case "catalogue":
            catalog = path
        case "setting":
            laid = [given]
        case None:
            raise BadConfig(f"{name} {given}: {WANTED}")
        case table:
            laid = [f"models.{table}={json.dumps(str(path.absolute()))}"]
    config = configuration.with_values(configuration.load(base), [*options.values, *laid])
    return Side(config, catalog or config.rooms[0].catalog)


def kind(path: Path, given: str) -> str | None:
    """Say what an option names; for a trained model by which key of [models] the bot takes it."""
    if path.is_dir():
        return _trained(path)
    if path.is_file():
        if path.suffix.lower() == ".json":
            return "catalogue"
        try:
            keys = tomllib.loads(path.read_text("utf-8-sig")).keys()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            return "config"  # whose reader says best what is wrong with it
        return "catalogue" if keys & {"shop", "products", "faq"} else "config"
    return "setting" if "=" in given else None


def _trained(folder: Path) -> str | None:
    if (folder / "adapter_config.json").is_file():
        return "writer_adapter"
    try:
        card = json.loads((folder / "reader.json").read_text("utf-8"))
        return "judge_adapter" if "answered" in card["labels"] else "reader_adapter"
    except (OSError, ValueError, KeyError, TypeError):
        return None


async def _played(
    use: Side,
    log: Log,
    messages: Sequence[ChatMessage],
    options: Options,
    report: Callable[[int], None],
) -> AsyncIterator[str]:
    catalogue = load_catalogue(use.catalog)
    async with opened(use.config, options.source) as found:
        playing = seated(found.models, use.config, catalogue, mode=options.mode)
        async for outcome in playing.play(messages, report, log.asides):
            yield as_json(outcome)
    for line in found.unrecorded.told():
        sys.stderr.write(f"{line}\n")


def _row(change: Change) -> str:
    """Return both outcomes of a message as one line."""
    row = {"message": change.message, "what": change.what, "a": change.before, "b": change.after}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _show(options: Options, golden: Golden, changes: Sequence[Change]) -> None:
    console = Console(highlight=False)
    answers = [change for change in changes if change.what == "answer"]
    table = Table("message", f"a: {options.a}", f"b: {options.b}", title="answers that differ")
    for change in answers[:SHOWN]:
        table.add_row(*_cells(change))
    if answers:
        console.print(table)
    if (more := len(answers) - SHOWN) > 0:
        console.print(f"… and {more} more: --out writes them all", markup=False)
    console.print(golden.tally.told(), markup=False)
    _count(console, "by intent", golden.tally.intents)
    _count(console, "by product", golden.tally.products)


def _count(console: Console, name: str, counts: Counter[str]) -> None:
    if counts:
        parts = ", ".join(f"{of} {count}" for of, count in counts.most_common())
        console.print(f"{name}: {parts}", markup=False)


def _cells(change: Change) -> tuple[str, str, str]:
    from rich.markup import escape

    sides = []
    for row in (change.before, change.after):
        reply = ((row or {}).get("reply") or {}).get("text")
        reason = row and row.get("reason")
        kind = f"{row['outcome']}" + (f" ({reason})" if reason else "") if row else "-"
        sides.append(escape(f"{kind}\n{reply}" if reply else kind))
    return escape(str(change.message["text"])), sides[0], sides[1]
