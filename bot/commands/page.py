"""``danmate page``: a one-time link that opens the operator page."""

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from bot.commands.options import ConfigFile, Settings, go
from bot.errors import BadConfig, UserFault

Role: TypeAlias = Literal["viewer", "moderator", "owner"]
View: TypeAlias = Literal["page", "studio", "overlay", "prompter"]
ROLES: Mapping[View, Role] = {
    "page": "owner", "studio": "owner", "overlay": "viewer", "prompter": "moderator",
}  # fmt: skip
_ROOM = re.compile(r"[^\s/\x00-\x1f]{1,60}/[^\x00-\x1f]{1,200}")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff](?:[^\x00-\x1f\x7f\ud800-\udfff]{0,39})")


def page(
    role: Annotated[
        Role | None,
        typer.Option(
            help="viewer looks, moderator commands the rooms, owner does everything; default: "
            "owner, for the overlay viewer, for the prompter moderator",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="who that is, as records show it")] = "",
    revoke: Annotated[
        bool, typer.Option("--revoke", help="first end all sessions, links and the token")
    ] = False,
    view: Annotated[View, typer.Option("--open", help="what the link opens")] = "page",
    room: Annotated[str, typer.Option(help="the room that it shows; default: all, or one")] = "",
    config: ConfigFile = None,
    values: Settings = None,
) -> None:
    """Print a link that logs somebody in to the page: once, within 10 minutes.

    Example: danmate page --role moderator --name Ann

    Example: danmate page --open overlay --room twitch/ann --name OBS

    Example: danmate page --revoke
    """
    role = role or ROLES[view]
    go(_print(config, values or [], Wanted(role, name or role, view, room), revoke=revoke))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a link does: who it logs in as what, and what it opens."""

    role: Role
    name: str
    view: View = "page"
    room: str = ""


async def _print(config: Path | None, values: list[str], wanted: Wanted, *, revoke: bool) -> None:
    from bot import config as configuration
    from bot.vault.page import PageToken

    if not _NAME.fullmatch(wanted.name):
        raise BadConfig("--name: expected one line of 40 characters at most")
    if wanted.room and not _ROOM.fullmatch(wanted.room):
        raise BadConfig(f"--room {wanted.room}: expected a room's name, such as twitch/ann")
    web = configuration.with_values(configuration.load(config), values).web
    web.site()
    if not (web.url or web.port):
        raise BadConfig("web.port is 0: expected the port that danmate run has shown (--set)")
    kept = PageToken(web.token)
    token = await (kept.renew() if revoke else kept.make())
    typer.echo(_link(web.url or web.address(web.port), wanted, token))


def opener(reference: str, address: str) -> Callable[[str], str]:
    """Return what tells the one who starts danmate, by the pages' address, how to log in.

    ``reference`` and ``address`` are web.token and web.url. It is silent where nobody sits at a
    terminal: a log shall hold no link. The token is made here at the first start.
    """
    if not sys.stderr.isatty():
        return lambda _: ""
    from bot.vault.page import PageToken

    try:
        token = asyncio.run(PageToken(reference).make())
    except UserFault as fault:
        why = f"nobody can log in to the page: {fault}"
        return lambda _: why
    return lambda url: f"to log in, once and within 10 minutes: {_own(address or url, token)}"


def _own(url: str, token: str) -> str:
    return _link(url, Wanted("owner", "owner"), token)


def _link(url: str, wanted: Wanted, token: str) -> str:
    from bot.flow.clock import WallClock
    from bot.web.sessions import link

    now = WallClock().now()
    return link(url, wanted.role, wanted.name, token, now, wanted.view, wanted.room)
