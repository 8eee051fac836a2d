"""``danmate train-writer`` and ``evaluate-writer``: an adapter from invented pairs, its figures."""

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import structlog
from rich.console import Console
from rich.table import Table

from bot import config as configuration
from bot.commands.progress import training_bar
from bot.errors import BadConfig
from bot.inference import weights, writer
from bot.inference.writing import card
from bot.inference.writing.measure import Figures, measure
from bot.inference.writing.recipe import Recipe
from bot.inference.writing.train import EVERY, train
from bot.model import Lang

log = structlog.get_logger()


def learn(out: Path, recipe: Recipe, start: Path | None, config: Path | None) -> None:
    """Train, write the folder, measure it on held-out pairs, print the figures as JSON."""
    try:  # before the work, not after it
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"--out {out}: expected a folder that can be made ({error})") from None
    source = configuration.load(config).models.writer
    folder = weights.causal(source, log.warning)
    with training_bar(EVERY) as show:
        train(folder, out, recipe, lambda *at: show(at[0], at[1], f"loss {at[2]:.3f}"), start)
    figures = _measured(source, out, recipe.held_out)
    card.write(out, source, recipe, figures, shlex.join(["danmate", *sys.argv[1:]]))
    print(_json(figures))  # noqa: T201 - the result


def evaluate(model: Path | None, count: int, config: Path | None, *, as_json: bool) -> None:
    """Have the writer word held-out pairs and print how it did."""
    settings = configuration.load(config).models
    figures = _measured(settings.writer, model or settings.writer_adapter, count)
    if as_json:
        print(_json(figures))  # noqa: T201 - the result
    else:
        Console().print(table(figures))


def table(figures: Mapping[Lang, Figures]) -> Table:
    """Return the figures for people."""
    made = Table("", *figures, box=None, padding=(0, 2))
    rows = [asdict(each) for each in figures.values()]
    for key, says in card.ROWS.items():
        made.add_row(says, *(f"{row[key]:g}" for row in rows))
    return made


def _measured(source: str, adapter: Path | None, count: int) -> dict[Lang, Figures]:
    model = writer.load(source, adapter, log.warning)
    return {lang: measure(model, lang, count) for lang in get_args(Lang)}


def _json(figures: Mapping[Lang, Figures]) -> str:
    return json.dumps({lang: asdict(each) for lang, each in figures.items()}, ensure_ascii=False)
