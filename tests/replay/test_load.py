"""What is seen of a rehearsal's load: lateness, late replies, what waited, over time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Outcome
from bot.replay.load import LATE, SPANS, Load, Watch
from tests.replay.report.rows import START, answered, chatter, handed


def seen(late: list[float], *finals: Outcome) -> Load:
    watch = Watch()
    for n, each in enumerate(late):
        watch.taken(chatter(f"m{n}", n), START + n + each)
    for outcome in finals:
        watch.final(outcome)
    return watch.load(20.0, 2.0)


def test_lateness_is_told_by_its_quantiles() -> None:
    load = seen([n / 10 for n in range(100)])
    assert (load.half, load.slow, load.worst) == pytest.approx((4.9, 9.4, 9.9))


def test_a_message_that_is_taken_up_before_its_time_is_not_late() -> None:
    assert seen([-0.3]).worst == 0.0


def test_throughput_is_of_real_time() -> None:
    load = seen([0.0] * 3, chatter("a", 0), chatter("b", 1), handed("c", 2))
    assert (load.messages, load.rate) == (3, 1.5)


def test_nothing_that_took_no_time_has_a_throughput() -> None:
    assert Load(1.0, 0, 0.0).rate == 0.0


def test_a_reply_is_late_where_the_message_that_it_answers_first_was_taken_up_late() -> None:
    watch = Watch()
    slow, quick = answered("a", 0), answered("b", 5)
    watch.taken(slow, START + LATE)
    watch.taken(quick, START + 5)
    joined = replace(quick, reply=slow.reply)  # whoever joins a late reply is answered by it once
    for outcome in (slow, joined, replace(quick)):
        watch.final(outcome)
    assert watch.load(1.0, 1.0).late == 1


def test_what_expired_and_what_was_shed_is_counted() -> None:
    expired = replace(chatter("a", 0), outcome="expired", reason="too_late")
    shed = replace(chatter("b", 0), outcome="shed", reason="room_cap")
    load = seen([], expired, shed, shed)
    assert (load.expired, load.shed) == (1, 2)


def test_the_worst_of_each_span_is_kept() -> None:
    watch = Watch()
    for at, late, waits in ((0, 0.5, 3), (0.2, 2.0, 9), (2.1, 0.1, 1)):
        watch.taken(chatter("m", at), START + at + late)
        watch.waiting(START + at, waits)
    load = watch.load(1.0, 1.0)
    found = [(each.begins - START, round(each.late, 3), each.waiting) for each in load.spans]
    assert found == [(0, 2.0, 9), (1, 0.0, 0), (2, 0.1, 1)]
    assert (load.width, load.most) == (1, 9)


def test_what_is_told_names_the_figures() -> None:
    load = replace(seen([0.5]), unheard=3)
    first, second, third = load.told()
    assert "speed 20: taken up 0.50 s (median)" in first
    assert "0 replies late, 0 messages expired, 0 shed" in second
    assert third == "3 messages never taken up"


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=30), st.floats(0, 1e9))
def test_any_run_has_few_spans_that_hold_all_its_messages(ats: list[float], first: float) -> None:
    watch = Watch()
    for at in ats:
        message = replace(chatter("m", 0).message, sent_at=first + at)
        watch.taken(replace(chatter("m", 0), message=message), first + at + 1)
    load = watch.load(1.0, 1.0)
    assert 1 <= len(load.spans) <= SPANS + 1
    assert load.spans[0].begins <= first + min(ats)
    assert first + max(ats) < load.spans[-1].begins + load.width + 1e-3
