"""What an analysis holds: frozen values, each figure once; JSON has the same names.

Times are seconds since the epoch, spans and waits are seconds, shares go from 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from bot.model import Lang

Trend: TypeAlias = Literal["new", "rising", "steady", "fading"]
Worry: TypeAlias = Literal["price", "trust", "size", "shipping"]
WORRIES: Final[tuple[Worry, ...]] = get_args(Worry)
Mood: TypeAlias = Literal["praise", "complaint"]


@dataclass(frozen=True, slots=True)
class Count:
    """How many comments something has, and which share of those that it is counted among."""

    count: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment as it was written; who wrote it is not told."""

    text: str
    at: float
    count: int = 1
    """How often the same was written."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The viewers' comments of one span of time."""

    at: float
    comments: int
    questions: int
    praise: int
    complaint: int
    positive: int
    negative: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Comments over time in spans of ``width`` seconds; empty spans between are there too."""

    width: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Comments that speak of the same; the label is in their own words."""

    label: str
    words: tuple[str, ...]
    """What they say more often than others do."""
    count: int
    share: float
    intent: str
    """The most frequent one among them."""
    negative: float
    """The share of them that is negative."""
    positive: float
    trend: Trend
    since: float
    """When the first of them came."""
    peak: float
    """The beginning of the span in which most of them came."""
    bins: tuple[int, ...]
    """How many there were in each span of the timeline."""
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions about one attribute of one product; None: no product, the shop, or unclear."""

    product: str | None
    name: str
    attribute: str
    count: int
    share: float
    """Of all questions."""
    known: int
    """So many the catalogue answers."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What viewers asked and the catalogue does not tell: the bot would have asked the host."""

    product: str | None
    name: str
    attribute: str
    reason: str
    """The bot's reason code: no_fact, no_product, unknown_product or which_one."""
    count: int
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Objection:
    """What keeps viewers from buying."""

    kind: Worry
    count: int
    share: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Which questions somebody answered, and how long they waited for it."""

    questions: int
    by_host: int
    """By host or moderators."""
    by_bot: int
    unanswered: int
    share: float
    """Of the questions that were answered."""
    half: float | None
    """Half of the answers came within so many seconds; None: there are fewer than three."""
    most: float | None
    """Nine of ten answers did."""
    open: tuple[Quote, ...]
    """Questions without an answer, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time with far more praise, or complaint, than usual."""

    mood: Mood
    at: float
    seconds: int
    count: int
    usual: float
    """How many there are in a span of this length on average."""
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stream of the recording: no pause in it is longer than an hour."""

    first: float
    last: float
    viewers: int
    new: int
    """Who has not written in an earlier stream."""
    returning: int


@dataclass(frozen=True, slots=True)
class Regular:
    """One who wrote much, under a pseudonym."""

    name: str
    count: int
    questions: int
    visits: int


@dataclass(frozen=True, slots=True)
class Viewers:
    """Who wrote; viewers are numbered in the order in which they first did."""

    count: int
    once: int
    """Who wrote a single comment."""
    several: int
    visits: tuple[Visit, ...]
    returning: int
    """Who wrote in more than one stream."""
    regulars: tuple[Regular, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a finding's sentence: as it is written there, and where it stands in the JSON."""

    path: str
    """A JSON pointer (RFC 6901) into the analysis."""
    value: float
    text: Mapping[Lang, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing, in a sentence of each language, with the numbers it rests on."""

    kind: str
    words: Mapping[Lang, str]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came out of a recording. ``lang`` is the language that a reader sees first."""

    title: str
    lang: Lang
    messages: int
    """Lines of the chat."""
    comments: int
    """Those of viewers; staff and bots make no comments. Shares are shares of these."""
    questions: Count
    rooms: tuple[str, ...]
    first: float | None
    last: float | None
    languages: Mapping[str, Count]
    intents: Mapping[str, Count]
    sentiments: Mapping[str, Count]
    unsure: Count
    """Comments that fit no intent well."""
    spam: Count
    abuse: Count
    """Comments with the intent abuse, or offensive in any other way."""
    timeline: Timeline
    topics: tuple[Topic, ...]
    apart: Count
    """Comments that belong to no topic."""
    asked: tuple[Asked, ...]
    catalogue: str | None
    """The shop's name; None: no catalogue was given, so nothing can be said to be missing."""
    missing: tuple[Missing, ...]
    objections: tuple[Objection, ...]
    answers: Answers
    moments: tuple[Moment, ...]
    viewers: Viewers
    findings: tuple[Finding, ...] = ()
    offset: int = 0
    """Seconds by which the clocks of the room are ahead of UTC: times are shown so."""
    version: str = ""
    """Of danmate."""
