"""``danmate demo``: the recorded room, played live with its page open, or fast with --once."""

import asyncio
import contextlib
import json
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bot import config as configuration
from bot.bus.outcomes import streams
from bot.commands import show
from bot.commands.offline import player
from bot.config import DEMO, Config
from bot.flow.clock import WallClock
from bot.flow.outcomes import Ledger
from bot.house import House, opened
from bot.model import ChatMessage, Outcome
from bot.plugins import adapters, formats
from bot.replay.formats import open_log
from bot.service import Live, running
from bot.shop.catalogue import load as load_catalogue

ROOM = DEMO.with_name("room.jsonl")


async def demonstrate(
    *,
    once: bool,
    port: int | None,
    speed: float,
    values: list[str],
    log_in: Callable[[str], str] = lambda _: "",
) -> None:
    """Play the demo room; the shop's facts are the only thing that is ever said.

    ``log_in`` says by the pages' address how to become the operator.
    """
    settings = [*values, *([f"web.port={port}"] if port is not None else [])]
    config = configuration.with_values(configuration.load(configuration.SHIPPED), settings)
    with open_log(ROOM, plugins=formats(), strict=True) as log:
        messages = list(log)
    console = Console(highlight=False)
    began = WallClock()
    start = began.now()
    console.print(f"[bold]danmate[/] reads {len(messages)} lines of a recorded room …")
    if once:
        outcomes = await _fast(config, messages, console)
        show.summary(console, outcomes, began.now() - start)
        return
    typed = [message for message in messages if message.role != "bot"]  # a page has no bots
    with tempfile.TemporaryDirectory(prefix="danmate-") as folder:
        await _live(_apart(config, Path(folder)), typed, speed, console, log_in)


def _apart(config: Config, folder: Path) -> Config:
    """Return the configuration with a queue of its own, so that a real one is left alone."""
    store = config.store.model_copy(update={"url": "", "data": folder, "shards": 1})
    return config.model_copy(update={"store": store})


async def _fast(config: Config, messages: Sequence[ChatMessage], console: Console) -> list[Outcome]:
    outcomes = []
    async with player(config, load_catalogue(DEMO)) as use:
        async for outcome in use.play(messages):
            outcomes.append(outcome)
            show.line(console, outcome)
    return outcomes


async def _live(
    config: Config,
    messages: Sequence[ChatMessage],
    speed: float,
    console: Console,
    log_in: Callable[[str], str],
) -> None:
    """Run the bot with its room, type the recording into it, and stay for the visitor."""
    clock = WallClock(speed, messages[0].sent_at)
    room = cast(Any, adapters()["room"])  # the built-in room can tell the time by our clock
    adapter = room(config.rooms[0].settings(), clock.now)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(opened(config, clock, (adapter,)))
        live = await stack.enter_async_context(running(house))
        console.print(f"the room is open: [bold]{live.url}/room[/]  (Ctrl-C ends)")
        console.print(f"the operator's page: [bold]{live.url}/page/[/]")
        if how := log_in(live.url):
            console.print(how, soft_wrap=True)
        if sys.stdout.isatty():
            await asyncio.to_thread(webbrowser.open, f"{live.url}/room")
        began = WallClock()
        start = began.now()
        typing = asyncio.create_task(_type(live.url, messages, clock))
        outcomes = await _watch(house, len(messages), console)
        await typing
        show.summary(console, outcomes, began.now() - start)
        await _stay(live, console)


async def _stay(live: Live, console: Console) -> None:
    """Keep the page open for as long as somebody sits in front of it."""
    if not sys.stdout.isatty():
        return
    console.print(f"type your own questions at [bold]{live.url}/room[/]; Ctrl-C ends")
    with contextlib.suppress(asyncio.CancelledError):
        await live.ended()


async def _type(url: str, messages: Sequence[ChatMessage], clock: WallClock) -> None:
    """Type each message at its time, as whoever said it."""
    address = url.replace("http", "ws", 1) + "/room/ws"
    ahead = clock.now() - messages[0].sent_at  # loading the models took its time
    async with connect(address, origin=Origin(url), proxy=None) as socket:
        draining = asyncio.create_task(_drain(socket))
        for message in messages:
            await clock.sleep(message.sent_at + ahead - clock.now())
            frame = {"type": "message", **asdict(message), "sent_at": clock.now()}
            await socket.send(json.dumps(frame, ensure_ascii=False))
        await clock.sleep(1.0)
        draining.cancel()


async def _drain(socket: ClientConnection) -> None:
    """Read what the room tells everybody, so that it need not drop us."""
    async for _ in socket:
        pass


async def _watch(house: House, count: int, console: Console) -> list[Outcome]:
    """Print outcomes as they become final, until ``count`` messages have one."""
    [events], ledger, cursor = streams(house.store), Ledger(), "0-0"
    final: list[Outcome] = []
    while len(final) < count:
        for at, event in await events.after(cursor):
            cursor = at
            ledger.add(event)
        for outcome in ledger.final():
            final.append(outcome)
            show.line(console, outcome)
    return final
