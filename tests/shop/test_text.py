"""Chat text is made comparable, whatever comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Lang
from bot.shop.text import MAX, bare, language, normal, tidy, words

anything = st.one_of(
    st.text(st.characters(), max_size=80),
    st.text(
        st.sampled_from("aAß İıΣς\u0301\u0300\u200d\ufe0f\ud800\udc00\t\u3000１①가가。.!！?"),
        max_size=40,
    ),
    st.text(st.sampled_from("ab\u0301 "), min_size=400).map(lambda text: text * 8),
)


@given(anything)
def test_tidy_twice_is_tidy_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(anything)
def test_bare_twice_is_bare_once(text: str) -> None:
    assert bare(bare(text)) == bare(text)


@given(anything)
def test_bare_is_the_same_before_and_after_tidying(text: str) -> None:
    assert bare(tidy(text)) == bare(text)


@given(anything)
def test_tidy_is_bounded_and_has_no_control_surrogate_or_outer_blank(text: str) -> None:
    line = tidy(text)
    assert len(line) <= MAX
    assert line == line.strip()
    assert not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in line)
    line.encode()


def test_every_single_character_is_tidied_stably() -> None:
    wrong = [c for c in map(chr, range(0x20000)) if tidy(tidy(c)) != tidy(c)]
    assert wrong == []


emotes = st.lists(
    st.sampled_from(["[笑]", "edm ", "😂", "🤣", "哈", "1", "рrice", "a"]), max_size=60
)


@given(anything | emotes.map("".join))
def test_normal_twice_is_normal_once_and_bounded(text: str) -> None:
    line = normal(text)
    assert normal(line) == line
    assert normal(tidy(text)) == line
    assert len(line) <= MAX
    line.encode()


@given(st.text(st.sampled_from("多少钱abc 12?"), max_size=12))
def test_normal_leaves_what_does_not_repeat_as_tidy_has_it(text: str) -> None:
    line = tidy(text)
    closed = f" {line} "  # a word repeats with the blank that parts it from the next
    if not any(part * 3 in closed for n in (1, 2, 3, 4) for part in _parts(closed, n)):
        assert normal(text) == line


def _parts(line: str, length: int) -> list[str]:
    return [line[at : at + length] for at in range(len(line) - length + 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[捂脸][捂脸][捂脸][捂脸]", "[捂脸][捂脸]"),
        ("Party EDM Party EDM Party EDM Party EDM", "party edm party edm"),
        ("😂🤣😭😂🤣 lol", "😂🤣😭 lol"),
        ("how much is the рriсe", "how much is the price"),  # Cyrillic р and с
        ("сколько стоит", "сколько стоит"),  # a word of Russian is left alone
        ("🅰🅱 3️⃣号", "ab 3号"),
        ("123123123123", "123123123123"),  # a number is a number
        ("𝓱𝓸𝔀 𝓶𝓾𝓬𝓱", "how much"),
    ],
)
def test_normal_takes_disguise_and_repetition_away(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＨＥＬＬＯ　１２３", "hello 123"),
        ("多\u200b少\ufeff钱", "多少钱"),
        ("哈哈哈哈哈哈", "哈哈"),
        ("how    much\t\n?", "how much ?"),
        ("①号", "1号"),
        ("hi \U000e0000", "hi"),
        ("\ud83d hi", "hi"),
        ("", ""),
    ],
)
def test_tidy_reads_as_a_person_does(text: str, expected: str) -> None:
    assert tidy(text) == expected


@pytest.mark.parametrize("text", ["111斤", "1000元", "222号链接", "6666"])
def test_digits_that_repeat_are_a_number_and_stay(text: str) -> None:
    assert tidy(text) == text


def test_ten_thousand_characters_are_looked_at_up_to_the_limit() -> None:
    assert len(tidy("多少" * 5000)) == MAX


def test_a_longer_look_can_be_asked_for() -> None:
    assert len(tidy("多少" * 5000, 20_000)) == 10_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("多少钱？？", "多少钱"),
        ("How much?!", "howmuch"),
        ("a_b - c", "abc"),
        ("👍🏽", ""),
        ("a.a.a.a", "aa"),
    ],
)
def test_bare_keeps_letters_digits_and_ideographs(text: str, expected: str) -> None:
    assert bare(text) == expected


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("?", True),
        ("？？", True),
        ("1", True),
        ("好", True),
        ("👍", False),
        ("。。。", False),
        ("", False),
    ],
)
def test_a_line_has_words_if_there_is_anything_to_read(text: str, *, readable: bool) -> None:
    assert words(text) is readable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("多少钱", "zh"),
        ("L码有吗", "zh"),
        ("hoodie多少", "zh"),
        ("how much is it", "en"),
        ("don't know what 好 means", "en"),
        ("XL?", "en"),
    ],
)
def test_language_follows_the_script(text: str, expected: Lang) -> None:
    assert language(text, "zh") == language(text, "en") == expected


@pytest.mark.parametrize("text", ["", "666", "？？", "👍", "\ud800"])
@pytest.mark.parametrize("otherwise", ["zh", "en"])
def test_language_without_letters_is_the_other_one(text: str, otherwise: Lang) -> None:
    assert language(text, otherwise) == otherwise


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("zhege duoshao qian", "这个多少钱"),
        ("fapiao能开不", "发票能开不"),
        ("平安扣有zhengshu没", "平安扣有证书没"),
        ("这个duoshao米一袋", "这个多少米一袋"),
        ("duoshаo qian", "多少钱"),  # the a is Cyrillic
        ("baoyou ma", "包邮吗"),
        ("do you ship, ma?", "do you ship, ma?"),
        ("mai tai", "mai tai"),
    ],
)
def test_pinyin_is_what_it_spells_where_it_is_surely_that(text: str, spelt: str) -> None:
    assert normal(text) == normal(normal(text)) == spelt
