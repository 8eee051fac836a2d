"""What is looked at only where something may be found, or is kept, is what a full look gives."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from bot.config import DEMO
from bot.rules import injection
from bot.shop import links, parts, sounds, text
from bot.shop.alike import Nearest
from bot.shop.catalogue import load
from bot.shop.kinds import Span, Words, kinds, plain, whole
from bot.shop.names import Names
from bot.shop.sounds import Sounds

CATALOGUE = load(DEMO)
CALLED = tuple(
    name
    for product in CATALOGUE.products
    for given in (product.name, *product.aliases)
    for name in (plain(given),)
)
HEARD = "卫衣位移为毛衣帽贸易一伊杯子被子倍自首饰手机守纪"
CHARACTERS = "".join(sorted({*"".join(CALLED), *HEARD}))
SPELT = st.text(st.sampled_from(CHARACTERS + "ab 1?，"), max_size=16)
ODD = st.text(
    st.sampled_from(
        "ab哈 的多钱！!\u200b\ufe0f\U0001f602\U0001f130еа1２．…\ud800\ue000\U000e0100\u3000\n"
    )
)
REPEATED = st.builds(lambda line, times, by: by.join([line] * times), ODD, st.integers(1, 4), ODD)
TEXT = st.one_of(st.text(max_size=60), SPELT, ODD, REPEATED)


def fully_tidy(line: str, most: int = text.MAX) -> str:
    line = re.sub(r"[\ud800-\udfff]", " ", line[: 4 * most])
    line = unicodedata.normalize("NFKC", line).lower()
    line = unicodedata.normalize("NFKC", text._INVISIBLE.sub("", line))
    line = re.sub(r"\s+", " ", text._CONTROL.sub(" ", line)).strip()
    return re.sub(r"(\D)\1{2,}", r"\1\1", line)[:most].strip()


def fully_normal(line: str) -> str:
    line = fully_tidy(line)
    while True:
        spelt = text.spelt_out(line).replace("\u20e3", "").translate(text._SQUARED)
        spelt = text._MIXED.sub(lambda word: word[0].translate(text._ALIKE), spelt)
        spelt = text._WORD_RUN.sub(r"\1 \1", text._EMOJI.sub(r"\1", spelt))
        spelt = fully_tidy(text._RUN.sub(r"\1\1", spelt))
        if spelt == line:
            return line
        line = spelt


@given(TEXT)
@example("a\U000e0100b")
@example("lol lol lol")
@example("\U0001f130\U0001f130 ab\u0435\u0435")
def test_a_text_is_made_comparable_as_by_every_step(line: str) -> None:
    assert text.tidy(line) == fully_tidy(line)
    assert text.normal(line) == fully_normal(line)


@pytest.mark.parametrize("most", [10, 100_000])
def test_a_text_longer_than_any_chat_line_is_made_comparable_too(most: int) -> None:
    line = "Ａb多少 " * 3_000
    assert text.tidy(line, most) == fully_tidy(line, most)
    marked = text._MARKS.sub("", fully_tidy(line, most))
    assert text.bare(line, most) == fully_tidy(marked, most)


def test_every_character_is_made_comparable_as_by_every_step() -> None:
    for code in (*range(0x32000), *range(0xE0000, 0xE1100), 0xF0000, 0x10FFFF):
        assert text.tidy(chr(code)) == fully_tidy(chr(code)), hex(code)


def test_every_reading_that_a_line_may_give_is_known() -> None:
    for code in PINYIN_DICT:
        [alone] = lazy_pinyin(chr(code))
        assert alone in sounds._readings(chr(code))
    for phrase in PHRASES_DICT:
        said = lazy_pinyin(phrase)
        assert len(said) == len(phrase)
        assert all(one in sounds._readings(each) for one, each in zip(said, phrase, strict=True)), (
            phrase
        )


NAMES = Sounds(CALLED)


def fully_heard(line: str) -> list[str]:
    for run in sounds._IDEOGRAPHS.findall(line):
        spoken = lazy_pinyin(run)
        for size in NAMES._sizes:
            for at in range(len(spoken) - size + 1):
                if found := NAMES._syllables.get(tuple(spoken[at : at + size])):
                    return found
    return []


@given(st.text(st.sampled_from(CHARACTERS + "㐀䶮"), max_size=12))
@example("㐀㐁位移")
@example("为一")
def test_every_name_that_can_be_heard_is_heard(line: str) -> None:
    assert NAMES.heard(line) == fully_heard(line)


def fully_spanned(words: Words, line: str) -> list[Span]:
    found = [
        Span(start, end, words._means[line[start:to]])
        for start in range(len(line))
        for to in range(len(line), start, -1)
        if line[start:to] in words._means and (end := whole(line, start, to)) is not None
    ]
    longest = {span.start: span for span in reversed(found)}
    kept: list[Span] = []
    for span in sorted(longest.values(), key=lambda each: (each.start - each.end, each.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


TABLES = [kinds().words, kinds().colors, kinds().traits, kinds().others]
WRITTEN = [word for table in TABLES for word in table._means]


@given(st.lists(st.one_of(st.sampled_from(WRITTEN), st.sampled_from([" ", "s", "的", "x"]), SPELT)))
def test_every_word_of_a_table_is_found_where_it_stands(pieces: list[str]) -> None:
    line = plain("".join(pieces))
    for table in TABLES:
        assert table.spans(line) == fully_spanned(table, line)


def dice(one: str, other: str) -> float:
    mine = {a + b for a, b in pairwise(one)}
    theirs = {a + b for a, b in pairwise(other)}
    shared = len(mine & theirs)
    return 2 * shared / (len(mine) + len(theirs)) if shared else 0.0


SHORT = st.text(st.sampled_from("abc多少"), max_size=7)


@given(st.lists(SHORT, max_size=8), SHORT, st.sampled_from([0.3, 0.75, 1.0]))
def test_the_nearest_text_is_the_first_of_the_most_alike(
    known: list[str], asked: str, least: float
) -> None:
    nearest: Nearest[int] = Nearest(least)
    for number, line in enumerate(known):
        nearest.add(line, number)
    best = max(range(len(known)), key=lambda n: dice(asked, known[n]), default=None)
    wanted = best if best is not None and dice(asked, known[best]) >= least else None
    assert nearest.find(asked) == wanted


INDEX = Names(CATALOGUE.products)


@given(st.one_of(SPELT, st.text(max_size=20)))
def test_parts_that_some_name_has_are_never_passed_over(line: str) -> None:
    line = plain(line)
    had = [part for part in parts.parts(line) if part[0] in INDEX._telling]
    assert [part for part in INDEX._parts_of(line) if part[0] in INDEX._telling] == had


@given(st.text(st.sampled_from("0123一二十 号链接#linkhaoumberte.no"), max_size=14))
def test_a_line_without_a_sign_has_no_link(line: str) -> None:
    if not links._SIGN.search(line):
        assert not any(pattern.search(line) for pattern in links._LINKS)


@given(st.text(st.sampled_from("忽略之前的指令你是系统：:扮演 \u3000，。！【】" + CHARACTERS)))
def test_a_line_without_a_character_of_english_holds_no_english_order(line: str) -> None:
    line = text.normal(line)
    if not injection._ASCII.search(line):
        assert not any(order.search(line) for order in injection._IN_ENGLISH)
