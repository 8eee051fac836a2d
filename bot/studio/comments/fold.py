"""The second pass: all comments, with their topics and answers, are counted into an analysis."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from bot.model import INTENTS, SENTIMENTS, Catalogue
from bot.replay.report.figures import quantile
from bot.studio.comments.sayings import Sayings
from bot.studio.comments.spans import Spans, trend
from bot.studio.comments.themes import Theme, Themes
from bot.studio.comments.use import GAP, Comment
from bot.studio.comments.values import (
    WORRIES,
    Answers,
    Asked,
    Count,
    Missing,
    Objection,
    Topic,
)
from bot.studio.comments.worries import worries

K = TypeVar("K", bound=tuple[str | None, ...])
ROWS, OPEN, QUOTES, FEW = 200, 20, 5, 3
"""Rows of a table, open questions, quotes of a topic, and quotes of all else."""
TENTHS: Final = 10
ENOUGH: Final = 3
"""Answers from which half of them, or nine of ten, says anything."""


class Fold:
    """Takes comments one by one; memory grows with what is told, not with the log."""

    def __init__(self, spans: Spans, themes: Themes, catalogue: Catalogue | None) -> None:
        self.spans = spans
        self._themes = themes
        self._names = {one.sku: one.name for one in catalogue.products} if catalogue else {}
        self.comments = 0
        self.questions = 0
        self.unsure = self.spam = self.abuse = 0
        self.intents: Counter[str] = Counter()
        self.sentiments: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self._topics = [_Heard(len(spans)) for _ in themes.themes]
        self._asked: Counter[tuple[str | None, str]] = Counter()
        self._known: Counter[tuple[str | None, str]] = Counter()
        self._missing: dict[tuple[str | None, str, str], Sayings] = {}
        self._gaps: Counter[tuple[str | None, str, str]] = Counter()
        self._worries: dict[str, Sayings] = {each: Sayings() for each in WORRIES}
        self._worried: Counter[str] = Counter()
        self._open = Sayings(1_000)
        self._waits: Counter[int] = Counter()
        self._by: Counter[bool] = Counter()

    def add(self, comment: Comment, waited: float | None, *, by_bot: bool, settled: bool) -> int:
        """Count a comment; return its topic. ``settled``: the catalogue answers it after all."""
        self.comments += 1
        self.intents[comment.intent] += 1
        self.sentiments[comment.sentiment] += 1
        self.languages[comment.lang] += 1
        self.unsure += comment.unsure
        self.spam += comment.intent == "spam"
        self.abuse += comment.abusive
        self.spans.add(comment)
        topic = int(self._themes.of[comment.kind])
        if topic >= 0:
            self._topics[topic].add(comment, self.spans.at(comment.at))
        for worry in worries(comment):
            self._worried[worry] += 1
            self._worries[worry].add(comment)
        if comment.question or waited is not None:
            self._question(comment, waited, by_bot=by_bot, settled=settled)
        return topic

    def _question(
        self, comment: Comment, waited: float | None, *, by_bot: bool, settled: bool
    ) -> None:
        self.questions += 1
        key = comment.product, comment.attribute
        self._asked[key] += 1
        reason = None if settled else comment.reason
        self._known[key] += reason is None and comment.question
        if reason in GAP:
            gap = (*key, str(reason))
            self._gaps[gap] += 1
            self._missing.setdefault(gap, Sayings(20)).add(comment)
        if waited is None:
            self._open.add(comment)
        else:
            self._by[by_bot] += 1
            self._waits[round(TENTHS * waited)] += 1

    def count(self, number: int, whole: int | None = None) -> Count:
        """Return a number with its share of ``whole``, or of all comments."""
        of = self.comments if whole is None else whole
        return Count(number, round(number / of, 4) if of else 0.0)

    def counts(self, found: Mapping[str, int], names: Iterable[str]) -> dict[str, Count]:
        """Return each name's count, the most frequent first."""
        return {
            name: self.count(found.get(name, 0))
            for name in sorted(names, key=lambda each: -found.get(each, 0))
        }

    def all_intents(self) -> dict[str, Count]:
        """Return how many comments have each intent."""
        return self.counts(self.intents, INTENTS)

    def all_sentiments(self) -> dict[str, Count]:
        """Return how many comments have each sentiment."""
        return self.counts(self.sentiments, SENTIMENTS)

    def topics(self) -> tuple[Topic, ...]:
        """Return the topics, the largest first."""
        every = [one.comments for one in self.spans.timeline().bins]
        made = [
            self._topic(theme, heard, every)
            for theme, heard in zip(self._themes.themes, self._topics, strict=True)
            if heard.count
        ]
        return tuple(sorted(made, key=lambda one: -one.count))

    def _topic(self, theme: Theme, heard: "_Heard", every: list[int]) -> Topic:
        share = self.count(heard.count).share
        busiest = max(range(len(heard.bins)), key=lambda at: heard.bins[at])
        intent = heard.intents.most_common(1)[0][0]
        return Topic(
            theme.label, theme.words, heard.count, share, intent,
            round(heard.moods["negative"] / heard.count, 4),
            round(heard.moods["positive"] / heard.count, 4),
            trend(heard.bins, every), heard.first, self.spans.begins(busiest),
            tuple(heard.bins), heard.said.top(QUOTES),
        )  # fmt: skip

    def asked(self) -> tuple[Asked, ...]:
        """Return the questions by product and attribute, the most frequent first."""
        return tuple(
            Asked(
                sku, self._name(sku), attribute, count, self.count(count, self.questions).share,
                self._known[sku, attribute],
            )
            for (sku, attribute), count in _most(self._asked)
        )  # fmt: skip

    def missing(self) -> tuple[Missing, ...]:
        """Return what the catalogue does not tell, the most wanted first."""
        return tuple(
            Missing(key[0], self._name(key[0]), key[1], key[2], count, self._missing[key].top(FEW))
            for key, count in _most(self._gaps)
        )

    def _name(self, sku: str | None) -> str:
        return self._names.get(sku, sku) if sku else ""

    def objections(self) -> tuple[Objection, ...]:
        """Return what was held against buying, the most frequent first."""
        every = [
            Objection(
                each, self._worried[each], self.count(self._worried[each]).share,
                self._worries[each].top(FEW),
            )
            for each in WORRIES
        ]  # fmt: skip
        return tuple(sorted(every, key=lambda one: -one.count))

    def answers(self) -> Answers:
        """Return what became of the questions."""
        answered = self._by.total()
        told = answered >= ENOUGH
        half = quantile(self._waits, 0.5) if told else None
        most = quantile(self._waits, 0.9) if told else None
        return Answers(
            self.questions, self._by[False], self._by[True], self.questions - answered,
            self.count(answered, self.questions).share,
            None if half is None else half / TENTHS,
            None if most is None else most / TENTHS,
            self._open.top(OPEN),
        )  # fmt: skip

    def apart(self) -> Count:
        """Return how many comments have no topic."""
        return self.count(self.comments - sum(heard.count for heard in self._topics))


class _Heard:
    """What has been counted of one topic."""

    def __init__(self, spans: int) -> None:
        self.count = 0
        self.first = float("inf")
        self.bins = [0] * spans
        self.intents: Counter[str] = Counter()
        self.moods: Counter[str] = Counter()
        self.said = Sayings()

    def add(self, comment: Comment, span: int) -> None:
        self.count += 1
        self.first = min(self.first, comment.at)
        self.bins[span] += 1
        self.intents[comment.intent] += 1
        self.moods[comment.sentiment] += 1
        self.said.add(comment)


def _most(found: Counter[K]) -> list[tuple[K, int]]:
    """Return the most frequent keys, equals in their order."""
    rows = sorted(found.items(), key=lambda row: (-row[1], [each or "" for each in row[0]]))
    return rows[:ROWS]
