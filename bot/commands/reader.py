"""The commands about the reader: classify, train, evaluate, bench."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot import telemetry
from bot.commands.options import AsJson, ConfigFile, InFile, Model, Out, Text, go

Lines = Annotated[
    list[Path],
    typer.Option("--data", help='lines {"text", "intent", "sentiment"?, "offensive"?}; repeatable'),
]

Taught = Annotated[
    list[Path],
    typer.Option(
        "--data",
        help='lines {"text", "intent", "sentiment"?, "offensive"?}, or a folder of `pieces.*.jsonl`'
        " and `products.*.jsonl` for the judge; repeatable",
    ),
]


def classify(
    text: Text = None,
    source: InFile = None,
    out: Out = None,
    model: Model = None,
    config: ConfigFile = None,
) -> None:
    """Read each line: its intent, sentiment, tone and language.

    Example: danmate classify --text "多少米"
    """
    from bot.commands.lines import classify as read

    go(read(text, source, out, model, config))


def train(
    data: Taught,
    out: Annotated[Path, typer.Option(help="folder for the adapter, its heads and their card")],
    measured: Annotated[
        list[Path] | None, typer.Option("--eval", help="lines to measure the result on; repeatable")
    ] = None,
    method: Annotated[
        Literal["lora", "full", "head"],
        typer.Option(help="an adapter, every layer, or only the heads (seconds)"),
    ] = "lora",
    start: Annotated[
        Path | None,
        typer.Option(
            help="folder of an earlier training to begin from; a judge picks near misses too"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="default: by the number of lines")
    ] = None,
    seed: int = 0,
    config: ConfigFile = None,
) -> None:
    """Teach the reader your own labels; [models] reader_adapter then names the folder.

    A label "oos" marks lines that none of the labels fits. Five or ten lines a label are enough to
    begin with. A run that was cut off goes on when it is started again. A folder teaches the judge,
    which judge_adapter then names; the last rows of its files are held out.

    Example: danmate train --data lines.jsonl --out my-reader --eval held-out.jsonl
    """
    from bot.commands.train import Choice, learn

    telemetry.configure("warning")
    learn(Choice(data, out, measured or [], method, start, epochs, seed, config))


def evaluate(
    data: Lines,
    model: Model = None,
    cost: Annotated[
        float, typer.Option(help="share of lines in scope that may be turned away", min=0, max=1)
    ] = 0.01,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Measure a reader: accuracy, macro-F1, each label and language, calibration, out of scope.

    Example: danmate evaluate --data held-out.jsonl --model my-reader
    """
    from bot.commands.evaluate import measure

    telemetry.configure("warning")
    measure(data, model, cost, config, as_json=as_json)


def bench(
    name: Annotated[
        Literal["classify", "generate", "answers", "lookup"],
        typer.Argument(
            help="the reader, the writer, the whole bot on questions to six shops, or the search"
            " for the product that a line names"
        ),
    ] = "classify",
    data: Annotated[
        Path | None,
        typer.Option(help="classify: lines to read; answers: shops with their questions"),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(help="lines that are read (512), or replies that are written (16)", min=8),
    ] = None,
    products: Annotated[
        int, typer.Option(help="lookup: made-up products to search", min=10, max=100_000)
    ] = 10_000,
    rounds: Annotated[int, typer.Option(help="rounds; the median counts", min=1)] = 3,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Time the models beside rivals, or the search in a large catalogue; or mark the answers.

    Example: danmate bench classify
    Example: danmate bench generate --json
    Example: danmate bench lookup --products 2000
    """
    telemetry.configure("warning")
    if name == "lookup":
        from bot.commands.lookups import lookups

        lookups(products, rounds, as_json=as_json)
        return
    from bot.commands import bench as races

    if name == "answers":
        from bot.commands.answers import answers

        go(answers(data, config, as_json=as_json))
    elif name == "generate":
        races.generate(count or 16, rounds, config, as_json=as_json)
    else:
        races.classify(data, count or 512, rounds, config, as_json=as_json)
