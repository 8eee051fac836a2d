"""What a room remembers, what its platform can carry, and what the operator decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.model.answer import Answer
from bot.model.chat import Autonomy, Intent, Lang, Mode, Source
from bot.model.lexicon import Lexicon
from bot.model.shop import Changes


@dataclass(frozen=True, slots=True)
class Draft:
    """A worded answer that somebody of the staff must approve before it is posted."""

    id: str
    """Short, so that it can be typed: what ``!bot ok`` and ``!bot no`` name."""
    room: str
    plan: Answer
    asked: str = ""
    """The first question, cut short."""
    text: str = ""
    """Empty until it has its words."""
    source: Source = "template"
    shop_version: str = ""
    approved: str = ""
    """The command that approved it; empty while it waits."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a command changed in a room, and by whom: a line of its audit trail."""

    id: str
    """The command's id: a message's, or one that the operator page gave."""
    at: float
    author: str
    author_id: str
    role: str
    line: str
    """The command as it was given, without the prefix, cut short."""
    notice: str
    change: bool = True
    """Whether ``undo`` may take it back."""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """An answer that is being made: questions that ask the same join it until it is closed."""

    reply_id: str
    key: str
    due: float
    expires: float
    answers: tuple[str, ...]
    names: tuple[str, ...]
    authors: tuple[str, ...] = ()
    """Ids of the authors of ``answers``, one for each."""
    said: tuple[str, ...] = ()
    """The words that state its facts: whoever of the staff says them has answered."""
    draft: Draft | None = None
    """What must be approved before it is posted; None: nothing."""

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody's approval."""
        return self.draft is not None and not self.draft.approved


@dataclass(frozen=True, slots=True)
class RoomState:
    """All that a room remembers; changed only by pure functions ``(state) -> (state, result)``."""

    mode: Mode | None = None
    """None: as the configuration says."""
    paused_until: float = 0.0
    showing: str | None = None
    changes: Changes = field(default_factory=Changes)
    muted: frozenset[str] = frozenset()
    """Names (lower case, without @) that are not answered."""
    slots: tuple[Slot, ...] = ()
    answered: Mapping[str, float] = field(default_factory=dict)
    """When each answer (by key) was last admitted."""
    served: Mapping[str, float] = field(default_factory=dict)
    """When each author (by id) was last admitted."""
    told: Mapping[str, str] = field(default_factory=dict)
    """The replies that answered the latest messages, by message id: one that is delivered again
    after its reply was posted is not answered twice."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """Notices of the latest commands by message id: a command that comes twice is applied once."""
    closed: Mapping[str, str] = field(default_factory=dict)
    """Why the latest replies that will not be posted are not, by reply id."""
    gone: tuple[str, ...] = ()
    """Ids of the latest messages that were deleted."""
    cleared: Mapping[str, float] = field(default_factory=dict)
    """When all that an author (by id; "": everybody) had said was deleted."""
    before: "RoomState | None" = None
    """What ``undo`` goes back to: the room's settings before its last change by a command."""
    autonomy: Mapping[Intent, Autonomy] = field(default_factory=dict)
    """By intent, what was set by a command; the rest is as the configuration says."""
    drafts: int = 0
    """How many drafts there have been; the latest one's number."""
    log: tuple[Deed, ...] = ()
    """The latest changes by commands, the newest last."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can carry. ``length`` counts ``unit``; 0 means no limit."""

    read: bool = True
    send: bool = True
    reply: bool = False
    """Whether a line can stand as a reply to a message, which names its author by itself."""
    length: int = 500
    unit: Literal["codepoints", "utf16", "bytes"] = "codepoints"
    echo: bool = False
    """Whether the bot's own lines come back as messages."""
    mention: str = "@{name} "
    limits: tuple[tuple[int, float], ...] = ((20, 30.0),)
    """(messages, seconds) windows that the account must not exceed."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``count`` sends in any span of ``seconds``, counted under ``name``."""

    name: str
    count: int
    seconds: float
    waits: bool = True
    """False: a send is counted here, but a full window does not keep it waiting."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an account may speak in one room, margins included."""

    windows: tuple[Window, ...] = ()
    same_text: float = 0.0
    """Seconds within which the platform drops a text that it has just seen; 0: it does not."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decided: the part of the configuration that pure code needs."""

    name: str = "danmate"
    prefix: str = "!bot"
    mode: Mode = "auto"
    language: Lang = "zh"
    autonomy: Mapping[Intent, Autonomy] = field(default_factory=dict)
    """By intent; what is missing falls to the defaults of contract.md."""
    threshold: float = 0.8
    """A reading below this probability is "unsure" and stays unanswered."""
    window: float = 1.5
    """Seconds that an answer waits for others who ask the same."""
    cooldown: float = 20.0
    """Seconds before the same answer is given again."""
    user_cooldown: float = 3.0
    """Seconds before the same viewer is answered again."""
    max_age: float = 20.0
    """Seconds after which an answer is no longer useful."""
    draft_expires: float = 60.0
    """Seconds after which a draft that nobody has approved is dropped."""
    acknowledge: bool = False
    """Whether a command's notice is posted in the chat too."""
    names: int = 3
    """How many askers one reply mentions."""
    write_within: float = 2.5
    """Seconds that the language model has; then the template goes out."""
    known_bots: frozenset[str] = frozenset({"nightbot", "streamelements", "moobot", "fossabot"})
    banned: tuple[str, ...] = ()
    """Words that the bot never says."""
    lexicon: Lexicon | None = None
    """Packs of such words, each with its reason; None: there are none."""
