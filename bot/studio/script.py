"""Writes a live-stream script: the parts of the stream in their order, each within its time.

A script is a list of points like a description is; beside them stand stage directions and time for
the viewers, whose length is chosen so that every part begins when the run-down says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, TypeAlias

from bot.model import Catalogue, Product
from bot.studio.matter import Matter, matter
from bot.studio.parts import House
from bot.studio.rundown import Script, Segment, Wanted
from bot.studio.slots import Goods, Slot, slots
from bot.studio.speech import Tempo
from bot.studio.stage import Stage
from bot.studio.turns import Turn
from bot.studio.wanted import shop_wide
from bot.studio.writing import Author, Left, Point

FILES: Final = ("facts", "script")
"""The pattern files of a script."""
SHORTEST, LONGEST = 5, 120
"""Minutes for which a script's length is promised."""
Order: TypeAlias = Literal["as-listed", "by-link", "price-up", "price-down"]


@dataclass(frozen=True)
class Brief:
    """What is asked for: minutes, the products in their order, who hosts, what viewers asked."""

    minutes: float
    products: Sequence[Product]
    rate: float
    host: str = ""
    wanted: Sequence[Wanted] = ()


@dataclass
class Scribe:
    """Writes one script."""

    catalogue: Catalogue
    author: Author
    brief: Brief
    done: Callable[[], None] = lambda: None
    _matters: dict[str, Matter] = field(default_factory=dict)
    _answered: set[int] = field(default_factory=set)

    async def write(self) -> Script:
        """Return the script."""
        brief, lang = self.brief, self.author.lang
        every = [matter(one, self.catalogue, lang, self.author.rules) for one in brief.products]
        self._matters = {one.sku: one for one in every if one.name}
        stage = Stage(self.author, Tempo(lang, brief.rate))
        goods = [Goods(one.sku, len(one.goods), one.sold_out) for one in self._matters.values()]
        plan, absent = slots(60 * brief.minutes, goods)
        kept = [one for one in self._matters.values() if one.sku not in absent]
        house = House(self.catalogue, kept, brief.host, self.author.seed, shop_wide(brief.wanted))
        segments = []
        for at, slot in enumerate(plan):
            segments.append(await self._segment(slot, plan[at - 1] if at else slot, stage, house))
            self.done()
        nameless = [
            Left(Point("name", (), one.product), "no_name") for one in every if not one.name
        ]
        told = [left for one in kept for left in one.left]
        return Script(
            shop=self.catalogue.name,
            lang=lang,
            minutes=brief.minutes,
            rate=brief.rate,
            segments=tuple(segments),
            absent=tuple(one.product for one in every if one.sku in absent),
            prepare=tuple(self._open()),
            left=(*nameless, *told, *stage.left),
        )

    def parts(self) -> int:
        """Return how many parts the script will have."""
        goods = [Goods(one.sku, len(one.specs), one.stock == 0) for one in self.brief.products]
        return len(slots(60 * self.brief.minutes, goods)[0])

    async def _segment(self, slot: Slot, before: Slot, stage: Stage, house: House) -> Segment:
        if slot.part == "opening":
            return await house.opening(stage, slot)
        if slot.part == "interlude":
            return await house.interlude(stage, slot)
        if slot.part == "closing":
            return await house.closing(stage, slot)
        turn = Turn(
            stage=stage,
            of=self._matters[slot.sku or ""],
            slot=slot,
            before=self._matters.get(before.sku or ""),
            wanted=self._wanted(slot),
            seed=self.author.seed,
            aside=partial(house.aside, stage),
        )
        segment = await turn.write()
        self._answered |= {id(question) for question in turn.answered}
        return segment

    def _wanted(self, slot: Slot) -> list[Wanted]:
        """Return what viewers asked about a product; what was answered may be again, later."""
        mine = [one for one in self.brief.wanted if one.sku == slot.sku and one.facts]
        fresh = [one for one in mine if id(one) not in self._answered]
        return fresh or mine

    def _open(self) -> list[Wanted]:
        """Return the questions for which the host must find an answer."""
        return [one for one in self.brief.wanted if not one.facts]


def arranged(products: Sequence[Product], order: str) -> list[Product]:
    """Return products in an order: as-listed, by-link, price-up, price-down."""
    found = list(products)
    if order == "by-link":
        found.sort(key=lambda one: (one.link is None, one.link or 0))
    elif order in ("price-up", "price-down"):
        found.sort(key=lambda one: one.price, reverse=order == "price-down")
    return found


__all__ = ["FILES", "Brief", "Order", "Scribe", "arranged"]
