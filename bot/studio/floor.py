"""Time for the viewers: their questions read out, and free talk that fills a slot."""

from collections.abc import Sequence
from typing import Final

from bot.studio.matter import Matter
from bot.studio.rundown import Cue, Item, Wanted
from bot.studio.stage import Stage

MANY: Final = 5
"""Viewers who make a question one that many ask."""
BLOCK: Final = 90.0
"""Seconds of free talk at a stretch, at most."""
SHORTEST: Final = 10.0
"""Seconds of free talk at least."""
LEAST: Final = 3.0
"""Seconds of waiting for the chat at least."""


def ask(stage: Stage, question: Wanted) -> bool:
    """Read a viewers' question out; one that many asked is called that."""
    words = {"question": question.text}
    many = question.count >= MANY and stage.mention("asked_often", None, words)
    return many or stage.mention("asked", None, words)


def floor(stage: Stage, room: float, places: Sequence[int], of: Matter | None) -> None:
    """Put free talk for ``room`` seconds in, spread over ``places`` among the items."""
    if room < SHORTEST:
        if room > LEAST:
            stage.show("cue_wait", room, floor=True)
        return
    product = of.product if of else None
    count = max(1, min(round(room / (BLOCK * 0.75)), 8))
    spread = sorted(places[number % len(places)] for number in range(count))
    end, ahead = stage.now + room, stage.items
    stage.items, blocks = [], list[tuple[int, tuple[Item, ...]]]()
    for number, place in enumerate(spread):
        length, begun = (end - stage.now) / (count - number), stage.now
        if length >= 2 * SHORTEST and of:
            stage.mention("floor_more" if number else "floor", product)
        kind = "cue_floor" if of else "cue_break"
        stage.show(kind, length - (stage.now - begun), product, floor=True)
        blocks.append((place, stage.take()))
    stage.items = ahead
    for place, items in reversed(blocks):
        if any(isinstance(item, Cue) for item in items):
            stage.items[place:place] = items
