"""A product's name taken apart: what is sold, in which forms it is written, its telling parts."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.shop.alike import COMMON, PLAIN
from bot.shop.kinds import kinds

_WORD = re.compile(
    r"[a-z]+[a-z0-9-]*|\d+[a-z]+[a-z0-9]*|\d{2,}(?!\d|[.:]\d|\s?(?:斤|元|块|岁|码|个|%|cm\b|kg\b|lbs?\b))"
)
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]+")
REMEMBER = 256
"""Lines whose parts are kept: a line is taken apart several times in a row."""
TELLING = 3
"""Letters of a Latin word by which a name is known."""
_AFTER = re.compile(
    r"[^\u3400-\u9fff]*(?:[男女]?[款士装]|[大小中]号|套装|礼盒|组合|系列|新款|[一-十两]?[件只双条个包袋盒瓶罐]装?|[\u3400-\u9fff])?\W*"
)
"""What may follow the word for what is sold: 卫衣男款, a mug 350ml."""
_CORE = re.compile(r"\b(?:for|with|in|of|from)\b|[,，(（/|]")
_PACKED = re.compile(
    r"(?:\s*\d+(?:\.\d+)?\s*(?:[a-z]{1,4}\b|毫升|公斤|千克|[克斤枚个片只条支包袋盒瓶罐件颗粒套双升寸张块桶箱对层抽卷串头本])?(?:[一-十两]?[桶罐袋盒瓶包箱]?装)?"
    r"|\s+(?:礼盒|盒装|[桶罐袋盒瓶包箱]装|\d+\s?-?\s?pack|pack of \d+)|[桶罐袋盒瓶包箱]装)+$"
)
"""How much of it there is: 400g, 32支桶装, 礼盒10枚, 3-pack."""
HEAD = "="
"""Begins the key of a last word, among the kinds that the table knows."""


def heads(name: str) -> list[str]:
    """Return the kinds of goods that a plain name ends with: a cup of a coffee cup, not a coffee.

    Its last word counts as a kind, known or not. What follows "for", "with" or a comma is not
    what is sold.
    """
    core = _CORE.split(name)[0]
    core = _PACKED.sub("", core).strip() or name
    words = kinds().words
    single = (part for part in parts(core) if " " not in core[part[1] : part[2]])
    last = max(single, key=lambda part: part[2], default=None)
    found = [HEAD + last[0]] if last else []
    for span in words.spans(core)[-1:]:
        if _AFTER.fullmatch(core, span.end):
            ends = (core[at : span.end] for at in range(span.start, span.end))
            found += [means for end in ends if (means := words.meaning(end))]
            found.append(span.means)
    return list(dict.fromkeys(found))


def forms(name: str) -> Iterator[str]:
    """Yield how a plain name may be written: without its plural, without its blanks."""
    yield name
    if name.isascii() and len(name) > TELLING and name.endswith("s") and not name.endswith("ss"):
        yield name[:-1]
    if (close := name.replace(" ", "")) != name and not name.isascii():
        yield close


@lru_cache(REMEMBER)
def parts(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return the telling parts of a plain text, pairs of ideographs and words, and their place.

    Two words that follow each other are also one: a dash cam is a dashcam.
    """
    return (*_pairs(text), *_words(text))


def _pairs(text: str) -> Iterator[tuple[str, int, int]]:
    for run in _IDEOGRAPHS.finditer(text):
        for at in range(run.start(), run.end() - 1):
            pair = text[at : at + 2]
            if pair not in COMMON:
                yield pair, at, at + 2


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    before: re.Match[str] | None = None
    for word in _WORD.finditer(text):
        if before and before.end() + 1 == word.start():
            yield before[0] + _stem(word[0]), before.start(), word.end()
        if word[0] not in PLAIN and (len(word[0]) >= TELLING or word[0][0].isdigit()):
            yield _stem(word[0]), word.start(), word.end()
        before = word


def _stem(word: str) -> str:
    return word.rstrip("s") if len(word) > TELLING else word
