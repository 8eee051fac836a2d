"""Scenarios: a few messages with their times, and what is expected to become of them.

A file in TOML::

    catalog = "../catalog.toml"          # optional, beside this file; else what the command says
    set = ["reply.window=2.0"]           # optional, laid over the configuration
    mode = "auto"                        # optional

    [[message]]
    at = 0.0                             # seconds from the beginning; default: a second later
    id = "m1"                            # default: m1, m2 …
    text = "1号多少钱"
    author = "Ann"                       # default: a viewer of its own
    role = "viewer"

    [[expect]]
    message = "m1"
    answered_with = ["129"]              # each stands in the reply; or one text
    without = ["免费"]                    # none stands in it
    not_after = 5.0                      # the reply stands in the room by then

    [[expect]]
    message = "m2"
    not_answered = true
    outcome = "ignored"                  # as in an outcome; so are reason, product, intent
    reason = "repeated"

    [[expect]]                           # without a message: of all replies of the room
    at_most = 1
    not_after = 60.0                     # nothing is posted later
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from bot.errors import BadLog
from bot.model import ChatMessage, Mode, Outcome, Role
from bot.replay import expectations

SUFFIX: Final = ".toml"
START: Final = 1_767_225_600.0
"""When every scenario begins: 2026-01-01 00:00 UTC."""
ROOM: Final = "scenario/room"
_TOP = {"name", "catalog", "config", "set", "mode", "message", "expect"}
_MESSAGE = {"at", "id", "text", "author", "author_id", "role", "reply_to"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Messages, and what is expected of them. The options are None or empty where not given."""

    name: str
    file: Path
    messages: tuple[ChatMessage, ...]
    expected: tuple[Mapping[str, Any], ...]
    catalog: Path | None = None
    config: Path | None = None
    settings: tuple[str, ...] = ()
    mode: Mode | None = None

    def failures(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Return one line for each expectation that does not hold."""
        return expectations.failures(self.expected, outcomes, START)


def load_all(folder: Path) -> list[Scenario]:
    """Read all scenarios under a folder, or one file. Raises BadLog, one line for each fault."""
    files = [folder] if folder.is_file() else sorted(folder.rglob(f"*{SUFFIX}"))
    found: list[Scenario] = []
    faults: list[str] = []
    for file in files:
        if file != folder and not is_scenario(file):
            continue
        try:
            found.append(load(file))
        except BadLog as fault:
            faults += fault.faults
    if faults or not found:
        none = f"{folder}: expected {SUFFIX} files with [[message]] and [[expect]], got none"
        raise BadLog(*(faults or [none]))
    return found


def is_scenario(file: Path) -> bool:
    """Say whether a file looks like a scenario: a catalogue may lie beside them."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    return "[[message]]" in text or "[[expect]]" in text


def load(file: Path) -> Scenario:
    """Read one scenario. Raises BadLog, one line for each fault."""
    try:
        data = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadLog(f"{file}: expected a scenario in TOML ({error})") from None
    faults = _unknown(data, _TOP, f"{file}")
    messages, expected = _tables(data, "message"), _tables(data, "expect")
    if not messages or not expected:
        faults.append(f"{file}: expected [[message]] and [[expect]] tables")
    said = _messages(messages, f"{file}", faults)
    ids = {message.id for message in said}
    for number, table in enumerate(expected):
        faults += expectations.faults(table, ids, f"{file}: expect[{number}]")
    mode = data.get("mode")
    if mode is not None and mode not in get_args(Mode):
        faults.append(f"{file}: mode: expected one of {', '.join(get_args(Mode))}, got {mode!r}")
    settings = data.get("set", [])
    if not isinstance(settings, list) or not all(isinstance(each, str) for each in settings):
        faults.append(f'{file}: set: expected a list such as ["reply.window=2.0"]')
    if faults:
        raise BadLog(*faults)
    return Scenario(
        name=str(data.get("name", file.stem)),
        file=file,
        messages=tuple(said),
        expected=tuple(expected),
        catalog=_beside(file, data.get("catalog")),
        config=_beside(file, data.get("config")),
        settings=tuple(settings),
        mode=mode,
    )


def _beside(file: Path, name: object) -> Path | None:
    return None if name is None else file.parent / Path(str(name)).expanduser()


def _tables(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = data.get(name, [])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _unknown(table: Mapping[str, Any], known: set[str], where: str) -> list[str]:
    return [
        f"{where}: {key}: expected one of {', '.join(sorted(known))}"
        for key in table
        if key not in known
    ]


def _messages(
    tables: Sequence[Mapping[str, Any]], where: str, faults: list[str]
) -> list[ChatMessage]:
    found: list[ChatMessage] = []
    at = -1.0
    for number, table in enumerate(tables, 1):
        place = f"{where}: message[{number - 1}]"
        faults += _unknown(table, _MESSAGE, place)
        when, role = table.get("at", at + 1.0), table.get("role", "viewer")
        if not isinstance(table.get("text"), str):
            faults.append(f"{place}: text: expected a text")
        if not isinstance(when, int | float) or isinstance(when, bool) or when < max(at, 0.0):
            faults.append(f"{place}: at: expected seconds, not before the message above")
            when = at + 1.0
        if role not in get_args(Role):
            faults.append(f"{place}: role: expected one of {', '.join(get_args(Role))}")
        at = float(when)
        found.append(_message(table, number, at))
    for key, count in Counter(each.id for each in found).items():
        if count > 1:
            faults.append(f"{where}: message: expected ids that differ, got {key!r} twice")
    return found


def _message(table: Mapping[str, Any], number: int, at: float) -> ChatMessage:
    author = str(table.get("author", f"viewer{number}"))
    reply_to = table.get("reply_to")
    return ChatMessage(
        id=str(table.get("id", f"m{number}")),
        platform="scenario",
        room=ROOM,
        author=author,
        author_id=str(table.get("author_id", author)),
        role=table.get("role", "viewer"),
        text=str(table.get("text", "")),
        sent_at=START + at,
        reply_to=None if reply_to is None else str(reply_to),
    )
