"""The commands about a catalogue: check, show, import."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands.options import ConfigFile

FAILED = 1


def check(file: Path, config: ConfigFile = None) -> None:
    """Say what is wrong with a catalogue; nothing wrong is exit code 0.

    A text that holds a word which the bot never says is named with the reason (exit code 1): no
    reply quotes it.

    Example: danmate catalog check catalog.toml
    """
    from bot import config as configuration
    from bot.commands.goods import shared_names
    from bot.shop.catalogue import load
    from bot.shop.lexicon import flagged

    found = load(file)
    for line in shared_names(found):
        typer.echo(f"{file}: {line}", err=True)
    lexicon = configuration.load(config).rules().lexicon
    flags = flagged(found, lexicon) if lexicon else []
    for flag in flags:
        typer.echo(f"{file}: {flag}", err=True)
    verdict = (
        f"{len(flags)} word{'s' * (len(flags) > 1)} that no reply will quote" if flags else "good"
    )
    typer.echo(f"{file}: {len(found.products)} products, {len(found.faq)} FAQ rows: {verdict}")
    if flags:
        raise typer.Exit(FAILED)


def show(file: Path) -> None:
    """Show a catalogue as a table.

    Example: danmate catalog show catalog.toml
    """
    from rich.console import Console

    from bot.commands.show import table
    from bot.shop.catalogue import load

    Console().print(table(load(file)))


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSON, or Shopify's product export")],
    out: Annotated[
        Path | None, typer.Option(help="catalogue to write, F.toml; without it nothing is written")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help='"COLUMN=key" where the guess is wrong; key "ignore" drops it'),
    ] = None,
    name: Annotated[str | None, typer.Option(help="the shop's; default: the file's name")] = None,
    currency: Annotated[
        str | None, typer.Option(help="ISO 4217; default: what the prices say")
    ] = None,
    language: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="default: what the names are written in")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show only, whatever --out")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="write the good rows though others have faults")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="replace the products of --out; its shop and FAQ stay")
    ] = False,
) -> None:
    """Turn a table into a catalogue; shows first what each column is taken for.

    Example: danmate catalog import goods.csv --map "直播间=price" --out catalog.toml
    """
    from bot.commands.goods import Choice, bring_in

    target = None if dry_run else out
    choice = Choice(target, columns or [], name, currency, language, skip_bad, force)
    typer.echo(bring_in(file, choice))
