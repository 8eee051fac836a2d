"""Folds outcomes into the figures of a report, each as it comes, in bounded memory."""

from collections import Counter, deque
from collections.abc import Iterable
from math import floor

from bot.flow.outcomes import SHOWN
from bot.model import Delivery, Outcome, Source, Window
from bot.replay.compare import Comparison
from bot.replay.likeness import Pair
from bot.replay.report.counts import LATEST, ROOMS, Recent, Sends, Spans, Tops, tenths
from bot.replay.report.figures import FATES, OPEN, Fate, Figures, Row, fate
from bot.shop.text import bare

TALK = 24
"""Messages that the sample conversation has."""
UNANSWERED, BLOCKED, PRODUCTS, REASONS = 20, 20, 500, 100
"""Rows of each kind that are kept at most."""
REPLIES, PAIRS = 5_000, 1_000
"""Replies and answers of the staff that are remembered at a time."""
FAR = 3_600
"""Seconds beyond which nobody asks how much sooner."""


class Fold:
    """Takes outcomes in about the order of their messages.

    ``windows`` are the limits that were obeyed. ``window`` is how many seconds an answer waits for
    others who ask the same: from it comes when a draft would have been posted.
    """

    def __init__(self, windows: Iterable[Window] = (), window: float = 0.0) -> None:
        self._window = window
        self._fates: Counter[Fate] = Counter()
        self._first: float | None = None
        self._last: float | None = None
        self._spans = Spans()
        self._rooms, self._intents = Tops(ROOMS), Tops(ROOMS)
        self._products, self._blocked = Tops(PRODUCTS), Tops(BLOCKED * 10)
        self._unanswered = Tops(UNANSWERED * 50)
        self._reasons = {each: Tops(REASONS) for each in FATES}
        self._waits: Counter[int] = Counter()
        self._held: Counter[int] = Counter()
        self._replies: Recent[str, None] = Recent(REPLIES)
        self._askers: Counter[int] = Counter()
        self._sources: Counter[Source] = Counter()
        self._deliveries: Counter[Delivery] = Counter()
        self._sends = Sends(windows)
        self._talks: Recent[str, _Talk] = Recent(ROOMS)
        self._sample: tuple[int, tuple[Outcome, ...]] = (-1, ())
        self._people = Comparison()
        self._gaps: Recent[str, int] = Recent(PAIRS)
        self._sooner: Counter[int] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Take the next outcome. Never raises."""
        became, message = fate(outcome), outcome.message
        self._fates[became] += 1
        self._time(message.sent_at, became)
        self._rooms.add(message.room, became, outcome)
        self._reasons[became].add(outcome.reason or outcome.outcome, became, outcome)
        if outcome.intent:
            self._intents.add(outcome.intent, became, outcome)
        if outcome.product and became != "silent":
            self._products.add(outcome.product, became, outcome)
        if became in OPEN:
            self._unanswered.add(bare(message.text) or message.text, became, outcome)
        self._reply(outcome)
        self._refused(outcome, became)
        self._talk(outcome, became)
        for pair in self._people.add(outcome):
            self._gap(pair)

    def _time(self, at: float, became: Fate) -> None:
        if 0 <= at < LATEST:
            self._first = min(at, at if self._first is None else self._first)
            self._last = max(at, at if self._last is None else self._last)
            self._spans.add(at, became)

    def _reply(self, outcome: Outcome) -> None:
        reply = outcome.reply
        if reply is None:
            return
        waited = tenths(took) if (took := self._took(outcome)) is not None else None
        if waited is not None:
            self._waits[waited] += 1
        if reply.id in self._replies:
            return
        self._replies.keep(reply.id, None)
        self._askers[max(len(reply.answers), 1)] += 1
        self._sources[reply.source] += 1
        self._deliveries[reply.delivery] += 1
        if reply.at is not None and reply.delivery in ("sent", "held", "unknown"):
            self._sends.add(outcome.message.room, reply.at)
            late = tenths(reply.at - reply.due) if reply.due else None
            if late is not None:
                self._held[late] += 1

    def _took(self, outcome: Outcome) -> float | None:
        """Return the seconds from question to reply, for a draft those that it would take."""
        reply = outcome.reply
        if reply is None or reply.delivery in ("refused", "pending"):
            return None
        if reply.at is not None and (reply.delivery != "not_sent" or outcome.reason == SHOWN):
            return reply.at - outcome.message.sent_at
        drafted = outcome.outcome == "drafted"
        return self._window + outcome.seconds.get("handle", 0.0) if drafted else None

    def _refused(self, outcome: Outcome, became: Fate) -> None:
        checked = outcome.because.checked if outcome.because else ()
        for each in checked:
            if each.reason:
                self._blocked.add(f"{each.reason}\n{each.detail}", became, outcome)
        if outcome.outcome == "blocked" and not any(each.reason for each in checked):
            self._blocked.add(f"{outcome.reason or 'blocked'}\n", became, outcome)

    def _talk(self, outcome: Outcome, became: Fate) -> None:
        talk = self._talks.keep(outcome.message.room, _Talk())
        worth = talk.add(outcome, became)
        if worth > self._sample[0] or len(self._sample[1]) < min(TALK, len(talk.lines)):
            self._sample = (worth, tuple(line for line, _ in talk.lines))

    def _gap(self, pair: Pair) -> None:
        took = self._took(pair.outcome)
        if took is None or pair.seconds is None:
            return
        gap = floor(min(max(pair.seconds - took, -FAR), FAR))
        key = pair.outcome.message.id
        if (before := self._gaps.pop(key, None)) is not None:
            self._sooner[before] -= 1  # a line that came late corrects it
        self._gaps.keep(key, gap)
        self._sooner[gap] += 1

    def figures(self) -> Figures:
        """Return what has come so far; more may be added afterwards."""
        return Figures(
            messages=self._fates.total(),
            first=self._first,
            last=self._last,
            rooms=self._rooms.rows(),
            fates={each: self._fates[each] for each in FATES},
            reasons={each: self._reasons[each].rows() for each in FATES},
            timeline=self._spans.timeline(),
            intents=self._intents.rows(),
            products=self._products.rows(),
            waits=dict(self._waits),
            held=dict(self._held),
            replies=self._askers.total(),
            askers=dict(sorted(self._askers.items())),
            sources=dict(self._sources.most_common()),
            deliveries=dict(self._deliveries.most_common()),
            limits=self._sends.limits(),
            blocked=self._blocked.rows(BLOCKED),
            unanswered=_surest(self._unanswered.rows())[:UNANSWERED],
            sample=self._sample[1],
            people=self._people.report(),
            sooner={gap: count for gap, count in sorted(self._sooner.items()) if count},
        )


def _surest(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return rows with those first that were surely questions."""
    return tuple(sorted(rows, key=lambda row: row.fates.get("unsure", 0) - row.count))


class _Talk:
    """The last lines of a room, and how much there is to see in them."""

    def __init__(self) -> None:
        self.lines: deque[tuple[Outcome, int]] = deque()
        self._worth = 0

    def add(self, outcome: Outcome, became: Fate) -> int:
        worth = WORTH[became]
        if outcome.reply and outcome.message.id in outcome.reply.answers[1:]:
            worth -= 1  # one reply for many is worth seeing, but not only that
        self.lines.append((outcome, worth))
        self._worth += worth
        if len(self.lines) > TALK:
            self._worth -= self.lines.popleft()[1]
        return self._worth


WORTH: dict[Fate, int] = {"answered": 3, "host": 3, "unsure": 0, "lost": 3, "silent": 0}
"""How much a line of a sample conversation shows of what the bot does."""
