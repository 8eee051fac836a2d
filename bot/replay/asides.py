"""What a recording tells beside its messages: how its rooms were, what was deleted and when."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from bot.bus.removals import Removal
from bot.model import (
    ChatMessage,
    Fact,
    Intent,
    Kind,
    Lang,
    Outcome,
    Removed,
    RoomState,
    Sentiment,
)

Key: TypeAlias = tuple[str, str]
"""A message's platform and id."""
KIND = "danmate"
"""The key of a line that tells of something else than a message."""


@dataclass(frozen=True, slots=True)
class Stood:
    """How a room was when its recording began."""

    room: str
    state: RoomState


@dataclass(frozen=True, slots=True)
class Bare:
    """A message whose words were taken away: what became of it, and what it was answered by."""

    outcome: Outcome
    at: float | None = None
    """When it was removed; None: that is not known."""
    lang: Lang = "zh"
    """Of the answer."""
    facts: tuple[Fact, ...] = ()
    """What the answer rested on; empty where there was none."""


Aside: TypeAlias = Stood | Removal | Bare


class Asides:
    """The asides of one replay: ``told`` may grow while it is played."""

    def __init__(self, told: Sequence[Aside] = ()) -> None:
        self._told = told
        self._read = 0
        self._removals: list[tuple[float, int, Removed]] = []  # a heap
        self._bare: dict[Key, Bare] = {}

    def news(self) -> Iterator[Stood]:
        """Take in what has been told since the last time; yield how rooms were."""
        while self._read < len(self._told):
            aside, self._read = self._told[self._read], self._read + 1
            match aside:
                case Stood():
                    yield aside
                case Removal():
                    self._put(aside.at, aside.removed)
                case Bare():
                    said = aside.outcome.message
                    self._bare[said.platform, said.id] = aside
                    if aside.at is not None:
                        self._put(aside.at, Removed(said.room, id=said.id))

    def due(self, until: float) -> Iterator[tuple[float, Removed]]:
        """Yield and forget what was removed before ``until``, in order, with its time."""
        while self._removals and self._removals[0][0] < until:
            at, _, removed = heapq.heappop(self._removals)
            yield at, removed

    def bare(self, message: ChatMessage) -> Bare | None:
        """Return what is known of a message whose words were taken away."""
        return self._bare.get((message.platform, message.id)) if self._bare else None

    def final(self, outcome: Outcome) -> Outcome:
        """Return an outcome; of a message without words, and forget it, the one that it had."""
        if not self._bare:
            return outcome
        known = self._bare.pop((outcome.message.platform, outcome.message.id), None)
        return known.outcome if known else outcome

    def _put(self, at: float, removed: Removed) -> None:
        heapq.heappush(self._removals, (at, self._read, removed))


# Reading ----------------------------------------------------------------------------------------


class _Room(msgspec.Struct):
    state: RoomState | None = None


class _Head(msgspec.Struct):
    rooms: dict[str, _Room]


class _Removed(msgspec.Struct):
    room: str
    at: float
    id: str | None = None
    author_id: str | None = None


class _Read(msgspec.Struct):
    label: Intent
    score: float | None = None


class _Left(msgspec.Struct):
    at: float | None = None
    lang: Lang | None = None
    facts: tuple[Fact, ...] = ()


class _Row(msgspec.Struct):
    outcome: Kind
    reason: str | None = None
    intent: _Read | None = None
    sentiment: Sentiment | None = None
    lang: Lang | None = None
    product: str | None = None
    draft: str | None = None
    removed: _Left | None = None


def of_line(row: Mapping[str, Any]) -> tuple[Aside, ...]:
    """Return what a line that is about no message tells; nothing where it is none of ours."""
    try:
        if row.get(KIND) == "removed":
            of = msgspec.convert(row, _Removed)
            return (Removal(Removed(of.room, of.id, of.author_id), of.at),)
        if row.get(KIND) == "recording":
            rooms = msgspec.convert(row, _Head).rooms
            return tuple(Stood(room, each.state) for room, each in rooms.items() if each.state)
    except msgspec.ValidationError:
        pass  # of another version: it is passed over
    return ()


def of_row(row: Mapping[str, Any], message: ChatMessage) -> tuple[Bare, ...]:
    """Return what an outcome's line tells of a message that has no words any more."""
    if message.text or message.author or message.author_id or "outcome" not in row:
        return ()
    try:
        of = msgspec.convert(row, _Row)
    except msgspec.ValidationError:
        return ()
    left = of.removed or _Left()
    outcome = Outcome(
        message,
        of.outcome,
        of.reason,
        intent=of.intent.label if of.intent else None,
        score=of.intent.score if of.intent else None,
        sentiment=of.sentiment,
        lang=of.lang,
        product=of.product,
        draft=of.draft,
    )
    return (Bare(outcome, left.at, left.lang or of.lang or "zh", left.facts),)
