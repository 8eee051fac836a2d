"""Shares the minutes of a stream out: opening, products in one or more rounds, closing.

In a long stream a seller comes back to a product: whoever comes in later has not heard of it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.studio.rundown import Part

LEAST: Final = 20.0
"""Seconds in which a product can be named, priced and linked."""
LONGEST: Final = 260.0
"""Seconds after which a product gets another round instead of a longer one."""
OPENING: Final = (0.045, 14.0, 110.0)
"""Share of the stream, and least and most seconds."""
CLOSING: Final = (12.0, 5.0, 0.05)
"""Seconds to say goodbye, seconds to read a product's link again, share of the stream at most."""
EVEN: Final = 40.0
"""Seconds for each product below which all get the same."""
INTERLUDE: Final = (20.0, 7.0, 100.0)
"""Seconds of a break between rounds: to begin with, for each product, at most."""
FIRST: Final = 1.3
"""How much longer the first round of a product is."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What a plan must know of a product: how much there is to say, and whether it can be had."""

    sku: str
    points: int
    sold_out: bool = False

    @property
    def weight(self) -> float:
        """Return its share of the time: much to say counts twice as much as nothing."""
        return 0.35 if self.sold_out else min(max(0.35 + self.points / 12, 0.5), 1.2)


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the stream and when it has to begin and end, in seconds."""

    part: Part
    start: float
    end: float
    sku: str | None = None
    turn: int = 1


def slots(total: float, goods: Sequence[Goods]) -> tuple[list[Slot], list[str]]:
    """Return the parts of a stream of ``total`` seconds, and the skus that found no room."""
    opening = min(max(total * OPENING[0], OPENING[1]), OPENING[2])
    closing = min(CLOSING[0] + CLOSING[1] * len(goods), max(CLOSING[0], CLOSING[2] * total))
    room = total - opening - closing
    kept, absent = _kept(room, goods)
    fixed: list[tuple[Part, float]] = [("opening", opening)]
    found = [*_timed(room, kept)] if kept else [("interlude", None, 1, room)]
    rows = [(part, None, 1, length) for part, length in fixed]
    return _placed([*rows, *found, ("closing", None, 1, closing)]), absent


def _kept(room: float, goods: Sequence[Goods]) -> tuple[list[Goods], list[str]]:
    """Return what there is time for: what is sold out gives way, then what comes last."""
    fits = max(1, int(room // LEAST))
    by_worth = sorted(range(len(goods)), key=lambda at: (goods[at].sold_out, at))
    taken = set(by_worth[:fits])
    kept = [each for at, each in enumerate(goods) if at in taken]
    return kept, [each.sku for at, each in enumerate(goods) if at not in taken]


def _timed(room: float, kept: Sequence[Goods]) -> Iterator[tuple[Part, str | None, int, float]]:
    """Yield the rounds: each product in each of them, a break between two."""
    sold = [each for each in kept if not each.sold_out] or list(kept)
    rounds = max(1, math.ceil(room / len(sold) / LONGEST))
    pause = min(INTERLUDE[0] + INTERLUDE[1] * len(sold), INTERLUDE[2])
    left = room - pause * (rounds - 1)
    even = room < EVEN * len(kept)
    first = _weights(kept, FIRST if rounds > 1 else 1.0, even=even)
    later = _weights(sold, 1.0, even=even)
    unit = left / (sum(first.values()) + (rounds - 1) * sum(later.values()))
    for each in kept:
        yield "product", each.sku, 1, unit * first[each.sku]
    for turn in range(2, rounds + 1):
        yield "interlude", None, turn, pause
        for each in sold:
            yield "product", each.sku, turn, unit * later[each.sku]


def _weights(goods: Sequence[Goods], times: float, *, even: bool) -> dict[str, float]:
    """Return shares of the time; where it is short all are equal, so that each has the least."""
    return {each.sku: 1.0 if even else each.weight * times for each in goods}


def _placed(rows: Sequence[tuple[Part, str | None, int, float]]) -> list[Slot]:
    at, found = 0.0, []
    for part, sku, turn, length in rows:
        found.append(Slot(part, at, at + length, sku, turn))
        at += length
    return found
