"""The charts: what is counted in which step, and that an old or wrong time does no harm."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.removals import Removal
from bot.model import Delivered, Outcome, Removed
from bot.web.series import REPLIES, SPAN, STEP, TIMES, RoomSeries, Series
from tests.web.asking import ROOM, START, answered, joined, left, line, posted

STEPS = SPAN // STEP


class Told:
    """A series, and the time that it is told."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.series = Series([ROOM, "room/other"], lambda: self.now)

    def see(self, *events: Outcome | Delivered) -> "Told":
        for event in events:
            self.series.see(event)
        return self

    def of(self, room: str = ROOM, span: int = SPAN) -> RoomSeries:
        return self.series.of(room, self.now, span)


def test_an_hour_of_ten_seconds_each_whose_last_step_is_now() -> None:
    told = Told(START + 3).of()
    assert (told.step, told.start, told.now) == (STEP, START - SPAN + STEP, START + 3)
    assert len(told.messages) == len(told.p50) == STEPS
    assert set(told.messages) == {0}
    assert set(told.p95) == {None}


def test_messages_questions_and_hand_offs_count_when_they_were_sent() -> None:
    chatter = Outcome(line("nice", START - 10), "ignored", "not_a_question", intent="chitchat")
    unread = Outcome(line("?", START - 10), "shed", "room_cap")
    told = Told(START).see(chatter, unread, left("防水吗", START - 25), answered("多少钱", START))
    assert told.of().messages[-4:] == [1, 0, 2, 1]
    assert told.of().questions[-4:] == [1, 0, 0, 1]
    assert told.of().handed_off[-4:] == [1, 0, 0, 0]


def test_what_the_bot_and_the_page_say_is_no_message_of_a_viewer() -> None:
    own = Outcome(line("129元", role="bot"), "ignored", "own_message")
    command = Outcome(line("!bot off", role="host"), "commanded", notice="off")
    assert sum(Told().see(own, command).of().messages) == 0


def test_a_reply_counts_when_it_is_posted_with_all_whom_it_answers_and_how_long_they_waited() -> (
    None
):
    told = Told(START + 12)
    one = answered("多少钱", START)
    two = joined(one, "how much", START + 1)
    told.see(one, two, posted(one, START + 11.5, two))
    assert (told.of().answers[-2:], told.of().answered[-2:]) == ([0, 1], [0, 2])
    assert told.of().p50[-2:] == told.of().p95[-2:] == [None, 11.5]
    told.see(posted(one, START + 11.5, two))
    assert told.of().answers[-1] == 1


def test_what_is_shown_beside_the_chat_is_an_answer_and_what_is_dropped_is_none() -> None:
    for reason, counted in (("shown", 1), ("too_late", 0), ("off", 0)):
        one = answered("多少钱")
        told = Told().see(one, posted(one, START, delivery="not_sent", reason=reason))
        assert sum(told.of().answers) == counted
    one = answered("多少钱")
    assert sum(Told().see(one, posted(one, START, delivery="refused")).of().answers) == 0


def test_a_draft_waits_from_when_it_was_asked_and_the_staffs_own_words_have_no_latency() -> None:
    asked = answered("多少钱", START)
    assert asked.reply is not None
    draft = replace(asked, outcome="drafted", reason="approval")
    approval = Outcome(line("!bot ok 1", START + 40, role="host"), "commanded", reply=asked.reply)
    told = Told(START + 41).see(draft, approval, posted(asked, START + 41))
    assert told.of().p50[-1] == 41.0

    own = replace(asked.reply, id="an:c1")
    answer = Outcome(line("!bot answer m1 = yes", role="host"), "commanded", reply=own)
    told = Told(START + 1).see(answer, Delivered("an:c1", "sent", START + 1, "yes", ("m1",)))
    assert (told.of().answers[-1], told.of().p50[-1]) == (1, None)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=40))
def test_percentiles_are_of_what_was_posted(waits: list[float]) -> None:
    told = Told(START)
    for wait in waits:
        one = answered("x", START - wait)
        told.see(one, posted(one, START))
    ranked = sorted(waits)
    p50, p95 = told.of().p50[-1], told.of().p95[-1]
    assert p50 == pytest.approx(ranked[-(-len(ranked) // 2) - 1], abs=1e-3)
    assert p95 == pytest.approx(ranked[-(-len(ranked) * 95 // 100) - 1], abs=1e-3)


@given(st.lists(st.floats(0, 4e9), max_size=30), st.floats(1e6, 4e9))
def test_whatever_a_platforms_clock_says_an_hour_is_kept_and_nothing_else(
    times: list[float], now: float
) -> None:
    told = Told(now)
    for at in times:
        told.see(left("防水吗", at))
    steps = told.series._rooms[ROOM]
    assert len(steps) <= STEPS + 2
    assert all(now // STEP - STEPS - 2 <= number <= now // STEP for number in steps)
    later = sum(at > now for at in times)
    assert told.of().messages[-1] >= later


def test_a_shorter_span_is_the_end_of_the_longer_one() -> None:
    told = Told(START).see(*(left("防水吗", START - 7 * number) for number in range(40)))
    whole = told.of()
    for span in (10, 15, 60, SPAN):
        part = told.of(span=span)
        assert len(part.messages) == math.ceil(span / STEP)
        assert part.messages == whole.messages[-len(part.messages) :]
        assert part.start == whole.now // STEP * STEP - STEP * (len(part.messages) - 1)


def test_rooms_do_not_mix_and_one_that_is_not_known_is_not_counted() -> None:
    told = Told().see(left("防水吗", room="room/other"), left("防水吗", room="room/third"))
    assert (sum(told.of().messages), sum(told.of("room/other").messages)) == (0, 1)
    with pytest.raises(KeyError):
        told.of("room/third")


def test_a_removal_changes_no_count_and_the_retention_ends_it() -> None:
    told = Told(START).see(left("防水吗", START - 30), left("防水吗", START))
    told.series.remove(Removal(Removed(ROOM), START))
    assert sum(told.of().messages) == 2
    told.series.forget(START - 15)
    assert sum(told.of().messages) == 1


def test_memory_is_bounded_however_much_is_never_posted() -> None:
    told = Told()
    for _ in range(REPLIES + 5):
        told.see(answered("x"))
    assert len(told.series._asked) == REPLIES
    for _ in range(TIMES + 5):
        one = answered("x")
        told.see(one, posted(one, START + 1))
    [step] = told.series._rooms[ROOM].values()
    assert (len(step.times), step.answers) == (TIMES, TIMES + 5)
