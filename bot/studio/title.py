"""A title of at most N characters, of the catalogue's own words: never cut within one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import regex
from pypinyin.seg.mmseg import seg

from bot.model import Fact, Lang, Rules
from bot.studio.kinds import ODD, kind
from bot.studio.labels import family
from bot.studio.points import Known, foreign, topic_of
from bot.studio.writing import called, forbidden

DEFAULT: Final[dict[Lang, int]] = {"zh": 30, "en": 80}
"""Characters: Taobao and Douyin take 30 ideographs, Amazon shows some 80 letters on a phone."""
_WORDS: Final = re.compile(r"[A-Za-z0-9][\w.'’%+-]*|[\u3400-\u9fff]+|\S", re.ASCII)
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_TAIL: Final = re.compile(r"\s+(?:with|for|of|in|by|from)\s.*$|\s*[(（,，|–—].*$")
_BRIEF: Final[dict[Lang, int]] = {"zh": 10, "en": 26}
"""Characters of an attribute that a title takes."""
_PLAIN: Final = frozenset({"origin", "capacity", "count", "size", "weight"})
"""Specs that a title states without saying what they are."""


_JOINED: Final = re.compile(r"[，；;。、：:]|,\s")


@dataclass(frozen=True, slots=True)
class Title:
    """A title, and the facts that it states. Empty where no name may be said in so few."""

    text: str
    facts: tuple[Fact, ...] = ()


def length(text: str) -> int:
    """Return the length in characters as a person counts them: graphemes."""
    return len(regex.findall(r"\X", text))


def title(of: Known, most: int, rules: Rules) -> Title:
    """Return the product's name and as many of its attributes as ``most`` characters hold."""
    name = _name(of, most, rules)
    if not name:
        return Title("")
    text, stated = name, list[Fact]()
    for fact, words in _attributes(of):
        longer = f"{text} {words}" if of.lang == "zh" else f"{text}, {words}"
        said = words.casefold() in text.casefold()
        if not said and length(longer) <= most and not forbidden(longer, rules):
            text, stated = longer, [*stated, fact]
    return Title(text, tuple(stated))


def _name(of: Known, most: int, rules: Rules) -> str:
    """Return the product's name, a lawful one, shortened to the words that say what it is."""
    full = called(of.product, of.lang, rules)
    if length(full) <= most:
        return full
    core = _TAIL.sub("", full)
    own = [name for name in of.product.aliases if bool(_HAN.search(name)) == (of.lang == "zh")]
    words = [core, *_shorter(core, own), *own]
    fitting = [one for one in words if length(one) <= most and not forbidden(one, rules)]
    return max(fitting, key=length, default="")


def _shorter(text: str, known: Sequence[str]) -> Iterator[str]:
    """Yield a name without its first word, its first two and so on: the last says what it is.

    Ideographs are cut beside words that are surely such: those of pypinyin's dictionary of
    phrases and the product's other names.
    """
    cuts = {found.start() for found in _WORDS.finditer(text)}
    for found in _HAN.finditer(text):
        at = found.start()
        for word in _segmented(found[0]):
            if len(word) > 1:
                cuts |= {at, at + len(word)}
            at += len(word)
    for name in known:
        if (at := text.find(name)) >= 0:
            cuts = {cut for cut in cuts if not at < cut < at + len(name)} | {at, at + len(name)}
    for cut in sorted(cuts - {0}):
        if rest := text[cut:].strip():
            yield rest


@cache
def _segmented(run: str) -> tuple[str, ...]:
    return tuple(seg.cut(run))


def _attributes(of: Known) -> Iterator[tuple[Fact, str]]:
    """Yield what a title may add, the most telling first, as it is said there."""
    for fact in (*of.of("material"), *of.of("specs")):
        key = topic_of(fact, of.product).partition(".")[2]
        bare = (
            length(fact.said) > _BRIEF[of.lang] or _JOINED.search(fact.said) or fact.said.isdigit()
        )
        shape = kind(key, fact.said, of.lang) if key else None
        odd = shape in ODD - {"told", "verb"}
        if bare or odd or foreign(fact.said, of):
            continue
        if not key or family(key) in _PLAIN or key in fact.said:
            yield fact, fact.said
        elif family(key) == "fit":
            yield fact, fact.said if of.lang == "zh" else f"{fact.said} fit"
        elif (
            of.lang == "zh" and not foreign(key, of) and length(key + fact.said) <= _BRIEF["zh"] + 2
        ):
            yield fact, f"{key}{fact.said}"
    for fact in of.of("colors"):
        if not foreign(fact.said, of) and len(of.product.colors) == 1:
            yield fact, fact.said
