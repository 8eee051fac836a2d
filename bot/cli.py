"""The command line: ``danmate COMMAND``; results to standard output, everything else to stderr."""

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from bot import __version__, secrets, telemetry
from bot.commands import (
    analyze,
    convert,
    dead,
    describe,
    health,
    login,
    page,
    privacy,
    reader,
    replays,
    script,
    writer,
)
from bot.commands import catalog as catalogue_commands
from bot.commands.options import AsJson, CatalogFile, ConfigFile, InFile, Out, Settings, Text, go
from bot.errors import UserFault

BAD_INPUT = 2
FAILED = 1
SHOWN = 20
"""Faults that are told: a file of another shape has one in each of its lines."""

app = typer.Typer(
    name="danmate",
    help="Answers viewers' questions in live-stream chat, grounded in your catalogue.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
catalog_app = typer.Typer(help="Check, show and import a catalogue.", no_args_is_help=True)
config_app = typer.Typer(help="Check a configuration.", no_args_is_help=True)
app.add_typer(catalog_app, name="catalog")
app.add_typer(config_app, name="config")
app.add_typer(dead.app, name="dead")
app.add_typer(privacy.app, name="privacy")
for command in (reader.classify, reader.train, reader.evaluate, reader.bench):
    app.command()(command)
for each in (catalogue_commands.check, catalogue_commands.show):
    catalog_app.command()(each)
catalog_app.command("import")(catalogue_commands.import_)
app.command()(health.health)
app.command()(login.login)
app.command()(page.page)
app.command()(convert.convert)
app.command()(analyze.analyze)
app.command()(describe.describe)
app.command()(script.script)
app.command()(replays.replay)
app.command()(replays.rehearse)
app.command()(replays.compare)
app.command("train-writer")(writer.train_writer)
app.command("evaluate-writer")(writer.evaluate_writer)


def main() -> None:
    """Run the command line; faults of the user are lines on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of another encoding
    try:
        app()
    except UserFault as fault:
        for line in fault.faults[:SHOWN]:
            sys.stderr.write(f"danmate: {secrets.masked(line)}\n")
        if (more := len(fault.faults) - SHOWN) > 0:
            sys.stderr.write(f"danmate: and {more} more like these\n")
        sys.exit(BAD_INPUT)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Answer viewers' questions in live-stream chat."""
    telemetry.guard()
    if show:
        typer.echo(f"danmate {__version__}")
        raise typer.Exit


Evening = Annotated[
    Path | None, typer.Option("--report", help="a shadow's evening: a page (.html) or JSON")
]

Role: TypeAlias = Literal["all", "gateway", "worker", "web"]
Record = Annotated[
    str | None, typer.Option(metavar="DIR", help="write down what happens, for danmate replay")
]


@app.command()
def run(
    config: ConfigFile = None,
    role: Annotated[Role, typer.Option(help="what this process does")] = "all",
    workers: Annotated[
        int, typer.Option(help="processes that work on messages; 1: within this one", min=1)
    ] = 1,
    shadow: Annotated[
        str | None, typer.Option(metavar="PLATFORM:ROOM", help="only read this room, no account")
    ] = None,
    catalog: CatalogFile = None,
    report: Evening = None,
    record: Record = None,
    values: Settings = None,
) -> None:
    """Run the bot, live, until Ctrl-C.

    With `--shadow` it reads one public room without an account, posts nothing, and compares what it
    would have said with what host and moderators said.

    Example: danmate run --config config.toml --workers 4

    Example: danmate run --record recordings/

    Example: danmate run --shadow twitch:NAME --catalog catalog.toml
    """
    values = [*(values or []), *([f"record.dir={json.dumps(record)}"] if record else [])]
    if shadow is not None or catalog or report:
        from bot.commands.shadow import Options
        from bot.commands.shadow import shadow as read_along

        alone = role == "all" and workers == 1
        go(read_along(Options(shadow, catalog, config, report, values, alone)))
        return
    _live(config, role, workers, values)


def _live(config: Path | None, role: Role, workers: int, values: list[str]) -> None:
    """Run a role, in as many processes as are asked for."""
    from bot import config as configuration
    from bot import pool, service

    settings = configuration.with_values(configuration.load(config), values)
    telemetry.configure(settings.log.level, settings.log.format)
    tell, log_in = pool.attach(), page.opener(settings.web.token, settings.web.url)

    def ready(url: str) -> None:
        gc.freeze()  # what is loaded stays: looking through it for garbage takes 3 s at the end
        tell()
        if url and role != "worker":
            typer.echo(f"danmate is ready: {url}\n{log_in(url)}".rstrip(), err=True)

    if workers > 1:
        crew = pool.of(role, config, values, settings.models.threads, workers)
        asyncio.run(pool.run(settings, role, ready, crew))
    else:
        asyncio.run(service.run(settings, role, ready))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="play it fast, print, and leave")] = False,
    port: Annotated[int | None, typer.Option(help="port of the page", min=0, max=65535)] = None,
    speed: Annotated[float, typer.Option(help="how much faster than life", min=0.1)] = 4.0,
    values: Settings = None,
) -> None:
    """Play a recorded room with its catalogue: no account, no key.

    Example: danmate demo --once
    """
    from bot.commands.demo import demonstrate

    log_in = (lambda _: "") if once else page.opener("", "")
    go(demonstrate(once=once, port=port, speed=speed, values=values or [], log_in=log_in))


@app.command()
def answer(
    catalog: CatalogFile = None,
    text: Text = None,
    source: InFile = None,
    out: Out = None,
    explain: Annotated[bool, typer.Option("--explain", help="say why, in words")] = False,
    config: ConfigFile = None,
) -> None:
    """Answer each line alone, in a fresh room.

    Example: danmate answer --catalog catalog.toml --text "1号多少钱"
    """
    from bot.commands.lines import answer as reply

    go(reply(catalog, text, source, out, config, explain=explain))


@config_app.command("check")
def config_check(file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Say what is wrong with a configuration and the catalogues that it names.

    Example: danmate config check config.toml
    """
    from bot import config as configuration
    from bot.shop.catalogue import load

    settings = configuration.load(file)
    settings.adapters()
    for room in settings.rooms:
        load(room.catalog)
    typer.echo(f"{file or 'configuration'}: {len(settings.rooms)} room(s): good")


@app.command()
def doctor(config: ConfigFile = None, as_json: AsJson = False, values: Settings = None) -> None:
    """Check that everything danmate needs is here and works; exit code 1 if something does not.

    Example: danmate doctor --config config.toml
    """
    from bot.commands.checks import doctor as examine

    go(examine(config, as_json=as_json, values=values or []))


if __name__ == "__main__":
    main()
