"""``danmate train``: a reader's adapter and heads from labelled lines."""

import json
from pathlib import Path

import structlog

from bot import config as configuration
from bot.errors import BadConfig
from bot.inference import weights
from bot.inference.train import Line as TrainingLine
from bot.inference.train import Recipe, load_lines, train
from bot.shop.text import tidy

log = structlog.get_logger()


def learn(files: list[Path], out: Path, epochs: int, seed: int, config: Path | None) -> None:
    """Train on the lines of ``files``, write the result to ``out`` and print its scores."""
    if missing := [str(file) for file in files if not file.is_file()]:
        raise BadConfig(*(f"{name}: expected a file of labelled lines" for name in missing))
    rows = [line for file in files for line in load_lines(file)]
    lines = [TrainingLine(tidy(row.text), row.label, row.mood) for row in rows]
    folder = weights.encoder(configuration.load(config).models.reader, log.warning)
    scores = train(folder, lines, out, Recipe(epochs=epochs, seed=seed), log.warning)
    print(json.dumps({name: round(value, 4) for name, value in scores.items()}))  # noqa: T201 - the result
