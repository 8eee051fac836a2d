"""``danmate evaluate``: a reader's figures on labelled lines, as a table or as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.inference import classifier
from bot.inference.reader import TRAINED
from bot.inference.training import lines
from bot.inference.training.evaluate import evaluate

log = structlog.get_logger()


def measure(
    data: list[Path], model: Path | None, cost: float, config: Path | None, *, as_json: bool
) -> None:
    """Read the lines with the model and print how it did."""
    rows = lines.load(data)
    settings = configuration.load(config).models
    folder = model or settings.reader_adapter or TRAINED
    made = classifier.load(settings.reader, folder, log.warning)
    report = evaluate(made, rows, cost, settings.threshold)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))  # noqa: T201 - the result
    else:
        show(report, Console())


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print a report for people, within 80 columns."""
    console.print(_whole(report))
    if "labels" in report:
        console.print(_labels(report["labels"]))
    for row in report.get("confusions", []):
        examples = " · ".join(row["examples"])
        console.print(
            f"{row['n']:>4} {row['wanted']} read as {row['got']}: {examples}",
            highlight=False, markup=False, no_wrap=True, overflow="ellipsis",
        )  # fmt: skip


def _whole(report: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("lines", str(report["lines"]))
    if "accuracy" in report:
        table.add_row("intent", _rates(report))
        for lang, row in report["languages"].items():
            table.add_row(f"  {lang}", _rates(row))
        table.add_row("calibration error", f"{report['calibration_error']:.3f}")
    if scope := report.get("out_of_scope"):
        table.add_row("unsure below", _scope(scope["own"]))
        if scope["n"]:
            table.add_row(
                f"  at a cost of {scope['at_cost']['cost']:.3f}", _scope(scope["at_cost"])
            )
    if chatter := report.get("chatter"):
        table.add_row(
            "chatter read as goods",
            f"{chatter['read_as_goods']:.3f}, acted on {chatter['acted_on']:.3f}"
            f" (certain {chatter['from_certainty']:.2f}; n = {chatter['n']})",
        )
    for name in ("sentiment", "offensive"):
        if name in report:
            table.add_row(name, _rates(report[name]))
    return table


def _rates(row: Mapping[str, Any]) -> str:
    return f"accuracy {row['accuracy']:.3f}, macro-F1 {row['macro_f1']:.3f} (n = {row['n']})"


def _scope(row: Mapping[str, Any]) -> str:
    words = f"{row['threshold']:.3f}"
    if row["in_scope_accuracy"] is not None:
        words += f": in-scope accuracy {row['in_scope_accuracy']:.3f}"
    if row["recall"] is not None:
        words += f", out-of-scope recall {row['recall']:.3f}"
    return words


def _labels(labels: Mapping[str, Any]) -> Table:
    table = Table(box=None, padding=(0, 2))
    for name in ("label", "lines", "precision", "recall", "F1"):
        table.add_column(name, justify="left" if name == "label" else "right")
    for label, row in labels.items():
        rates = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(label, str(row["n"]), *rates)
    return table
