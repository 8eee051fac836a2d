"""``danmate rehearse``: a recorded log through the whole bot on the real clock, to test its load.

What runs is what ``danmate run`` runs: the queue, the worker with its models, the outbox with its
limits. Only the room is a recording, and the clock may go faster.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from bot import config as configuration
from bot.bus.inbox import Inbox
from bot.bus.rooms import RedisRooms
from bot.bus.server import connect
from bot.commands import replay as replaying
from bot.commands.followed import Told, following
from bot.commands.replay import Options
from bot.commands.stage import Stage, apart, written
from bot.config import Config
from bot.flow.clock import WallClock
from bot.house import House, pace
from bot.model import Abilities, Catalogue
from bot.replay.golden import Golden
from bot.replay.junit import Case
from bot.replay.load import Load
from bot.replay.report.counts import Sends
from bot.service import Live, running, signals

BROKEN_OFF = 130
"""The exit code after Ctrl-C."""
LOG = "log.jsonl"
SHOWN = 10
"""Differences without a cause that are printed."""
Work: TypeAlias = Callable[[House, asyncio.Event], AbstractAsyncContextManager[Live]]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is to be played, and where."""

    config: Config
    """The rehearsal's own: see ``apart``."""
    stage: Stage
    catalogues: Mapping[str, Catalogue]
    """By room."""

    async def play(self, told: Told, stop: asyncio.Event, work: Work) -> Load:
        """Play the log to its end, or until ``stop`` is set; it begins once the models are loaded.

        ``work`` runs the bot in a house until the event is set.
        """
        stage, wall = self.stage, WallClock()
        async with (
            self._house() as house,
            following(house, stage, told) as follows,
            work(house, stop) as live,
        ):
            stage.begin = partial(stage.recalled.begin, RedisRooms(house.store))
            began = wall.now()
            stage.go.set()
            ended = asyncio.create_task(live.ended())
            done, _ = await asyncio.wait({ended, follows}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # nobody reads what is told any more: that ends it too
            took, broken_off = wall.now() - began, stop.is_set()
        unheard = len(stage.script.sent) - told.counts.total()
        load = told.watch.load(stage.clock.speed, took)
        return replace(load, unheard=unheard, broken_off=broken_off)

    @asynccontextmanager
    async def _house(self) -> AsyncIterator[House]:
        at = self.config.store
        async with await connect(at.address(), at.data, at.shards) as store:
            inbox, stage = Inbox(store, room_cap=at.room_cap), self.stage
            yield House(
                self.config, stage.rooms, self.catalogues, store, inbox, stage.clock, own_time=True
            )


async def rehearse(options: Options, speed: float = 1.0) -> int:
    """Play the log, write one outcome a line in the log's order, say how the load was borne.

    Returns 1 if an outcome differs from a golden one and load does not explain it, 130 after
    Ctrl-C.
    """
    config = configuration.with_values(configuration.load(options.config), options.values)
    catalogue, rooms = replaying.sold(options, config)
    report = replaying.reported(options, config, catalogue)
    golden = replaying.read_golden(options.golden, options.out)
    stop = asyncio.Event()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="danmate-")))
        opening = replaying.opened_log(options.log, options.format, strict=options.strict)
        log = stack.enter_context(opening)
        script = written(log, folder / LOG)
        out = stack.enter_context(replaying.writing(options.out))
        stack.enter_context(signals(stop))
        windows = pace(config.limits, "room").windows
        told = Told(
            out, replaying.bar(stack, len(script.sent)), report, golden, sends=Sends(windows)
        )
        clock = WallClock(speed, script.first)
        stage = Stage.of(script, folder / LOG, _abilities(config), clock, log.asides)
        sold = {room: rooms.get(room, catalogue) for room in script.rooms}
        rehearsal = Rehearsal(apart(_in_mode(config, options), script, folder), stage, sold)
        load = await rehearsal.play(told, stop, _all) if script.sent else Load(speed, 0, 0.0)
    if report:
        report.save(log, load)
    replaying.say(log, told.counts, load.seconds)
    for line in (*load.told(), *told.limits()):
        sys.stderr.write(f"{line}\n")
    cases = [_compared(told, golden, options)] if golden else []
    replaying.tell(cases)
    if options.junit:
        whole = [Case("rehearsal", options.log)]
        replaying.write_report(options.junit, "danmate rehearse", cases or whole)
    return BROKEN_OFF if load.broken_off else int(any(case.failures for case in cases))


def _all(house: House, stop: asyncio.Event) -> AbstractAsyncContextManager[Live]:
    return running(house, "all", stop)


def _abilities(config: Config) -> Abilities:
    """Return what the platform can carry that the room would be on."""
    return config.adapters()[0].abilities


def _in_mode(config: Config, options: Options) -> Config:
    if options.mode is None:
        return config
    return config.model_copy(update={"bot": config.bot.model_copy(update={"mode": options.mode})})


def _compared(told: Told, golden: Golden, options: Options) -> Case:
    """Return what a golden file says of a rehearsal: only what load does not explain counts."""
    found = told.explained
    for change in golden.gone():
        found.add(change)
    found.compared = golden.tally.compared
    for line in found.told():
        sys.stderr.write(f"{line}\n")
    lines = [change.told() for change in found.unexplained[:SHOWN]]
    if (more := len(found.unexplained) - SHOWN) > 0:
        lines.append(f"… and {more} more")
    return Case("golden", str(options.golden), lines)
