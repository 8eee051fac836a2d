"""Reader, judge and writer that ask a model only for what is not kept yet.

The model is loaded when it is first needed, so whoever finds all that he asks needs none.
"""

import asyncio
import json
import struct
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final, Generic, TypeVar

import msgspec

from bot.inference.cache import Outputs
from bot.inference.keeping import REMEMBER, Kept
from bot.model import Intent, Lang, Reading, Sentiment
from bot.ports import Judge, Reader, Writer
from bot.shop.text import normal

_FLOAT: Final = struct.calcsize("f")
M = TypeVar("M")
Opens = Callable[[], AbstractAsyncContextManager[M]]


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """A reading in few bytes; ``vector`` as little-endian float32, which is what it was."""

    intent: Intent
    score: float
    scores: dict[str, float]
    sentiment: Sentiment
    lang: Lang
    vector: bytes
    offensive: bool
    unsure: bool


_encode = msgspec.msgpack.Encoder().encode
_reading = msgspec.msgpack.Decoder(Packed)
_wording = msgspec.msgpack.Decoder(str | None)


def packed(reading: Reading) -> bytes:
    """Return a reading as bytes; ``unpacked`` gives exactly the same again."""
    vector = array("f", reading.vector)
    return _encode(
        Packed(
            reading.intent,
            reading.score,
            dict(reading.scores),
            reading.sentiment,
            reading.lang,
            vector.tobytes(),
            reading.offensive,
            reading.unsure,
        )
    )


def unpacked(raw: bytes) -> Reading:
    """Return the reading. Raises msgspec.DecodeError or struct.error for bytes that are none."""
    found = _reading.decode(raw)
    return Reading(
        found.intent,
        found.score,
        found.scores,
        found.sentiment,
        found.lang,
        struct.unpack(f"{len(found.vector) // _FLOAT}f", found.vector),
        found.offensive,
        found.unsure,
    )


class Late(Generic[M]):
    """A model that is opened when it is first asked for, and closed with ``stack``."""

    def __init__(self, stack: AsyncExitStack, opens: Opens[M]) -> None:
        self._stack = stack
        self._opens = opens
        self._opening = asyncio.Lock()
        self._model: list[M] = []
        self.asked = 0
        """How often the model was wanted."""

    async def __call__(self) -> M:
        """Return the model."""
        self.asked += 1
        async with self._opening:
            if not self._model:
                self._model.append(await self._stack.enter_async_context(self._opens()))
        return self._model[0]

    def forget(self) -> None:
        """Let go of a model that has been closed: the next who asks opens another one."""
        self._model.clear()


class Normal:
    """The normal forms of the latest texts: making one costs more than all else of a look-up."""

    def __init__(self, remember: int = REMEMBER) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()
        self._remember = remember

    def __call__(self, text: str) -> str:
        """Return the normal form."""
        if (form := self._known.get(text)) is None:
            form = self._known[text] = normal(text)
            if len(self._known) > self._remember:
                self._known.popitem(last=False)
        return form


class KeptReader:
    """Implements ports.Reader."""

    def __init__(self, outputs: Outputs, late: Late[Reader], remember: int = REMEMBER) -> None:
        self._kept = Kept(outputs, "reading", (packed, unpacked), remember)
        self._normal = Normal(remember)
        self._late = late

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means. Never raises for any str."""
        key = self._normal(text)
        known = self._kept.known(key)
        return known or (await self._kept.all([key], self._ask))[key]

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text."""
        keys = list(map(self._normal, texts))
        found = await self._kept.all(keys, self._ask)
        return [found[key] for key in keys]

    async def _ask(self, texts: Sequence[str]) -> list[Reading]:
        return await (await self._late()).read_all(texts)


class KeptJudge:
    """Implements ports.Judge: the score of each question with each passage is kept."""

    def __init__(self, outputs: Outputs, late: Late[Judge]) -> None:
        self._kept: Kept[float] = Kept(outputs, "judgement", (_encode, _one))
        self._normal = Normal()
        self._late = late

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return for each passage how likely, 0 to 1, it answers the question."""
        asked = self._normal(question)
        rows = [json.dumps([asked, self._normal(row)], ensure_ascii=False) for row in passages]
        texts = dict(zip(rows, passages, strict=True))

        async def ask(unknown: Sequence[str]) -> list[float]:
            return await (await self._late()).judge(asked, [texts[row] for row in unknown])

        found = await self._kept.all(rows, ask)
        return [found[row] for row in rows]


class KeptWriter:
    """Implements ports.Writer: a prompt has one wording, or none, on any day."""

    def __init__(self, outputs: Outputs, late: Late[Writer | None]) -> None:
        self._kept: Kept[list[str | None]] = Kept(outputs, "wording", (_worded, _unworded))
        self._late = late

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        """Return one line of text, or None if there is none."""
        key = json.dumps([lang, prompt], ensure_ascii=False)

        async def ask(_: Sequence[str]) -> list[list[str | None]]:
            model = await self._late()
            return [[await model.write(prompt, lang, within) if model else None]]

        return (await self._kept.all([key], ask))[key][0]


def _one(raw: bytes) -> float:
    return msgspec.msgpack.decode(raw, type=float)


def _worded(value: list[str | None]) -> bytes:
    return _encode(value[0])


def _unworded(raw: bytes) -> list[str | None]:
    return [_wording.decode(raw)]
