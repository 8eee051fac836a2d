"""The doors of danmate: what the core needs from clocks, platforms, models and stores."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

from bot.model import Abilities, Check, Heard, Lang, Prompt, Reading, Reply, RoomState

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

    def messages(self) -> AsyncIterator[Heard]:
        """Yield what is said, deleted and shown until the connection is closed on purpose.

        What was yielded is safe in the queue once the next is asked for: then, and not before,
        may a platform be told that it has arrived. Lines of the account itself have role bot.
        Raises Disconnected or AuthFailed.
        """

    async def post(self, reply: Reply) -> None:
        """Post ``reply.text`` under ``reply.reply_to``; return once the platform says it stands.

        Raises Refused, Held, Throttled, AuthFailed (nothing was posted), or Disconnected
        (unknown whether it was posted).
        """


@runtime_checkable
class Adapter(Protocol):
    """A platform: made from its own typed settings, found by the entry-point group bot.adapters."""

    platform: ClassVar[str]
    Settings: ClassVar[type[Any]]
    """A pydantic model: this platform's keys in a ``[[rooms]]`` table of config.toml."""

    @property
    def abilities(self) -> Abilities:
        """What the platform carries, with these settings."""

    def __init__(self, settings: Any) -> None: ...

    @property
    def room(self) -> str:
        """The room's name in danmate: ``<platform>/<name>``."""

    def connect(self) -> AbstractAsyncContextManager[Session]:
        """Return a context that connects on entry and leaves nothing open on exit."""

    def app(self) -> App | None:
        """Return what this platform wants to serve under ``/<platform>`` of our web server."""


class Vault(Protocol):
    """Where danmate keeps what a log-in gave, one record of texts a name; no log shows it."""

    async def get(self, name: str) -> Mapping[str, str]:
        """Return a record, empty where there is none; raises UserFault where it is not safe."""

    async def put(self, name: str, record: Mapping[str, str]) -> None:
        """Replace a record; once this returns it outlives a crash. An empty one is forgotten."""

    def locked(self, name: str) -> AbstractAsyncContextManager[None]:
        """Return a context that no other process, and no other task, is in for this name."""


@runtime_checkable
class Account(Protocol):
    """What an adapter has beside the rest where its account logs in."""

    def keep(self, vault: Vault) -> None:
        """Take the place where log-ins are kept: called once, before ``connect``."""

    async def login(self, tell: Callable[[Prompt], None]) -> str:
        """Log in, telling the user what to do; keep what came; return who that is.

        Raises AuthFailed (refused, or not done in time) or Disconnected.
        """


@runtime_checkable
class Examined(Protocol):
    """What an adapter has beside the rest where ``danmate doctor`` can ask its platform."""

    async def examine(self) -> Sequence[Check]:
        """Look at network, account, room and limits; nothing is posted. Never raises."""


@runtime_checkable
class Watched(Protocol):
    """What an adapter has beside the rest where a public room can be read without an account."""

    @classmethod
    def watch(cls, name: str) -> Mapping[str, object]:
        """Return the settings that read the room ``name``; raises BadConfig for no such name."""


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
