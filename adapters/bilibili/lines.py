"""How a text becomes the short lines of danmaku: split where a reader would pause, and numbered."""

from typing import Final

import regex

NUMBER = len("(1/2)")
"""Characters that the number of a part takes: there are never ten."""
_BREAKS: Final = str.maketrans(dict.fromkeys("\r\n\t\v\f\x85\u2028\u2029", " "))
_ENDS: Final = frozenset("。！？!?；;～~…")
_PAUSES: Final = frozenset("，,、：:.）)】」』")
_NUMBER: Final = regex.compile(r"\p{N}[\p{N}.,:%]|[.,:\p{Sc}]\p{N}")
"""Two characters of one number: a price that is cut in two reads as two prices."""
_WORD: Final = regex.compile(r"[\p{N}+-]\p{L}|[A-Za-z]\p{N}|[A-Za-z]{2}|[+-]\p{N}")
"""Two characters of one word, or a number and its unit."""
_ALONE: Final = regex.compile(r"@\S+ ")
"""A mention that would stand in a line of its own."""
WORDS, WORD, NEVER = 3, 4, 5
"""The harm of a cut between words, within one, within a number."""
SLACK = 3
"""Characters of a line that may stay free so that none of its numbers is cut."""
_GRAPHEME: Final = regex.compile(r"\X")


def lines(text: str, length: int, parts: int) -> tuple[str, ...]:
    """Return ``text`` in at most ``parts`` lines of at most ``length`` code points.

    Joined without their numbers they are the text again, with blanks for its line breaks. None is
    cut inside a grapheme or a number; they are cut after a sentence, a pause, a blank, between
    words, in this order, where all fits so. Empty where it cannot be done.
    """
    flat = text.translate(_BREAKS)
    if len(flat) <= length:
        return (flat,)
    for worst in (WORDS, WORD):
        for count in range(2, parts + 1):
            if pieces := _pieces(flat, length - NUMBER, count, worst):
                return tuple(f"{piece}({n}/{count})" for n, piece in enumerate(pieces, 1))
    return ()


def capacity(length: int, parts: int) -> int:
    """Return how many code points mostly fit into ``parts`` lines of ``length``.

    Emoji of many code points and long numbers may need more, because none is cut.
    """
    return max(length, parts * (length - NUMBER - SLACK) + SLACK)


def _pieces(text: str, room: int, count: int, worst: int) -> tuple[str, ...]:
    """Return ``text`` in exactly ``count`` pieces of ``room``; empty where it does not fit.

    The first cut is at the best place that leaves no more than the rest can hold.
    """
    if room < 1:
        return ()
    if count == 1:
        return (text,) if 0 < len(text) <= room else ()
    least = max(1, len(text) - room * (count - 1))
    cuts = [cut for cut in _cuts(text[: room + 1]) if least <= cut <= room]
    for cut in sorted(cuts, key=lambda cut: (_harm(text, cut), -cut)):
        if _harm(text, cut) > worst:
            break
        if rest := _pieces(text[cut:], room, count - 1, worst):
            return (text[:cut], *rest)
    return ()


def _cuts(text: str) -> list[int]:
    """Return where graphemes end, without the last: what follows may belong to it."""
    return [found.end() for found in _GRAPHEME.finditer(text)][:-1]


def _harm(text: str, cut: int) -> int:
    """Return how a cut reads: 0 after a sentence, 1 after a pause, 2 after a blank, then worse."""
    left, right = text[cut - 1], text[cut]
    if _NUMBER.fullmatch(left + right):
        return NEVER
    if right in _ENDS | _PAUSES:
        return WORD
    if left in _ENDS:
        return 0
    if left in _PAUSES:
        return 1
    if left == " ":
        return WORDS if _ALONE.fullmatch(text[:cut]) else 2
    return WORD if _WORD.fullmatch(left + right) else WORDS
