"""What the page says of a room's questions: who waits, what is asked most, what the FAQ lacks."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias, cast

from pydantic import BaseModel, Field

from bot.model import Intent, Lang
from bot.web.asks import Ask
from bot.web.grouping import Group

HOUR: Final = 3600.0
"""Seconds for which a question waits for somebody."""
LATELY: Final = 600.0
"""Seconds that "what viewers ask most" looks back."""
OPEN, MOST, ROWS, WORDS = 100, 20, 20, 5
"""Groups that are told of each kind, and wordings of a row that is suggested."""
CROWD: Final = 2
"""Viewers who must ask the same before a line that may be no question, or a row, is shown."""

Left: TypeAlias = Literal["handed_off", "blocked", "ignored"]


class OpenQuestion(BaseModel):
    """What only a person can answer, and how many ask it; times in seconds since the epoch."""

    id: str = Field(description="the newest message's")
    ids: list[str] = Field(description="the oldest message's first")
    text: str
    authors: list[str]
    count: int
    outcome: Left
    reason: str | None
    intent: Intent | None
    product: str | None
    lang: Lang | None
    first: float
    last: float


class AskedMost(BaseModel):
    """What viewers ask, however it ended."""

    text: str
    count: int
    intent: Intent | None
    product: str | None
    last: float
    answered: bool = Field(description="whether whoever asked last has an answer")


class SuggestedRow(BaseModel):
    """A row that the FAQ lacks: the ways in which it was asked for, the most frequent first."""

    questions: list[str]
    count: int
    product: str | None
    ids: list[str]


class RoomQuestions(BaseModel):
    """A room's questions of the last hour; what is asked most, of the last ten minutes."""

    now: float
    open: list[OpenQuestion]
    asked: list[AskedMost]
    suggested: list[SuggestedRow]


def digest(groups: Sequence[Group], known: Collection[str], now: float) -> RoomQuestions:
    """Sum up a room's questions; ``known`` are the bare questions of its FAQ."""
    wide = {each.key: group for group in groups for each in group.wordings if not each.product}
    pairs = [(group, _besides(group, wide)) for group in groups]
    opened = [_open(found) for group, more in pairs if (found := _waiting(group, more, now))]
    asked = [_asked(found) for group in groups if (found := _lately(group, now))]
    rows = [row for group, more in pairs if (row := _row(group, more, known, now))]
    return RoomQuestions(
        now=now,
        open=sorted(opened, key=lambda one: (-one.count, -one.last))[:OPEN],
        asked=sorted(asked, key=lambda one: (-one.count, -one.last))[:MOST],
        suggested=sorted(rows, key=lambda one: -one.count)[:ROWS],
    )


def _besides(group: Group, wide: Mapping[str, Group]) -> list[Ask]:
    """Return who asks in the same words of no product: what answers them answers this group too.

    A row of the FAQ belongs to no product; the question that it is for was asked of one on screen.
    """
    found = {id(of): of for each in group.wordings if (of := wide.get(each.key))}
    return [ask for of in found.values() if of is not group for ask in of.asks]


def _waiting(group: Group, more: Sequence[Ask], now: float) -> list[Ask]:
    """Return who of a group waits: an answer to one, or to ``more``, has answered all before it.

    A line that may be no question waits where others ask the same.
    """
    asks = group.asks
    answers = (ask.answered for ask in (*asks, *more) if ask.answered is not None)
    since = max(answers, default=now - HOUR)
    waiting = [ask for ask in asks if ask.waits and ask.at > since]
    if all(ask.unsure for ask in waiting) and _viewers(waiting) < CROWD:
        return []
    return waiting


def _open(asks: Sequence[Ask]) -> OpenQuestion:
    newest = asks[-1]
    sure = next((ask for ask in reversed(asks) if not ask.unsure), newest)
    return OpenQuestion(
        id=newest.id,
        ids=[ask.id for ask in asks],
        text=_text(asks),
        authors=list(dict.fromkeys(ask.author for ask in asks)),
        count=len(asks),
        outcome=cast("Left", sure.outcome),
        reason=sure.reason,
        intent=sure.intent,
        product=newest.product,
        lang=newest.lang,
        first=asks[0].at,
        last=newest.at,
    )


def _lately(group: Group, now: float) -> list[Ask]:
    return [ask for ask in group.asks if ask.at > now - LATELY and not ask.unsure]


def _asked(asks: Sequence[Ask]) -> AskedMost:
    newest = asks[-1]
    answered = max((ask.answered for ask in asks if ask.answered is not None), default=0.0)
    return AskedMost(
        text=_text(asks),
        count=len(asks),
        intent=newest.intent,
        product=newest.product,
        last=newest.at,
        answered=answered >= newest.at,
    )


def _row(
    group: Group, more: Sequence[Ask], known: Collection[str], now: float
) -> SuggestedRow | None:
    """Return the row that would have answered a group, if the bot has not answered it since."""
    asks = group.asks
    by_bot = (each.answered for each in (*asks, *more) if each.by == "bot" and each.answered)
    since = max(by_bot, default=now - HOUR)
    lacking = [ask for ask in asks if ask.lacking and ask.at > since]
    if _viewers(lacking) < CROWD or any(ask.key in known for ask in lacking):
        return None
    return SuggestedRow(
        questions=_wordings(lacking)[:WORDS],
        count=len(lacking),
        product=lacking[-1].product,
        ids=[ask.id for ask in lacking],
    )


def _viewers(asks: Iterable[Ask]) -> int:
    return len({ask.author_id or ask.author or ask.id for ask in asks})


def _text(asks: Sequence[Ask]) -> str:
    return _wordings(asks)[0]


def _wordings(asks: Iterable[Ask]) -> list[str]:
    """Return the ways to ask, each as it was written last, the most frequent first."""
    texts, counts = dict[str, str](), Counter[str]()
    for ask in asks:
        texts[ask.key] = ask.text
        counts[ask.key] += 1
    return [texts[key] for key, _ in counts.most_common()]
