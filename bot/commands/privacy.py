"""``danmate privacy``: what is kept of one viewer, shown to them or deleted for them."""

import sys
from typing import Annotated

import typer

from bot.commands.options import ConfigFile, Out, Settings, go

User = Annotated[
    str, typer.Option("--user", metavar="NAME|ID", help="a name as the chat shows it, or an id")
]
Room = Annotated[
    str | None, typer.Option("--room", metavar="PLATFORM/NAME", help="only this room; default: all")
]

app = typer.Typer(
    help="What is kept of one viewer: hand it over, or delete it.", no_args_is_help=True
)


@app.command()
def export(
    user: User,
    room: Room = None,
    out: Out = None,
    config: ConfigFile = None,
    values: Settings = None,
) -> None:
    """Write all that is kept of a viewer, one JSON object a line. Changes nothing.

    Example: danmate privacy export --user bob --room twitch/ann --out bob.jsonl
    """
    from bot.commands.viewers import export as write

    go(write(user, room, out, config, values or []))


@app.command()
def erase(
    user: User, room: Room = None, config: ConfigFile = None, values: Settings = None
) -> None:
    """Delete all that is kept of a viewer, while danmate runs or not, and say how much that was.

    Example: danmate privacy erase --user 141981764
    """
    from bot.commands.viewers import erase as delete

    as_json = not sys.stdout.isatty()
    go(delete(user, room, config, values or [], as_json=as_json))
