"""Tells whether a text speaks of a neighbour of what is asked: of the microwave, not the oven."""

import re
from typing import Final

_SETS: Final = (
    (  # care
        r"机洗|洗衣机|machine.?wash|washing machine|\bwasher\b|in the wash\b",
        r"手洗|hand.?wash",
        r"烘干|甩干|tumble|\bdrye?r\b|\bdrier\b",
        r"熨|\biron(ing|ed| it)\b",
        r"干洗|dry.?clean",
        r"漂白|bleach",
        r"洗碗机|dish.?washer",
    ),
    (  # what heats
        r"微波|micro.?wave|\bnuke\b",
        r"烤箱|\boven\b",
        r"空气炸锅|air.?fryer",
        r"明火|燃气|煤气|\bgas\b",
        r"电磁炉|induction",
        r"蒸(?!发|汽)|\bsteam(er|ing)?\b",
    ),
    (r"冻(?!干)|\bfreez|\bfroze", r"冷藏|冰箱|\bfridge|refrigerat"),  # what cools
    (  # measures
        r"多深|深度|\bdeep\b|\bdepth\b",
        r"直径|diameter",
        r"多高|高度|\bheight\b|\btall\b",
        r"多宽|宽度|\bwidth\b|\bwide\b",
        r"多长(?!时间)|长度|\blength\b",
        r"多重|重量|\bweigh",
        r"多厚|厚度|\bthick",
    ),
    (  # times of a battery
        r"充满|充(一次)?电?要?(多久|几个?小时)|how long.{0,48}\bcharg|charg(e|ing) time",
        r"续航|待机|battery life|run.?time|play.?time|playback",
    ),
)
_NEIGHBOURS: Final = tuple(tuple(re.compile(each) for each in row) for row in _SETS)
_CLOSED: Final = re.compile(r"[只仅]|\bonly\b")
"""Says that there is nothing else: hand wash only settles whether it may go into the machine."""


def beside(asked: str, said: str) -> bool:
    """Tell whether a tidy text passes over what is asked and speaks of its neighbour instead.

    A judge takes "machine wash cold" for an answer to whether it may go in the dryer.
    """
    if _CLOSED.search(said):
        return False
    return any(
        any(each.search(asked) for each in row)
        and any(each.search(said) for each in row)
        and not any(each.search(asked) and each.search(said) for each in row)
        for row in _NEIGHBOURS
    )
