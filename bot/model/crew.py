"""Who works, and what waits for them: the heartbeat of a process and the state of the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process says of itself every few seconds; the counters begin with the process."""

    role: str
    warm: bool = False
    """Whether it has loaded what it needs to work."""
    waiting: int = 0
    """Messages that it has leased and not begun."""
    in_flight: int = 0
    """Messages that it carries."""
    lag: float = 0.0
    """Seconds that the message whose turn is next has waited."""
    batches: int = 0
    """Batches that its models have read."""
    messages: int = 0
    """Texts in all of these batches."""
    at: float = 0.0
    """When it said so, by the server's clock: set by whoever keeps the beat."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the streams of one priority."""

    waiting: int = 0
    """Messages that no worker has leased."""
    leased: int = 0
    lag: float = 0.0
    """Seconds that the first of those that nobody has leased has waited; 0 if there is none."""
    oldest: float = 0.0
    """Seconds since the first of all that have no outcome came; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class QueueStats:
    """The state of the queue at one moment."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """How many messages were accepted, had each outcome, and how many replies each delivery."""
    backlog: Mapping[str, Backlog] = field(default_factory=dict)
    """By priority: urgent and rest."""
    dead: int = 0
    """Dead letters that nobody has retried or dropped."""
    crew: tuple[tuple[str, Beat], ...] = ()
    """Whose heart beats, by name."""

    @property
    def pending(self) -> int:
        """Messages that have no outcome yet."""
        return sum(each.waiting + each.leased for each in self.backlog.values())
