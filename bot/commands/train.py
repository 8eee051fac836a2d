"""``danmate train``: a reader's adapter and heads from labelled lines."""

import asyncio
import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot import config as configuration
from bot.commands.progress import training_bar
from bot.errors import BadConfig, BadLog
from bot.inference import classifier, weights
from bot.inference.models import open_judge
from bot.inference.relevance import Pair
from bot.inference.training import card, lines, pairs
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
    folders = [path for path in choice.data if path.is_dir()]
    rows = lines.load(path for path in choice.data if path not in folders)
    pieces = pairs.load(folders)
    measured = lines.load(choice.measured)
    if not folders and not lines.labels(rows) and all(row.offensive is None for row in rows):
        raise BadLog("expected lines with an intent or with offensive")
    try:  # before the work, not after it
        choice.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(
            f"--out {choice.out}: expected a folder that can be made ({error})"
        ) from None
    source = configuration.load(choice.config).models.reader
    folder = weights.encoder(source, log.warning)
    rates = asyncio.run(_rates(source, pieces, choice.start)) if folders and choice.start else {}
    rows += pairs.kept(pieces, choice.seed, rates)
    apart = pairs.held(pieces)
    recipe = advise(rows, choice.method, choice.seed, choice.epochs)
    if apart:
        recipe = replace(recipe, held_out=round(len(apart) / (len(rows) + len(apart)), 4))
    command = shlex.join(["danmate", *sys.argv[1:]])
    with training_bar() as tell:
        trained = train(folder, rows, choice.out, recipe, tell, choice.start, command, apart)
    scores = {"held_out": trained.card["held_out"]}
    if measured:
        made = classifier.load(source, choice.out, log.warning)
        scores["eval"] = evaluate(made, measured, COST)
    card.write(choice.out, trained.card, scores.get("eval"))
    print(json.dumps(scores, ensure_ascii=False))  # noqa: T201 - the result


async def _rates(source: str, pieces: pairs.Source, start: Path) -> Mapping[Pair, float]:
    """Have an earlier judge rate the wrong passages."""
    log.warning("rating_passages", products=len(pieces.listings))
    async with open_judge(source, start) as judge:
        return await pairs.rate(pieces, judge)
