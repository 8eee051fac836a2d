"""What the contract suite needs of a scripted platform to play it before an adapter."""

from collections.abc import Sequence
from typing import Literal, Protocol

from bot.model import Role
from bot.ports import Adapter

Verdict = Literal["sent", "refused", "held", "throttled", "logged_out", "silent"]
"""What the platform does with a post: it stands, or is refused, held for moderation, too fast, not
from a valid log-in, or the connection breaks off before a word of it."""


class Stage(Protocol):
    """A scripted platform with one room, and the account of the adapter in it."""

    @property
    def adapter(self) -> Adapter:
        """Made with the settings, and given the log-in, that fit the platform."""

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """The verdicts that this platform has."""

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that its lines can have."""

    @property
    def secrets(self) -> Sequence[str]:
        """Tokens and keys in use: no log, error or message shows them."""

    @property
    def posted(self) -> Sequence[str]:
        """What viewers have seen of the account, in order: the texts."""

    @property
    def violations(self) -> int:
        """How many posts broke a limit of the platform, by its own clock."""

    @property
    def breaks(self) -> bool:
        """Whether a cut ends the adapter's session: False where it is the one that listens."""

    async def ready(self) -> None:
        """Return once the adapter hears what is said."""

    async def left(self) -> None:
        """Return once no connection is open."""

    async def say(self, author: str, text: str, role: Role = "viewer") -> None:
        """Say a line in the room."""

    def decide(self, verdict: Verdict) -> None:
        """Let the next post have this verdict; those after it stand."""

    async def cut(self) -> None:
        """Break all connections off without a word."""
