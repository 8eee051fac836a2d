"""What recordings are made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.bus.recording import Recording
from bot.bus.server import Store
from bot.model import Outcome
from bot.ports import Clock
from bot.replay.recording.journal import Folder
from bot.replay.recording.masks import Masks
from bot.replay.recording.scene import Scene


@dataclass(frozen=True, slots=True)
class Means:
    """What recordings are made with."""

    store: Store
    desk: Recording
    folder: Folder
    scene: Scene
    masks: Masks | None
    line: Callable[[Outcome], str]
    """How an outcome is written: one line of JSON."""
    clock: Clock
    about: Mapping[str, object]
    """What each file says of itself: the version and the rules that hold."""
    scrubbed: float = 3600.0
    """Seconds for which what platforms delete is taken out of files as well."""
