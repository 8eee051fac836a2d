"""``danmate run --shadow twitch:NAME``: reads a room without an account and posts nothing."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import config as configuration
from bot.bus.outcomes import Outcomes, streams
from bot.bus.server import LOST
from bot.commands.reports import Reported
from bot.commands.watching import Watcher, watcher
from bot.config import DEMO, Config, RoomTable
from bot.errors import BadConfig
from bot.flow.clock import WallClock, until
from bot.flow.silent import Silent
from bot.house import House, opened
from bot.model import Outcome
from bot.plugins import Plugins, adapters
from bot.ports import Adapter, Watched
from bot.service import Role, running, signals
from bot.shop.catalogue import load as load_catalogue

SAVED = 60.0
"""Seconds between two writings of the report: what a crash loses at most."""
AGAIN = 0.2
"""Seconds between two tries while the queue is away."""
NO_COMMANDS = "no commands"
"""A prefix that no line begins with, because a prefix is one word: in a room that does not know of
us nobody switches anything."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    room: str | None
    catalog: Path | None
    config: Path | None
    report: Path | None
    values: list[str]
    alone: bool = True
    """Whether one process is to do everything."""


async def shadow(options: Options) -> None:
    """Read one room until it ends or Ctrl-C; print what would be said, and at last a report.

    Raises BadConfig, BadCatalogue or CannotStart.
    """
    if options.room is None:
        raise BadConfig("--catalog, --report: expected --shadow; rooms name theirs in config.toml")
    if not options.alone:
        raise BadConfig("--shadow: expected no --role and no --workers: it is one process")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="danmate-"))
        config, note = settings(options, Path(folder))
        adapter = config.adapters()[0]
        page = _page(options, config, adapter.room)
        seen = watcher(adapter.room, str(config.rooms[0].catalog), options.report, page=page)
        if note:
            seen.say(note)
        seen.say(f"danmate loads its models, then watches {adapter.room} and posts nothing …")
        stop = asyncio.Event()
        with signals(stop):
            async with opened(config, None, (Silent(adapter),)) as house:
                await watch(house, seen, stop)
        seen.ended()


def _page(options: Options, config: Config, room: str) -> Reported | None:
    """Return the page that the command line asks for; a report of another name is JSON."""
    if options.report is None or options.report.suffix.lower() not in (".html", ".htm"):
        return None
    return Reported(options.report, config, load_catalogue(config.rooms[0].catalog), room)


async def watch(house: House, seen: Watcher, stop: asyncio.Event, role: Role = "all") -> None:
    """Run the rooms of a house and tell ``seen`` every outcome, the last ones too."""
    [events] = streams(house.store)
    async with _told(events, seen) as telling, running(house, role, stop) as live:
        seen.say(f"watching: {live.url}/page/ (Ctrl-C ends and sums up)")
        ended = asyncio.create_task(live.ended())
        done, _ = await asyncio.wait({ended, telling}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # nobody reads what is told any more: that ends it too


@asynccontextmanager
async def _told(events: Outcomes, seen: Watcher) -> AsyncIterator[asyncio.Task[None]]:
    over = asyncio.Event()
    telling = asyncio.create_task(_tell(events, seen, over))
    try:
        yield telling
    finally:
        over.set()  # a read is not cancelled: it ends by itself
        await telling


async def _tell(events: Outcomes, seen: Watcher, over: asyncio.Event) -> None:
    clock, cursor = WallClock(), "0-0"
    save_at = clock.now() + SAVED
    while True:
        last = over.is_set()  # asked first: all that is written by then is read
        try:
            found = await events.after(cursor)
        except LOST:  # nothing is missed: the cursor stands, and the worker has it started again
            if last:
                return
            await until(over, AGAIN)
            continue
        for at, event in found:
            cursor = at
            if isinstance(event, Outcome):
                seen.heard(event)
        if clock.now() >= save_at:
            seen.save()
            save_at = clock.now() + SAVED
        if last and not found:
            return


def settings(options: Options, folder: Path) -> tuple[Config, str]:
    """Return the configuration of a room that is only watched, and what the user should know.

    Its queue is its own, in ``folder``: a real one, with what moderators set there, is left alone.
    Values of ``rooms.0`` are of this room.
    """
    of_room = [value for value in options.values if value.strip().startswith("rooms.")]
    others = [value for value in options.values if value not in of_room]
    config = configuration.with_values(configuration.load(options.config), others)
    platform, keys = watched(options.room or "")
    room = RoomTable.model_validate({"platform": platform, "catalog": "demo", **keys})
    catalog, note = _catalog(options, config, room)
    rooms = (room.model_copy(update={"catalog": catalog}),)
    store = config.store.model_copy(update={"url": "", "data": folder, "shards": 1})
    bot = config.bot.model_copy(update={"mode": "shadow", "prefix": NO_COMMANDS})
    config = config.model_copy(update={"rooms": rooms, "store": store, "bot": bot})
    return configuration.with_values(config, of_room), note


def watched(
    room: str, known: Plugins[type[Adapter]] | None = None
) -> tuple[str, dict[str, object]]:
    """Return the platform of ``PLATFORM:NAME`` and the settings that read it. Raises BadConfig."""
    known = adapters() if known is None else known
    platform, colon, name = room.partition(":")
    if not (colon and platform and name.strip()):
        raise BadConfig(f"--shadow {room}: expected PLATFORM:NAME, such as twitch:{room or 'ann'}")
    if platform not in known or not isinstance(kind := known[platform], Watched):
        able = ", ".join(_watchable(known)) or "none is installed"
        raise BadConfig(
            f"--shadow {platform}: expected a platform that is read without an account ({able})"
        )
    try:
        return platform, dict(kind.watch(name.strip()))
    except BadConfig as fault:
        raise BadConfig(*(f"--shadow {room}: {line}" for line in fault.faults)) from None


def _watchable(known: Plugins[type[Adapter]]) -> list[str]:
    able = []
    for name in known:
        try:
            if isinstance(known[name], Watched):
                able.append(name)
        except BadConfig:  # a broken plug-in is no choice
            continue
    return able


def _catalog(options: Options, config: Config, room: RoomTable) -> tuple[Path, str]:
    """Return the catalogue to answer from: the option's, this room's own, or that of the first."""
    if options.catalog is not None:
        return options.catalog, ""
    own = (each.catalog for each in config.rooms if _same(each, room))
    if (found := next(own, config.rooms[0].catalog)) != DEMO:
        return found, ""
    return DEMO, "no --catalog: the answers come from the demo's, which is not this room's shop"


def _same(one: RoomTable, other: RoomTable) -> bool:
    """Say whether two tables are of one room, whatever else they set."""
    if one.platform != other.platform:
        return False
    kind = adapters()[one.platform]
    return kind(one.settings()).room == kind(other.settings()).room
