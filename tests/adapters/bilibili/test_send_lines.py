"""How a text becomes danmaku."""

import re
from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from adapters.bilibili.lines import NUMBER, capacity, lines

CLUSTERS = ("👨‍👩‍👧", "🇨🇳", "é", "👍🏽", "价", "9", "元", "，", "。", " ", "a", "✋", "कि", "¥")
texts = st.lists(st.sampled_from(CLUSTERS) | st.characters(), max_size=80).map("".join)
lengths = st.integers(10, 40)
parts = st.integers(1, 3)


def bare(pieces: tuple[str, ...]) -> list[str]:
    if len(pieces) == 1:
        return [*pieces]
    return [re.sub(r"\(\d/\d\)$", "", piece) for piece in pieces]


@given(texts, lengths, parts)
def test_nothing_is_lost_and_the_order_is_kept(text: str, length: int, most: int) -> None:
    if pieces := lines(text, length, most):
        breaks = str.maketrans(dict.fromkeys("\r\n\t\v\f\x85\u2028\u2029", " "))
        assert "".join(bare(pieces)) == text.translate(breaks)


@given(texts, lengths, parts)
def test_each_part_fits_and_there_are_not_too_many(text: str, length: int, most: int) -> None:
    pieces = lines(text, length, most)
    assert len(pieces) <= most
    assert all(len(piece) <= length for piece in pieces)
    if len(pieces) > 1:
        assert [piece[-NUMBER:] for piece in pieces] == [
            f"({n}/{len(pieces)})" for n in range(1, len(pieces) + 1)
        ]


@given(texts, lengths, parts)
def test_parts_never_cut_a_grapheme(text: str, length: int, most: int) -> None:
    pieces = bare(lines(text, length, most))
    whole = regex.findall(r"\X", "".join(pieces))
    assert [cluster for piece in pieces for cluster in regex.findall(r"\X", piece)] == whole


@given(texts, lengths, parts)
def test_a_number_is_never_cut(text: str, length: int, most: int) -> None:
    pieces = bare(lines(text, length, most))
    for left, right in pairwise(pieces):
        assert not (left[-1].isdecimal() and right[0].isdecimal())
        assert not (left[-1] in "¥." and right[0].isdecimal())


@given(st.text("价格是元包邮，。 abc", max_size=120), lengths, parts)
def test_a_text_within_the_capacity_always_fits(text: str, length: int, most: int) -> None:
    if len(text) <= capacity(length, most):
        assert lines(text, length, most)


def test_a_short_text_is_one_line_without_a_number() -> None:
    assert lines("129元，包邮", 20, 3) == ("129元，包邮",)
    assert lines("", 20, 2) == ("",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("加绒卫衣129元。全国包邮，48小时内发货哦", ("加绒卫衣129元。(1/2)", "全国包邮，48小时内发货哦(2/2)")),
        ("加绒连帽卫衣129元，全国包邮，四十八小时发", ("加绒连帽卫衣129元，(1/2)", "全国包邮，四十八小时发(2/2)")),
        ("the hoodie is $59.90 today", ("the hoodie is (1/2)", "$59.90 today(2/2)")),
        ("加绒连帽加厚卫衣现在就只要129元哦哦哦哦", ("加绒连帽加厚卫衣现在就只要(1/2)", "129元哦哦哦哦(2/2)")),
    ],
)  # fmt: skip
def test_it_is_cut_where_a_reader_would_pause(text: str, expected: tuple[str, ...]) -> None:
    assert lines(text, 20, 2) == expected


def test_a_family_of_emoji_is_never_halved() -> None:
    family = "👨‍👩‍👧"
    assert lines("卖" * 13 + family + "好好好", 20, 2) == (
        "卖" * 13 + "(1/2)",
        family + "好好好(2/2)",
    )


@pytest.mark.parametrize(
    ("text", "most"), [("卖" * 31, 2), ("卖" * 21, 1), ("e" + "\u0301" * 40, 3)]
)
def test_what_does_not_fit_is_no_line(text: str, most: int) -> None:
    assert lines(text, 20, most) == ()


def test_a_mention_is_not_left_alone_in_a_line() -> None:
    pieces = lines("@viewer100 云南冻干黑咖啡现在59元哦", 20, 2)
    assert len(pieces[0]) > NUMBER + len("@viewer100 ")
    assert "59元" in pieces[1]
