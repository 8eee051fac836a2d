"""Puts each message's outcome together with what became of its reply."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf

from bot.model import Delivered, Kind, Outcome, Reply

SHOWN = "shown"
"""Why a reply is not sent where nothing can be posted: overlay and prompter show it. The message
is answered all the same."""
UNSAID: Mapping[str, tuple[Kind, str]] = {
    "too_late": ("expired", "too_late"),
    "changed": ("blocked", "changed"),
    "off": ("ignored", "off"),
    "deleted": ("ignored", "deleted"),
    "host_answered": ("ignored", "host_answered"),
    "rejected": ("ignored", "rejected"),
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

    An outcome is final when its reply has been delivered; those behind it wait. A draft is final
    when what was approved of it has been delivered, or when it is too old to be approved. What a
    command posts belongs to the messages that it answers.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}
        self._replies: dict[str, Reply] = {}
        self._delivered: dict[str, Delivered] = {}
        self._unwritten: dict[str, Outcome] = {}
        self._now = 0.0

    def add(self, event: Outcome | Delivered) -> None:
        """Note what happened; the first outcome of a message counts."""
        if isinstance(event, Delivered):
            self._delivered[event.reply_id] = event
            self._now = max(self._now, event.at)
            return
        self._now = max(self._now, event.message.sent_at)
        self._outcomes.setdefault(event.message.id, event)
        if event.outcome in UNWRITTEN:
            self._unwritten[f"re:{event.message.id}"] = event
        if event.reply is not None and event.reply.delivery == "pending":
            self._replies[event.reply.id] = event.reply

    def final(self, *, everything: bool = False, before: float = -inf) -> Iterator[Outcome]:
        """Yield and forget what is final; at the end, ``everything`` as it stands.

        What was said before ``before`` is not waited for either.
        """
        for key, outcome in list(self._outcomes.items()):
            ready = self._settle(outcome)
            if ready is None and not everything and outcome.message.sent_at >= before:
                return
            del self._outcomes[key]
            yield ready or outcome

    def forget(self, before: float) -> None:
        """Forget what became of replies and drafts before a time: nobody waits for it any more."""
        self._replies = {k: one for k, one in self._replies.items() if one.expires >= before}
        self._delivered = {k: one for k, one in self._delivered.items() if one.at >= before}
        self._unwritten = {
            k: one for k, one in self._unwritten.items() if one.message.sent_at >= before
        }

    def _settle(self, outcome: Outcome) -> Outcome | None:
        reply = outcome.reply
        if reply is None:
            return outcome
        if outcome.outcome == "commanded":
            return replace(outcome, reply=None)
        draft = (outcome.outcome, outcome.reason) == ("drafted", "approval")
        if outcome.outcome != "answered" and not draft:
            return outcome
        if unwritten := self._unwritten.get(reply.id):
            kind, reason = unwritten.outcome, unwritten.reason
            return replace(outcome, outcome=kind, reason=reason, reply=None)
        delivered, queued = self._delivered.get(reply.id), self._replies.get(reply.id)
        if draft and queued is None:
            return outcome if self._now > reply.expires else None
        if delivered is None or queued is None:
            return None
        return settled(replace(outcome, outcome="answered", reason=None), queued, delivered)
