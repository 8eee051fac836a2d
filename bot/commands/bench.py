"""``danmate bench``: timings as ratios within one run."""

import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.errors import BadLog
from bot.inference.race import Result, entries, race
from bot.inference.reader import TRAINED
from bot.inference.training import lines
from bot.inference.training.lines import Line

log = structlog.get_logger()
BASE, RIVAL = "transformers pipeline, one by one", "onnxruntime int8"


def classify(
    data: Path | None, count: int, rounds: int, config: Path | None, *, as_json: bool
) -> None:
    """Time the reader and its rivals on the same lines, and print rates, ratios and accuracies."""
    settings = configuration.load(config).models
    rows = lines.load([data] if data else sorted(TRAINED.parent.glob("intents.*.jsonl")))
    if len(rows) < count and not data:
        raise BadLog(f"expected at least {count} lines, got {len(rows)}")
    sample = random.Random(0).sample(rows, min(count, len(rows)))  # noqa: S311 - a sample, not a secret
    trained = settings.reader_adapter or TRAINED
    with (
        tempfile.TemporaryDirectory(prefix="danmate-") as scratch,
        entries(settings.reader, trained, Path(scratch), log.warning) as rivals,
    ):
        results = race(rivals, [line.text for line in sample], rounds)
    labelled = sample if data else []  # lines that it was taught from tell nothing
    if as_json:
        rated = [asdict(r) | {"labels": None, "accuracy": _accuracy(r, labelled)} for r in results]
        print(json.dumps(rated, indent=1))  # noqa: T201 - the result
    else:
        Console().print(_table(results, labelled))


def _accuracy(result: Result, labelled: Sequence[Line]) -> float | None:
    if not labelled or result.labels is None or "repeats" in result.name:
        return None
    hits = sum(line.label == got for line, got in zip(labelled, result.labels, strict=True))
    return round(hits / len(labelled), 4)


def _table(results: Sequence[Result], labelled: Sequence[Line]) -> Table:
    rates = {result.name: result.rate for result in results}
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for name in ("lines/s", "slowest-fastest", "x pipeline", "x int8", "accuracy"):
        table.add_column(name, justify="right")
    for result in results:
        accuracy = _accuracy(result, labelled)
        table.add_row(
            result.name,
            f"{result.rate:.0f}",
            f"{result.slowest:.0f}-{result.fastest:.0f}",
            f"{result.rate / rates[BASE]:.2f}",
            f"{result.rate / rates[RIVAL]:.2f}" if RIVAL in rates else "",
            "" if accuracy is None else f"{accuracy:.3f}",
        )
    return table
