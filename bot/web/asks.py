"""What viewers ask, out of what became of their messages; chatter is left out."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.bus.removals import Told
from bot.model import GOODS, STAFF, Intent, Kind, Lang, Outcome
from bot.shop.text import bare
from bot.web.remarks import remark

ASKING: Final = frozenset[Intent]({*GOODS, "show", "stream"})
"""The intents of a line that asks something of a shop."""
HALF: Final = 0.5
"""How certain a reading must be at least for a line to count as a question that was not read."""
PERSONAL: Final = frozenset({"host_only", "own_order", "which_one", "changed"})
"""Why a person must answer where no row of the FAQ could."""
SHOWN: Final = "on screen"
"""What told the product where the text did not."""
_SHAPED: Final = re.compile(
    r"[?？]|[吗嘛么呢不]\W*$|什么|怎么|怎样|多少|多久|多大|多重|几|哪|谁|能不能|可不可以|有没有|是不是|会不会|要不要"
    r"|^\W*(?:who|what|when|where|which|why|how|can|could|do|does|is|are|will|would|any)\b",
    re.IGNORECASE,
)
"""How a question looks."""


@dataclass(slots=True)
class Ask:
    """One message that asks something, and what has become of that."""

    id: str
    room: str
    author: str
    author_id: str
    text: str
    at: float
    """When it was sent, in seconds since the epoch."""
    outcome: Kind
    reason: str | None
    intent: Intent | None
    lang: Lang | None
    product: str | None
    facts: frozenset[str]
    """Ids of the facts that were said, or would have been."""
    unsure: bool = False
    """Whether it may be no question at all: the reader was not certain."""
    key: str = field(init=False)
    """Its letters and digits: equal for equal wordings."""
    answered: float | None = None
    """When it was answered, or put aside; None: it was not."""
    by: Literal["bot", "staff"] | None = None
    """Who answered it first."""

    def __post_init__(self) -> None:
        self.key = bare(self.text)

    @property
    def waits(self) -> bool:
        """Whether only a person can answer it, and nobody has."""
        return self.answered is None and self.left

    @property
    def left(self) -> bool:
        """Whether the bot had no answer that it could give."""
        return self.outcome in ("handed_off", "blocked") or self.unsure

    @property
    def lacking(self) -> bool:
        """Whether an FAQ row would have answered it."""
        return self.left and self.reason not in PERSONAL

    @property
    def told(self) -> Told:
        """Return as much of it as tells whether it was removed."""
        return Told(self.id, self.room, self.author, self.author_id, self.at)

    def answer(self, at: float, by: Literal["bot", "staff"]) -> None:
        """Note that it was answered, and who was first."""
        self.answered = max(at, self.answered or at)
        self.by = self.by or by


def asks(outcome: Outcome) -> bool:
    """Tell whether a message asks something that a shop is asked; chatter does not.

    What moderators made the bot hand off asks, whatever its intent. What was muted, late before it
    was read, or said while the bot was off has no intent, and is not counted.
    """
    if outcome.intent is None or outcome.message.role in (*STAFF, "bot"):
        return False
    if outcome.outcome == "handed_off":
        return True
    return outcome.intent in ASKING and outcome.reason not in ("not_a_question", "low_confidence")


def unsure(outcome: Outcome) -> bool:
    """Tell whether a message that was not read surely enough looks like a question all the same."""
    return (
        (outcome.outcome, outcome.reason) == ("ignored", "low_confidence")
        and outcome.intent in ASKING
        and outcome.message.role not in (*STAFF, "bot")
        and (outcome.score or 0.0) >= HALF
        and _SHAPED.search(outcome.message.text) is not None
    )


def ask_of(outcome: Outcome) -> Ask | None:
    """Return what a message asks, or None for one that asks nothing."""
    doubt = unsure(outcome)
    if not (doubt or asks(outcome)) or (outcome.intent in ASKING and remark(outcome.message.text)):
        return None
    message, reply = outcome.message, outcome.reply
    return Ask(
        id=message.id,
        room=message.room,
        author=message.author,
        author_id=message.author_id,
        text=message.text,
        at=message.sent_at,
        outcome=outcome.outcome,
        reason=outcome.reason,
        intent=outcome.intent,
        lang=outcome.lang,
        product=_about(outcome),
        facts=frozenset(fact.id for fact in reply.facts) if reply else frozenset(),
        unsure=doubt,
    )


def _about(outcome: Outcome) -> str | None:
    """Return the product that is asked about: not one that was only on screen meanwhile.

    What is on screen is meant where nothing else is named, but not by who asks when the stream
    ends, nor where the answer rests on the shop's own facts or a row of the FAQ.
    """
    product, facts = outcome.product, outcome.reply.facts if outcome.reply else ()
    if product and facts and not any(fact.id.startswith(f"{product}.") for fact in facts):
        return None
    named_by = outcome.because.named_by if outcome.because else ""
    return None if outcome.intent == "stream" and named_by in ("", SHOWN) else product
