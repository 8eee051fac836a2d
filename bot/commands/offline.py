"""What answer, replay, compare and scenarios share: the parts of the live bot, for one run."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.config import Config
from bot.config.tables import ModelsTable
from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.house import pace
from bot.inference.cache import Outputs
from bot.inference.kept import KeptJudge, KeptReader, KeptWriter, Late
from bot.model import Catalogue, Lang, Mode
from bot.ports import Judge, Reader, Writer
from bot.replay.foresight import Foresight
from bot.replay.player import Player

if TYPE_CHECKING:  # torch takes seconds to import, and a second replay needs none of it
    from bot.inference.reader import EncoderReader

BRIEFLY = 2_000
"""Outputs that foresight remembers: what it asked for is asked again soon, or never."""
COLLECT = 50_000
"""Objects that are made before Python looks for garbage among them."""
ROOMS: Mapping[str, Catalogue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one run."""

    reader: Reader
    judge: Judge | None
    writer: Writer | None
    foresight: Foresight | None = None


@asynccontextmanager
async def reading(config: Config, model: Path | None = None) -> AsyncIterator["EncoderReader"]:
    """Load the reader alone; ``model``, a trained folder of any labels, in place of the bot's."""
    from bot.inference.models import open_reader

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
    rooms: Mapping[str, Catalogue] = ROOMS,
    mode: Mode | None = None,
    timer: Callable[[], float] = float,
) -> AsyncIterator[Player]:
    """Open the models for one run, as the live bot has them.

    ``catalogue`` is sold in every room but those of ``rooms``.

    ``timer`` times each step; by default nothing does, so that two replays are equal.
    """
    from bot.inference.models import open_judge, open_writer

    use = config.models
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(reading(config))
        judge = await stack.enter_async_context(open_judge(use.reader, use.judge_adapter))
        writer = await stack.enter_async_context(open_writer(*use.writing(), exact=True))
        models = Models(reader, judge, writer)
        yield seated(models, config, catalogue, rooms=rooms, mode=mode, timer=timer)


def seated(
    models: Models,
    config: Config,
    catalogue: Catalogue,
    *,
    rooms: Mapping[str, Catalogue] = ROOMS,
    mode: Mode | None = None,
    timer: Callable[[], float] = float,
) -> Player:
    """Return a player with these models; it begins with rooms that have heard nothing."""
    rules = config.rules()
    if mode:
        rules = replace(rules, mode=mode)
    return Player(
        shops=RoomShops(rooms, catalogue, models.reader),
        reader=models.reader,
        writer=models.writer,
        rules=rules,
        abilities=config.adapters()[0].abilities,
        pace=pace(config.limits, "room"),
        clock=VirtualClock(),
        judge=models.judge,
        timer=timer,
        foresight=models.foresight,
    )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Python look for garbage seldom while the block runs: a replay makes hardly any.

    What is loaded by then is not looked through at all.
    """
    often, *rest = gc.get_threshold()
    gc.collect()  # or it would be kept
    gc.freeze()
    gc.set_threshold(COLLECT, *rest)
    try:
        yield
    finally:
        gc.set_threshold(often, *rest)
        gc.unfreeze()


def kept(
    stack: AsyncExitStack,
    models: ModelsTable,
    lang: Lang,
    outputs: Outputs,
    foreseen: Outputs | None = None,
) -> Models:
    """Return models whose outputs are looked up first: each is loaded when it is needed.

    What is loaded is exact: a text gives the same bytes whatever is read beside it. What they say
    ahead of time is kept in ``foreseen``, which is ``outputs`` where nothing is said.
    """

    def reader() -> AbstractAsyncContextManager[Reader]:
        from bot.inference import exact

        return exact.open_reader(models.reader, lang, models.reader_adapter, models.threads)

    def judge() -> AbstractAsyncContextManager[Judge]:
        from bot.inference import exact

        return exact.open_judge(models.reader, models.judge_adapter, models.threads)

    def writer() -> AbstractAsyncContextManager[Writer | None]:
        from bot.inference.models import open_writer

        return open_writer(*models.writing(), exact=True)

    reads, judges = Late(stack, reader), Late(stack, judge)
    ahead = outputs if foreseen is None else foreseen
    return Models(
        KeptReader(outputs, reads),
        KeptJudge(outputs, judges),
        None if models.writer == "none" else KeptWriter(outputs, Late(stack, writer)),
        Foresight(KeptReader(ahead, reads, BRIEFLY), KeptJudge(ahead, judges), (reads, judges)),
    )


def makers_of(config: Config) -> Mapping[str, str]:
    """Return who makes the outputs of a configuration's models. Raises MissingWeights."""
    from bot.inference import makers

    of = config.models
    return makers.makers(
        of.reader,
        config.bot.language,
        of.reader_adapter,
        of.judge_adapter,
        of.writer,
        of.writer_adapter,
    )
