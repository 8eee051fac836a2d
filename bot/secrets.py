"""Secrets by name: a configuration says where a secret is, never what it is."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import BadConfig

PREFIX = "env:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


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
    """Return the secret that ``env:NAME`` names.

    Raises BadConfig, whose line never shows ``reference`` unless it is a mere name.
    """
    if not named(reference):
        raise BadConfig('expected "env:NAME", the environment variable that holds the secret')
    name = reference.removeprefix(PREFIX)
    if not (value := environ.get(name, "").strip()):
        raise BadConfig(f"expected the environment variable {name} to hold the secret: it is empty")
    return Secret(value)
