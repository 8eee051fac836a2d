"""Puts each message's outcome together with what became of its reply."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.model import Delivered, Kind, Outcome, Reply

UNSAID: Mapping[str, tuple[Kind, str]] = {
    "too_late": ("expired", "too_late"),
    "changed": ("blocked", "changed"),
    "off": ("ignored", "off"),
    "deleted": ("ignored", "deleted"),
    "host_answered": ("ignored", "host_answered"),
}
"""What an answer turns into when its reply was dropped before it was posted, by the reason."""
UNWRITTEN: tuple[Kind, ...] = ("blocked", "shed", "expired", "dead")
"""Outcomes of a message whose reply others may have joined before it came to nothing."""


def settled(outcome: Outcome, reply: Reply, delivered: Delivered) -> Outcome:
    """Return an answered message's outcome with its reply as it was delivered."""
    final = replace(
        reply,
        text=delivered.text or reply.text,
        answers=delivered.answers or reply.answers,
        at=delivered.at,
        delivery=delivered.delivery,
    )
    if delivered.delivery == "not_sent" and (unsaid := UNSAID.get(delivered.reason or "")):
        kind, reason = unsaid
        return replace(outcome, outcome=kind, reason=reason, reply=None)
    return replace(outcome, reason=delivered.reason, reply=final)


class Ledger:
    """Collects events and gives each message's final outcome once, in the order of the messages.

    An outcome is final when its reply has been delivered; those behind it wait.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}
        self._replies: dict[str, Reply] = {}
        self._delivered: dict[str, Delivered] = {}
        self._unwritten: dict[str, Outcome] = {}

    def add(self, event: Outcome | Delivered) -> None:
        """Note what happened; the first outcome of a message counts."""
        if isinstance(event, Delivered):
            self._delivered[event.reply_id] = event
            return
        self._outcomes.setdefault(event.message.id, event)
        if event.outcome in UNWRITTEN:
            self._unwritten[f"re:{event.message.id}"] = event
        if event.reply is not None and event.reply.delivery == "pending":
            self._replies[event.reply.id] = event.reply

    def final(self, *, everything: bool = False) -> Iterator[Outcome]:
        """Yield and forget what is final; at the end, ``everything`` as it stands."""
        for key, outcome in list(self._outcomes.items()):
            ready = self._settle(outcome)
            if ready is None and not everything:
                return
            del self._outcomes[key]
            yield ready or outcome

    def _settle(self, outcome: Outcome) -> Outcome | None:
        if outcome.outcome != "answered" or outcome.reply is None:
            return outcome
        if unwritten := self._unwritten.get(outcome.reply.id):
            kind, reason = unwritten.outcome, unwritten.reason
            return replace(outcome, outcome=kind, reason=reason, reply=None)
        delivered = self._delivered.get(outcome.reply.id)
        reply = self._replies.get(outcome.reply.id)
        if delivered is None or reply is None:
            return None
        return settled(outcome, reply, delivered)
