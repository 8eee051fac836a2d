"""The commands about the writer: train-writer, evaluate-writer."""

from pathlib import Path
from typing import Annotated

import typer

from bot import telemetry
from bot.commands.options import AsJson, ConfigFile


def train_writer(
    out: Annotated[Path, typer.Option(help="folder for the adapter, its words and its card")],
    steps: Annotated[int, typer.Option(help="batches to learn from", min=2)] = 1200,
    batch: Annotated[int, typer.Option(help="pairs of a batch", min=1)] = 8,
    start: Annotated[
        Path | None, typer.Option(help="folder of an earlier training to begin from")
    ] = None,
    seed: int = 0,
    config: ConfigFile = None,
) -> None:
    """Teach the language model to word facts; [models] writer_adapter then names the folder.

    It learns from pairs that danmate invents, so that no data is needed. A run that was cut off
    goes on when it is started again.

    Example: danmate train-writer --out my-writer --steps 1200
    """
    from bot.commands.wording import learn
    from bot.inference.writing.recipe import Recipe

    telemetry.configure("warning")
    learn(out, Recipe(steps=steps, batch=batch, seed=seed), start, config)


def evaluate_writer(
    model: Annotated[
        Path | None,
        typer.Option(help="folder that danmate train-writer wrote; default: as configured"),
    ] = None,
    count: Annotated[int, typer.Option(help="held-out pairs of each language", min=1)] = 200,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Measure the writer alone on pairs that no training sees: what is true, answered, refused.

    Example: danmate evaluate-writer --model my-writer
    """
    from bot.commands.wording import evaluate

    telemetry.configure("warning")
    evaluate(model, count, config, as_json=as_json)
