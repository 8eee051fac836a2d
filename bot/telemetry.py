"""The log: one line for each event on standard error, secrets and chat text kept out of it."""

import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Style = Literal["auto", "console", "json"]

EVENTS: Mapping[str, str] = {
    "account_refused": "the platform does not accept the account: its room has ended for us",
    "connected": "a room is connected",
    "crashed": "a fault of danmate ended the process",
    "disconnected": "a room's connection was lost, and how long until the next try",
    "event_unreadable": "an event of another version was passed over",
    "left_unfinished": "a worker ended while the queue was away: others carry what it held",
    "message_failed": "a message raised a fault: it goes to the dead letters",
    "message_unreadable": "a line that is no Unicode was dropped",
    "outcome": "what became of a message",
    "preparing_weights": "a first start converts weights, which takes its time",
    "queue_back": "the queue's server answers again: what waited goes on",
    "queue_lost": "the queue's server does not answer: work waits until it does",
    "rating_passages": "the training of a judge rates wrong passages, which takes minutes",
    "reader": "what the reader did, at its end",
    "recording_lines_skipped": "a recording has lines that cannot be read",
    "reply": "what became of a reply",
    "room_held": "a platform refused replies in a row: the room rests",
    "throttled": "a platform says that we post too fast",
    "training": "how far a training is",
    "worker_ended": "a worker process died, and how long until it is started again",
    "worker_killed": "a worker process did not end in time",
    "worker_ready": "a worker has loaded its models",
    "worker_started": "a worker process was started",
    "worker_stopped": "a worker process ended as it was told to",
    "writer": "what the writer did, at its end",
    "writer_failing": "the served writer fails: templates go on",
    "writer_missing": "there is no writer: templates go on",
    "writer_recovered": "the served writer answers again",
}
"""Everything that danmate logs: one name a fact, one level a name, wherever it is said."""

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
    sys.excepthook = _crashed


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what nobody caught, because Python would print it with its secrets."""
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("crashed", exc_info=(kind, error, trace))


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
    return {key: _quiet(value) for key, value in event.items() if key not in _PERSONAL}


def _quiet(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _quiet(item) for key, item in value.items() if key not in _PERSONAL}
        case list() | tuple() | set() | frozenset():
            return [_quiet(item) for item in value]
        case _ if is_dataclass(value):  # a message or reply would show all that it holds
            return f"<{type(value).__name__}>"
        case _:
            return value


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
