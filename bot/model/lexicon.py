"""Words that are not said, and why: what a lexicon finds in a text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A word of a text that a pack forbids."""

    word: str
    """As it stands in the text's normal form."""
    pack: str
    reason: str
    """A short code: absolute_term, medical_claim, contact…"""
    why: str
    """A sentence with its source, for people."""

    def __str__(self) -> str:
        return f"{self.word}: {self.reason} ({self.pack}): {self.why}"


class Lexicon(Protocol):
    """Packs of forbidden words, ready to be searched for."""

    def find(self, text: str) -> Iterator[Forbidden]:
        """Yield what is forbidden in a text, in whatever spelling."""
