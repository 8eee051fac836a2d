"""Whether outcomes are what a scenario expects: each expectation that fails says what came.

Pure. Times are seconds from the scenario's beginning; a reply counts once however many messages it
answers, and when it was posted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from bot.flow.outcomes import SHOWN
from bot.model import INTENTS, Kind, Outcome, Reply, Source

Table: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What one expectation is about: the outcome of its message (None: the room), its replies."""

    outcome: Outcome | None
    replies: Sequence[Reply]
    began: float

    @property
    def said(self) -> str:
        """What came, in words."""
        texts = [f"{_at(each, self.began):.1f} s {each.text!r}" for each in self.replies]
        replies = "; ".join(texts) or "no reply"
        if self.outcome is None:
            return replies
        reason = f" ({self.outcome.reason})" if self.outcome.reason else ""
        return f"{self.outcome.outcome}{reason}: {replies}"


Check: TypeAlias = Callable[[Any, Found], bool]
Form: TypeAlias = Callable[[Any], bool]


def _at(reply: Reply, began: float) -> float:
    return (reply.at if reply.at is not None else reply.due) - began


def _posted(found: Found) -> list[float]:
    return [round(_at(each, found.began), 6) for each in found.replies if each.at is not None]


def _texts(wanted: str | Sequence[str]) -> Sequence[str]:
    return (wanted,) if isinstance(wanted, str) else wanted


def _is_texts(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _one_of(*names: str) -> Form:
    return lambda value: value in names


def _answered(found: Found) -> bool:
    return found.outcome is not None and found.outcome.outcome == "answered"


def _with(wanted: Any, found: Found) -> bool:
    """Say whether one reply holds all texts."""
    return any(all(text in each.text for text in _texts(wanted)) for each in found.replies)


def _attribute(name: str) -> Check:
    return lambda wanted, found: getattr(found.outcome, name) == wanted


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


BOTH: Mapping[str, tuple[Form, str, Check]] = {
    "answered_with": (_is_texts, "a text or a list of texts", _with),
    "without": (
        _is_texts,
        "a text or a list of texts",
        lambda wanted, found: (
            not any(text in each.text for each in found.replies for text in _texts(wanted))
        ),
    ),
    "not_after": (
        _is_number,
        "seconds from the beginning",
        lambda wanted, found: all(at <= wanted for at in _posted(found)),
    ),
    "not_before": (
        _is_number,
        "seconds from the beginning",
        lambda wanted, found: all(at >= wanted for at in _posted(found)),
    ),
}
"""What may be expected of a message, and of the room's replies as well."""
OF_MESSAGE: Mapping[str, tuple[Form, str, Check]] = {
    **BOTH,
    "answered": (_is_bool, "true or false", lambda wanted, found: _answered(found) == wanted),
    "not_answered": (_is_bool, "true or false", lambda wanted, found: _answered(found) != wanted),
    "outcome": (_one_of(*get_args(Kind)), "an outcome", _attribute("outcome")),
    "reason": (_is_text, "a reason's code", _attribute("reason")),
    "product": (_is_text, "a sku", _attribute("product")),
    "intent": (_one_of(*INTENTS), "an intent", _attribute("intent")),
    "source": (
        _one_of(*get_args(Source)),
        f"one of {', '.join(get_args(Source))}",
        lambda wanted, found: any(each.source == wanted for each in found.replies),
    ),
}
OF_ROOM: Mapping[str, tuple[Form, str, Check]] = {
    **BOTH,
    "at_most": (_is_count, "a count", lambda wanted, found: len(found.replies) <= wanted),
    "at_least": (_is_count, "a count", lambda wanted, found: len(found.replies) >= wanted),
}


def faults(table: Table, ids: Iterable[str], where: str) -> list[str]:
    """Return what is wrong with an expectation as a file says it."""
    lines = []
    known = OF_MESSAGE if "message" in table else OF_ROOM
    if "message" in table and table["message"] not in (names := sorted(ids)):
        lines.append(f"{where}.message: expected one of {', '.join(names)}")
    keys = [key for key in table if key != "message"]
    if not keys:
        lines.append(f"{where}: expected one of {', '.join(sorted(known))}")
    for key in keys:
        if key not in known:
            lines.append(f"{where}.{key}: expected one of {', '.join(sorted(known))}")
        elif not known[key][0](table[key]):
            lines.append(f"{where}.{key}: expected {known[key][1]}, got {table[key]!r}")
    return lines


def failures(expected: Sequence[Table], outcomes: Sequence[Outcome], began: float) -> list[str]:
    """Return one line for each expectation that does not hold: which, what, and what came."""
    lines = []
    for number, table in enumerate(expected):
        found = _found(table, outcomes, began)
        known = OF_MESSAGE if found.outcome else OF_ROOM
        name = f" of {table['message']}" if "message" in table else ""
        for key, wanted in table.items():
            if key != "message" and not known[key][2](wanted, found):
                lines.append(f"expect[{number}]{name}: {key} = {wanted!r}, got {found.said}")
    return lines


def _found(table: Table, outcomes: Sequence[Outcome], began: float) -> Found:
    if "message" in table:
        outcome = next(each for each in outcomes if each.message.id == table["message"])
        return Found(outcome, (outcome.reply,) if outcome.reply else (), began)
    said = (each for each in outcomes if each.reply and _stands(each))
    posted = {each.reply.id: each.reply for each in said if each.reply}
    return Found(None, sorted(posted.values(), key=lambda each: (each.at or 0.0, each.id)), began)


def _stands(outcome: Outcome) -> bool:
    """Say whether a reply was posted, or shown where nothing can be posted."""
    return outcome.reason == SHOWN or (
        outcome.reply is not None and outcome.reply.delivery == "sent"
    )
