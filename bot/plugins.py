"""What other packages add by entry point: platforms (bot.adapters), log formats (bot.formats)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeAlias, TypeVar

from bot.errors import BadConfig
from bot.model import ChatMessage
from bot.ports import Adapter

T = TypeVar("T")
Format: TypeAlias = Callable[[Iterable[str]], Iterator[ChatMessage | None]]
"""Lines of a recorded log -> one message each, None for a line that holds none."""

Decoder: TypeAlias = Callable[[Any], Any]
"""A frame of a platform's wire (text or bytes) -> what it holds."""

_BROKEN = (
    ImportError, AttributeError, NameError, SyntaxError, TypeError, ValueError, LookupError,
    OSError, RuntimeError,
)  # fmt: skip
"""What importing somebody's module raises; anything else is worth its traceback."""

_ADAPTER = ("platform", "Settings", "abilities", "room", "connect", "app")


class Plugins(Mapping[str, T], Generic[T]):
    """What an entry-point group offers, by name; each is imported when it is first looked up.

    Looking up one that is broken raises BadConfig with one line that names it; the others work.
    """

    def __init__(self, found: Iterable[EntryPoint], check: Callable[[Any], str | None]) -> None:
        """``check`` says what a loaded object lacks, or None."""
        self._found: dict[str, EntryPoint] = {}
        for entry in found:
            self._found.setdefault(entry.name, entry)
        self._check = check
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._loaded:
            self._loaded[name] = self._load(self._found[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._found))

    def __len__(self) -> int:
        return len(self._found)

    def _load(self, entry: EntryPoint) -> T:
        where = f"the plugin {entry.name} ({entry.value})"
        try:
            loaded = entry.load()
        except _BROKEN as error:
            reason = " ".join(str(error).split()) or "no reason given"
            raise BadConfig(
                f"{where} cannot be loaded: {type(error).__name__}: {reason}"
            ) from error
        if lack := self._check(loaded):
            raise BadConfig(f"{where}: expected {lack}")
        result: T = loaded
        return result


def adapters(found: Iterable[EntryPoint] | None = None) -> Plugins[type[Adapter]]:
    """Return the platforms that are installed, by name."""
    return Plugins(entry_points(group="bot.adapters") if found is None else found, _lacks_adapter)


def formats(found: Iterable[EntryPoint] | None = None) -> Plugins[Format]:
    """Return the formats of recorded logs that are installed, by name."""
    return Plugins(entry_points(group="bot.formats") if found is None else found, _lacks_format)


def decoders(found: Iterable[EntryPoint] | None = None) -> Plugins[Decoder]:
    """Return the decoders of platforms' frames that ``danmate bench wire`` times, by name."""
    return Plugins(entry_points(group="bot.decoders") if found is None else found, _lacks_format)


def _lacks_adapter(loaded: Any) -> str | None:
    missing = [name for name in _ADAPTER if not hasattr(loaded, name)]
    if not isinstance(loaded, type):
        return "a class"
    return f"a class with {', '.join(missing)}" if missing else None


def _lacks_format(loaded: Any) -> str | None:
    return None if callable(loaded) else "a callable"
