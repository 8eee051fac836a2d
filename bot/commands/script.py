"""``danmate script`` as the command line offers it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands.describe import Cite, LangName, NoModel, Seed
from bot.commands.options import CatalogFile, ConfigFile, Settings, go


def script(
    catalog: CatalogFile = None,
    minutes: Annotated[float, typer.Option(help="length of the stream", min=1, max=480)] = 30,
    lang: LangName = None,
    order: Annotated[
        str, typer.Option(help="as-listed, by-link, price-up, price-down, or sku,sku,…")
    ] = "as-listed",
    style: Annotated[
        Literal["warm", "lively", "plain", "expert"], typer.Option(help="how the host talks")
    ] = "warm",
    log: Annotated[
        str | None,
        typer.Option("--from", metavar="LOG", help="a recording: answer what its viewers asked"),
    ] = None,
    host: Annotated[str, typer.Option(metavar="NAME", help="who hosts, for the greeting")] = "",
    rate: Annotated[
        float | None,
        typer.Option(help="characters (zh) or words (en) a minute; default: 230, 150"),
    ] = None,
    cite: Cite = False,
    out: Annotated[
        Path | None, typer.Option(help="F.md to read from, or F.json for a prompter")
    ] = None,
    seed: Seed = 0,
    no_model: NoModel = False,
    config: ConfigFile = None,
    values: Settings = None,
) -> None:
    """Write a script for a live stream: what to say, what to show, and when.

    It lasts as long as you ask, within 10 %. Nothing is said that the catalogue does not state;
    time that it cannot fill goes to demonstrations and to the viewers, and the script says so.
    A product comes again in later rounds of a long stream; with too little time for all, the script
    names those left out.

    Example: danmate script --catalog catalog.toml --minutes 30 --host 小满 --out tonight.md

    Example: danmate script --catalog catalog.toml --minutes 60 --from last-night.jsonl --cite
    """
    from bot.commands.scripting import Options
    from bot.commands.scripting import script as run

    options = Options(
        minutes=minutes, lang=lang, order=order, style=style, log=log, host=host.strip(), rate=rate,
        cite=cite, seed=seed, model=not no_model, config=config, settings=tuple(values or ()),
    )  # fmt: skip
    go(run(catalog, out, options))
