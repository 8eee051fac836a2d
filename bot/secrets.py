"""Secrets by name: a configuration says where a secret is, never what it is.

What was once looked up is known from then on: ``masked`` hides it wherever it turns up.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from bot.errors import BadConfig

PREFIX = "env:"
FILE = "_FILE"
"""What is added to a name for the variable that tells which file holds the secret."""
LARGEST = 65_536
"""Bytes of such a file: more is no secret."""
SHORTEST = 8
"""Characters from which on a secret is looked for in other texts: shorter ones are in any text."""
KEPT = 512
"""How many spellings are known at most: the oldest, long replaced, are forgotten."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PUBLIC = re.compile(r"(?i)(?:^|_)(?:u?name|login|who|uid|user_?id|expires\w*|scopes?|account|at)$")
_APART = re.compile(r"[\s;,&=:\"'{}\[\]]+")
_NUMBER = re.compile(r"[\d.]+")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that is shown as ``***`` wherever it is printed; ``reveal`` gives it."""

    _value: str

    def reveal(self) -> str:
        """Return the secret itself, for the one who must send it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


def named(reference: object) -> bool:
    """Say whether ``reference`` names a secret (``env:NAME``) rather than being one."""
    return (
        isinstance(reference, str)
        and reference.startswith(PREFIX)
        and _NAME.fullmatch(reference.removeprefix(PREFIX)) is not None
    )


def resolve(reference: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """Return the secret that ``env:NAME`` names: the variable NAME, or the file NAME_FILE names.

    A file is how Docker and Kubernetes hand secrets over; it may belong to anybody.
    Raises BadConfig, whose line never shows ``reference`` unless it is a mere name.
    """
    if not named(reference):
        raise BadConfig('expected "env:NAME", the environment variable that holds the secret')
    name = reference.removeprefix(PREFIX)
    value = environ.get(name, "").strip()
    if not value and (file := environ.get(name + FILE, "").strip()):
        value = _read(name + FILE, file)
    if not value:
        raise BadConfig(
            f"expected the environment variable {name} to hold the secret: it is empty"
            f" ({name}{FILE} may name a file that holds it)"
        )
    remember(value)
    return Secret(value)


def _read(variable: str, file: str) -> str:
    """Return what a file holds, without the line end that editors add."""
    where = f"{variable}: {file}"
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait
        with os.fdopen(handle, "rb") as source:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise BadConfig(f"{where}: expected a file that holds the secret")
            found = source.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no file"
        raise BadConfig(f"{where}: expected a file that holds the secret ({reason})") from None
    try:
        value = found.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise BadConfig(f"{where}: expected UTF-8 text") from None
    if not value or len(found) > LARGEST:
        wrong = "too large" if value else "empty"
        raise BadConfig(f"{where}: expected a file that holds the secret: it is {wrong}")
    return value


class Known:
    """The secrets that were looked up, each in all its spellings."""

    def __init__(self) -> None:
        self._spellings: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, spellings: Iterable[str]) -> None:
        """Know these from now on."""
        found = list(spellings)
        if all(spelling in self._spellings for spelling in found):
            return
        for spelling in found:
            self._spellings.pop(spelling, None)
            self._spellings[spelling] = None
        while len(self._spellings) > KEPT:
            del self._spellings[next(iter(self._spellings))]
        self._pattern = None

    def masked(self, text: str) -> str:
        """Return ``text`` with each of them replaced by ``***``."""
        if not self._spellings:
            return text
        if self._pattern is None:
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub("***", text)


_known = Known()
masked = _known.masked


def remember(*values: str) -> None:
    """Know these secrets from now on, as they are and as they stand in a URL or in quotes."""
    found = (spelling for value in values for spelling in _spellings(value))
    _known.add(spelling for spelling in found if len(spelling) >= SHORTEST)


def remember_record(record: Mapping[str, str]) -> None:
    """Know what a log-in gave, but for who it is and until when; cookies one by one."""
    for key, value in record.items():
        if _PUBLIC.search(key) or _NUMBER.fullmatch(value):
            continue
        parts = [part for part in _APART.split(value) if len(part) >= 2 * SHORTEST]
        remember(value, *(part for part in parts if not _NUMBER.fullmatch(part)))


def _spellings(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield unquote(value)
    yield repr(value)[1:-1]
    if "://" in value:
        try:
            password = urlsplit(value).password or ""
        except ValueError:
            return
        yield password
        yield unquote(password)
