"""Opens the models that a configuration names: loaded in a thread, closed with their context."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import torch

from bot.inference import reader as readers
from bot.inference import relevance, weights
from bot.inference.packages import CAUSAL
from bot.inference.reader import EncoderReader
from bot.inference.relevance import CrossEncoder
from bot.inference.remote import RemoteWriter
from bot.inference.writer import LocalWriter
from bot.model import Lang
from bot.ports import Writer

log = structlog.get_logger()


def _say(text: str) -> None:
    log.warning(
        "preparing_weights", what=text
    )  # a first start converts weights for a minute: nobody shall wonder


@asynccontextmanager
async def open_reader(
    source: str,
    lang: Lang,
    trained: Path | None = None,
    threads: int = 0,
    *,
    any_labels: bool = False,
) -> AsyncIterator[EncoderReader]:
    """Load the reader; ``lang`` is the language of lines that show none.

    ``threads`` 0 takes all processors. Raises MissingWeights.
    """
    if threads:
        torch.set_num_threads(threads)
    folder = trained or readers.TRAINED
    loaded = await asyncio.to_thread(
        readers.load, source, lang, folder, _say, any_labels=any_labels
    )
    async with loaded:
        await loaded.read("warm")  # the first pass is slow: let it not be a viewer's
        yield loaded
        log.info("reader", texts=loaded.hits + loaded.misses, hit_rate=round(loaded.hit_rate, 3))


@asynccontextmanager
async def open_judge(source: str, trained: Path | None = None) -> AsyncIterator[CrossEncoder]:
    """Load the cross-encoder. Raises MissingWeights."""
    loaded = await asyncio.to_thread(relevance.load, source, trained or relevance.TRAINED, _say)
    async with loaded:
        await loaded.judge("warm", ["warm"])  # as with the reader
        yield loaded


@asynccontextmanager
async def open_writer(
    source: str, adapter: Path | None = None, model: str = "", key: str = "", *, exact: bool = False
) -> AsyncIterator[Writer | None]:
    """Begin to load the writer, or give None for the source "none": templates only.

    An http(s) address as ``source`` is asked for ``model`` with ``key``. Raises MissingWeights for
    a package or folder that is not there; what else fails while it loads or answers is logged, and
    templates go on.
    """
    if source == "none":
        yield None
        return
    if "://" in source:
        async with RemoteWriter.open(source, model, key, exact=exact) as remote:
            yield remote
        return
    weights.present("writer", source, CAUSAL)
    async with LocalWriter.open(source, adapter, _say, exact=exact) as writer:
        yield writer
