"""The commands about the reader: classify, train, evaluate, bench."""

from functools import partial
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


Benches = Literal[
    "classify", "generate", "answers", "lookup", "wire", "queue", "end-to-end", "raid", "scale",
    "page",
]  # fmt: skip
Bench = Annotated[
    Benches,
    typer.Argument(
        help="the reader, the writer, the whole bot on questions to shops, the search for"
        " the product that a line names, the platforms' frames; the queue, the way from line"
        " to post, one room raided, what many rooms need, or the page in a browser"
    ),
]
Many = Annotated[
    int | None,
    typer.Option(
        "--count",
        help="lines that are read (512), replies that are written (16), or messages of the queue"
        " (6400)",
        min=8,
    ),
]
Rates = Annotated[
    list[float] | None,
    typer.Option(
        "--rate", min=0.1, max=100_000,
        help="end-to-end: messages/s (10, 100, 500), repeatable; scale: those of one room (0.5);"
        " page: outcomes/s (5000)",
    ),
]  # fmt: skip
Workers = Annotated[
    list[int] | None, typer.Option(min=1, max=64, help="end-to-end: workers (1, 2); repeatable")
]
Seconds = Annotated[
    float | None,
    typer.Option(
        min=1, help="queue (10, at each rate), end-to-end and raid (20), page (60): how long"
    ),
]

Products = Annotated[
    int, typer.Option(help="lookup: made-up products to search", min=10, max=100_000)
]
Pictures = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="page: write its pictures there, in place of the load"),
]
Material = Annotated[
    Path | None,
    typer.Option("--data", help="classify: lines to read; answers: shops with their questions"),
]


def bench(
    name: Bench = "classify",
    data: Material = None,
    count: Many = None,
    products: Products = 10_000,
    rounds: Annotated[int, typer.Option(help="rounds; the median counts", min=1)] = 3,
    rate: Rates = None,
    workers: Workers = None,
    seconds: Seconds = None,
    models: Annotated[bool, typer.Option("--models", help="raid: the real reader")] = False,
    screenshots: Pictures = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Time the models beside rivals, the search in a catalogue, the queue; or mark the answers.

    Example: danmate bench classify
    Example: danmate bench lookup --products 2000
    Example: danmate bench end-to-end --rate 100 --workers 2
    Example: danmate bench page --screenshots pictures
    """
    telemetry.configure("warning")
    if name == "page":
        from bot.commands.browsing import page

        go(page(rate[0] if rate else 5000.0, seconds or 60.0, screenshots, as_json=as_json))
    elif name in ("queue", "end-to-end", "raid", "scale"):
        from bot.commands.loads import Choice, load

        choice = Choice(name, rounds, count, rate, workers, seconds, models)
        go(load(choice, as_json=as_json))
    elif name == "wire":
        from bot.commands.wires import wires

        wires(count or 20_000, rounds, as_json=as_json)
    elif name == "lookup":
        from bot.commands.lookups import lookups

        lookups(products, rounds, as_json=as_json)
    elif name == "answers":
        from bot.commands.answers import answers

        go(answers(data, config, as_json=as_json))
    else:
        from bot.commands import bench as races

        race = races.generate if name == "generate" else partial(races.classify, data)
        race(count or (16 if name == "generate" else 512), rounds, config, as_json=as_json)
