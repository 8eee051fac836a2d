"""The exceptions that a caller reacts to; everything else is a fault of danmate itself.

::

    DanmateError
    ├── UserFault            somebody must mend something: shown as one line each, exit code 2
    │   ├── BadConfig        config.toml, a pack of words or an option
    │   ├── BadCatalogue     a catalogue file
    │   ├── BadLog           a recording or a line of one (--strict)
    │   ├── MissingWeights   a model package, folder or file
    │   └── CannotStart      a port is taken, a server does not answer
    ├── PlatformError        what a session meets; the outbox and the gateway react
    │   ├── Disconnected     connect again
    │   ├── AuthFailed       stop this account and tell the operator
    │   ├── Throttled        wait ``retry_after`` seconds
    │   ├── Refused          the platform does not take this text; do not repeat it
    │   └── Held             the platform keeps it for moderation; do not repeat it
    └── BadFrame             a decoder met bytes that are no message of its protocol
"""

from collections.abc import Sequence


class DanmateError(Exception):
    """The root: nothing else is raised on purpose."""


class UserFault(DanmateError):
    """Something that the user must mend; ``faults`` holds one line each: where, what, expected."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults: Sequence[str] = faults


class BadConfig(UserFault):
    """config.toml, a pack of words or a command-line option cannot be used."""


class BadCatalogue(UserFault):
    """A catalogue file cannot be used."""


class BadLog(UserFault):
    """A recording cannot be read."""


class MissingWeights(UserFault):
    """A model's weights are not there or not whole."""


class CannotStart(UserFault):
    """A port, socket or server that is needed cannot be had."""


class PlatformError(DanmateError):
    """A platform refused, broke off or slowed us down."""


class Disconnected(PlatformError):
    """The connection is gone: connect again, with back-off."""


class AuthFailed(PlatformError):
    """The platform does not accept the account: no retry helps."""


class Throttled(PlatformError):
    """Too fast: the account may post nothing for ``retry_after`` seconds, or not in this room."""

    def __init__(self, reason: str, retry_after: float, *, room_only: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.room_only = room_only


class Refused(PlatformError):
    """The platform will not take this text."""


class Held(PlatformError):
    """The platform holds the text until somebody approves it."""


class BadFrame(DanmateError):
    """Bytes that are no message of the protocol; the connection lives on."""
