"""Who answered which comment, and how long that took: what people and bots said beside it."""

from array import array
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.model import ChatMessage, Outcome
from bot.replay.compare import Comparison
from bot.replay.report.counts import Recent

RECENT: Final = 10_000
"""Questions and lines of bots that are remembered at a time."""
NOBODY: Final = -1.0


class Waits:
    """Takes lines as they come. By a comment's number, from 0: the wait, and whether by a bot.

    A bot's line answers what a moderator's would: the same signs tell it (bot.replay.likeness).
    """

    def __init__(self, replied: Mapping[str, float]) -> None:
        """Begin; ``replied`` tells when the bot answered, by message id, where no line shows it."""
        self._replied = replied
        self._comparison = Comparison()
        self._numbers: Recent[str, int] = Recent(RECENT)
        self._bots: Recent[str, None] = Recent(RECENT)
        self.seconds = array("f")
        self.by_bot = array("b")

    def comment(self, outcome: Outcome) -> None:
        """Take a comment with what the bot would have made of it."""
        self._numbers.keep(outcome.message.id, len(self.seconds))
        at = self._replied.get(outcome.message.id)
        self.seconds.append(NOBODY if at is None else max(at - outcome.message.sent_at, 0.0))
        self.by_bot.append(at is not None)
        self._take(outcome)

    def answer(self, message: ChatMessage, *, bot: bool) -> None:
        """Take a line of the staff, or of a bot."""
        if bot:
            self._bots.keep(message.id, None)
            message = replace(message, role="moderator")
        self._take(Outcome(message, "ignored", "staff"))

    def _take(self, outcome: Outcome) -> None:
        for pair in self._comparison.add(outcome):
            number = self._numbers.get(pair.outcome.message.id)
            if number is None or pair.answer is None:
                continue
            seconds = max(pair.seconds or 0.0, 0.0)
            if 0 <= self.seconds[number] <= seconds:  # somebody was sooner
                continue
            self.seconds[number] = seconds
            self.by_bot[number] = pair.answer.id in self._bots
