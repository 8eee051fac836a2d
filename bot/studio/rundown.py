"""A script as values: what is said, what is done, in which part of the stream, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.model import Fact, Lang, Product
from bot.studio.writing import Left, Sentence

Part: TypeAlias = Literal["opening", "product", "interlude", "closing"]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that the host says, and how many seconds that takes."""

    sentence: Sentence
    seconds: float

    @property
    def text(self) -> str:
        """Return the words."""
        return self.sentence.text


@dataclass(frozen=True, slots=True)
class Cue:
    """A stage direction: what is done on camera, for how many seconds. It is not read aloud."""

    text: str
    seconds: float
    floor: bool = False
    """Whether the host speaks freely here with the viewers: its length was chosen to fit."""


Item: TypeAlias = Line | Cue


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the stream. Times are seconds since the start."""

    part: Part
    start: float
    planned: float
    """When the run-down wanted it to start."""
    items: tuple[Item, ...]
    product: Product | None = None
    name: str = ""
    """How the product is called in the script."""
    turn: int = 1
    """Which time it is that this product is shown."""
    labels: tuple[str, ...] = ()
    """What is talked about, for the run-down."""

    @property
    def seconds(self) -> float:
        """Return how long it takes."""
        return sum(item.seconds for item in self.items)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return what is said."""
        return tuple(item for item in self.items if isinstance(item, Line))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question that viewers asked, how many did, and what the catalogue answers, if anything."""

    text: str
    count: int
    sku: str | None = None
    facts: tuple[Fact, ...] = ()
    reason: str = ""
    """Why nothing could be answered."""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole stream in words."""

    shop: str
    lang: Lang
    minutes: float
    rate: float
    segments: tuple[Segment, ...]
    absent: tuple[Product, ...] = ()
    """Products for which there was no time."""
    prepare: tuple[Wanted, ...] = ()
    """Questions that the host must find an answer to."""
    left: tuple[Left, ...] = ()

    @property
    def seconds(self) -> float:
        """Return the whole length."""
        return sum(segment.seconds for segment in self.segments)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return all that is said."""
        return tuple(line for segment in self.segments for line in segment.lines)

    def shares(self) -> tuple[float, float, float]:
        """Return the seconds that are scripted words, actions on camera, and free talk."""
        items: Sequence[Item] = [item for part in self.segments for item in part.items]
        said = sum(item.seconds for item in items if isinstance(item, Line))
        free = sum(item.seconds for item in items if isinstance(item, Cue) and item.floor)
        return said, self.seconds - said - free, free


def clock(seconds: float) -> str:
    """Return a time since the start: 02:15, 1:02:15."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
