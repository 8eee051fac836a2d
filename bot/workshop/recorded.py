"""Which recordings danmate has made: what the page may name, and what it may not."""

from datetime import UTC, datetime
from pathlib import Path

from bot.replay.recording.packing import NAME, files
from bot.web.wishes import Recorded

MOST = 100
"""Recordings that are listed."""


def listed(folder: Path) -> list[Recorded]:
    """Return the recordings in a folder by their plain names, the newest first."""
    try:
        paths = files(folder)[-MOST:]
        found = [(path, path.stat().st_size) for path in paths if not path.is_symlink()]
    except OSError:  # there is none yet, or a file was packed meanwhile
        return []
    return [
        Recorded(name=path.name, began=_began(path.name), size=size)
        for path, size in reversed(found)
        if size
    ]


def _began(name: str) -> float:
    """Return when a recording began, as its name says (UTC)."""
    found = NAME.fullmatch(name)
    assert found is not None  # noqa: S101 - files() has looked
    return datetime.strptime(found["at"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
