"""``danmate train``: a reader's adapter and heads from labelled lines."""

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import config as configuration
from bot.commands.progress import training_bar
from bot.errors import BadConfig, BadLog
from bot.inference import classifier, weights
from bot.inference.training import card, lines
from bot.inference.training.evaluate import evaluate
from bot.inference.training.recipe import Method, advise
from bot.inference.training.train import train

log = structlog.get_logger()
COST = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says."""

    data: list[Path]
    out: Path
    measured: list[Path]
    method: Method
    start: Path | None
    epochs: int | None
    seed: int
    config: Path | None


def learn(choice: Choice) -> None:
    """Train, write the folder, measure it on the lines of --eval, print the scores as JSON."""
    rows = lines.load(choice.data)
    measured = lines.load(choice.measured)
    if not lines.labels(rows) and all(row.offensive is None for row in rows):
        raise BadLog("expected lines with an intent or with offensive")
    try:  # before the work, not after it
        choice.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(
            f"--out {choice.out}: expected a folder that can be made ({error})"
        ) from None
    recipe = advise(rows, choice.method, choice.seed, choice.epochs)
    source = configuration.load(choice.config).models.reader
    folder = weights.encoder(source, log.warning)
    command = shlex.join(["danmate", *sys.argv[1:]])
    with training_bar() as tell:
        trained = train(folder, rows, choice.out, recipe, tell, choice.start, command)
    scores = {"held_out": trained.card["held_out"]}
    if measured:
        made = classifier.load(source, choice.out, log.warning)
        scores["eval"] = evaluate(made, measured, COST)
    card.write(choice.out, trained.card, scores.get("eval"))
    print(json.dumps(scores, ensure_ascii=False))  # noqa: T201 - the result
