"""``danmate replay`` and ``danmate compare`` as the command line offers them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands.convert import FormatName
from bot.commands.options import CatalogFile, ConfigFile, Out, Settings, go
from bot.errors import BadConfig

ModeName = Annotated[
    Literal["auto", "approve", "shadow", "off"] | None,
    typer.Option("--mode", help="the room's mode"),
]
BESIDE = "--golden, --out, --report, --mode"
Junit = Annotated[
    Path | None, typer.Option("--junit", help="write what was checked as JUnit's XML")
]
Report = Annotated[
    Path | None,
    typer.Option("--report", help="write a page of figures and charts: report.html"),
]
Pin = Annotated[
    Path | None,
    typer.Option("--pin", help="take what models say from a file: only rules can change answers"),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="ask the models again, and keep nothing they say")
]


def replay(
    log: Annotated[str, typer.Argument(help="a recording; - is standard input")] = "",
    catalog: CatalogFile = None,
    config: ConfigFile = None,
    format: FormatName = "auto",  # noqa: A002 - the option's name is fixed
    out: Out = None,
    golden: Annotated[Path | None, typer.Option(help="outcomes that must come out again")] = None,
    scenarios: Annotated[
        Path | None, typer.Option(help="play a folder of scenarios, or one, and no log")
    ] = None,
    junit: Junit = None,
    report: Report = None,
    record: Annotated[
        Path | None, typer.Option(help="write down what models say, for --pin")
    ] = None,
    pin: Pin = None,
    no_cache: NoCache = False,
    mode: ModeName = None,
    strict: Annotated[bool, typer.Option(help="stop at a line that cannot be read")] = False,
    values: Settings = None,
) -> None:
    """Run a recorded log through the bot on a virtual clock; one outcome for each message.

    What the models say is kept, so that a second replay is quick.

    Example: danmate replay last-night.jsonl --catalog catalog.toml --out outcomes.jsonl

    Example: danmate replay last-night.jsonl --golden outcomes.jsonl --pin outputs.jsonl

    Example: danmate replay last-night.jsonl --report report.html

    Example: danmate replay --scenarios scenarios/ --junit scenarios.xml
    """
    from bot.commands.outputs import Source

    source = Source(pin, record, not no_cache)
    if scenarios is not None:
        if log or golden or out or mode or report:
            raise BadConfig(f"--scenarios: expected no log and none of {BESIDE}")
        from bot.commands.scenarios import play as play_all

        go(play_all(scenarios, catalog, config, values or [], source, junit))
        return
    if not log:
        raise BadConfig("expected LOG, a recording, or --scenarios")
    from bot.commands.replay import Options
    from bot.commands.replay import replay as play

    given = (log, catalog, config, format, out, golden, mode, strict, values or [])
    go(play(Options(*given, source=source, junit=junit, report=report)))


def rehearse(
    log: Annotated[str, typer.Argument(help="a recording; - is standard input")],
    speed: Annotated[
        float, typer.Option(help="how many times faster than life", min=0.1, max=1000)
    ] = 1.0,
    catalog: CatalogFile = None,
    config: ConfigFile = None,
    format: FormatName = "auto",  # noqa: A002 - the option's name is fixed
    out: Out = None,
    golden: Annotated[
        Path | None,
        typer.Option(help="a replay's outcomes: each that differs must be explained by load"),
    ] = None,
    junit: Junit = None,
    report: Report = None,
    mode: ModeName = None,
    strict: Annotated[bool, typer.Option(help="stop at a line that cannot be read")] = False,
    values: Settings = None,
) -> None:
    """Run a recorded log through the live bot on a real clock: this tests load, not decisions.

    Queue, worker, models and limits are those of `danmate run`, on a queue of their own. Nothing is
    posted anywhere. Beside a replay's figures it says how late messages were taken up.

    Example: danmate rehearse last-night.jsonl --speed 20 --report report.html

    Example: danmate rehearse last-night.jsonl --golden outcomes.jsonl --out rehearsed.jsonl
    """
    from bot.commands.rehearse import rehearse as play
    from bot.commands.replay import Options

    given = (log, catalog, config, format, out, golden, mode, strict, values or [])
    go(play(Options(*given, junit=junit, report=report), speed))


def compare(
    log: Annotated[str, typer.Argument(help="a recording; - is standard input")],
    a: Annotated[
        str, typer.Option("--a", help="configuration, catalogue, model's folder, or key=value")
    ],
    b: Annotated[str, typer.Option("--b", help="the same")],
    catalog: CatalogFile = None,
    config: ConfigFile = None,
    format: FormatName = "auto",  # noqa: A002 - the option's name is fixed
    out: Annotated[
        Path | None, typer.Option("--out", help="JSON lines: each message that differs, both ways")
    ] = None,
    mode: ModeName = None,
    pin: Pin = None,
    no_cache: NoCache = False,
    values: Settings = None,
) -> None:
    """Play a log twice and show which answers differ, side by side, by intent and product.

    Example: danmate compare last-night.jsonl --a catalog.toml --b new-catalog.toml

    Example: danmate compare last-night.jsonl --a reply.window=1.5 --b reply.window=3.0
    """
    from bot.commands.compare import Options
    from bot.commands.compare import compare as play
    from bot.commands.outputs import Source

    source = Source(pin, None, not no_cache)
    rest = (catalog, config, format, out, mode, source, tuple(values or []))
    go(play(Options(log, a, b, *rest)))
