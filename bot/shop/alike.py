"""How alike two lines are by their words."""

import re
from itertools import pairwise

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
    "不是", "多少", "这个", "那个", "主播", "一下", "少钱", "还有", "有货", "价格", "优惠", "便宜",
    "发货", "包邮", "尺码", "颜色", "材质", "链接", "怎么", "么卖", "这款", "那款", "几号", "推荐",
    "讲解", "看看", "现在", "今天", "直播",
))  # fmt: skip
"""Pairs of ideographs that any two questions may share."""
PLAIN = frozenset(
    re.findall(
        r"\w+",
        "the a an of for with and or in on to set pack pcs piece pieces men women mens womens kids"
        " unisex new large small medium big mini free one size color colour style hot sale best"
        " day night time home use ml oz kg lb inch cm mm black white red blue green pink grey gray"
        " yellow purple brown is it this that how much many do you have any can are what when where"
        " which will price"
        " cost stock left ship shipping return order link there their these those still would could"
        " should about please thanks hello guys love really super nice good great cute want need"
        " wearing wash water proof made long last deal sizes colors tell show again today tomorrow"
        " other another anyone everyone something",
    )
)
"""Words of a name that tell nothing about which product is meant."""
_WORD = re.compile(r"\d+|[a-z]+")


def telling(line: str) -> frozenset[str]:
    """Return the numbers and Latin words that must be equal in two lines that ask the same."""
    return frozenset(_WORD.findall(line)) - FILLERS


def dice(one: str, other: str) -> float:
    """Return the Dice coefficient of two texts' pairs of characters, 0 to 1."""
    pairs, others = _pairs(one), _pairs(other)
    shared = len(pairs & others)
    return 2 * shared / (len(pairs) + len(others)) if shared else 0.0


def _pairs(text: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(text))
