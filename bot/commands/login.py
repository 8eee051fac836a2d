"""``danmate login``: an account's log-in, made, shown or forgotten."""

import sys
from typing import Annotated

import typer

from bot.commands.options import ConfigFile, go
from bot.errors import BadConfig


def login(
    platform: Annotated[str, typer.Argument(help="such as twitch or bilibili")] = "",
    config: ConfigFile = None,
    account: Annotated[
        str, typer.Option(help="name to keep it under, where a platform has several")
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="show what is kept, no secret")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="remove what is kept")] = False,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="key=value of the platform's table")
    ] = None,
) -> None:
    """Log an account in, for the first room of its platform in config.toml.

    It is kept in the system's keyring if there is one (pip install 'danmate[keyring]'), otherwise
    in a file that only you may read; danmate run renews it.

    Example: danmate login twitch

    Example: danmate login --list
    """
    from bot.commands import logins

    place = logins.Place()
    options = logins.Options(platform, config, account, values or [])
    if list_:
        go(logins.show(place, as_json=not sys.stdout.isatty()))
    elif not platform:
        raise BadConfig("login: expected a platform, such as danmate login twitch, or --list")
    elif forget:
        go(logins.forget(options, place))
    else:
        go(logins.log_in(options, place))
