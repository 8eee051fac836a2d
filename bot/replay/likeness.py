"""Whether a line of the staff answers a question, and whether it says what the bot would say."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from bot.model import ChatMessage, Fact, Outcome
from bot.shop.text import tidy

Verdict: TypeAlias = Literal["agree", "differ", "reworded", "bot_only", "host_only", "nobody"]
"""Bot and staff give the same numbers; other numbers; words that cannot be compared; only the bot
has an answer; only the staff has; nobody has."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
How: TypeAlias = Literal["reply", "mention", "facts"]
"""By what one sees that a line answers a question: it replies to it, it mentions who asked, or it
says what the bot would have said."""

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_NO_NUMBERS = re.compile(r"@\S+|https?://\S+")
"""Parts of a line whose digits tell nothing: names, addresses."""
TELLING = 6
"""Bytes of UTF-8 that words must have to be known again: two ideographs, six letters."""


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody of the staff said, made comparable."""

    message: ChatMessage
    text: str
    numbers: frozenset[str]

    @classmethod
    def of(cls, message: ChatMessage) -> "Line":
        """Return a message made comparable."""
        return cls(message, tidy(message.text), numbers(message.text))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what the bot made of it, made comparable."""

    outcome: Outcome
    name: str
    """How a line mentions who asked."""
    said: tuple["Said", ...]

    @classmethod
    def of(cls, outcome: Outcome) -> "Asked":
        """Return an outcome made comparable; a crossed-out price is no answer."""
        facts = outcome.reply.facts if outcome.reply else ()
        said = (Said.of(fact) for fact in facts if not fact.id.endswith(".list_price"))
        name = tidy(outcome.message.author).removeprefix("@")
        return cls(outcome, name, tuple(each for each in said if each.text))

    @property
    def message(self) -> ChatMessage:
        """The question itself."""
        return self.outcome.message


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as it would have been said."""

    text: str
    numbers: frozenset[str]
    telling: bool
    """Whether nobody says it by chance: a number of two digits, or words enough."""

    @classmethod
    def of(cls, fact: Fact) -> "Said":
        """Return a fact made comparable."""
        text = tidy(fact.said or fact.text)
        found = numbers(text)
        long = any(len(each) > 1 for each in found) if found else len(text.encode()) >= TELLING
        return cls(text, found, long)

    def stands_in(self, line: Line) -> bool:
        """Say whether a line states it: its numbers, or its words where it has none."""
        return self.numbers <= line.numbers if self.numbers else self.text in line.text


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with what the bot made of it, and who of the staff answered it, if anybody."""

    outcome: Outcome
    verdict: Verdict
    answer: ChatMessage | None = None
    how: How | None = None

    @property
    def seconds(self) -> float | None:
        """How long the staff took."""
        return self.answer.sent_at - self.outcome.message.sent_at if self.answer else None


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text, each in one form: 1,299.00 is 1299; those of names are none."""
    plain = _THOUSANDS.sub("", _NO_NUMBERS.sub(" ", tidy(text)))
    return frozenset(map(_plain, _NUMBER.findall(plain)))


def _plain(number: str) -> str:
    whole, _, part = number.partition(".")
    return f"{whole.lstrip('0') or '0'}.{part.rstrip('0')}".rstrip(".")


def answered(asked: Asked, line: Line) -> How | None:
    """Return by what one sees that the line answers the question, whenever it was said, or None."""
    if line.message.reply_to == asked.message.id:
        return "reply"
    if mentions(line.text, asked.name):
        return "mention"
    return "facts" if says(asked, line) else None


def mentions(text: str, name: str) -> bool:
    """Say whether a tidy text mentions the tidy ``name``: ``@name`` and no longer name."""
    sought, at = f"@{name}", -1
    while name and (at := text.find(sought, at + 1)) >= 0:
        behind = text[at + len(sought) :][:1]
        if not (behind.isalnum() or behind == "_"):
            return True
    return False


def says(asked: Asked, line: Line) -> bool:
    """Say whether a line states all facts of a draft, and one that is not said by chance."""
    told = any(each.telling for each in asked.said)
    return told and all(each.stands_in(line) for each in asked.said)


def verdict(asked: Asked, line: Line) -> Verdict:
    """Return how the line that answers a question stands to what the bot would have said."""
    if asked.outcome.reply is None:
        return "host_only"
    ours = [each.numbers for each in asked.said if each.numbers]
    if ours and line.numbers:
        whole = any(found <= line.numbers for found in ours)
        return "agree" if whole or line.numbers <= frozenset().union(*ours) else "differ"
    same = bool(asked.said) and all(each.stands_in(line) for each in asked.said)
    return "agree" if same else "reworded"
