"""Lines that are quickly read: those that say all, as danmate writes them and most others do.

Reading is a tenth of a replay. What a line of another shape means, the long way tells.
"""

from typing import Final

import msgspec

from bot.model import ChatMessage, Role
from bot.replay.readers.parts import BOTS
from bot.replay.readers.times import LATEST


class _Line(msgspec.Struct):
    id: str
    text: str
    author: str
    sent_at: float
    platform: str = "log"
    room: str | None = None
    author_id: str | None = None
    role: Role | None = None
    reply_to: str | None = None


_DECODE: Final = msgspec.json.Decoder(_Line).decode
_OTHERS: Final = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)
"""What is raised for a line of another shape, or for one that is none."""


def own(line: str, room: str) -> ChatMessage | None:
    """Return the message of a line that says all; ``room`` is where it names none."""
    try:
        found = _DECODE(line)
    except _OTHERS:
        return None
    said = found.id and found.text and found.author and found.platform
    if not said or "" in (found.room, found.author_id, found.reply_to):
        return None
    if not 0 <= found.sent_at <= LATEST:
        return None
    role = found.role
    if role is None:
        if found.author.strip().lower() in BOTS:
            return None
        role = "viewer"
    return ChatMessage(
        found.id,
        found.platform,
        found.room or room,
        found.author,
        found.author_id or "",
        role,
        found.text,
        found.sent_at,
        found.reply_to,
    )
