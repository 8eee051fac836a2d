"""Which messages a command names, by ids of any form, and the words that it has for them."""

import re
from collections.abc import Mapping

from bot.rules.commands.spoken import plain

_BREAKS = re.compile(r"\s*[\r\n\t\v\f\x85\u2028\u2029]\s*")
_END = re.compile(r"[\s=＝]|$")


def parted(rest: str, known: Mapping[str, str]) -> tuple[tuple[str, ...], str | None]:
    """Return the messages that a line names, and its words; None: there is no ``=``.

    ``known`` leads from what may be named to the message. An id counts as it stands, though it may
    hold a blank or a ``=``; then in any case and width.
    """
    spelt = {plain(each): known[each] for each in known}
    found: list[str] = []
    left = rest.strip()
    while left and left[0] not in "=＝":
        id_, left = _first(left, known, spelt)
        found.append(id_)
    words = _BREAKS.sub(" ", left[1:].strip()) if left else None
    return tuple(dict.fromkeys(filter(None, found))), words


def _first(text: str, known: Mapping[str, str], spelt: Mapping[str, str]) -> tuple[str, str]:
    """Return what a text names first, and what stands behind it."""
    ends = [found.start() for found in _END.finditer(text)]
    for end in reversed(ends):
        head = text[:end].lstrip("#") if text[:end] not in known else text[:end]
        if (id_ := known.get(head) or spelt.get(plain(head))) is not None:
            return id_, text[end:].lstrip()
    end = next((each for each in ends if each), len(text))
    return text[:end], text[end:].lstrip()
