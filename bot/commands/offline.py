"""What answer, classify and replay share: the parts of the live bot, opened for one run."""

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from bot.bus.server import connect
from bot.config import Config
from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.house import pace
from bot.inference.models import open_judge, open_reader, open_writer
from bot.inference.reader import EncoderReader
from bot.model import Catalogue, Mode
from bot.replay.player import Player


@asynccontextmanager
async def reading(config: Config, model: Path | None = None) -> AsyncIterator[EncoderReader]:
    """Load the reader alone; ``model``, a trained folder of any labels, in place of the bot's."""
    models = config.models
    adapter = model or models.reader_adapter
    async with open_reader(
        models.reader, config.bot.language, adapter, models.threads, any_labels=bool(model)
    ) as reader:
        yield reader


@asynccontextmanager
async def player(
    config: Config,
    catalogue: Catalogue,
    *,
    rooms: Mapping[str, Catalogue] = MappingProxyType({}),
    mode: Mode | None = None,
    timer: Callable[[], float] = float,
) -> AsyncIterator[Player]:
    """Open a queue of its own and the models for one replay; nothing of it is left behind.

    ``catalogue`` is sold in every room but those of ``rooms``.

    ``timer`` times each step; by default nothing does, so that two replays are equal.
    """
    rules = config.rules()
    if mode:
        rules = replace(rules, mode=mode)
    adapter = config.adapters()[0]
    models = config.models
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="danmate-"))
        store = await stack.enter_async_context(await connect("", Path(folder)))
        reader = await stack.enter_async_context(reading(config))
        judge = await stack.enter_async_context(open_judge(models.reader, models.judge_adapter))
        writer = await stack.enter_async_context(open_writer(*models.writing(), exact=True))
        yield Player(
            store=store,
            shops=RoomShops(rooms, catalogue, reader),
            reader=reader,
            writer=writer,
            rules=rules,
            abilities=adapter.abilities,
            pace=pace(config.limits, "room"),
            clock=VirtualClock(),
            judge=judge,
            timer=timer,
        )
