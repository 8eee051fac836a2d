"""``danmate bench``: timings as ratios within one run."""

import itertools
import json
import random
import tempfile
from collections.abc import Mapping, Sequence
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
from bot.model import Answer, Lang
from bot.rules import prompts
from bot.rules.facts import facts
from bot.shop.catalogue import load as load_catalogue
from bot.shop.lookup import Shop

log = structlog.get_logger()
BASE, RIVAL = "transformers pipeline, one by one", "onnxruntime int8"
QUESTIONS: Mapping[Lang, str] = {"zh": "多少钱，还有货吗", "en": "how much, and is it in stock?"}
PAIRS = tuple(itertools.combinations(("price", "stock", "colors", "material", "shipping"), 2))


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


def generate(count: int, rounds: int, config: Path | None, *, as_json: bool) -> None:
    """Time the writer that ships and its rivals on the same prompts, and print their rates."""
    from bot.inference import race_writers  # transformers takes seconds to import

    every = _prompts()
    chosen = random.Random(0).sample(sorted(every), min(count, len(every)))  # noqa: S311 - a sample, not a secret
    asked = {prompt: every[prompt] for prompt in chosen}
    threads = configuration.load(config).models.threads
    with (
        tempfile.TemporaryDirectory(prefix="danmate-") as scratch,
        race_writers.field(asked, threads, Path(scratch), log.warning) as field,
    ):
        results = race(field.entries, chosen, rounds)
    length = field.tokens / len(chosen)
    if as_json:
        rated = [asdict(r) | {"labels": None, "tokens": r.rate * length} for r in results]
        print(json.dumps(rated, indent=1))  # noqa: T201 - the result
    else:
        Console().print(_rates(results, length))


def _prompts() -> dict[str, Lang]:
    """Return a prompt for every two topics that the demo's shop knows of a product."""
    shop, made = Shop(load_catalogue(configuration.DEMO), {}), dict[str, Lang]()
    for lang, question in QUESTIONS.items():
        for product, pair in itertools.product(shop.catalogue.products, PAIRS):
            stated = [fact for topic in pair for fact in facts(topic, product, shop, lang)]
            if len(stated) > 1:  # a single fact goes by template
                plan = Answer("price", lang, tuple(stated), "", product.sku, product.name)
                made[prompts.prompt(plan, question)] = lang
    return made


def _rates(results: Sequence[Result], length: float) -> Table:
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for name in ("replies/s", "slowest-fastest", "tokens/s", "x transformers"):
        table.add_column(name, justify="right")
    base = next(result.rate for result in results if result.name.startswith("transformers"))
    for result in results:
        table.add_row(
            result.name,
            f"{result.rate:.2f}",
            f"{result.slowest:.2f}-{result.fastest:.2f}",
            f"{result.rate * length:.0f}",
            f"{result.rate / base:.2f}",
        )
    return table


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
