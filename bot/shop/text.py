"""Chat text made comparable: one form for full width, case, blanks, repeats and look-alikes."""

import re
import unicodedata

from bot.model import Lang

_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff]+")
_REPEAT = re.compile(r"(\D)\1{2,}")
_BLANKS = re.compile(r"\s+")
_MARKS = re.compile(r"[^\w]+|_+")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
MAX = 500
"""Characters that are looked at; what follows says nothing new in a chat line."""


def tidy(text: str, most: int = MAX) -> str:
    """Return ``text`` as a person reads it: NFKC, lower case, no invisible characters.

    What is repeated more than twice is kept twice, digits excepted (111斤); at most ``most``
    characters remain. ``tidy(tidy(x)) == tidy(x)`` for every str, lone surrogates included.
    """
    text = _SURROGATE.sub(" ", text[: 4 * most])
    text = unicodedata.normalize("NFKC", text).lower()
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = _BLANKS.sub(" ", _CONTROL.sub(" ", text)).strip()
    return _REPEAT.sub(r"\1\1", text)[:most].strip()


def bare(text: str, most: int = MAX) -> str:
    """Return only the letters, digits and ideographs of the tidy text, to compare wordings by."""
    return tidy(_MARKS.sub("", tidy(text, most)), most)


def words(text: str) -> bool:
    """Tell whether there is anything to read: a letter, digit or ideograph, or a lone "?"."""
    return bool(bare(text)) or tidy(text).strip("?") != tidy(text)


def language(text: str, otherwise: Lang) -> Lang:
    """Tell a text's language by its script; ``otherwise`` where it has neither script's letters.

    Chinese lines carry Latin words (L码, ok, hoodie), English ones hardly ever ideographs.
    """
    ideographs = len(_CJK.findall(text))
    latin = len(_LATIN.findall(text))
    if ideographs == latin == 0:
        return otherwise
    return "zh" if 2 * ideographs >= latin else "en"
