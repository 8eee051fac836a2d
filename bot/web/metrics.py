"""What is counted and timed, in Prometheus's text format; labels are known words and nothing else.

Counters of outcomes and replies come from the bus's events: every process that serves a page tells
of all rooms, so add nothing up over processes. Waits and reconnects are this process's own.
"""

from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily

from bot.model import INTENTS, Beat, Delivered, Delivery, Kind, Outcome, QueueStats

REASONS = frozenset({
    "approval", "auth_failed", "banned_word", "changed", "cooldown", "crashed", "dead_letter",
    "deleted", "disconnected", "failed", "host_answered", "host_only", "injection", "known_bot",
    "low_confidence", "muted", "no_answer", "no_fact", "no_product", "no_words", "not_a_question",
    "not_allowed", "off", "own_message", "own_order", "paused", "rejected", "repeated", "room_cap",
    "shadow", "shown", "staff", "to_another", "too_late", "too_long", "too_many_drafts",
    "ungrounded", "unknown_product", "unreadable", "which_one",
})  # fmt: skip
"""The reasons that have a label of their own; what a platform says is "other"."""
STEPS = frozenset({"handle", "read", "look up", "write", "check"})
MODELS = {"read": "reader", "write": "writer"}
"""The model that does most of a step."""
LEDGER = ("accepted", *get_args(Kind), *(each for each in get_args(Delivery) if each != "pending"))
REPLIES = 10_000
"""Replies whose message is remembered until they are delivered."""
LATENCY = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 60.0)
STEP = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAITS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The counters and timers of this process. ``platforms`` are those that get a label."""

    def __init__(self, platforms: Collection[str]) -> None:
        self._platforms = frozenset(platforms)
        self._asked: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lost = Tally[str]()
        self._known: dict[tuple[Counter, tuple[str, ...]], Counter] = {}
        self._registry = registry = CollectorRegistry()
        self._messages = Counter(
            "danmate_messages", "Messages that have an outcome", ["platform"], registry=registry
        )
        self._outcomes = Counter(
            "danmate_outcomes",
            "What became of messages",
            ["outcome", "reason", "intent"],
            registry=registry,
        )
        self._replies = Counter(
            "danmate_replies", "What became of replies", ["delivery", "reason"], registry=registry
        )
        self._latency = Histogram(
            "danmate_reply_latency_seconds",
            "From the platform's time of a message to the post of its reply",
            ["platform"],
            registry=registry,
            buckets=LATENCY,
        )
        self._steps = Histogram(
            "danmate_step_seconds",
            "Time that a step of handling took; handle is the whole",
            ["step"],
            registry=registry,
            buckets=STEP,
        )
        self._models = Histogram(
            "danmate_model_seconds",
            "Time that a message waited for a model",
            ["model"],
            registry=registry,
            buckets=STEP,
        )
        self._waits = Histogram(
            "danmate_limiter_wait_seconds",
            "Time that a reply must wait because an account's limit is reached",
            ["platform"],
            registry=registry,
            buckets=WAITS,
        )
        self._reconnects = Counter(
            "danmate_reconnects", "Connections that were lost", ["platform"], registry=registry
        )

    def observe(self, event: Outcome | Delivered) -> None:
        """Count one event of the bus."""
        if isinstance(event, Outcome):
            self._outcome(event)
        else:
            self._delivered(event)

    def waited(self, platform: str, seconds: float) -> None:
        """Note that a reply was put off by the limits for ``seconds``."""
        self._waits.labels(self._platform(platform)).observe(seconds)

    def reconnected(self, room: str) -> None:
        """Count a lost connection of a room of this process."""
        self._reconnects.labels(self._platform(room.partition("/")[0])).inc()
        self._lost[room] += 1

    def reconnects(self, room: str) -> int:
        """Return how often a room of this process has lost its connection."""
        return self._lost[room]

    def text(self, stats: QueueStats | None) -> bytes:
        """Return all metrics, with the queue's where its state is known."""
        return generate_latest(self._registry) + generate_latest(_Queue(stats))

    def _outcome(self, event: Outcome) -> None:
        platform = self._platform(event.message.platform)
        intent = event.intent if event.intent in INTENTS else ""
        self._count(self._messages, platform)
        self._count(self._outcomes, event.outcome, _reason(event.reason), intent)
        for step, seconds in event.seconds.items():
            if step in STEPS:
                self._steps.labels(step).observe(seconds)
            if step in MODELS:
                self._models.labels(MODELS[step]).observe(seconds)
        if event.reply is not None and event.reply.delivery == "pending":
            self._asked[event.reply.id] = platform, event.message.sent_at
            if len(self._asked) > REPLIES:
                self._asked.popitem(last=False)

    def _delivered(self, event: Delivered) -> None:
        self._count(self._replies, event.delivery, _reason(event.reason))
        platform, sent_at = self._asked.pop(event.reply_id, ("", event.at))
        if platform and event.delivery == "sent":
            latency = event.at - sent_at
            self._latency.labels(platform).observe(max(0.0, latency))  # clocks may differ a little

    def _count(self, counter: Counter, *labels: str) -> None:
        """Add one; to find a counter by its labels takes four times as long as to add."""
        if (found := self._known.get((counter, labels))) is None:
            found = self._known[counter, labels] = counter.labels(*labels)
        found.inc()

    def _platform(self, name: str) -> str:
        return name if name in self._platforms else "other"


def _reason(reason: str | None) -> str:
    return "" if reason is None else reason if reason in REASONS else "other"


class _Queue:
    """The state of the queue as metrics."""

    def __init__(self, stats: QueueStats | None) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        yield GaugeMetricFamily(
            "danmate_store_up", "Whether the queue answers", value=float(self._stats is not None)
        )
        if self._stats is None:
            return
        yield from _backlog(self._stats)
        ledger = GaugeMetricFamily(
            "danmate_ledger",
            "Accepted messages, and how many had each outcome, how many replies each delivery",
            labels=["state"],
        )
        for state in LEDGER:
            ledger.add_metric([state], self._stats.counts.get(state, 0))
        yield ledger
        yield GaugeMetricFamily(
            "danmate_dead_letters", "Messages that could not be handled", value=self._stats.dead
        )
        yield from _crew([beat for _, beat in self._stats.crew])


def _backlog(stats: QueueStats) -> Iterator[Metric]:
    pending = GaugeMetricFamily(
        "danmate_pending_messages", "Messages without an outcome", labels=["priority", "state"]
    )
    lag = GaugeMetricFamily(
        "danmate_queue_lag_seconds",
        "Age of the first message that no worker has taken",
        labels=["priority"],
    )
    oldest = GaugeMetricFamily(
        "danmate_oldest_message_seconds",
        "Age of the oldest message without an outcome",
        labels=["priority"],
    )
    for priority, each in sorted(stats.backlog.items()):
        pending.add_metric([priority, "waiting"], each.waiting)
        pending.add_metric([priority, "leased"], each.leased)
        lag.add_metric([priority], each.lag)
        oldest.add_metric([priority], each.oldest)
    yield from (pending, lag, oldest)


def _crew(beats: Collection[Beat]) -> Iterator[Metric]:
    workers = [beat for beat in beats if beat.role in ("all", "worker")]
    alive = GaugeMetricFamily("danmate_workers", "Workers alive", labels=["state"])
    alive.add_metric(["warm"], sum(beat.warm for beat in workers))
    alive.add_metric(["loading"], sum(not beat.warm for beat in workers))
    yield alive
    yield GaugeMetricFamily(
        "danmate_worker_lag_seconds",
        "Longest wait of a message that a worker holds and carries next",
        value=max((beat.lag for beat in workers), default=0.0),
    )
    yield SummaryMetricFamily(
        "danmate_batch_size",
        "Texts in a batch of the reader, of the workers that are alive",
        count_value=sum(beat.batches for beat in workers),
        sum_value=sum(beat.messages for beat in workers),
    )
