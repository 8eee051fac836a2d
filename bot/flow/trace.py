"""Notes taken while a message is carried: what each step took, and what it rested on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.model import Because, Checked, Evidence, Outcome, Question, Source
from bot.rules.guard import Verdict

BEST = 3
"""Passages that are noted, out of all that were weighed."""


class Trace:
    """One message's notes. ``timer`` gives seconds; one that stands still times nothing."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._last = timer()
        self._seconds: dict[str, float] = {}
        self._named_by = ""
        self._weighed: tuple[tuple[str, float], ...] = ()
        self._checked: tuple[Checked, ...] = ()

    def done(self, step: str) -> None:
        """Note that a step is done; it took what has passed since the step before."""
        now = self._timer()
        if now > self._last:
            self._seconds[step] = round(self._seconds.get(step, 0.0) + now - self._last, 4)
        self._last = now

    def resolved(self, question: Question) -> None:
        """Note what told which product a text is about."""
        self._named_by = question.named_by

    def weighed(self, evidence: Sequence[Evidence]) -> None:
        """Note the passages that answer best."""
        if not evidence:
            return
        best = sorted(evidence, key=lambda found: -found.score)[:BEST]
        self._weighed = tuple((found.passage.text, found.score) for found in best)

    def checked(self, source: Source, text: str, verdict: Verdict) -> None:
        """Note what the guard said of a wording."""
        self._checked += (Checked(source, text, verdict.reason, verdict.detail),)

    def onto(self, outcome: Outcome) -> Outcome:
        """Return the outcome with these notes."""
        noted = self._named_by or self._weighed or self._checked
        because = Because(self._named_by, self._weighed, self._checked) if noted else None
        if because is None and outcome.because is None and not self._seconds:
            return outcome
        return replace(outcome, seconds={**outcome.seconds, **self._seconds}, because=because)
