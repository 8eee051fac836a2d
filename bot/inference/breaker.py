"""Keeps away from what keeps failing, and tries it again now and then."""

from collections.abc import Callable
from typing import Final

LIMIT: Final = 3
"""Failures in a row after which it is left alone."""
REST: Final = 15.0
"""Seconds between two trials."""


class Breaker:
    """A circuit breaker; ``now`` gives seconds of any clock that does not go back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._failures = 0
        self._trial = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it is left alone."""
        return self._failures >= LIMIT

    def admits(self) -> bool:
        """Tell whether to ask now; while it is open, one in ``REST`` seconds may.

        A trial that never reports is followed by the next all the same.
        """
        if not self.is_open:
            return True
        if self._now() < self._trial:
            return False
        self._trial = self._now() + REST
        return True

    def succeeded(self) -> None:
        """Close: it works."""
        self._failures = 0

    def failed(self, *, lasting: bool) -> None:
        """Count a failure; one that lasts until somebody mends it opens at once."""
        self._failures = LIMIT if lasting else self._failures + 1
        if self.is_open:
            self._trial = self._now() + REST
