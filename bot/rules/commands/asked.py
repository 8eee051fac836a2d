"""What the acts of commands work with, and what they say of what they could not do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.model import Abilities, Lang, Outcome, Role, RoomState, Rules
from bot.shop.lookup import Shop


@dataclass(frozen=True, slots=True)
class Past:
    """What has become of a room's messages; empty where nobody asks for it."""

    outcomes: Sequence[Outcome] = ()
    """The latest, the newest last, each with its reply as it was delivered."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many had each outcome since the start, and how many drafts were "approved"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an act works with."""

    rest: str
    shop: Shop
    now: float
    rules: Rules
    id: str = ""
    role: Role = "host"
    abilities: Abilities = field(default_factory=Abilities)
    past: Past = field(default_factory=Past)
    lang: Lang | None = None
    """The language of whoever commands; None: the operator's."""

    def say(self, zh: str, en: str) -> str:
        """Return the notice in the language of whoever commands."""
        return zh if (self.lang or self.rules.language) == "zh" else en


Result: TypeAlias = tuple[RoomState, str]


def short(text: str, most: int = 60) -> str:
    """Return a text in one line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
