"""What a log-in asks of the user, and what a look at something finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user must do to log in: ``url`` to open or scan, ``code`` to type there."""

    text: str
    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well, what was found, and how to mend it if not."""

    name: str
    ok: bool
    text: str
    mend: str = ""
