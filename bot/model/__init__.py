"""The values that travel through danmate: frozen records, standard library only, no behaviour.

Times are seconds since the epoch as floats. Mappings inside a record are never changed in place:
a new record is made (``dataclasses.replace``).
"""

from bot.model.answer import (
    Answer,
    Decision,
    Delivered,
    Fact,
    Go,
    HandOff,
    Join,
    Outcome,
    Plan,
    Question,
    Reply,
    Silence,
    Skip,
)
from bot.model.chat import (
    GOODS,
    INTENTS,
    SENTIMENTS,
    Autonomy,
    ChatMessage,
    Delivery,
    Intent,
    Kind,
    Lang,
    Mode,
    Reading,
    Role,
    Sentiment,
    Source,
    Vector,
)
from bot.model.room import Abilities, RoomState, Rules, Slot
from bot.model.shop import Catalogue, Changes, Faq, Product

__all__ = [
    "GOODS",
    "INTENTS",
    "SENTIMENTS",
    "Abilities",
    "Answer",
    "Autonomy",
    "Catalogue",
    "Changes",
    "ChatMessage",
    "Decision",
    "Delivered",
    "Delivery",
    "Fact",
    "Faq",
    "Go",
    "HandOff",
    "Intent",
    "Join",
    "Kind",
    "Lang",
    "Mode",
    "Outcome",
    "Plan",
    "Product",
    "Question",
    "Reading",
    "Reply",
    "Role",
    "RoomState",
    "Rules",
    "Sentiment",
    "Silence",
    "Skip",
    "Slot",
    "Source",
    "Vector",
]
