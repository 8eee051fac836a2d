"""The log: one line for each event on standard error, secrets and chat text kept out of it."""

import logging
import re
import sys
import threading
from collections.abc import Mapping
from dataclasses import is_dataclass
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot import secrets

Style = Literal["auto", "console", "json"]

EVENTS: Mapping[str, str] = {
    "account_refused": "the platform does not accept the account: its room has ended for us",
    "cache_rebuilt": "the file of kept readings was broken: it is made anew",
    "cache_unusable": "the file of kept readings cannot be used: the models are asked again",
    "case_kept": "a message that was marked as wrong became a regression case",
    "case_not_kept": "a regression case could not be written into its folder",
    "connected": "a room is connected",
    "crashed": "a fault of danmate ended the process",
    "danmaku_server_passed": "a danmaku server does not answer: the next one is tried",
    "disconnected": "a room's connection was lost, and how long until the next try",
    "event_unreadable": "an event of another version was passed over",
    "feeder_joined": "a program has joined a bridge",
    "feeder_left": "a program has left a bridge, and whether it was too slow",
    "feeder_refused": "a program without the token asked a bridge",
    "fault_aside": "a thread or a clean-up raised a fault: the rest goes on",
    "frame_unreadable": "a frame of a platform that is none was passed over",
    "game_heartbeat_missed": "a game of open-live was not kept alive: a few times do no harm",
    "game_not_ended": "a game of open-live was not ended: it ends by itself",
    "keyring_silent": "the system keyring does not answer: a log-in is kept in a file",
    "left_unfinished": "a worker ended while the queue was away: others carry what it held",
    "line_shortened": "a platform took a line for too long: how long lines may be from now on",
    "log_not_flushed": "the queue's log does not reach the disk: a power cut would cost messages",
    "login_renewed": "a log-in was renewed, by us or by another process of this account",
    "login_unchecked": "a platform's authorization server does not answer: the log-in is used on",
    "message_failed": "a message raised a fault: it goes to the dead letters",
    "message_unreadable": "a line that is no Unicode was dropped",
    "names_masked": "without a log-in the platform masks who says what",
    "outcome": "what became of a message",
    "page_behind": "the page is late: browsers get the newest, and how many they missed",
    "page_locked": "who asks for a page cannot be known: nobody is let in",
    "page_login": "somebody has logged in to the page, in which role",
    "page_reader_loading": "the page loads the reader, to tell which questions mean the same",
    "page_reader_missing": "the page has no reader: questions are told apart by their words",
    "page_refused": "a wrong or used link or token was given to the page",
    "page_slow": "a browser reads too slowly: events are dropped for it, and it is told",
    "post_dropped": "a platform did not let a line of ours stand, with its code",
    "post_moderated": "a line of ours is held for moderation, or was decided on",
    "preparing_weights": "a first start converts weights, which takes its time",
    "pseudonym_key_unkept": "the key of viewers' pseudonyms cannot be kept: a start makes another",
    "queue_back": "the queue's server answers again: what waited goes on",
    "queue_lost": "the queue's server does not answer: work waits until it does",
    "rating_passages": "the training of a judge rates wrong passages, which takes minutes",
    "read_one_by_one": "this processor computes otherwise in a batch: a replay with models is slow",
    "reader": "what the reader did, at its end",
    "recording_ended": "a fault of danmate ended the recording: the bot goes on",
    "recording_failed": "a recording cannot be written: what happens waits in the queue",
    "recording_lines_skipped": "a recording has lines that cannot be read",
    "recording_resumed": "a recording can be written again",
    "recording_started": "what happens is recorded from now on, and in which folder",
    "recording_stopped": "nothing is recorded any more, as was wanted",
    "reply": "what became of a reply",
    "room_found": "a platform knows the room, and whether it is live",
    "room_held": "a platform refused replies in a row: the room rests",
    "room_modes": "who may speak in a room now: slow, followers, subscribers, emotes",
    "room_notice": "a room tells that it is silenced, cut off, warned, live or over",
    "sense_missing": "questions are compared by the whole reader: its encoder is built otherwise",
    "session_moved": "a platform moved our connection to another server",
    "session_unmoved": "a platform's other server did not take our connection",
    "showing": "a platform told what is on screen, and what became of that",
    "stream_live": "a room's stream began or ended",
    "studio_failed": "a work of the page's studio ended with a fault",
    "subscription_refused": "a room is heard without something that is good to have",
    "subscription_revoked": "a platform ended one of our subscriptions, and why",
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
    r"(?i)(?:^|[_.-])(?:token|secret|password|passwd|authorization|cookies?|api_?key|credentials?"
    r"|sessdata|bili_jct|csrf|(?:device|auth)_code|access_key_id)$"
)
_SECRET_VALUE = re.compile(
    r"(?i)(?P<lead>\boauth:|\b(?:bearer|basic|oauth(?=\s+[a-z0-9]{24}))\s+|\b[a-z][a-z0-9+.-]*://(?=[^/\s@]*@)"
    r"|(?:\b|_)(?:token|secret|password|api_?key|sessdata|bili_jct|csrf|device_code)"
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


def guard() -> None:
    """Log from now on, from WARNING, and let nothing that goes wrong be printed as it is."""
    configure("warning")
    logging.captureWarnings(capture=True)
    threading.excepthook = lambda of: _lost(of.exc_type, of.exc_value)
    sys.unraisablehook = lambda of: _lost(of.exc_type, of.exc_value)


def _lost(kind: type[BaseException], error: BaseException | None) -> None:
    if issubclass(kind, SystemExit):  # how a thread ends itself
        return
    told = (kind, error, error.__traceback__) if error else kind.__name__
    structlog.get_logger().critical("fault_aside", exc_info=told)


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
    """Take what viewers wrote and who they are out of everything above DEBUG.

    What an event names as theirs is taken out of its exception too, which may quote it.
    """
    if event.get("level") == "debug":
        return event
    told = {key: _quiet(value) for key, value in event.items() if key not in _PERSONAL}
    if "exception" in told:
        told["exception"] = _unquoted(str(told["exception"]), event)
    return told


def _unquoted(trace: str, event: EventDict) -> str:
    said = (event[key] for key in _PERSONAL if isinstance(event.get(key), str))
    forms = {form for text in said for form in (text, repr(text)[1:-1]) if len(form) > 1}
    for form in sorted(forms, key=len, reverse=True):
        trace = trace.replace(form, "…")
    return trace


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
    """Replace secrets by ``***``, known by their key, by their form, or because we use them."""
    return {key: _hidden(key, value) for key, value in event.items()}


def _hidden(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key):
        return "***"
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {masked(str(inner)): _hidden(str(inner), item) for inner, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(key, item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return masked(repr(value))


def masked(text: str) -> str:
    """Return ``text`` with what is a secret, or looks like one, replaced by ``***``."""
    return _SECRET_VALUE.sub(lambda found: f"{found['lead'] or ''}***", secrets.masked(text))
