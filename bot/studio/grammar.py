"""Puts facts into a pattern: the number of English names, capitals, stops and blanks."""

import re
from collections.abc import Mapping
from typing import Final

from bot.model import Lang
from bot.studio.patterns import SLOT

_ONE: Final[dict[str, str]] = {
    "it": "it", "is": "is", "s": "s", "es": "es", "has": "has", "this": "this", "them": "it",
    "its": "its", "one": "one", "does": "does",
}  # fmt: skip
_MANY: Final[dict[str, str]] = {
    "it": "they", "is": "are", "s": "", "es": "", "has": "have", "this": "these", "them": "them",
    "its": "their", "one": "ones", "does": "do",
}  # fmt: skip
_PLURAL: Final = re.compile(r"(?<![siu])s$|men$|children$|teeth$|feet$", re.IGNORECASE)
_GROUPS: Final = re.compile(
    r"\b(?:set|pack|box|kit|pair|bag|case|tin|jar|bundle|series|bus|canvas|lens|glass|dress"
    r"|atlas|compass|christmas|chess)$",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(r"\s+(?:(?:with|for|of|in|by|from|without|per)\b|\().*$|\s*[,–—]\s*.*$")
_TWICE: Final = re.compile(r"\b(?:the|The) (?=(?:the|The|My|Our|A|An)\b)")
_STOPS: Final = re.compile(r"([。！？!?…～])[。，；,.;]+|(?<=[.;])\.(?!\.)")
_GAP: Final = re.compile(r"\s+([,.;!?])(?=\s|$)")
_OPENS: Final = re.compile(r"(?:^|[.!?]\s)$")
AWKWARD: Final = 3
"""What a fact that stands badly weighs against a pattern that was used before."""
BRIEF: Final = 4
"""Characters of a Chinese value that may follow its key at once: 版型宽松."""
_FIGURE_ZH: Final = re.compile(r"[\d约A-Za-z.+]+")
_PHRASE: Final = re.compile(r"[可需不无有附含带配能应请]|支持")
_COMMON: Final = re.compile(r"(?!Bluetooth)[A-Z][a-z]+(?: |-[a-z]|$)")
_VOWEL: Final = re.compile(r"[aeio]|u(?!s|ni)|hour|hono", re.IGNORECASE)


def plural(name: str) -> bool:
    """Tell whether an English name is spoken of as "they": earbuds, running shoes, a set not."""
    head = _TAIL.sub("", name).strip()
    return bool(_PLURAL.search(head)) and not _GROUPS.search(head)


def filled(
    pattern: str, facts: Mapping[str, str], words: Mapping[str, str], name: str, lang: Lang
) -> str:
    """Return a pattern with its slots filled, with one stop at its end.

    In English a sentence begins with a capital, whatever fills its first slot.
    """
    if lang != "en":
        have = {"name": name, **words, **facts}
        text = SLOT.sub(lambda slot: have.get(slot[1], slot[0]), pattern)
        return _STOPS.sub(lambda found: found[1] or "", text)
    extra = {**(_MANY if plural(name) else _ONE), **_english(words)}

    def put(slot: re.Match[str]) -> str:
        word = facts.get(slot[1]) or extra.get(slot[1], slot[0])
        word = name if slot[1] == "name" else word
        opens = _OPENS.search(pattern[: slot.start()])
        return word[:1].upper() + word[1:] if opens else word

    text = _GAP.sub(r"\1", _TWICE.sub("", SLOT.sub(put, pattern)))
    return _STOPS.sub(lambda found: found[1] or "", text)


def _english(words: Mapping[str, str]) -> dict[str, str]:
    """Return the words with the keys of specs as they stand in a sentence, with "a" and "is"."""
    have = dict(words)
    for slot, word in words.items():
        if slot.startswith("key"):
            have[slot] = within(word)
            have[slot.replace("key", "article")] = "an" if _VOWEL.match(word) else "a"
            have[slot.replace("key", "verb")] = "are" if plural(word) else "is"
    return have


def clumsy(pattern: str, facts: Mapping[str, str], words: Mapping[str, str], lang: Lang) -> int:
    """Return how often facts would stand badly in a pattern: "made of Black tea", 袖长长袖."""
    if lang == "zh":
        return sum(_abuts(pattern, slot, facts, words) for slot in SLOT.finditer(pattern))
    count = 0
    for slot in SLOT.finditer(pattern):
        text = facts.get(slot[1], "")
        within_it = re.search(r"[\w,]\s$", pattern[: slot.start()])
        prose = slot[1] not in ("colors", "sizes") and text[:1].isupper() and text[1:2].islower()
        count += bool(within_it and prose) or (" / " in pattern and "/" in text)
    return AWKWARD * count


def _abuts(
    pattern: str, slot: re.Match[str], facts: Mapping[str, str], words: Mapping[str, str]
) -> int:
    """Return how badly a Chinese spec stands behind its key: a phrase wants a stop before it."""
    text, ahead = facts.get(slot[1], ""), pattern[: slot.start()]
    if not slot[1].startswith("specs") or not text:
        return 0
    key = words.get(slot[1].replace("specs", "key"), "")
    figure, brief = bool(_FIGURE_ZH.match(text)), len(text) <= BRIEF
    if ahead.endswith("}") and not figure:
        return AWKWARD if not brief or set(key[-2:]) & set(text) else 1
    if ahead.endswith(("是", "标", "标的是")) and not figure:
        return AWKWARD if not brief or _PHRASE.search(text) else 0
    return 0


def within(word: str) -> str:
    """Return an English word with a small letter, unless it is an abbreviation: USB stays."""
    return word[:1].lower() + word[1:] if _COMMON.match(word) else word
