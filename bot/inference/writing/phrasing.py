"""Puts the marks of a prompt into a friendly sentence: the wording that the model shall learn."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from bot.inference.writing.draws import likely
from bot.inference.writing.source import Phrases, source
from bot.model import Lang
from bot.rules.prompts import NAME

REFUSAL = "✗"
"""The wording where the facts do not answer the question. One token, which nothing else uses."""
_PLACE = re.compile(r"\{(\w+)\}")
_CLOSED = tuple("。！？.!?；;…")
CAPITAL = (". ", "! ", "? ")
"""What a sentence of its own follows."""


def phrase(draw: Random, lang: Lang, kinds: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return a wording that uses each mark once.

    ``kinds`` gives the kind of each fact's mark (few: a stock that is nearly gone), ``texts`` what
    each mark stands for; NAME among these is the product.
    """
    table = source().phrases[lang]
    todo = list(kinds)
    if likely(draw, 0.25):
        draw.shuffle(todo)
    opening = draw.choice(table["openings"]["any"]) if likely(draw, 0.6) else ""
    clauses: list[str] = []
    if NAME in texts:
        opening, clauses = _named(draw, table, opening, todo, kinds)
    clauses += [
        placed(draw.choice(table[kinds[mark]]["next"]), {_slot(kinds[mark]): mark}) for mark in todo
    ]
    line = joined("", opening) if opening else ""
    for at, clause in enumerate(clauses):
        if at:
            line += _joint(draw, lang, table, closed(line, texts))
        line = joined(line, clause)
    stopped = closed(line, texts)
    ends = table["ends"]["stop" if stopped or likely(draw, 0.5) else "soft"]
    return line + draw.choice(ends)


def _named(
    draw: Random, table: Phrases, opening: str, todo: list[str], kinds: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Return the opening and the clause that name the product; take what that says off ``todo``."""
    if likely(draw, 0.2):
        return placed(draw.choice(table["openings"]["about"]), {}), []
    own = {_slot(kinds[mark]): mark for mark in todo}
    whole = [
        text for text in table["together"]["any"] if set(_PLACE.findall(text)) <= {"name", *own}
    ]
    if whole and len(own) == len(todo) and "few" not in kinds.values() and likely(draw, 0.5):
        text = draw.choice(whole)
        for kind in set(_PLACE.findall(text)) - {"name"}:
            todo.remove(own[kind])
        return opening, [placed(text, own)]
    mark = todo.pop(0)
    text = draw.choice(table[kinds[mark]]["first"])
    return opening, [placed(text, {_slot(kinds[mark]): mark})]


def placed(text: str, marks: Mapping[str, str]) -> str:
    """Return a phrase with marks for its places."""
    return _PLACE.sub(lambda found: NAME if found[1] == "name" else marks[found[1]], text)


def joined(line: str, clause: str) -> str:
    """Return a line with a clause more, which begins with a capital where a sentence does."""
    if not line or line.endswith(CAPITAL):
        clause = clause[:1].upper() + clause[1:]
    return line + clause


def closed(line: str, texts: Mapping[str, str]) -> bool:
    """Tell whether a line ends with a mark whose text has brought its own stop."""
    return texts.get(line[-1:], "").endswith(_CLOSED)


def _joint(draw: Random, lang: Lang, table: Phrases, stopped: bool) -> str:  # noqa: FBT001
    if stopped and lang == "en":
        return ". "  # what follows a stop is a sentence of its own
    return draw.choice(table["joints"]["any"])


def _slot(kind: str) -> str:
    return "stock" if kind == "few" else kind


def every_piece(lang: Lang) -> Sequence[str]:
    """Return pieces of wordings in which all that may stand side by side does."""
    table = source().phrases[lang]
    grammar = {"openings", "joints", "ends", "together"}
    marks = dict.fromkeys((kind for kind in table if kind not in grammar), "①")
    first = [placed(t, marks) for k in marks for t in table[k]["first"]]
    first += [placed(t, marks) for t in table["together"]["any"]]
    following = [placed(t, marks) for k in marks for t in table[k]["next"]]
    tails = {"①" + clause.rpartition("①")[2] for clause in (*first, *following)}
    tails |= {NAME + clause.rpartition(NAME)[2] for clause in first if clause.endswith(NAME)}
    pieces = [
        joined(joined("", opening), clause)
        for opening in ("", *table["openings"]["any"])
        for clause in (*first, *following)
    ]
    pieces += [
        joined(joined("", placed(about, {})), clause)
        for about in table["openings"]["about"]
        for clause in following
    ]
    joints = {*table["joints"]["any"], *([". "] if lang == "en" else [])}
    pieces += [joined(t + joint, clause) for t in tails for joint in joints for clause in following]
    return pieces + [t + end for t in tails for ends in table["ends"].values() for end in ends]
