"""The log: one line for each event on standard error, secrets and chat text kept out of it."""

import logging
import re
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Style = Literal["auto", "console", "json"]

_PERSONAL = frozenset({"text", "author", "author_id", "names"})
_SECRET_KEY = re.compile(
    r"(?i)(?:^|[_.-])(?:token|secret|password|passwd|authorization|cookie|api_?key|credentials?)$"
)
_SECRET_VALUE = re.compile(
    r"(?i)(?P<lead>\boauth:|\b(?:bearer|basic)\s+|\b[a-z][a-z0-9+.-]*://(?=[^/\s@]*@)"
    r"|\b(?:access_token|refresh_token|client_secret|token|secret|password|api_?key)"
    r"[\"']?\s*[=:]\s*[\"']?)(?P<secret>[^\s\"'&,;@]+)|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
)


def configure(level: str = "info", style: Style = "auto", stream: TextIO | None = None) -> None:
    """Send our events and those of the libraries to ``stream`` (standard error) from now on.

    ``auto`` is ``console`` on a terminal and ``json`` in a pipe. Libraries speak from WARNING.
    """
    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        without_chat,
        redact,
        _renderer(colors=console and out.isatty()) if console else _json(),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
    )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(max(threshold, logging.WARNING))
    ours = logging.getLogger("danmate")
    ours.setLevel(threshold)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: ours,
        cache_logger_on_first_use=False,
    )


def _renderer(*, colors: bool) -> Processor:
    # The traceback is text by now: redact must have seen it.
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def without_chat(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take what viewers wrote and who they are out of everything above DEBUG."""
    if event.get("level") == "debug":
        return event
    return {key: value for key, value in event.items() if key not in _PERSONAL}


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace secrets by ``***``, known by their key or by their form."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key):
        return "***"
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {str(inner): _hidden(str(inner), item) for inner, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(key, item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return masked(repr(value))


def masked(text: str) -> str:
    """Return ``text`` with what looks like a secret replaced by ``***``."""
    return _SECRET_VALUE.sub(lambda found: f"{found['lead'] or ''}***", text)


class Counters:
    """How often things happened in this process, by name."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str, by: int = 1) -> None:
        """Count ``by`` more of ``name``."""
        self._counts[name] += by

    def snapshot(self) -> dict[str, int]:
        """Return the counts as they stand, by name in order."""
        return dict(sorted(self._counts.items()))
