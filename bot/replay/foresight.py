"""Looks ahead in a log, so that models work on many of its questions at once.

A replay carries one message after the other, as rooms must; but what its models are going to be
asked is nearly known beforehand: it hangs on the text, and on what the room shows and sells.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.flow.services import Services
from bot.flow.weighing import foreseen
from bot.inference.kept import Late
from bot.model import ChatMessage
from bot.ports import Judge, Reader

SPAN = 512
"""Messages that are looked at in one go."""


class Foresight:
    """Asks models what is about to be asked of them, while any of them is asked at all.

    ``reader`` and ``judge`` keep what they say where it is found again. ``models`` are those
    behind them: as long as nobody asks these, all is kept already, and looking costs time only.
    """

    def __init__(self, reader: Reader, judge: Judge | None, models: Sequence[Late[Any]]) -> None:
        self._reader = reader
        self._judge = judge
        self._models = models
        self._asked = 0

    @property
    def wanted(self) -> bool:
        """Whether a model was asked since the last look."""
        return self._count() != self._asked

    async def look(self, messages: Sequence[ChatMessage], use: Services) -> None:
        """Ask what ``use`` will ask of the first SPAN messages, if no room changes until then."""
        ahead = replace(use, reader=self._reader, judge=self._judge)
        await asyncio.gather(
            *(foreseen(message, message.sent_at, ahead) for message in messages[:SPAN]),
            return_exceptions=True,  # it fails again, and is told, when its turn comes
        )
        self._asked = self._count()

    def _count(self) -> int:
        return sum(model.asked for model in self._models)
