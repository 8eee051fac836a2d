"""How alike two lines are by their words."""

import re
from itertools import pairwise

from bot.shop.text import bare, tidy

FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the do does you u ur your can could i we is are it this that to of for in on at and"
        " or please pls hi hello hey any have has get there will be",
    )
)
"""Words that two wordings of one question need not share; a country or a colour must be."""
COMMON = frozenset((
    "什么", "怎么", "怎样", "哪里", "哪儿", "在哪", "时候", "么时",
    "几点", "多久", "可以", "能不", "不能", "有没", "没有", "是不",
    "不是", "多少", "这个", "那个", "主播", "一下",
))  # fmt: skip
"""Pairs of ideographs that any two questions may share."""
_WORD = re.compile(r"\d+|[a-z]+")


def telling(line: str) -> frozenset[str]:
    """Return the numbers and Latin words that must be equal in two lines that ask the same."""
    return frozenset(_WORD.findall(line)) - FILLERS


def share(line: str, question: str) -> bool:
    """Tell whether two lines have a telling word, or two ideographs in a row, in common."""
    pairs = {pair for pair in _pairs(bare(question)) if not pair.isascii()} - COMMON
    return bool(telling(line) & telling(tidy(question)) or pairs & _pairs(bare(line)))


def dice(one: str, other: str) -> float:
    """Return the Dice coefficient of two texts' pairs of characters, 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    shared = len(pairs & others)
    return 2 * shared / (len(pairs) + len(others)) if shared else 0.0


def _pairs(text: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(text))
