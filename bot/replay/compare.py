"""What the bot would have answered beside what host and moderators did answer, by question.

Pure: outcomes go in, in about the order of their messages; a report comes out. Only what belongs to
the last minutes is kept, so an evening may be as long as it likes.
"""

from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from math import ceil

from bot.model import GOODS, STAFF, ChatMessage, Intent, Kind, Outcome
from bot.replay.likeness import VERDICTS, Asked, How, Line, Pair, Verdict, answered, verdict

ASKED: frozenset[Intent] = frozenset((*GOODS, "show", "stream"))
"""The intents that somebody of the staff would answer."""
WITHIN = 60.0
"""Seconds after a question in which a line of the staff can be its answer."""
SLACK = 30.0
"""Seconds by which an outcome may come behind that of a later message: reading takes its time."""
OPEN, LINES, SEEN = 1_000, 200, 5_000
"""Questions, lines of the staff, and ids of messages that are kept at most."""
EXAMPLES = 10
"""Pairs of each verdict that a report shows."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a room's evening came to; ``answers`` counts the questions by verdict."""

    messages: int = 0
    outcomes: Mapping[Kind, int] = field(default_factory=dict)
    drafted: Mapping[str, int] = field(default_factory=dict)
    """What would have been answered, by intent."""
    handed_off: Mapping[str, int] = field(default_factory=dict)
    """What only the host can answer, by reason."""
    ignored: Mapping[str, int] = field(default_factory=dict)
    """What needs no answer, by reason."""
    answers: Mapping[Verdict, int] = field(default_factory=dict)
    seconds: Mapping[int, int] = field(default_factory=dict)
    """How long the staff's answers took: how many within each whole second."""
    examples: Mapping[Verdict, tuple[Pair, ...]] = field(default_factory=dict)

    @property
    def questions(self) -> int:
        """How many questions there were: the bot understood them, or the staff answered them."""
        return sum(self.answers.values())

    def rates(self) -> dict[str, float | None]:
        """Return the shares, each None where there is nothing to divide by."""
        count = self.answers.get
        numbers = count("agree", 0) + count("differ", 0)
        bot = numbers + count("reworded", 0) + count("bot_only", 0)
        staff = numbers + count("reworded", 0) + count("host_only", 0)
        return {
            "answered_by_bot": _share(bot, self.questions),
            "answered_by_staff": _share(staff, self.questions),
            "agree_of_numbers": _share(count("agree", 0), numbers),
            "bot_only_of_drafted": _share(count("bot_only", 0), bot),
        }

    def slowest(self, share: float) -> int | None:
        """Return within how many whole seconds ``share`` (0 to 1) of the staff's answers came."""
        total, seen = sum(self.seconds.values()), 0
        for seconds in sorted(self.seconds):
            seen += self.seconds[seconds]
            if seen >= share * total:
                return seconds
        return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(slots=True)
class _Tally:
    messages: int = 0
    outcomes: Counter[Kind] = field(default_factory=Counter)
    drafted: Counter[str] = field(default_factory=Counter)
    handed_off: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    answers: Counter[Verdict] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)
    examples: dict[Verdict, list[Pair]] = field(default_factory=dict)

    def note(self, outcome: Outcome) -> None:
        self.messages += 1
        self.outcomes[outcome.outcome] += 1
        if outcome.outcome in ("drafted", "answered"):
            self.drafted[outcome.intent or "-"] += 1
        elif outcome.outcome == "handed_off":
            self.handed_off[outcome.reason or "-"] += 1
        elif outcome.outcome == "ignored":
            self.ignored[outcome.reason or "-"] += 1

    def close(self, pair: Pair) -> None:
        if pair.verdict == "nobody" and pair.outcome.outcome == "ignored":
            return  # chatter as likely as a question
        self.answers[pair.verdict] += 1
        if pair.seconds is not None:
            self.seconds[ceil(pair.seconds)] += 1
        shown = self.examples.setdefault(pair.verdict, [])
        if len(shown) < EXAMPLES:
            shown.append(pair)


class Comparison:
    """Folds outcomes, each as it comes, into a report."""

    def __init__(self, within: float = WITHIN, slack: float = SLACK) -> None:
        self._within = within
        self._slack = slack
        self._open: list[Asked] = []  # in the order of their times, as the lines
        self._lines: list[Line] = []
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._newest = float("-inf")
        self._tally = _Tally()

    def add(self, outcome: Outcome) -> tuple[Pair, ...]:
        """Take the next outcome; return what it makes known: a question and who answered it.

        That may be told of a line of the staff, or of a question that was slower to come through.
        Later outcomes may correct it. A message that comes twice counts once.
        """
        message = outcome.message
        if message.id in self._seen:
            return ()
        self._seen[message.id] = None
        if len(self._seen) > SEEN:
            self._seen.popitem(last=False)
        self._newest = max(self._newest, message.sent_at)
        self._tally.note(outcome)
        found: tuple[Pair, ...] = ()
        if _is_staff(outcome):
            found = self._answers(line := Line.of(message))
            insort(self._lines, line, key=_when)
        elif asks(outcome):
            insort(self._open, asked := Asked.of(outcome), key=_when)
            pair = self._pair(asked)
            found = (pair,) if pair.answer else ()
        self._close()
        return found

    def report(self) -> Report:
        """Return what has come so far; open questions count as they stand."""
        tally = deepcopy(self._tally)
        for asked in self._open:
            tally.close(self._pair(asked))
        examples = {name: tuple(tally.examples.get(name, ())) for name in VERDICTS}
        return Report(
            tally.messages,
            dict(tally.outcomes.most_common()),
            dict(tally.drafted.most_common()),
            dict(tally.handed_off.most_common()),
            dict(tally.ignored.most_common()),
            {name: tally.answers[name] for name in VERDICTS},
            dict(sorted(tally.seconds.items())),
            examples,
        )

    def _answers(self, line: Line) -> tuple[Pair, ...]:
        """Return the open questions that nobody has answered before this line."""
        return tuple(
            _paired(asked, line, how)
            for asked in self._open
            if (how := self._how(asked, line))
            and not any(self._how(asked, earlier) for earlier in self._lines)
        )

    def _close(self) -> None:
        """Decide what no line that is still to come can answer, and forget it."""
        horizon = self._newest - self._within - self._slack
        last = max(bisect_left(self._open, (horizon, ""), key=_when), len(self._open) - OPEN)
        for asked in self._open[:last]:
            self._tally.close(self._pair(asked))
        del self._open[:last]
        first = max(bisect_left(self._lines, (horizon, ""), key=_when), len(self._lines) - LINES)
        del self._lines[:first]

    def _pair(self, asked: Asked) -> Pair:
        """Return a question with the first line that answers it."""
        for line in self._lines:
            if how := self._how(asked, line):
                return _paired(asked, line, how)
        return Pair(asked.outcome, "bot_only" if asked.outcome.reply else "nobody")

    def _how(self, asked: Asked, line: Line) -> How | None:
        """Return by what one sees that a line answers a question, or None."""
        said = line.message
        if not 0 <= said.sent_at - asked.message.sent_at <= self._within:
            return None
        how = answered(asked, line)
        if how is None or how == "reply":
            return how
        if said.reply_to and any(said.reply_to == other.message.id for other in self._open):
            return None  # it stands under another question
        return None if how == "mention" and self._asked_again(asked.message, said) else how

    def _asked_again(self, asked: ChatMessage, said: ChatMessage) -> bool:
        """Say whether the asker has asked something else by then: a mention answers the latest."""
        return any(
            other.message.author_id == asked.author_id
            and (asked.sent_at, asked.id) < _when(other)
            and other.message.sent_at <= said.sent_at
            for other in self._open
        )


def compare(outcomes: Iterable[Outcome], within: float = WITHIN, slack: float = SLACK) -> Report:
    """Return the report of what has been heard, all at once."""
    comparison = Comparison(within, slack)
    for outcome in outcomes:
        comparison.add(outcome)
    return comparison.report()


def _when(each: Asked | Line) -> tuple[float, str]:
    return each.message.sent_at, each.message.id


def _is_staff(outcome: Outcome) -> bool:
    """Say whether a person of the staff said this: moderators that are bots answer nothing."""
    return outcome.message.role in STAFF and outcome.reason not in ("known_bot", "own_message")


def asks(outcome: Outcome) -> bool:
    """Say whether a message is a question, or might be one that the reader was unsure of."""
    if outcome.outcome in ("drafted", "answered", "handed_off", "blocked"):
        return True
    return outcome.reason == "low_confidence" and outcome.intent in ASKED


def _paired(asked: Asked, line: Line, how: How) -> Pair:
    return Pair(asked.outcome, verdict(asked, line), line.message, how)
