"""What the account has said of late, so that its owner's own lines are told from the bot's."""

from collections import deque
from dataclasses import replace

from bot.model import ChatMessage, Role

KEPT = 64
"""Lines that are remembered: an echo comes within seconds."""


class Said:
    """A streamer may lend the bot their own account, and still wants to be obeyed."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque(maxlen=KEPT)

    def add(self, *texts: str) -> None:
        """Remember what is about to be posted."""
        self._texts.extend(map(_plain, texts))

    def sorted(self, message: ChatMessage, role: Role) -> ChatMessage:
        """Return a line of the account with ``role``, or bot where the bot has said it."""
        ours = _plain(message.text) in self._texts
        return replace(message, role="bot" if ours else role)


def _plain(text: str) -> str:
    return " ".join(text.split())
