"""Options that several commands share, and how a command runs."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import telemetry

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="config.toml; default: ./config.toml, else built in")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="section.key=value, laid over the configuration")
]
CatalogFile = Annotated[Path | None, typer.Option("--catalog", help="catalogue, TOML or JSON")]
Out = Annotated[Path | None, typer.Option("--out", help="file to write; default: standard output")]
InFile = Annotated[Path | None, typer.Option("--in", help="JSON lines with a key text; - is stdin")]
Text = Annotated[str | None, typer.Option("--text", help="one line of chat")]
Model = Annotated[
    Path | None,
    typer.Option("--model", help="folder that danmate train wrote; default: what ships"),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, no table")]


def go(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a coroutine; leave with the code that it returns."""
    telemetry.configure("warning")
    if code := asyncio.run(work):
        raise typer.Exit(code)
