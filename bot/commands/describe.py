"""``danmate describe`` as the command line offers it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.commands.options import CatalogFile, ConfigFile, Settings, go

Skus = Annotated[list[str] | None, typer.Option("--sku", help="this product; may be repeated")]
LangName = Annotated[
    Literal["zh", "en"] | None, typer.Option("--lang", help="default: the catalogue's")
]
NoModel = Annotated[
    bool, typer.Option("--no-model", help="word everything by patterns; quick, needs no weights")
]
Seed = Annotated[int, typer.Option(help="another number, other words; the same, the same")]
Cite = Annotated[bool, typer.Option("--cite", help="show the facts that each sentence rests on")]


def describe(
    catalog: CatalogFile = None,
    sku: Skus = None,
    lang: LangName = None,
    length: Annotated[
        Literal["short", "medium", "long"], typer.Option(help="of the text; long adds the terms")
    ] = "medium",
    voice: Annotated[
        Literal["plain", "warm", "lively", "expert"], typer.Option(help="how it is told")
    ] = "plain",
    title: Annotated[
        int | None,
        typer.Option(help="characters of the title at most; default: 30 (zh), 80 (en)", min=4),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="F.md or F.jsonl; JSON lines go on where an earlier run stopped"),
    ] = None,
    cite: Cite = False,
    seed: Seed = 0,
    no_model: NoModel = False,
    config: ConfigFile = None,
    values: Settings = None,
) -> None:
    """Describe products: a title, selling points, a text, a table of facts.

    Nothing is said that the catalogue does not state. What may not be said (a word that the
    advertising law forbids) is left out and reported. A second run into the same F.jsonl writes
    only what the catalogue or the options have changed.

    Example: danmate describe --catalog catalog.toml --sku A1 --length short --voice warm

    Example: danmate describe --catalog catalog.toml --lang en --out descriptions.jsonl
    """
    from bot.commands.describing import Options
    from bot.commands.describing import describe as run

    options = Options(
        skus=tuple(sku or ()), lang=lang, length=length, voice=voice, title=title, cite=cite,
        seed=seed, model=not no_model, config=config, settings=tuple(values or ()),
    )  # fmt: skip
    go(run(catalog, out, options))
