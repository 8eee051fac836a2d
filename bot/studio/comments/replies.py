"""What the bot answered in a recording of its own: such lines hold question and reply together."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bot.replay.readers.source import Source

POSTED: Final = ("sent", "held", "unknown")
"""Deliveries after which viewers may have seen a reply."""


def replied(path: Path) -> Mapping[str, float]:
    """Return when the bot answered, by the question's id; empty for a log of another kind."""
    with path.open("rb") as file:
        source = Source(file, str(path))
        return dict(_replies(source)) if '"reply"' in source.head else {}


def _replies(source: Source) -> Iterator[tuple[str, float]]:
    for piece in source.lines():
        if '"reply"' not in piece.text:
            continue
        try:
            row: Any = json.loads(piece.text)
            message, reply = row["message"], row["reply"]
            if reply and reply["delivery"] in POSTED:
                yield str(message["id"]), float(reply["at"])
        except (ValueError, KeyError, TypeError):
            continue  # another tool's line, or one that broke off: it says nothing of a reply
