"""An analysis in a terminal: 80 columns at most, what matters first."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from bot.model import Lang
from bot.replay.report.context import share
from bot.studio.analysis import Analysis
from bot.studio.comments.values import Topic
from bot.studio.comments.words import Say

WIDTH: Final = 80
BAR: Final = 20
"""Columns of the longest bar."""
ROWS: Final = 6
"""Rows of each list."""
PARTS: Final = 10_000
HELD: Final = "\u00a0"
"""A blank at which no line ends."""
Row = tuple[str, int, str]
"""What it is called, how many, and what is said beside it."""


def summary(found: Analysis, lang: Lang) -> str:
    """Return the findings, and the largest topics, questions, gaps and objections."""
    return "".join(f"{line}\n" for line in _lines(found, Say(lang)))


def _lines(found: Analysis, say: Say) -> Iterator[str]:
    if not found.comments:
        yield say("empty")
        return
    yield say(
        "lead",
        comments=f"{found.comments:,}",
        questions=f"{found.questions.count:,}",
        viewers=f"{found.viewers.count:,}",
    )
    yield ""
    for number, one in enumerate(found.findings, 1):
        yield from folded(one.words[say.lang], f"{number}. ")
    yield from _table(say("topics"), [_topic(each, say) for each in found.topics[:ROWS]])
    rows = [(_asked(one.name, one.attribute, say), one.count, "") for one in found.asked[:ROWS]]
    yield from _table(say("asked"), rows)
    gaps = [
        (_asked(one.name, one.attribute, say), one.count, one.quotes[0].text if one.quotes else "")
        for one in found.missing[:ROWS]
    ]
    yield from _table(say("missing"), gaps)
    worries = [
        (say(f"worry.{one.kind}"), one.count, one.quotes[0].text if one.quotes else "")
        for one in found.objections
        if one.count
    ]
    yield from _table(say("objections"), worries)


def _topic(topic: Topic, say: Say) -> Row:
    moving = "" if topic.trend == "steady" else f" {say(f'trend.{topic.trend}')}"
    return topic.label, topic.count, share(round(topic.share * PARTS), PARTS) + moving


def _asked(name: str, attribute: str, say: Say) -> str:
    called = say.attribute(attribute)
    return f"{name} · {called}" if name else called


def _table(title: str, rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield title
    top = max(count for _, count, _ in rows)
    wide = min(max(columns(name) for name, _, _ in rows), 30)
    digits = len(f"{top:,}")
    for name, count, beside in rows:
        bar = "█" * max(1, round(BAR * count / top))
        head = f"  {padded(cut(name, wide), wide)} {count:>{digits},} {bar:{BAR}}"
        yield f"{head} {cut(beside, WIDTH - columns(head) - 1)}".rstrip()


def folded(text: str, head: str) -> Iterator[str]:
    """Yield a text in lines of at most 80 columns, the first after ``head``."""
    blank, line = " " * len(head), head
    for word in _words(text):
        if columns(line) + columns(word.rstrip()) > WIDTH and line.strip():
            yield line.rstrip()
            line = blank
        line += word if line != blank else word.lstrip()
    yield line.rstrip()


def _words(text: str) -> Iterator[str]:
    """Yield what may stand alone on a line: words with their blank, and single ideographs."""
    word = ""
    for character in text.replace(" %", f"{HELD}%"):
        wide = unicodedata.east_asian_width(character) in "WF"
        stop = wide and unicodedata.category(character).startswith("P")
        if wide and not stop and word:  # a full stop begins no line
            yield word
            word = ""
        word += character
        if character == " ":
            yield word
            word = ""
    yield word


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


def cut(text: str, most: int) -> str:
    """Return a text of at most so many columns, with a mark where it is cut."""
    line = "".join(each if each.isprintable() else " " for each in text)
    if columns(line) <= most:
        return line
    while line and columns(line) > most - 1:
        line = line[:-1]
    return f"{line}…" if most > 0 else ""


def padded(text: str, wide: int) -> str:
    """Return a text with blanks up to a width in columns."""
    return text + " " * max(wide - columns(text), 0)
