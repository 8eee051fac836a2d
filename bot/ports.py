"""The doors of danmate: what the core needs from clocks, platforms, models and stores."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

from bot.model import Abilities, ChatMessage, Lang, Reading, Removed, Reply, RoomState

T = TypeVar("T")
Change: TypeAlias = Callable[[RoomState], tuple[RoomState, T]]
"""A pure change of a room: the new state, and what the caller wants to know."""

App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application (the asgi specification leaves its three arguments untyped)."""


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Return seconds since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Return when ``seconds`` of this clock's time have passed."""


class Session(Protocol):
    """One account, connected."""

    def messages(self) -> AsyncIterator[ChatMessage | Removed]:
        """Yield what is said and deleted in the rooms until the connection is closed on purpose.

        Raises Disconnected or AuthFailed.
        """

    async def post(self, reply: Reply) -> None:
        """Post ``reply.text``; return once the platform has said that it stands.

        Raises Refused, Held, Throttled, AuthFailed (nothing was posted), or Disconnected
        (unknown whether it was posted).
        """


@runtime_checkable
class Adapter(Protocol):
    """A platform: made from its own typed settings, found by the entry-point group bot.adapters."""

    platform: ClassVar[str]
    Settings: ClassVar[type[Any]]
    """A pydantic model: this platform's keys in a ``[[rooms]]`` table of config.toml."""
    abilities: ClassVar[Abilities]

    def __init__(self, settings: Any) -> None: ...

    @property
    def room(self) -> str:
        """The room's name in danmate: ``<platform>/<name>``."""

    def connect(self) -> AbstractAsyncContextManager[Session]:
        """Return a context that connects on entry and leaves nothing open on exit."""

    def app(self) -> App | None:
        """Return what this platform wants to serve under ``/<platform>`` of our web server."""


class Reader(Protocol):
    """The encoder."""

    async def read(self, text: str) -> Reading:
        """Return what ``text`` means. Never raises for any str."""

    async def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """Return a reading for each text, in fewer passes than one by one."""


class Writer(Protocol):
    """The language model that words a plan."""

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        """Return one line of text, or None if there is none within ``within`` seconds."""


class Judge(Protocol):
    """The cross-encoder."""

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return for each passage how likely, 0 to 1, it answers the question."""


class Rooms(Protocol):
    """The rooms' states, shared by all processes."""

    async def get(self, room: str) -> RoomState:
        """Return the state; a room that nobody has changed has the default state."""

    async def update(self, room: str, change: Change[T]) -> T:
        """Apply ``change`` atomically (it may be called more than once) and return its result."""
