"""Two replays of one log beside each other: what became of each message then, and now.

The lines are outcomes as danmate writes them. Messages are matched by platform and id, so that a
line more or less in the log moves nothing else.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bot.errors import BadLog

WANTED = "expected an outcome as danmate replay --out writes it"
What: TypeAlias = Literal["answer", "reading", "timing", "detail", "new", "gone", "order"]
"""What differs: what becomes of a message or what is said to it; how it was understood; when the
reply is posted; anything else; a message that only one of the two has; only its place."""
FIELDS: Mapping[str, What] = {
    "outcome": "answer",
    "reason": "answer",
    "reply": "answer",
    "source": "answer",
    "facts": "answer",
    "notice": "answer",
    "product": "answer",
    "intent": "reading",
    "sentiment": "reading",
    "lang": "reading",
    "at": "timing",
}
RANK: tuple[What, ...] = ("new", "gone", "answer", "reading", "timing", "detail", "order")
LONG = 160
"""Characters of a value that are shown."""
RECORDED = frozenset({"seconds", "removed"})
"""What only a recording tells of an outcome: how long each step took, when it was deleted."""
_NOTHING = "-"
BESIDE = '{"danmate": '
"""How a line of a recording begins that tells of something else than a message."""


@dataclass(frozen=True, slots=True)
class Change:
    """One message whose outcome is another one; ``fields`` holds what was and what is."""

    what: What
    message: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    fields: Mapping[str, tuple[str, str]]

    @property
    def intent(self) -> str:
        """The message's intent as it is now, else as it was."""
        for row in (self.after, self.before):
            if row and (intent := row.get("intent")):
                return str(intent["label"])
        return _NOTHING

    @property
    def product(self) -> str:
        """The product that is asked about, likewise."""
        found = [str(row["product"]) for row in (self.after, self.before) if row and row["product"]]
        return found[0] if found else _NOTHING

    def told(self) -> str:
        """Return the change in lines, for people."""
        said = self.message
        head = f"{said['id']} {said['text']!r} ({said['role']} {said['author']!r}): {self.what}"
        rows = [
            f"  {name:<10} - {_short(before)}\n  {'':<10} + {_short(after)}"
            for name, (before, after) in self.fields.items()
        ]
        return "\n".join((head, *rows))


@dataclass(slots=True)
class Tally:
    """Counts the changes: by what, and those of answers by intent and product."""

    compared: int = 0
    what: Counter[What] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    products: Counter[str] = field(default_factory=Counter)

    def add(self, change: Change) -> None:
        """Count a change."""
        self.what[change.what] += 1
        if change.what in ("answer", "new", "gone"):
            self.intents[change.intent] += 1
            self.products[change.product] += 1

    @property
    def total(self) -> int:
        """How many messages differ."""
        return sum(self.what.values())

    def told(self) -> str:
        """Return the counts in one line."""
        parts = [f"{self.what[what]} {what}" for what in RANK if self.what[what]]
        return f"{self.total} of {self.compared} outcomes differ" + (
            f" ({', '.join(parts)})" if parts else ""
        )


class Golden:
    """What came out once. ``name`` is named in faults."""

    def __init__(self, lines: Iterable[str], name: str = "golden") -> None:
        """Take the lines of a file. Raises BadLog with the line that is none."""
        self._before: dict[tuple[str, str], tuple[int, str]] = {}
        for number, text in enumerate(lines, 1):
            line = text.rstrip("\r\n")
            if line.strip() and not line.startswith(BESIDE):
                row = _outcome(line, f"{name}:{number}")
                self._before[_key(row)] = len(self._before), _untimed(row, line)
        self._reached = -1
        self.tally = Tally(compared=len(self._before))

    def add(self, line: str) -> Change | None:
        """Take the next outcome of the new replay; return what differs, if anything does."""
        after = _outcome(line, "outcome")
        at, known = self._before.pop(_key(after), (None, ""))
        if at is None:
            self.tally.compared += 1
            return self._counted(changed(None, after))
        behind, self._reached = at < self._reached, max(at, self._reached)
        if known != line:
            return self._counted(changed(_outcome(known, "golden"), after))
        if behind:
            return self._counted(Change("order", after["message"], after, after, {}))
        return None

    def gone(self) -> Iterator[Change]:
        """Yield, once all have been added, the messages that the new replay does not have."""
        for _, line in self._before.values():
            yield self._counted(changed(_outcome(line, "golden"), None))
        self._before.clear()

    def _counted(self, change: Change) -> Change:
        self.tally.add(change)
        return change


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Change:
    """Return what differs between two outcomes of a message; one of them may be missing."""
    message = (after or before or {})["message"]
    old, new = _view(before), _view(after)
    names = dict.fromkeys((*old, *new))
    fields = {
        name: (old.get(name, _NOTHING), new.get(name, _NOTHING))
        for name in names
        if old.get(name, _NOTHING) != new.get(name, _NOTHING)
    }
    if before is None or after is None:
        return Change("new" if before is None else "gone", message, before, after, fields)
    found = {FIELDS.get(name, "detail") for name in fields} or {"detail"}
    return Change(next(what for what in RANK if what in found), message, before, after, fields)


def _view(row: Mapping[str, Any] | None) -> dict[str, str]:
    """Return an outcome as texts by name, what a person looks at first."""
    if row is None:
        return {}
    reply, intent = row.get("reply") or {}, row.get("intent") or {}
    facts = ", ".join(f"{fact['id']}={fact['text']}" for fact in reply.get("facts", ()))
    view: dict[str, Any] = {
        "outcome": row["outcome"],
        "reason": row.get("reason"),
        "reply": reply.get("text"),
        "source": reply.get("source"),
        "facts": facts,
        "notice": row.get("notice"),
        "product": row.get("product"),
        "intent": f"{intent.get('label')} {intent.get('score')}" if intent else None,
        "sentiment": row.get("sentiment"),
        "lang": row.get("lang"),
        "at": reply.get("at"),
    }
    shown = {"outcome", "reason", "reply", "intent", "sentiment", "lang", "notice", "product"}
    view |= {
        f"reply.{k}": v for k, v in reply.items() if k not in ("text", "source", "facts", "at")
    }
    view |= {key: value for key, value in row.items() if key not in shown}
    return {name: _text(value) for name, value in view.items() if value not in (None, "")}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _outcome(line: str, where: str) -> Mapping[str, Any]:
    try:
        row: Mapping[str, Any] = json.loads(line)
        message = row["message"]
        _ = row["outcome"], row["product"], message["id"], message["platform"]
        _ = message["text"], message["role"], message["author"]
        json.dumps(_view(row))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadLog(f"{where}: {WANTED} ({error!r})") from None
    return row


def _untimed(row: Mapping[str, Any], line: str) -> str:
    """Return the line of an outcome without what a recording alone tells: durations, deletions."""
    if RECORDED.isdisjoint(row):
        return line
    return json.dumps({k: v for k, v in row.items() if k not in RECORDED}, ensure_ascii=False)


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["message"]["platform"]), str(row["message"]["id"])
