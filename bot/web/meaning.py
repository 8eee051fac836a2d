"""How lines are meant, as vectors of the reader: lent by the worker, or loaded when first asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Final, Protocol, TypeAlias

import numpy as np
import structlog

from bot.errors import DanmateError
from bot.flow.clock import until
from bot.ports import Judge, Reader
from bot.web.grouping import Near

log = structlog.get_logger()

AT_ONCE: Final = 64
"""Lines that are read for one who asks; the others are read for the next."""
WITHIN: Final = 0.5
"""Seconds that somebody who asks waits for them."""

IDLE: Final = 600.0
"""Seconds without work after which what was opened here is let go."""
FEW: Final = 2
"""Lines from which there is anything to compare."""


class Meant(Protocol):
    """How a line is meant."""

    @property
    def vector(self) -> tuple[float, ...]:
        """Return a vector of unit length, or () where nothing is known."""


class Sense(Protocol):
    """As much of a Reader as tells how lines are meant."""

    async def read_all(self, texts: Sequence[str]) -> Sequence[Meant]:
        """Return how each text is meant. Never raises for any str."""


Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Reader]]
Sensing: TypeAlias = Callable[[], AbstractAsyncContextManager[Sense]]


class Meaning:
    """The reader of the pages. Without one nothing is known, and lines are told apart by words.

    ``sensing``, or else ``opening``, opens one when it is needed, if nobody has lent one by then;
    after ``idle`` seconds in which it had nothing to read it is let go.
    """

    def __init__(
        self, opening: Opening | None = None, idle: float = IDLE, sensing: Sensing | None = None
    ) -> None:
        self._reader: Reader | None = None
        self._judge: Judge | None = None
        self._sense: Sense | None = None
        self._opening = opening
        self._sensing: Sensing | None = sensing or opening
        self._idle = idle
        self._used = False
        self._over = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[dict[str, Near]] | None = None

    @contextmanager
    def lent(self, reader: Reader, judge: Judge | None = None) -> Iterator[None]:
        """Use ``reader`` while the block runs; ``judge`` goes to whoever asks for both."""
        self._reader, self._judge = reader, judge
        try:
            yield
        finally:
            self._reader = self._judge = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[tuple[Reader | None, Judge | None]]:
        """Give reader and judge while the block runs; a reader is opened where none is lent.

        Raises MissingWeights.
        """
        if self._reader is not None or self._opening is None:
            yield self._reader, self._judge
            return
        async with self._opening() as reader:
            yield reader, None

    async def vectors(self, texts: Mapping[str, str]) -> Mapping[str, Near]:
        """Return the vectors of some of these lines by their keys: as many as there is time for.

        The first that are given go first. Never raises for any text.
        """
        sense = self._reader or self._sense
        if sense is None:
            if len(texts) >= FEW:
                self._load()
            return {}
        if not texts:
            return {}
        self._used = True
        if self._reading is None or self._reading.done():
            some = dict(list(texts.items())[:AT_ONCE])
            self._reading = asyncio.create_task(_read(sense, some))
        done, _ = await asyncio.wait([self._reading], timeout=WITHIN)
        return self._reading.result() if done else {}

    async def aclose(self) -> None:
        """Let go of a reader that was opened here."""
        self._over.set()
        waiting = [task for task in (self._keeping, self._reading) if task is not None]
        await asyncio.gather(*waiting, return_exceptions=True)

    def _load(self) -> None:
        """Begin to open the reader; where that fails it is not tried again."""
        busy = self._keeping is not None and not self._keeping.done()
        if self._sensing is not None and not busy and not self._over.is_set():
            self._keeping = asyncio.create_task(self._keep(self._sensing))

    async def _keep(self, sensing: Sensing) -> None:
        log.info("page_reader_loading")
        try:
            async with sensing() as self._sense:
                self._used = True  # whoever asked comes again
                while self._used and not self._over.is_set():
                    self._used = False
                    await until(self._over, self._idle)
        except DanmateError as error:
            self._sensing = None
            log.warning("page_reader_missing", error=str(error))
        finally:
            self._sense = None


async def _read(reader: Sense, texts: Mapping[str, str]) -> dict[str, Near]:
    readings = await reader.read_all(list(texts.values()))
    return {
        key: np.array(reading.vector, dtype=np.float32)
        for key, reading in zip(texts, readings, strict=True)
        if reading.vector
    }
