"""``danmate dead``: the messages that no worker could handle, for a person to deal with."""

import sys
from typing import Annotated, TypeAlias

import typer

from bot.commands.options import AsJson, ConfigFile, Settings, go

Ids: TypeAlias = Annotated[list[str], typer.Argument(help="ids that danmate dead list shows")]
IdsOrAll: TypeAlias = Annotated[list[str], typer.Argument(help="such ids, or all")]

app = typer.Typer(
    help="Messages that could not be handled: see them, try them again, forget them.",
    no_args_is_help=True,
)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(help="the newest so many", min=1)] = 50,
    config: ConfigFile = None,
    values: Settings = None,
    as_json: AsJson = False,
) -> None:
    """List the dead letters, newest first, with what viewers wrote.

    Example: danmate dead list --limit 20
    """
    from bot.commands.letters import show_all

    go(show_all(limit, config, values or [], as_json=as_json or not sys.stdout.isatty()))


@app.command()
def show(
    letters: Ids, config: ConfigFile = None, values: Settings = None, as_json: AsJson = False
) -> None:
    """Show dead letters in full.

    Example: danmate dead show 0-1767225600250-0
    """
    from bot.commands.letters import show_each

    go(show_each(letters, config, values or [], as_json=as_json or not sys.stdout.isatty()))


@app.command()
def retry(letters: IdsOrAll, config: ConfigFile = None, values: Settings = None) -> None:
    """Put messages back into the queue; one that is too old to be answered then expires.

    Example: danmate dead retry all
    """
    from bot.commands.letters import move_each

    go(move_each(letters, config, values or [], "retry"))


@app.command()
def drop(letters: IdsOrAll, config: ConfigFile = None, values: Settings = None) -> None:
    """Forget messages for good; they stay counted as dead.

    Example: danmate dead drop 0-1767225600250-0
    """
    from bot.commands.letters import move_each

    go(move_each(letters, config, values or [], "drop"))
