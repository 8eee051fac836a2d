"""Which lines a page may leave out while nobody could read them all: plain chatter alone."""

from dataclasses import dataclass, field
from typing import Final

from bot.model import STAFF, Delivered, Outcome

PASSED: Final = frozenset({"ignored", "expired", "shed"})
"""What becomes of a line to which nothing is said."""


def plain(item: Outcome | Delivered | None) -> bool:
    """Tell whether an event is a viewer's line that the bot let pass, and nothing more.

    A draft, a hand-off, an answer, a command, a refusal, a delivery and what the staff says are
    never plain. None is what is not about one line.
    """
    return (
        isinstance(item, Outcome)
        and item.outcome in PASSED
        and item.message.role not in STAFF
        and item.reply is None
        and item.notice is None
    )


@dataclass(slots=True)
class Allowance:
    """How many lines may go to somebody: ``rate`` a second, and ``burst`` at once after a rest."""

    rate: float
    burst: float
    left: float = field(init=False)
    at: float = 0.0
    """When a line was last asked for, in seconds."""

    def __post_init__(self) -> None:
        self.left = self.burst

    def take(self, now: float) -> bool:
        """Tell whether one more line may go at ``now``, and count it if so.

        Over any stretch of ``s`` seconds at most ``burst + rate * s`` lines go. Time that runs
        back gives nothing.
        """
        if now > self.at:
            self.left = min(self.burst, self.left + (now - self.at) * self.rate)
            self.at = now
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True
