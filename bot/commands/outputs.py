"""Where a replay's models come from: the cache and what it lacks, or a file that pins them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from bot.commands.offline import Models, kept, makers_of
from bot.config import Config
from bot.errors import BadConfig
from bot.inference.cache import Cache, Memory, Outputs
from bot.inference.kept import KeptJudge, KeptReader, KeptWriter, Late
from bot.inference.makers import place
from bot.replay import pinned
from bot.replay.pinned import Pinned, Recorder, Unrecorded


@dataclass(frozen=True, slots=True)
class Source:
    """How a replay gets what models say: ``pin`` from a file; ``record`` writes such a file."""

    pin: Path | None = None
    record: Path | None = None
    cached: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """Models for a replay. ``unrecorded`` fills with what a pinned replay asks in vain."""

    models: Models
    unrecorded: Unrecorded = field(default_factory=Unrecorded)


@asynccontextmanager
async def opened(config: Config, source: Source) -> AsyncIterator[Opened]:
    """Open the models of a configuration for one replay.

    Raises BadConfig, BadLog (the file of outputs) or MissingWeights.
    """
    if source.pin and source.record:
        raise BadConfig("expected --pin or --record: what is pinned is recorded already")
    async with AsyncExitStack() as stack:
        if source.pin:
            yield _pinned(stack, config, pinned.load(source.pin))
            return
        outputs: Outputs = Memory()
        makers: Mapping[str, str] = {}
        if source.cached or source.record:
            makers = makers_of(config)
        if source.cached:
            outputs = stack.enter_context(Cache(place(), makers))
        noted = outputs  # what is asked ahead of time is kept, and recorded once it is asked again
        if source.record:
            noted = Recorder(outputs, stack.enter_context(_file(source.record)), makers)
        yield Opened(kept(stack, config.models, config.bot.language, noted, outputs))


def _pinned(stack: AsyncExitStack, config: Config, outputs: Pinned) -> Opened:
    nobody = Unrecorded()
    written = config.models.writer != "none"
    models = Models(
        KeptReader(outputs, Late(stack, lambda: nullcontext(nobody))),
        KeptJudge(outputs, Late(stack, lambda: nullcontext(nobody))),
        KeptWriter(outputs, Late(stack, lambda: nullcontext(nobody))) if written else None,
    )
    return Opened(models, nobody)


def _file(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise BadConfig(f"{path}: expected a file to write ({error.strerror or error})") from None
