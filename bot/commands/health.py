"""``danmate health``: whether a danmate of this machine works, for whoever watches over it."""

import re
import socket

import typer

from bot.commands.options import ConfigFile, Settings, go

FAILED = 1


def health(config: ConfigFile = None, values: Settings = None) -> None:
    """Say which processes of this machine work: 0 if one does, else exit code 1.

    A process without a page, such as a worker, tells the queue every few seconds that it lives.

    Example: danmate health --config config.toml
    """
    go(_look(config, values or []))


async def _look(config: ConfigFile, values: list[str]) -> int:
    from bot.bus.crew import Crew
    from bot.commands.stores import store_of

    host = socket.gethostname()
    async with store_of(config, values) as store:
        crew = await Crew(store).alive()
    own = re.compile(re.escape(host) + r"(-\d+){1,2}")  # host, process, and number in its pool
    here = [(name, beat) for name, beat in crew if own.fullmatch(name)]
    for name, beat in here:
        typer.echo(f"{name}: {beat.role}, {'ready' if beat.warm else 'not ready'}")
    if any(beat.warm for _, beat in here):
        return 0
    typer.echo(f"{host}: no danmate is ready here", err=True)
    return FAILED
