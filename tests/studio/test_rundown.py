"""A script keeps to its time: the whole within 10 %, every product when the run-down says."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Lang
from bot.studio.patterns import Voice
from bot.studio.rundown import clock
from bot.studio.slots import LEAST, Goods, slots
from tests.studio.scripts import demo, some, write

LATE = 10.0
"""Seconds by which a part may begin beside its plan."""


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["zh", "en"]),
    st.integers(1, 30),
    st.integers(5, 120),
    st.sampled_from(["plain", "warm", "lively", "expert"]),
    st.integers(0, 1000),
)
def test_every_length_and_catalogue_is_on_time(
    lang: Lang, count: int, minutes: int, voice: Voice, seed: int
) -> None:
    catalogue = some(lang, count, seed)
    script = write(catalogue, lang, minutes, voice, seed)
    assert script.seconds == pytest.approx(60 * minutes, rel=0.1)
    late = [abs(part.start - part.planned) for part in script.segments]
    assert max(late) <= LATE
    at = 0.0
    for part in script.segments:
        assert part.start == pytest.approx(at)
        at += part.seconds
    shown = {part.product.sku for part in script.segments if part.product}
    absent = {product.sku for product in script.absent}
    assert shown | absent == {product.sku for product in catalogue.products}
    assert not shown & absent


@given(
    st.floats(300, 7200),
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40),
)
def test_slots_fill_the_stream_without_gap_or_overlap(
    total: float, rows: list[tuple[int, bool]]
) -> None:
    goods = [Goods(str(at), points, sold) for at, (points, sold) in enumerate(rows)]
    plan, absent = slots(total, goods)
    assert plan[0].start == 0
    assert plan[-1].end == pytest.approx(total)
    assert all(one.end == pytest.approx(other.start) for one, other in itertools.pairwise(plan))
    first = [slot.sku for slot in plan if slot.part == "product" and slot.turn == 1]
    assert sorted([*first, *absent], key=str) == sorted((each.sku for each in goods), key=str)
    equal = [slot.end - slot.start for slot in plan if slot.part == "product"]
    assert min(equal) >= LEAST * 0.35


def test_what_is_sold_out_gives_way_when_there_is_no_time_for_all() -> None:
    goods = [Goods(str(at), 5, sold_out=at < 5) for at in range(30)]
    plan, absent = slots(300.0, goods)
    assert absent
    assert {slot.sku for slot in plan if slot.sku} <= {str(at) for at in range(5, 30)}


def test_a_long_stream_comes_back_to_each_product_in_other_words() -> None:
    script = write(demo(), "zh", 120)
    turns = [part for part in script.segments if part.product and part.product.sku == "A1"]
    assert len(turns) >= 3
    said = [{line.text for line in part.lines} for part in turns]
    assert not said[0] & said[1]
    assert [part.turn for part in turns] == list(range(1, len(turns) + 1))


def test_what_is_sold_out_is_said_so_and_not_offered_again() -> None:
    script = write(demo(), "zh", 120)
    (train,) = [part for part in script.segments if part.product and part.product.sku == "K7"]
    assert any("售罄" in line.text for line in train.lines)
    assert not any("链接" in line.text and "7" in line.text for line in train.lines[1:])


def test_free_talk_is_counted_apart_from_what_is_read_aloud() -> None:
    script = write(demo(), "zh", 30)
    said, shown, free = script.shares()
    assert said + shown + free == pytest.approx(script.seconds)
    assert said > 0.25 * script.seconds


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "00:00"), (75.4, "01:15"), (3661, "1:01:01"), (59.6, "01:00")]
)
def test_a_time_is_written_as_a_clock(seconds: float, said: str) -> None:
    assert clock(seconds) == said
