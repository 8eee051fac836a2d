"""The link numbers in a line of chat, in every usual spelling: 3号链接, 三号, #3, link three."""

import re

_ENGLISH = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DIGITS = {"两": 2} | {
    word: n for words in ("一二三四五六七八九十", _ENGLISH) for n, word in enumerate(words, 1)
}
_HAN = "一二两三四五六七八九"
_NUMBER = rf"(?P<n>\d{{1,3}}|[{_HAN}]?十[{_HAN}]?|[{_HAN}]|(?:{'|'.join(_ENGLISH)})\b)"
_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d.月{_HAN}十]){_NUMBER}\s*(?:号|hao(?![a-z]))(?!码|字|色|电池)",
        rf"(?:链接|\bli?nks?|\bnumber|\bitem|#)\s*#?\s*{_NUMBER}(?!\d|\.\d|\s*斤)",
        rf"(?<![\d.{_HAN}十]){_NUMBER}\s*(?:链接|\bli?nk\b)",
        r"\bno\.?\s*#?\s*(?P<n>\d{1,3})(?!\d|\.\d)",  # "no one" is no link
        rf"\bno\.\s*(?P<n>{'|'.join(_ENGLISH[1:])})\b",
    )
)

_SIGN = re.compile(r"[号#]|hao|链接|li?nk|number|item|no")
"""What stands beside every link number: a line without it has none."""


def links(line: str) -> list[int]:
    """Return the link numbers that a plain line names, each once."""
    if not _SIGN.search(line):
        return []
    found = (_number(match) for pattern in _LINKS for match in pattern.finditer(line))
    return list(dict.fromkeys(found))


def _number(match: re.Match[str]) -> int:
    word = match["n"]
    if word.isdigit():
        return int(word)
    if word in _DIGITS:
        return _DIGITS[word]
    tens, _, ones = word.partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
