"""Why a rehearsal's outcome is not the replay's: what load explains has a name, the rest has none.

A replay works on each message in no time and in the log's order. Live, a message waits for its
turn, messages are read together, commands go first: that moves answers, and only in these ways.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from bot.replay.golden import Change

Cause: TypeAlias = Literal[
    "moved", "late", "shed", "template", "coalesced", "paced", "order", "rounding", "unheard"
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
TOLD: Mapping[Cause, str] = {
    "moved": "the same reply, posted at another moment",
    "late": "too late to be of use when its turn came",
    "shed": "shed: too many of its room waited",
    "template": "no time for the language model: said by template",
    "coalesced": "answered together with others than in the replay",
    "paced": "repeated or too soon after another by the clock, otherwise not, or the reverse",
    "order": "a command of the staff, or their own answer, came before it or after it",
    "rounding": "read in another batch: a probability differs behind the point, at the threshold",
    "unheard": "never taken up: the rehearsal was broken off",
}
"""Each cause in words."""
CLOSE = 0.02
"""By how much reading beside other texts may move a probability."""
SOFT = frozenset({"seconds", "because", "at", "reply.due"})
"""What load may move without changing what is said."""
PACED = frozenset({"repeated", "cooldown", "too_many_drafts"})
ORDERED = frozenset({"off", "paused", "muted", "host_answered", "deleted", "rejected", "approval"})
UNREAD = frozenset({"intent", "sentiment", "lang", "product", "reply.delivery", "source", "facts"})
"""Not known of a message that was never read, or whose reply came to nothing."""


def cause(change: Change) -> Cause | None:
    """Return what of load explains a change from a replay to a rehearsal; None: nothing does."""
    before, after = change.before, change.after
    if after is None:
        return "unheard"
    if before is None:
        return None
    names = set(change.fields) - SOFT
    if not names:
        return "moved"
    if (after["outcome"], after.get("reason")) == ("expired", "too_late"):
        return "late"
    if after["outcome"] == "shed":
        return "shed"
    if _read_alike(before, after):
        return _decided(before, after, names)
    unread = names <= UNREAD | {"outcome", "reason", "reply", "reply.id", "reply.answers"}
    return "order" if unread and _ordered(before, after) else None


def _decided(before: Mapping[str, Any], after: Mapping[str, Any], names: set[str]) -> Cause | None:
    """Return the cause where both understood the message alike."""
    if names == {"intent"}:
        return "rounding"
    kinds = {before["outcome"], after["outcome"]}
    reasons = {before.get("reason"), after.get("reason")}
    if _ordered(before, after):
        return "order"
    if reasons & PACED and kinds <= {"answered", "drafted", "ignored", "expired"}:
        return "paced"
    if "low_confidence" in reasons and "intent" in names:
        return "rounding"
    if kinds in ({"answered"}, {"drafted"}):
        return _said(before["reply"], after["reply"])
    return None


def _said(before: Mapping[str, Any], after: Mapping[str, Any]) -> Cause | None:
    """Return the cause where both answered."""
    alike = before["facts"] == after["facts"]
    if alike and before["source"] == "model" and after["source"] == "template":
        return "template"
    joined = before["id"] != after["id"] or before["answers"] != after["answers"]
    return "coalesced" if alike and joined else None


def _ordered(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    kinds = {before["outcome"], after["outcome"]}
    reasons = {before.get("reason"), after.get("reason")}
    return kinds == {"commanded"} or bool(reasons & ORDERED)


def _read_alike(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether both readings are one, but for what a batch moves behind the point."""
    one, other = before.get("intent"), after.get("intent")
    if one is None or other is None:
        return one is other
    same = all(before.get(key) == after.get(key) for key in ("sentiment", "lang", "product"))
    near = abs(float(one["score"] or 0.0) - float(other["score"] or 0.0)) <= CLOSE
    return same and near and one["label"] == other["label"]


@dataclass(slots=True)
class Explained:
    """The changes of a rehearsal: counted by cause, and those that load does not explain."""

    compared: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    unexplained: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Take a change. Another place is none: in a rehearsal messages overtake each other."""
        if change.what == "order":
            return
        if found := cause(change):
            self.causes[found] += 1
        else:
            self.unexplained.append(change)

    def told(self) -> list[str]:
        """Return the counts in lines, for people."""
        moved = self.causes["moved"]
        differ = self.causes.total() - moved
        head = (
            f"{self.compared} outcomes compared with the replay's: "
            f"{self.compared - differ - len(self.unexplained)} agree ({moved} posted at another"
            f" moment), {differ} differ by load, {len(self.unexplained)} for another reason"
        )
        rows = [
            f"  {self.causes[each]} {each}: {TOLD[each]}"
            for each in CAUSES[1:]
            if self.causes[each]
        ]
        return [head, *rows]
