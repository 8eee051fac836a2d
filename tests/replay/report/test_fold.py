"""Folding outcomes: the same figures however they come in, in memory that does not grow."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Outcome, Window
from bot.replay.report import Fold
from bot.replay.report.counts import SPANS, Recent, Sends, Spans, Tops, tenths
from bot.replay.report.figures import quantile
from bot.replay.report.fold import PRODUCTS, TALK, UNANSWERED
from tests import strategies
from tests.replay.report.rows import (
    START,
    answered,
    chatter,
    drafted,
    folded,
    handed,
    refused,
    reply,
    staff,
)

WINDOWS = (Window("account", 20, 30.0), Window("room", 1, 1.0))


@given(st.lists(strategies.outcomes(), max_size=30), st.sets(st.integers(0, 30)))
def test_folding_in_any_chunks_gives_the_same(outcomes: list[Outcome], looks: set[int]) -> None:
    fold = Fold(WINDOWS, 1.5)
    for n, outcome in enumerate(outcomes):
        if n in looks:
            fold.figures()
        fold.add(outcome)
    assert fold.figures() == folded(outcomes, Fold(WINDOWS, 1.5))


@given(st.lists(strategies.outcomes(), max_size=30))
def test_every_message_is_counted_once_in_every_breakdown(outcomes: list[Outcome]) -> None:
    figures = folded(outcomes)
    assert figures.messages == len(outcomes) == sum(figures.fates.values())
    assert sum(row.count for row in figures.rooms) == len(outcomes)
    assert sum(row.count for rows in figures.reasons.values() for row in rows) == len(outcomes)
    assert sum(sum(each.values()) for each in figures.timeline.bins.values()) == len(outcomes)
    assert sum(row.count for row in figures.intents) == sum(bool(o.intent) for o in outcomes)


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_time_that_no_calendar_shows_is_counted_but_not_drawn(at: float) -> None:
    odd = answered("a", 0)
    odd = replace(odd, message=replace(odd.message, sent_at=at))
    figures = folded([odd, chatter("b", 5)])
    assert (figures.messages, figures.first, figures.last) == (2, START + 5, START + 5)


def test_one_reply_for_three_askers_saves_two_lines() -> None:
    shared = reply("a", 1.5, "a", "b", "c")
    asked = [replace(answered(each, n), reply=shared) for n, each in enumerate("abc")]
    figures = folded(asked)
    assert (figures.replies, figures.askers) == (1, {3: 1})
    assert figures.waits == {15: 1, 5: 1, 0: 1}  # the last asked after it was due


def test_a_wait_runs_from_the_question_to_the_reply() -> None:
    assert folded([answered("a", 0, 2.26)]).waits == {23: 1}


def test_a_draft_waits_as_long_as_it_would_have() -> None:
    slow = replace(drafted("a", 0), seconds={"handle": 0.5})
    assert folded([slow], Fold(window=1.5)).waits == {20: 1}


def test_what_a_limit_held_back_is_told_from_what_was_merely_due() -> None:
    late = answered("a", 0, 4.0)
    assert late.reply is not None
    held = replace(late, reply=replace(late.reply, due=START + 1.5))
    assert folded([held]).held == {25: 1}
    assert folded([answered("a", 0)]).held == {0: 1}


def test_the_most_sends_in_any_span_of_a_limit_are_found() -> None:
    sends = Sends(WINDOWS)
    for at in (0.0, 10.0, 29.0, 29.5, 31.0, 80.0):
        sends.add("a", START + at)
    account, room = sends.limits()
    assert (account.most, room.most) == (4, 2)  # 10, 29, 29.5, 31; 29 and 29.5


def test_sends_in_two_rooms_share_the_account_but_not_the_room() -> None:
    sends = Sends(WINDOWS)
    sends.add("a", START)
    sends.add("b", START + 0.1)
    assert [use.most for use in sends.limits()] == [2, 1]


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=40))
def test_the_busiest_span_is_that_of_a_naive_count(tenths: list[int]) -> None:
    times = [n / 8 for n in sorted(tenths)]  # eighths: differences are exact
    sends = Sends((Window("account", 5, 30.0),))
    for at in times:
        sends.add("a", at)
    naive = max(sum(end - 30.0 < at <= end for at in times) for end in times)
    assert sends.limits()[0].most == naive


@given(st.lists(st.floats(0, 4e9), min_size=1, max_size=60))
def test_a_timeline_never_has_more_spans_than_it_may(times: list[float]) -> None:
    spans = Spans()
    for at in times:
        spans.add(at, "silent")
    line = spans.timeline()
    assert max(line.bins) - min(line.bins) < SPANS
    assert sum(each["silent"] for each in line.bins.values()) == len(times)
    assert all(int(at) // line.width in line.bins for at in times)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.randoms())
def test_a_timeline_does_not_depend_on_the_order(times: list[int], shuffle: object) -> None:
    one, other = Spans(), Spans()
    for at in times:
        one.add(at, "silent")
    for at in sorted(times, reverse=True):
        other.add(at, "silent")
    assert one.timeline() == other.timeline()


def test_the_frequent_are_kept_when_the_rare_are_forgotten() -> None:
    tops = Tops(3)
    for n in range(1_000):
        tops.add("often", "host", handed("a", n))
        tops.add(f"once {n}", "host", handed("b", n))
    rows = tops.rows()
    assert rows[0].key == "often"
    assert rows[0].count == 1_000
    assert len(rows) <= 3


def test_memory_does_not_grow_with_what_viewers_make_up() -> None:
    figures = folded(
        replace(handed(f"m{n}", n, f"question number {n}?"), product=f"sku{n}")
        for n in range(3_000)
    )
    assert len(figures.unanswered) == UNANSWERED
    assert len(figures.products) <= PRODUCTS
    assert len(figures.sample) == TALK
    recent: Recent[int, int] = Recent(3)
    for n in range(10):
        recent.keep(n, n)
    assert list(recent) == [7, 8, 9]


def test_the_same_question_in_other_letters_counts_as_one() -> None:
    asked = [handed("a", 0, "Is it WATERPROOF?"), handed("b", 1, "is it waterproof ??")]
    [row] = folded(asked).unanswered
    assert row.count == 2


def test_what_the_bot_was_unsure_of_stands_behind_what_it_knew_to_be_questions() -> None:
    unsure = [replace(chatter(f"u{n}", n, "stream"), reason="low_confidence") for n in range(5)]
    rows = folded([*unsure, handed("h", 9)]).unanswered
    assert [row.last.outcome for row in rows] == ["handed_off", "ignored"]


def test_a_word_that_was_stopped_is_counted_with_what_was_said_instead() -> None:
    [row] = folded([refused("a", 0), refused("b", 60)]).blocked
    assert (row.key, row.fates) == ("banned_word\nbest", {"answered": 2})


def test_the_sample_is_the_stretch_with_most_to_see() -> None:
    quiet = [chatter(f"q{n}", n) for n in range(50)]
    busy = [answered(f"b{n}", 100 + 10 * n) for n in range(TALK)]
    later = [chatter(f"l{n}", 900 + n) for n in range(50)]
    assert list(folded([*quiet, *busy, *later]).sample) == busy


def test_how_much_sooner_the_bot_was_counts_from_its_reply_to_the_staffs() -> None:
    figures = folded([answered("a", 0, 1.5), staff("h", 12.0, "@Ann 59")])
    assert figures.sooner == {10: 1}
    assert figures.people.answers["agree"] == 1


def test_where_people_were_first_the_head_start_is_theirs() -> None:
    assert folded([answered("a", 0, 5.0), staff("h", 2.0, "@Ann 59")]).sooner == {-3: 1}


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 1), (0.51, 2), (0.9, 5), (1.0, 5)])
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert quantile({5: 1, 1: 2, 2: 1}, share) == value


def test_nothing_has_no_quantile_and_no_wait() -> None:
    assert quantile({}, 0.5) is None
    assert tenths(float("nan")) is None
    assert (tenths(-1.0), tenths(float("inf"))) == (0, 600)
