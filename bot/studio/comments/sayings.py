"""What is said most often: texts that are alike are one, in its first wording."""

import re
from dataclasses import dataclass, field
from typing import Final

from bot.shop.text import bare
from bot.studio.comments.use import Comment
from bot.studio.comments.values import Quote

LONGEST: Final = 140
"""Characters of a quote."""
_MENTION: Final = re.compile(r"[@＠]\s?[^\s@＠,，:：]+")
_NUMBER: Final = re.compile(r"\+?\d(?:[ -]?\d){6,}")


@dataclass(slots=True)
class Sayings:
    """Counts texts. When there are twice ``most``, the rarer half is forgotten."""

    most: int = 100
    _found: dict[str, Quote] = field(default_factory=dict)

    def add(self, comment: Comment) -> None:
        """Count a comment, unless it may not be quoted or there is nothing to read in it."""
        key = bare(comment.text)
        if not key or not comment.shown:
            return
        known = self._found.get(key)
        text, at = (known.text, known.at) if known else (_short(comment.text), comment.at)
        self._found[key] = Quote(text, at, known.count + 1 if known else 1)
        if len(self._found) > 2 * self.most:
            kept = sorted(self._found.items(), key=lambda each: -each[1].count)[: self.most]
            self._found = dict(kept)

    def top(self, most: int) -> tuple[Quote, ...]:
        """Return the most frequent, of equals the first said."""
        rows = sorted(self._found.values(), key=lambda each: (-each.count, each.at, each.text))
        return tuple(rows[:most])


def nameless(text: str) -> str:
    """Return a line without the names that it mentions, and without telephone numbers."""
    return _NUMBER.sub("***", _MENTION.sub("@…", text))


def _short(text: str) -> str:
    line = " ".join(nameless(text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
