"""What an analysis works with, and one comment as it is remembered until all are read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

import msgspec

from bot.model import Catalogue, Intent, Lang, Rules, Sentiment
from bot.ports import Judge, Reader
from bot.replay.compare import ASKED

GAP: Final = ("no_fact", "unknown_product")
"""Reasons for which the bot leaves a question to the host that a fuller catalogue would mend."""


@dataclass(frozen=True, slots=True)
class Use:
    """What an analysis works with.

    Without a ``catalogue`` nothing is said to be missing in it. The ``judge`` weighs the
    catalogue's texts, as it does for the bot; without it, words alone tell what is missing.
    Times are told in ``zone``; None is this machine's. With another ``seed`` other lines stand for
    all where there are too many to compare. ``replied`` tells when the bot answered, by the
    question's id, where no line of the chat shows it (``replies.replied``).
    """

    reader: Reader
    rules: Rules
    catalogue: Catalogue | None = None
    judge: Judge | None = None
    zone: tzinfo | None = None
    seed: int = 0
    replied: Mapping[str, float] = field(default_factory=dict)
    release: Callable[[], Awaitable[None]] | None = None
    """Called when the reader is not needed any more and the judge is about to be: who has opened
    both may close the one before the other is loaded. None: nobody cares."""


class Comment(msgspec.Struct, frozen=True, array_like=True):
    """A viewer's line with what was read in it; few bytes, for there may be millions."""

    id: str
    room: str
    at: float
    who: int
    """The viewer's number, from 1; 0: nobody knows."""
    text: str
    kind: int
    """The number of the line's wording: equal ones have the same."""
    intent: Intent
    score: float
    sentiment: Sentiment
    lang: Lang
    offensive: bool
    unsure: bool
    question: bool
    product: str | None
    attribute: str
    reason: str | None
    """Why the bot would not answer; None: it would, or there is nothing to answer."""
    showing: str | None
    """The product on screen."""

    @property
    def abusive(self) -> bool:
        """Whether it insults: it is counted, and never shown."""
        return self.offensive or self.intent == "abuse"

    @property
    def shown(self) -> bool:
        """Whether a report may quote it."""
        return not self.abusive and self.intent != "spam"


def asks(intent: Intent, *, unsure: bool) -> bool:
    """Tell whether a line of this intent is a question, as far as the reader knows."""
    return intent in ASKED and not unsure
