"""What answer, classify and replay share: the parts of the live bot, opened for one run."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.bus.server import connect
from bot.config import Config
from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.inference.models import open_reader, open_writer
from bot.inference.reader import EncoderReader
from bot.model import Catalogue, Mode
from bot.replay.player import Player
from bot.service import windows


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
    config: Config, catalogue: Catalogue, *, mode: Mode | None = None
) -> AsyncIterator[Player]:
    """Open a queue of its own and the models for one replay; nothing of it is left behind."""
    rules = config.rules()
    if mode:
        rules = replace(rules, mode=mode)
    adapter = config.adapters()[0]
    models = config.models
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="danmate-"))
        store = await stack.enter_async_context(await connect("", Path(folder)))
        reader = await stack.enter_async_context(reading(config))
        writer = await stack.enter_async_context(
            open_writer(models.writer, models.writer_adapter, exact=True)
        )
        yield Player(
            store=store,
            shops=RoomShops({}, catalogue, reader),
            reader=reader,
            writer=writer,
            rules=rules,
            abilities=adapter.abilities,
            windows=windows(config, "room"),
            clock=VirtualClock(),
        )
