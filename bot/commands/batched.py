"""Reader and judge for many texts at once: read in batches, and what they say is kept."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.commands.offline import makers_of
from bot.config import Config
from bot.inference.cache import Cache, Forgetful, Outputs
from bot.inference.kept import KeptJudge, KeptReader, Late
from bot.inference.makers import place
from bot.inference.memory import trim
from bot.ports import Judge, Reader

REMEMBER = 4_000
"""Readings in memory, of 12 KB each: what comes again is in the cache, or labelled already."""


@dataclass(frozen=True, slots=True)
class Batched:
    """The models of an analysis. ``release`` closes the reader: the judge needs its memory."""

    reader: Reader
    judge: Judge
    release: Callable[[], Awaitable[None]]


@asynccontextmanager
async def models(config: Config, *, cached: bool) -> AsyncIterator[Batched]:
    """Give reader and judge; what they say is kept, and each is loaded when it is needed."""
    async with AsyncExitStack() as stack:
        outputs: Outputs = Forgetful()
        if cached:
            outputs = stack.enter_context(Cache(place(), makers_of(config)))
        reading = await stack.enter_async_context(AsyncExitStack())
        late = Late[Reader](reading, lambda: _reader(config))

        async def release() -> None:
            await reading.aclose()
            late.forget()
            trim()

        def judge_of() -> AbstractAsyncContextManager[Judge]:
            from bot.inference import exact

            own = config.models
            return exact.open_judge(own.reader, own.judge_adapter, own.threads)

        judge = KeptJudge(outputs, Late(stack, judge_of))
        yield Batched(KeptReader(outputs, late, REMEMBER), judge, release)


def _reader(config: Config) -> AbstractAsyncContextManager[Reader]:
    from bot.inference import exact

    own = config.models
    return exact.open_reader(own.reader, config.bot.language, own.reader_adapter, own.threads)
