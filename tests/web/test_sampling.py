"""What a page may leave out of a flood, and what it may not, whatever comes."""

import asyncio
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import STAFF, Delivered, Kind, Outcome, Reply, Role
from bot.web.events import Event, Inbox, dropped
from bot.web.sampling import Allowance, plain
from tests.strategies import outcomes
from tests.web.test_feed import outcome

REPLY = Reply("re:m1", "room/a", "129元", "faq", (), ("m1",))
rates = st.integers(0, 100)
bursts = st.integers(0, 50)
moments = st.lists(st.floats(1_000.0, 1_010.0), max_size=300).map(sorted)


@pytest.mark.parametrize("role", sorted(set(get_args(Role)) - STAFF))
@pytest.mark.parametrize("kind", get_args(Kind))
def test_only_a_line_that_the_bot_lets_pass_is_plain(kind: Kind, role: Role) -> None:
    line = replace(outcome(1), outcome=kind, message=replace(outcome(1).message, role=role))
    assert plain(line) == (kind in ("ignored", "expired", "shed"))


@given(outcomes())
def test_nothing_that_an_operator_may_act_on_is_plain(line: Outcome) -> None:
    told = line.reply is not None or line.notice is not None
    kind = line.outcome in get_args(Kind) and line.outcome not in ("ignored", "expired", "shed")
    if told or kind or line.message.role in STAFF:
        assert not plain(line)


def test_a_delivery_and_a_removal_are_never_plain() -> None:
    assert not plain(Delivered("re:m1", "sent", 8.0))
    assert not plain(None)
    assert not plain(replace(outcome(1), reply=REPLY))


@given(rates, bursts, moments)
def test_over_any_stretch_no_more_goes_than_the_rate_and_the_burst(
    rate: int, burst: int, asked: list[float]
) -> None:
    allowance = Allowance(rate, burst)
    went = [at for at in asked if allowance.take(at)]
    for first in range(len(went)):
        for last in range(first, len(went)):
            stretch = went[last] - went[first]
            assert last - first + 1 <= burst + rate * stretch + 1e-6


@given(st.integers(1, 100), st.integers(1, 50), moments)
def test_who_asks_no_faster_than_the_rate_is_never_refused(
    rate: int, burst: int, asked: list[float]
) -> None:
    allowance, last = Allowance(rate, burst), 0.0
    for at in asked:
        if at - last >= 1.0001 / rate:
            last = at
            assert allowance.take(at)


@given(bursts, moments)
def test_what_comes_within_the_burst_all_goes(burst: int, asked: list[float]) -> None:
    allowance = Allowance(0, burst)
    assert [allowance.take(at) for at in asked] == [at < burst for at in range(len(asked))]


@given(st.lists(st.booleans(), max_size=120), st.integers(1, 8), st.none() | st.integers(0, 9))
def test_an_inbox_keeps_its_order_loses_no_other_for_a_plain_one_and_counts_what_is_missing(
    kinds: list[bool], most: int, sample: int | None
) -> None:
    inbox = Inbox(None, most, sample)
    for number, quiet in enumerate(kinds):
        line = outcome(number) if quiet else replace(outcome(number), outcome="handed_off")
        inbox.put(Event(f"0:{number}-0", "room/a", line, at=float(number) / 100))
    taken = asyncio.run(_taken(inbox)) if kinds else []
    assert [each.cursor for each in taken] == sorted(
        (each.cursor for each in taken), key=lambda cursor: int(cursor[2:-2])
    )
    others = [f"0:{number}-0" for number, quiet in enumerate(kinds) if not quiet]
    assert [each.cursor for each in taken if not each.plain] == others[-most:]
    assert len(taken) + inbox.lost() + inbox.left_out() == len(kinds)


async def _taken(inbox: Inbox) -> list[Event]:
    return await inbox.take(0.0)


def test_a_client_with_a_sample_is_told_how_many_plain_lines_there_were_besides() -> None:
    inbox = Inbox("room/a", 100, 0)
    for number in range(3):
        inbox.put(Event(f"0:{number}-0", "room/a", outcome(number)))
    inbox.miss("room/a")
    inbox.miss("room/b")
    assert [each.data for each in dropped(inbox)] == ['{"type": "sampled", "count": 4}']
    assert not dropped(inbox)
    assert inbox.dropped == 0  # nothing is lost: nobody could have read it
