"""Reads a pack of forbidden words (TOML); every fault is named with its path."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from bot.errors import BadConfig
from bot.shop.catalogue import Expected
from bot.shop.lexicon.matcher import spelling

FOLDER = Path(__file__).parent
SHIPPED = (
    "advertising.zh", "advertising.en", "health.zh", "health.en", "abuse.zh", "abuse.en",
    "politics", "contacts.zh", "contacts.en", "links",
)  # fmt: skip
"""The packs that come with danmate."""
DEFAULT = tuple(name for name in SHIPPED if name != "links")
"""What is used where nobody says otherwise: a link to the shop may be the seller's own answer."""
Check = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Term:
    """Words and a pattern that are forbidden for one reason, and where they are harmless."""

    reason: str
    why: str
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    exempt: tuple[str, ...] = ()
    exempt_pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A file of terms; ``allow`` holds words that no pack forbids, whatever it says of them."""

    name: str
    terms: tuple[Term, ...]
    allow: tuple[str, ...] = ()


def _text(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise Expected("a text that is not empty")


def _code(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]*", value):
        return value
    raise Expected('a short code such as "absolute_term"')


def _language(value: Any) -> str:
    if value in ("zh", "en", "any"):
        return str(value)
    raise Expected('"zh", "en" or "any"')


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Expected("a list of words")
    if not all(map(spelling, value)):
        raise Expected("words with a letter, a digit or an ideograph")
    return tuple(value)


def _pattern(value: Any) -> re.Pattern[str]:
    if not isinstance(value, str):
        raise Expected("a regular expression")
    try:
        pattern = re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise Expected(f"a regular expression ({error})") from None
    if pattern.search(""):
        raise Expected("a regular expression that an empty text does not match")
    return pattern


TOP: Mapping[str, Check] = {"name": _text, "language": _language, "about": _text, "allow": _words}
TERM: Mapping[str, Check] = {
    "words": _words, "pattern": _pattern, "reason": _code, "why": _text, "exempt": _words,
    "exempt_pattern": _pattern,
}  # fmt: skip


def parse(data: Mapping[str, Any], where: str) -> Pack:
    """Turn the tables of a pack into a Pack.

    Raises BadConfig with one line for each fault, each beginning with ``where`` and its path.
    """
    faults: list[str] = []
    rows = data.get("terms", [])
    if not isinstance(rows, list):
        faults.append(f"terms: expected a list of tables, got {_shown(rows)}")
        rows = []
    top = {key: value for key, value in data.items() if key != "terms"}
    head = _table("", top, TOP, ("name", "language", "about"), faults, others=("terms",))
    terms = []
    for number, row in enumerate(rows):
        path = f"terms[{number}]"
        if not isinstance(row, dict):
            faults.append(f"{path}: expected a table, got {_shown(row)}")
            continue
        term = _table(f"{path}.", row, TERM, ("reason", "why"), faults)
        if not {"words", "pattern"} & row.keys():
            faults.append(f"{path}: expected words or a pattern (missing)")
        terms.append(term)
    if faults:
        raise BadConfig(*(f"{where}: {fault}" for fault in faults))
    return Pack(head["name"], tuple(Term(**term) for term in terms), head.get("allow", ()))


def _table(
    path: str,
    row: Mapping[str, Any],
    checks: Mapping[str, Check],
    required: tuple[str, ...],
    faults: list[str],
    others: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the keys of a table that pass their checks; add what is wrong to ``faults``."""
    known: dict[str, Any] = {}
    for key, value in row.items():
        if key not in checks:
            keys = ", ".join((*checks, *others))
            faults.append(f"{path}{key}: expected one of {keys} (unknown key)")
            continue
        try:
            known[key] = checks[key](value)
        except Expected as expected:
            faults.append(f"{path}{key}: expected {expected}, got {_shown(value)}")
    faults += [f"{path}{key}: expected a value (missing)" for key in required if key not in row]
    return known


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - what a line can carry


def read(name: str) -> Pack:
    """Read a pack that ships, by its name, or a file, by its path.

    Raises BadConfig: not there, not TOML, or with faults.
    """
    path = FOLDER / f"{name}.toml" if name in SHIPPED else Path(name)
    try:
        data = tomli.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadConfig(f"{name}: expected a file ({error.strerror or error})") from None
    except UnicodeDecodeError as error:
        raise BadConfig(f"{name}: expected UTF-8 text, byte {error.start} is not") from None
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise BadConfig(f"{name}: expected TOML: {error}") from None
    return parse(data, name)
