"""What is said in a room, and what the encoder made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Vector: TypeAlias = tuple[float, ...]
"""A sentence embedding of unit length (384 numbers for the default encoder), or empty."""

Role = Literal["viewer", "subscriber", "vip", "moderator", "host", "bot"]
Lang = Literal["zh", "en"]
Sentiment = Literal["negative", "neutral", "positive"]
Mode = Literal["auto", "approve", "shadow", "off"]
Autonomy = Literal["auto", "approve", "hand_off", "ignore"]
Source = Literal["faq", "template", "model"]
Delivery = Literal["pending", "sent", "held", "refused", "unknown", "not_sent"]
Kind = Literal[
    "answered",
    "drafted",
    "ignored",
    "handed_off",
    "blocked",
    "commanded",
    "expired",
    "shed",
    "dead",
]
Intent = Literal[
    "price", "discount", "stock", "size", "product", "order", "shipping", "after_sale",
    "show", "stream", "greeting", "praise", "complaint", "chitchat", "spam", "abuse",
]  # fmt: skip

STAFF: frozenset[Role] = frozenset({"host", "moderator"})
"""Who may command the bot, and needs no answer of it."""
INTENTS: tuple[Intent, ...] = get_args(Intent)
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
GOODS: tuple[Intent, ...] = INTENTS[:8]
"""The intents that ask about goods: what the catalogue can answer."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line that somebody typed in a room. ``id`` is unique in its platform."""

    id: str
    platform: str
    room: str
    author: str
    author_id: str
    role: Role
    text: str
    sent_at: float
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What moderators took out of a room: one message, all of one author, or everything."""

    room: str
    id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """What the room has on screen now, by link number or sku; ``id`` as a message's."""

    room: str
    product: str
    id: str


Heard: TypeAlias = ChatMessage | Removed | Showing
"""What a platform tells of a room."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder made of a text: probabilities by intent, sentiment, language, embedding.

    ``unsure`` is an answer of its own: the text fits no intent well enough to act on it.
    """

    intent: Intent
    score: float
    scores: Mapping[str, float]
    sentiment: Sentiment
    lang: Lang
    vector: Vector = ()
    offensive: bool = False
    unsure: bool = False
