"""How alike two lines are by their words."""

import re
from collections import defaultdict
from operator import add
from typing import Generic, TypeVar

T = TypeVar("T")

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


class Nearest(Generic[T]):
    """Texts, each with what it stands for: the one that is most like another text is found."""

    def __init__(self, least: float) -> None:
        """``least``: the Dice coefficient, 0 to 1, from which a text is like another."""
        self._least = least
        self._rows: list[tuple[int, T]] = []
        self._holding: dict[str, list[int]] = defaultdict(list)

    def add(self, text: str, value: T) -> None:
        """Know one more text."""
        held = _pairs(text)
        for pair in held:
            self._holding[pair].append(len(self._rows))
        self._rows.append((len(held), value))

    def find(self, text: str) -> T | None:
        """Return what the most similar text stands for, of equals the first; None: none is."""
        asked = _pairs(text)
        shared: dict[int, int] = {}
        for pair in asked:
            for at in self._holding.get(pair, ()):
                shared[at] = shared.get(at, 0) + 1
        best, found = 0.0, None
        for at in sorted(shared):
            held, value = self._rows[at]
            near = 2 * shared[at] / (len(asked) + held)  # the Dice coefficient of their pairs
            if near >= self._least and near > best:
                best, found = near, value
        return found


def _pairs(text: str) -> frozenset[str]:
    return frozenset(map(add, text, text[1:]))
