"""What a report shows: the figures of a run, and what the run was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal, TypeAlias, get_args

from bot.model import Delivery, Lang, Mode, Outcome, Source, Window
from bot.replay.compare import ASKED, Report
from bot.replay.load import Load

Fate: TypeAlias = Literal["answered", "host", "unsure", "lost", "silent"]
"""Answered or drafted; left to the host; perhaps a question, but read with too little certainty;
a question whose answer came to nothing; and what needs no answer."""
FATES: tuple[Fate, ...] = get_args(Fate)
QUESTIONS: tuple[Fate, ...] = ("answered", "host", "lost")
"""Of these the bot is sure that they were questions."""
OPEN: tuple[Fate, ...] = ("host", "lost", "unsure")


def fate(outcome: Outcome) -> Fate:
    """Return what became of a message, as a report counts it."""
    match outcome.outcome:
        case "answered" | "drafted":
            return "answered"
        case "handed_off":
            return "host"
        case "blocked" | "expired" | "shed" | "dead":
            return "lost"
        case _:
            unsure = outcome.reason == "low_confidence" and outcome.intent in ASKED
            return "unsure" if unsure else "silent"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was counted: how often, what became of it, and the latest such outcome."""

    key: str
    fates: Mapping[Fate, int]
    last: Outcome

    @property
    def count(self) -> int:
        """How often it came."""
        return sum(self.fates.values())


@dataclass(frozen=True, slots=True)
class Timeline:
    """Messages over time: what became of those of each span of ``width`` seconds."""

    width: int = 1
    bins: Mapping[int, Mapping[Fate, int]] = field(default_factory=dict)
    """By span: span ``n`` begins ``n * width`` seconds after the epoch."""


@dataclass(frozen=True, slots=True)
class Use:
    """A limit, and the most that was ever sent within its seconds."""

    window: Window
    most: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is counted. Waits are in tenths of a second, the last one open-ended."""

    messages: int
    first: float | None
    last: float | None
    rooms: tuple[Row, ...]
    fates: Mapping[Fate, int]
    reasons: Mapping[Fate, tuple[Row, ...]]
    timeline: Timeline
    intents: tuple[Row, ...]
    products: tuple[Row, ...]
    waits: Mapping[int, int]
    """From question to reply."""
    held: Mapping[int, int]
    """From when a reply was due to when a limit let it pass."""
    replies: int
    askers: Mapping[int, int]
    """How many replies answered how many viewers at once."""
    sources: Mapping[Source, int]
    deliveries: Mapping[Delivery, int]
    limits: tuple[Use, ...]
    blocked: tuple[Row, ...]
    """What the guard refused, by its reason and what it found."""
    unanswered: tuple[Row, ...]
    sample: tuple[Outcome, ...]
    people: Report
    sooner: Mapping[int, int]
    """By how many seconds the bot came before the staff (negative: after), where both answered."""

    @property
    def questions(self) -> int:
        """How many messages were questions, as far as the bot understood."""
        return sum(self.fates[each] for each in QUESTIONS)


def quantile(counts: Mapping[int, int], share: float) -> int | None:
    """Return the least value that ``share`` (0 to 1) of all counted ones do not exceed."""
    total, seen = sum(counts.values()), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= share * total:
            return value
    return None


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the configuration that is not the one that ships."""

    key: str
    default: str
    value: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a log was read."""

    format: str = ""
    read: int = 0
    other: int = 0
    skipped: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a run was: its log, its catalogue, its rules."""

    title: str
    """The log's name, or the room's."""
    lang: Lang = "en"
    """The language in which the page opens; it holds both."""
    mode: Mode = "auto"
    catalog: str = ""
    version: str = ""
    products: Mapping[str, str] = field(default_factory=dict)
    """Names by sku."""
    changes: tuple[Change, ...] = ()
    reading: Reading | None = None
    load: Load | None = None
    """How a rehearsal bore its load; None for a replay."""
    zone: tzinfo | None = None
    """In which times are shown; None: this machine's."""

    @property
    def kind(self) -> str:
        """By which key of the texts such a report is called."""
        return "rehearsal" if self.load else "report"
