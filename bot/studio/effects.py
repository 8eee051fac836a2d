"""Finds words that say what a product is made of or does, which no fact of a sentence says."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from bot.model import Lang

WORDS: Final = Path(__file__).with_name("data") / "effects.toml"


@cache
def _pattern(lang: Lang) -> re.Pattern[str]:
    rows: list[str] = tomllib.loads(WORDS.read_text("utf-8"))[lang]
    longest = "|".join(map(re.escape, sorted(rows, key=len, reverse=True)))
    return re.compile(longest if lang == "zh" else rf"\b(?:{longest})\b", re.IGNORECASE)


def added(text: str, said: Iterable[str], lang: Lang) -> str | None:
    """Return the first such word of ``text`` that none of ``said`` holds, or None."""
    known = "\n".join(said).casefold()
    for found in _pattern(lang).finditer(text):
        if found[0].casefold() not in known:
            return found[0]
    return None
