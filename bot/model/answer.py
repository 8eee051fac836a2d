"""What a text asks, what may be said to it, and what became of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.model.chat import ChatMessage, Delivery, Intent, Kind, Lang, Sentiment, Source
from bot.model.shop import Faq


@dataclass(frozen=True, slots=True)
class Body:
    """What a viewer tells of their body: weight in kg, height in cm."""

    kilos: float | None = None
    centimetres: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A text resolved against the shop.

    ``topics`` are attribute names in the order asked: price, discount, stock, colors, sizes,
    size_guide, material, notes, shipping, returns, payment, link, or ``specs.<key>``.
    ``product`` is a sku; ``rivals`` are skus that match equally well (then product is None).
    """

    lang: Lang
    topics: tuple[str, ...] = ()
    product: str | None = None
    named: bool = False
    named_by: str = ""
    """What told the product: link, name, part of a name, sound, colour, on screen."""
    rivals: tuple[str, ...] = ()
    faq: Faq | None = None
    body: Body | None = None
    """The viewer's weight and height, where the text gives them."""
    own_order: bool = False
    """Whether it is about something that the viewer has already bought."""
    places: frozenset[str] = frozenset()
    """Where the viewer wants it sent, by the names in bot/shop/places.py."""
    parts: tuple[str, ...] = ()
    """The clauses of a text that may ask more than one thing; else empty."""
    explicit: bool = True
    """Whether a word of the text names the product or one of the topics; else the intent alone
    implies them."""
    worded: bool = True
    """Whether a word of the text names one of the topics."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the catalogue that may answer a question.

    ``topic`` as in Question, or "faq"; ``text`` is what is judged, ``said`` what a reply quotes.
    """

    topic: str
    text: str
    said: str
    sku: str | None = None
    """The product that it belongs to; None: the shop's own."""
    faq: Faq | None = None
    asked: frozenset[Intent] = frozenset()
    """How the questions of an FAQ row are read themselves; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How likely, 0 to 1, a passage answers the question."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the catalogue says.

    ``id`` is where it stands (``A1.price``), ``text`` what it is (``129 CNY``), ``said`` the words
    that a reply must contain to state it (``129元``).
    """

    id: str
    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan to state ``facts`` and nothing else. ``key`` is equal for equal answers."""

    intent: Intent
    lang: Lang
    facts: tuple[Fact, ...]
    key: str
    product: str | None = None
    name: str | None = None
    """How the product is called in the reply."""
    faq: str | None = None
    """The answer of an FAQ row, to be said as it stands."""
    free: bool = False
    """Whether a language model may word it; False: the template is as good."""
    draft: bool = False
    """Whether somebody must approve it before it is posted."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Only a person can answer this."""

    reason: str
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is to be said."""

    reason: str


Plan: TypeAlias = Answer | HandOff | Silence


@dataclass(frozen=True, slots=True)
class Go:
    """Answer, with this reply id, not before ``due`` and not after ``expires``."""

    reply_id: str
    due: float
    expires: float


@dataclass(frozen=True, slots=True)
class Join:
    """Another message asked the same: its reply answers this one too."""

    reply_id: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Do not answer, for this reason."""

    reason: str


Decision: TypeAlias = Go | Join | Skip


@dataclass(frozen=True, slots=True)
class Reply:
    """A text on its way to a room. ``text`` is the whole line once it has been posted."""

    id: str
    room: str
    text: str
    source: Source
    facts: tuple[Fact, ...]
    answers: tuple[str, ...]
    """Ids of the messages that this answers, the first asked first."""
    names: tuple[str, ...] = ()
    """Authors of these messages, for the mention."""
    reply_to: str | None = None
    """The message under which the platform is to thread it; its author is not in the text."""
    product: str | None = None
    shop_version: str = ""
    """Version of the catalogue with live changes that the text was written from."""
    due: float = 0.0
    expires: float = 0.0
    at: float | None = None
    delivery: Delivery = "pending"


@dataclass(frozen=True, slots=True)
class Checked:
    """A wording and what the guard said of it; ``reason`` is None where it may be said."""

    source: Source
    text: str
    reason: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a message got its outcome."""

    named_by: str = ""
    weighed: tuple[tuple[str, float], ...] = ()
    """The passages that answer best, with how likely they do."""
    checked: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: metric label, log event, page row, recording line, golden."""

    message: ChatMessage
    outcome: Kind
    reason: str | None = None
    intent: Intent | None = None
    score: float | None = None
    sentiment: Sentiment | None = None
    lang: Lang | None = None
    product: str | None = None
    reply: Reply | None = None
    notice: str | None = None
    draft: str | None = None
    """The short id by which somebody of the staff approves the reply; None: there is no need."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each step took; empty where nobody times it."""
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the platform, or the outbox before it, decided about one reply."""

    reply_id: str
    delivery: Delivery
    at: float
    text: str = ""
    answers: tuple[str, ...] = ()
    reason: str | None = None
