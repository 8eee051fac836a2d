"""How long a text takes to say: what is read aloud is counted, not what is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Lang
from bot.studio.speech import RATES, Tempo, spoken, units


@pytest.mark.parametrize(
    ("written", "aloud"),
    [
        ("129元", "一百二十九元"),
        ("1005元", "一千零五元"),
        ("10,000元", "一万元"),
        ("100500元", "十万零五百元"),
        ("10元", "十元"),
        ("59.90元", "五十九点九零元"),
        ("80%棉", "百分之八十棉"),
        ("400ml", "四百毫升"),
        ("100-120斤", "一百到一百二十斤"),
        ("38×32×12cm", "三十八乘三十二乘十二厘米"),
        ("01奶茶", "零一奶茶"),
        ("$65", "六十五美元"),
    ],
)
def test_numbers_and_units_are_read_as_a_chinese_host_reads_them(written: str, aloud: str) -> None:
    assert spoken(written, "zh").replace(" ", "") == aloud


@pytest.mark.parametrize(
    ("written", "aloud"),
    [
        ("$129", "one hundred twenty nine dollars"),
        ("$59.90", "fifty nine ninety dollars"),
        ("1,250 g", "one thousand two hundred fifty grams"),
        ("45-52 kg", "forty five to fifty two kilos"),
        ("80% cotton", "eighty percent cotton"),
        ("65 x 65 cm", "sixty five by sixty five centimeters"),
        ("18.5 micron", "eighteen point five micron"),
    ],
)
def test_numbers_and_units_are_read_as_an_english_host_reads_them(written: str, aloud: str) -> None:
    assert " ".join(spoken(written, "en").split()) == aloud


def test_an_abbreviation_takes_as_long_as_its_letters() -> None:
    assert units("USB", "zh") == 3
    assert units("IPX4", "zh") == 4
    assert units("hoodie", "en") == 1


def test_a_minute_of_text_takes_a_minute_at_the_default_rates() -> None:
    assert Tempo("zh", RATES["zh"]).seconds("字" * 230) == pytest.approx(60)
    assert Tempo("en", RATES["en"]).seconds("word " * 150) == pytest.approx(60)


def test_stops_and_blanks_take_no_time_of_their_own() -> None:
    tempo = Tempo("zh", 240)
    assert tempo.seconds("来，看这里！") == tempo.seconds("来看这里")


@given(st.integers(0, 99_999_999), st.sampled_from(["zh", "en"]))
def test_no_digit_is_left_when_a_number_is_read(number: int, lang: Lang) -> None:
    aloud = spoken(f"{number}", lang)
    assert not any(letter.isdigit() for letter in aloud)
    assert units(aloud, lang) > 0


@given(st.text(), st.text(), st.sampled_from(["zh", "en"]))
def test_two_lines_take_no_less_time_than_one(one: str, other: str, lang: Lang) -> None:
    assert units(f"{one}\n{other}", lang) >= max(0.0, units(one, lang)) - 1e-6
