"""``danmate analyze`` as the command line offers it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands.convert import FormatName
from bot.commands.options import CatalogFile, ConfigFile, Settings, go


def analyze(
    log: Annotated[str, typer.Argument(help="a recording, packed too; - is standard input")],
    catalog: CatalogFile = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="a page of figures and charts: F.html")
    ] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="F", help="everything, for machines; - prints")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--csv", metavar="F", help="each comment with its labels")
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="default: the comments' own")
    ] = None,
    seed: Annotated[
        int, typer.Option(help="draws the comments that topics are sought among, if many")
    ] = 0,
    format: FormatName = "auto",  # noqa: A002 - the option's name is fixed
    strict: Annotated[bool, typer.Option(help="stop at a line that cannot be read")] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="read everything again, and keep nothing")
    ] = False,
    config: ConfigFile = None,
    values: Settings = None,
) -> None:
    """Analyse what viewers wrote: topics, questions, what is missing, objections, moods.

    With a catalogue it says which questions the catalogue cannot answer. Nobody is named: viewers
    are numbers. Abuse is counted and not quoted. Everything is done on this machine.

    Example: danmate analyze last-night.jsonl --catalog catalog.toml --report report.html

    Example: danmate analyze last-night.jsonl.gz --json analysis.json --csv comments.csv
    """
    from bot.commands.analyzing import Options
    from bot.commands.analyzing import analyze as run

    options = Options(
        catalog=catalog, report=report, json=as_json, table=table, lang=lang, seed=seed,
        format=format, strict=strict, cached=not no_cache, config=config,
        settings=tuple(values or ()),
    )  # fmt: skip
    go(run(log, options))
