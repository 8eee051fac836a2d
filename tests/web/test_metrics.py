"""What Prometheus is told, and that no word of anybody else stands in it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot.flow.outcomes import UNSAID
from bot.model import (
    Backlog,
    Beat,
    ChatMessage,
    Delivered,
    Delivery,
    Kind,
    Outcome,
    QueueStats,
    Reply,
)
from bot.web.metrics import REASONS, REPLIES, STEPS, Metrics
from tests import strategies

ROOT = Path(__file__).parents[2]
CANARY = "c4nary5ecret"
MESSAGE = ChatMessage("m1", "room", "room/a", "Bob", "42", "viewer", "how much?", 100.0)
REPLY = Reply("re:m1", "room/a", "129元", "faq", (), ("m1",))
ANSWERED = Outcome(MESSAGE, "answered", intent="price", reply=REPLY)


def scraped(metrics: Metrics, stats: QueueStats | None = None) -> dict[str, float]:
    """Return every sample, as ``name{label=value}``."""
    found = {}
    for family in text_string_to_metric_families(metrics.text(stats).decode()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def told(*events: Outcome | Delivered) -> dict[str, float]:
    metrics = Metrics(["room"])
    for event in events:
        metrics.observe(event)
    return scraped(metrics)


def test_outcomes_are_counted_by_what_became_of_them_and_why() -> None:
    found = told(ANSWERED, ANSWERED, Outcome(MESSAGE, "shed", "room_cap"))
    assert found["danmate_messages_total{platform=room}"] == 3
    assert found["danmate_outcomes_total{intent=price,outcome=answered,reason=}"] == 2
    assert found["danmate_outcomes_total{intent=,outcome=shed,reason=room_cap}"] == 1


def test_replies_are_counted_by_delivery_and_what_a_platform_says_is_other() -> None:
    found = told(
        Delivered("a", "sent", 1.0),
        Delivered("b", "not_sent", 1.0, reason="too_late"),
        Delivered("c", "refused", 1.0, reason="your token x is bad"),
    )
    assert found["danmate_replies_total{delivery=sent,reason=}"] == 1
    assert found["danmate_replies_total{delivery=not_sent,reason=too_late}"] == 1
    assert found["danmate_replies_total{delivery=refused,reason=other}"] == 1


def test_a_replys_latency_runs_from_the_platforms_time_of_its_message() -> None:
    found = told(ANSWERED, Delivered("re:m1", "sent", 102.5))
    assert found["danmate_reply_latency_seconds_sum{platform=room}"] == 2.5
    assert found["danmate_reply_latency_seconds_count{platform=room}"] == 1
    assert found["danmate_reply_latency_seconds_bucket{le=3.0,platform=room}"] == 1
    assert found["danmate_reply_latency_seconds_bucket{le=2.0,platform=room}"] == 0


def test_what_was_not_posted_or_is_not_known_has_no_latency() -> None:
    joined = replace(ANSWERED, reply=replace(REPLY, delivery="not_sent"))
    for events in (
        (ANSWERED, Delivered("re:m1", "not_sent", 130.0, reason="too_late")),
        (Delivered("re:m1", "sent", 102.5),),
        (joined, Delivered("re:m1", "sent", 102.5)),
    ):
        assert not [name for name in told(*events) if "latency" in name]


def test_a_platforms_clock_that_is_ahead_gives_no_negative_latency() -> None:
    found = told(ANSWERED, Delivered("re:m1", "sent", 99.0))
    assert found["danmate_reply_latency_seconds_sum{platform=room}"] == 0


def test_the_replies_that_are_remembered_are_bounded() -> None:
    metrics = Metrics(["room"])
    for number in range(REPLIES + 5):
        metrics.observe(replace(ANSWERED, reply=replace(REPLY, id=f"re:{number}")))
    assert len(metrics._asked) == REPLIES
    for number in (4, 5):  # the first that was forgotten last, the first that is known
        metrics.observe(Delivered(f"re:{number}", "sent", 101.0))
    assert scraped(metrics)["danmate_reply_latency_seconds_count{platform=room}"] == 1


def test_steps_and_models_are_timed() -> None:
    found = told(replace(ANSWERED, seconds={"read": 0.25, "write": 0.5, "handle": 1.0, "odd": 9.0}))
    assert found["danmate_step_seconds_sum{step=handle}"] == 1.0
    assert found["danmate_step_seconds_sum{step=read}"] == 0.25
    assert found["danmate_model_seconds_sum{model=reader}"] == 0.25
    assert found["danmate_model_seconds_sum{model=writer}"] == 0.5
    assert not [name for name in found if "odd" in name]


def test_limits_and_lost_connections_are_told_by_platform() -> None:
    metrics = Metrics(["room"])
    metrics.waited("room", 0.75)
    metrics.reconnected("room")
    metrics.reconnected("unheard-of")
    found = scraped(metrics)
    assert found["danmate_limiter_wait_seconds_sum{platform=room}"] == 0.75
    assert found["danmate_reconnects_total{platform=room}"] == 1
    assert found["danmate_reconnects_total{platform=other}"] == 1


def test_the_queues_state_is_told() -> None:
    crew = (
        ("a", Beat("worker", warm=True, lag=0.5, batches=2, messages=10)),
        ("b", Beat("all", warm=False, lag=1.5, batches=1, messages=2)),
        ("g", Beat("gateway", warm=True)),
    )
    stats = QueueStats(
        counts={"accepted": 9, "answered": 4, "sent": 3, "odd": 1},
        backlog={"urgent": Backlog(1, 0, 0.1, 0.2), "rest": Backlog(2, 2, 3.0, 4.0)},
        dead=1,
        crew=crew,
    )
    found = scraped(Metrics([]), stats)
    assert found["danmate_store_up"] == 1
    assert found["danmate_ledger{state=accepted}"] == 9
    assert found["danmate_ledger{state=sent}"] == 3
    assert found["danmate_pending_messages{priority=rest,state=leased}"] == 2
    assert found["danmate_pending_messages{priority=urgent,state=waiting}"] == 1
    assert found["danmate_queue_lag_seconds{priority=rest}"] == 3.0
    assert found["danmate_oldest_message_seconds{priority=rest}"] == 4.0
    assert found["danmate_dead_letters"] == 1
    assert found["danmate_workers{state=warm}"] == 1
    assert found["danmate_workers{state=loading}"] == 1
    assert found["danmate_worker_lag_seconds"] == 1.5
    assert (found["danmate_batch_size_sum"], found["danmate_batch_size_count"]) == (12, 3)
    assert not [name for name in found if "odd" in name]


@given(st.fixed_dictionaries({kind: st.integers(0, 99) for kind in get_args(Kind)}), st.data())
def test_what_is_accepted_is_what_became_of_it_and_what_is_pending(
    outcomes: dict[str, int], data: st.DataObject
) -> None:
    rest = Backlog(*data.draw(st.tuples(st.integers(0, 99), st.integers(0, 99))))
    accepted = sum(outcomes.values()) + rest.waiting + rest.leased
    stats = QueueStats({**outcomes, "accepted": accepted}, {"rest": rest})
    found = scraped(Metrics([]), stats)
    pending = sum(value for name, value in found.items() if name.startswith("danmate_pending"))
    ended = sum(found[f"danmate_ledger{{state={kind}}}"] for kind in get_args(Kind))
    assert found["danmate_ledger{state=accepted}"] == ended + pending


def test_the_queues_metrics_are_left_out_while_it_is_away() -> None:
    found = scraped(Metrics([]), None)
    assert found == {"danmate_store_up": 0.0}


dirty = st.just(CANARY)
dirty_replies = strategies.replies(
    id=dirty, room=dirty, text=dirty, names=st.just((CANARY,)), answers=st.just((CANARY,))
)
dirty_outcomes = strategies.outcomes(
    message=strategies.chat_messages(
        **dict.fromkeys(("id", "platform", "room", "author", "author_id", "text"), dirty)
    ),
    reason=dirty,
    notice=dirty,
    product=dirty,
    reply=st.none() | dirty_replies,
    seconds=st.just({CANARY: 1.0, "read": 0.1}),
)
dirty_deliveries = strategies.deliveries(reply_id=dirty, text=dirty, reason=dirty)


@given(st.lists(dirty_outcomes | dirty_deliveries, min_size=1), st.sampled_from(["worker", "all"]))
def test_nothing_that_anybody_says_or_is_called_stands_in_the_metrics(
    events: list[Outcome | Delivered], role: str
) -> None:
    metrics = Metrics(["room"])
    metrics.waited(CANARY, 1.0)
    metrics.reconnected(CANARY)
    for event in events:
        metrics.observe(event)
    stats = QueueStats({CANARY: 1}, {"rest": Backlog()}, crew=((CANARY, Beat(role, warm=True)),))
    text = metrics.text(stats).decode()
    assert CANARY not in text
    assert "danmate_workers" in text


CODED = {"Skip", "Silence", "HandOff", "Verdict", "Outcome", "finish", "set_aside", "_settle",
         "_read"}  # fmt: skip
"""Calls that take a reason; each constant word in them is one, but for kinds and deliveries."""
NO_REASON = {*get_args(Kind), *get_args(Delivery)}


def reasons() -> Iterator[str]:
    """Yield the reasons that stand in the source."""
    for part in ("rules", "flow", "bus"):
        for file in sorted((ROOT / "bot" / part).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else (
                        node.func.id if isinstance(node.func, ast.Name) else "")  # fmt: skip
                    if name in CODED:
                        yield from texts([*node.args, *(key.value for key in node.keywords)])
                if isinstance(node, ast.FunctionDef) and node.name == "dismiss":
                    yield from texts(
                        [each.value for each in ast.walk(node)
                         if isinstance(each, ast.Return) and each.value]
                    )  # fmt: skip


def texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Constant(str(value)):
                yield value
            case ast.IfExp(body=body, orelse=other):
                yield from texts([body, other])


def test_every_reason_that_the_bot_gives_has_a_label_of_its_own() -> None:
    found = {each for each in reasons() if re.fullmatch("[a-z_]+", each) and each not in NO_REASON}
    found |= {reason for _, reason in UNSAID.values()}
    assert {"own_message", "room_cap", "crashed", "no_fact"} <= found
    assert found - REASONS == set()


def test_every_step_that_is_timed_has_a_label() -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / "bot" / "flow").glob("*.py"))
    done = {node.args[0].value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "done"
            and node.args
            and isinstance(node.args[0], ast.Constant)}  # fmt: skip
    assert done
    assert done | {"handle"} == STEPS
