"""How long a text takes to say: numbers, units and letters count as they are read aloud.

Chinese is counted in syllables, English in words. The default rates hold the short pauses of
speech. Chinese, 230 a minute: between the news readers of the 1980s and today's. Of "News and
Newspapers Summary", China National Radio's morning news, 9jiaoyu.com/baike/30075.html counts 200
to 220 characters a minute in the 1980s, 240 to 260 in the 1990s, 250 to 270 of late and over 300
at the fastest, and calls 240 to 250 what a listener follows; a host who talks faster sets the
rate. English, 150: the mean of conversation in the US by the National Center for Voice and Speech,
and the lower end of radio hosts and audio books, 150 to 160 (VirtualSpeech, "Average Speaking Rate
and Words per Minute", 2022).
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.model import Lang

RATES: Final[dict[Lang, int]] = {"zh": 230, "en": 150}
"""Syllables (zh) or words (en) a minute."""
SLOWEST, FASTEST = 60, 500
_DIGITS: Final = "零一二三四五六七八九"
_ONES: Final = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS: Final = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
]  # fmt: skip
_NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SPAN: Final = re.compile(r"(?<=[\d%A-Za-z℃])\s?[-–—~～]\s?(?=\d)")
_TIMES: Final = re.compile(r"(?<=\d)\s?[x×*]\s?(?=\d)|(?<=[a-z])\s?×\s?(?=\d)")
_UNITS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "cm": "厘米", "mm": "毫米", "m": "米", "ml": "毫升", "l": "升", "kg": "公斤", "g": "克",
        "w": "瓦", "v": "伏", "mah": "毫安时", "h": "小时", "min": "分钟", "hz": "赫兹",
        "℃": "摄氏度", "°": "度", "oz": "盎司", "lb": "磅", "in": "英寸", "ft": "英尺", "寸": "寸",
    },
    "en": {
        "cm": "centimeters", "mm": "millimeters", "m": "meters", "ml": "milliliters",
        "l": "liters", "kg": "kilos", "g": "grams", "w": "watts", "v": "volts",
        "mah": "milliamp hours", "h": "hours", "min": "minutes", "hz": "hertz",
        "℃": "degrees", "°": "degrees", "oz": "ounces", "lb": "pounds", "lbs": "pounds",
        "in": "inches", "ft": "feet",
    },
}  # fmt: skip
_UNIT: Final = re.compile(
    r"(?<=\d)\s?(mah|cm|mm|ml|kg|min|hz|lbs|lb|oz|ft|in|[mlgwvh]|℃|°)(?![A-Za-z])", re.IGNORECASE
)
_MONEY: Final = re.compile(r"([¥￥$€£])\s?(\d[\d,]*(?:\.\d+)?)")
_COINS: Final[dict[str, tuple[str, str]]] = {
    "¥": ("元", "yuan"), "￥": ("元", "yuan"), "$": ("美元", "dollars"), "€": ("欧元", "euros"),
    "£": ("英镑", "pounds"),
}  # fmt: skip
_LATIN: Final = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_VOWELS: Final = re.compile(r"[aeiouy]+")
_CENTS: Final = re.compile(r"(\d)\.(\d\d)(?=\s(?:dollars|euros|pounds)\b)")


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast a host speaks: ``rate`` syllables (zh) or words (en) a minute."""

    lang: Lang
    rate: float

    def seconds(self, text: str) -> float:
        """Return how long a text takes to say."""
        return 60 * units(text, self.lang) / self.rate


def units(text: str, lang: Lang) -> float:
    """Return the syllables (zh) or words (en) of a text; a letter of an abbreviation counts too."""
    aloud = spoken(text, lang)
    latin = sum(_latin(word, lang) for word in _LATIN.findall(aloud))
    ideographs = len(_HAN.findall(aloud))
    return latin + (ideographs if lang == "zh" else ideographs * 0.7)


def _latin(word: str, lang: Lang) -> float:
    """Return what a word counts: letter by letter where it is an abbreviation."""
    letters = word.isupper() or not _VOWELS.search(word.casefold())
    if lang == "zh":
        return len(word) if letters else len(_VOWELS.findall(word.casefold()))
    return (len(word) + 1) // 2 if letters and len(word) > 1 else 1


def spoken(text: str, lang: Lang) -> str:
    """Return a text as it is read aloud: 129元 as 一百二十九元, $5 as five dollars."""
    zh = lang == "zh"
    text = _TIMES.sub("乘" if zh else " by ", _SPAN.sub("到" if zh else " to ", text))
    text = _MONEY.sub(lambda found: f"{found[2]} {_COINS[found[1]][0 if zh else 1]}", text)
    text = _UNIT.sub(lambda found: " " + _UNITS[lang][found[1].lower()], text)
    if zh:
        text = re.sub(r"([\d.,]+)\s?%", r"百分之\1", text)
        return _NUMBER.sub(lambda found: _chinese(found[0]), text)
    text = _CENTS.sub(r"\1 \2", text).replace("%", " percent").replace("&", " and ")
    return _NUMBER.sub(lambda found: f" {_english(found[0])} ", text)


def _chinese(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > 8:  # noqa: PLR2004 - 01, 13800138000
        said = "".join(_DIGITS[int(digit)] for digit in whole)
    else:
        said = _counted(int(whole))
    return said + ("点" + "".join(_DIGITS[int(digit)] for digit in part) if part else "")


def _counted(number: int) -> str:
    """Return a number below a hundred million in Chinese: 1005 as 一千零五."""
    if number >= 10_000:  # noqa: PLR2004
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1000 else ""  # noqa: PLR2004
        return f"{_counted(high)}万{gap}{_counted(low) if low else ''}"
    said = ""
    skipped = False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            said += ("零" if skipped else "") + _DIGITS[digit] + name
        skipped = not digit and bool(said)
    return said.removeprefix("一") if said.startswith("一十") else said or _DIGITS[0]


def _english(number: str) -> str:
    whole, _, part = number.replace(",", "").partition(".")
    if (len(whole) > 1 and whole[0] == "0") or len(whole) > 9:  # noqa: PLR2004
        said = " ".join(_ONES[int(digit)] for digit in whole)
    else:
        said = _worded(int(whole))
    return said + (" point " + " ".join(_ONES[int(digit)] for digit in part) if part else "")


def _worded(number: int) -> str:
    """Return a number below a thousand million in English words."""
    for unit, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= unit:
            high, low = divmod(number, unit)
            return f"{_worded(high)} {name}" + (f" {_worded(low)}" if low else "")
    if number < len(_ONES):
        return _ONES[number]
    high, low = divmod(number, 10)
    return _TENS[high - 2] + (f" {_ONES[low]}" if low else "")
