"""HTML by construction: what is no ``Html`` is escaped, and what would not show as text is named.

The result is well-formed XML too, so that a strict parser can check it.
"""

import unicodedata
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

import regex


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = str | None
VOID = frozenset({"meta", "input", "br", "rect", "line", "path"})
MOST = 300
"""Characters of a chat line that are shown."""
MARKS = 3
"""Combining marks that a character keeps: more would be drawn over the lines around it."""
JOINERS = "\u200c\u200d"
"""Invisible, but they hold letters and emoji together."""
NOBODY = regex.compile(r"\p{Noncharacter_Code_Point}")
"""What no text holds, and no XML may."""
_CLUSTER = regex.compile(r"\X")


def el(name: str, /, *children: Child, **attributes: str | float | None) -> Html:
    """Return an element. ``class_`` and ``aria_label`` are written class and aria-label.

    Children that are no Html are escaped; None is left out, among attributes too.
    """
    words = "".join(
        f' {_name(key)}="{escape(shown(str(value), None))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{words}/>")
    return Html(f"<{name}{words}>{join(children)}</{name}>")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def join(children: Iterable[Child]) -> Html:
    """Return markup one after the other, texts escaped."""
    return Html(
        "".join(
            each if isinstance(each, Html) else escape(shown(each, None))
            for each in children
            if each is not None
        )
    )


def said(text: str, most: int | None = MOST) -> Html:
    """Return what somebody wrote: cut, and kept from turning the text around it."""
    return el("bdi", shown(text, most), dir="auto")


def shown(text: str, most: int | None = MOST) -> str:
    """Return a text that shows what it is: characters that steer, or cannot be seen, are named.

    Of a pile of combining marks a few are kept; what is longer than ``most`` is cut between
    characters as people count them.
    """
    if text.isascii() and text.isprintable() and (most is None or len(text) <= most):
        return text
    room = len(text) if most is None else most
    clusters = _CLUSTER.findall(text[: 8 * room])
    kept = "".join(_plain(each) for each in clusters[:room])
    return kept if len(clusters) <= room and len(text) <= 8 * room else f"{kept}…"


def _plain(cluster: str) -> str:
    out, marks = [], 0
    for character in cluster:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > MARKS:
            continue
        out.append(character if _visible(character, kind) else f"⟨U+{ord(character):04X}⟩")
    return "".join(out)


def _visible(character: str, kind: str) -> bool:
    if kind in ("Cc", "Cs", "Co", "Zl", "Zp"):
        return False
    if kind == "Cf":
        return character in JOINERS
    return not NOBODY.match(character)
