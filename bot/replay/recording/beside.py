"""The catalogues that lie beside a recording: by room, what is sold in it.

What commands had changed by then is in the room's state; of a recording from before there were
states it is in the catalogue.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.replay.recording.packing import lines


def catalogues(recording: Path) -> Mapping[str, Path]:
    """Return the catalogue files that a recording of danmate's names and that are still there.

    Nothing where it is another log, or cannot be read: whoever reads it then says so.
    """
    try:
        head = json.loads(next(lines(recording), b""))
        if head.get("danmate") != "recording":
            return {}
        rooms = head["rooms"].items()
        named = {str(room): str(told.get("base") or told["file"]) for room, told in rooms}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    paths = {room: recording.parent / Path(name).name for room, name in named.items()}
    return {room: path for room, path in paths.items() if path.is_file()}
