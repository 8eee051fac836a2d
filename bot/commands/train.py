"""``danmate train``: a reader's adapter and heads from labelled lines."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot import config as configuration
from bot.errors import BadConfig, BadLog
from bot.inference import classifier, weights
from bot.inference.training import card, lines
from bot.inference.training.evaluate import evaluate
from bot.inference.training.recipe import Method, advise
from bot.inference.training.train import Step, train

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
    with _bar() as tell:
        trained = train(folder, rows, choice.out, recipe, tell, choice.start, command)
    scores = {"held_out": trained.card["held_out"]}
    if measured:
        made = classifier.load(source, choice.out, log.warning)
        scores["eval"] = evaluate(made, measured, COST)
    card.write(choice.out, trained.card, scores.get("eval"))
    print(json.dumps(scores, ensure_ascii=False))  # noqa: T201 - the result


@contextmanager
def _bar() -> Iterator[Step]:
    """Show how far a training is: a bar on a terminal, a line at each new score in a pipe."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(
        *columns, TextColumn("{task.description}"), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("")
        said = ""

        def tell(done: int, total: int, words: str) -> None:
            nonlocal said
            progress.update(task, completed=done, total=total, description=words)
            if words != said and not console.is_terminal:
                log.warning("training", step=done, steps=total, held_out=words)
            said = words

        yield tell
