"""One product on the stream: hook, facts with demonstrations, questions, price, call to action."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.studio.floor import ask, floor
from bot.studio.known import foreign
from bot.studio.matter import PRICED, URGENT, Matter, answers, bridges, demos, labels, ordered
from bot.studio.patterns import draw
from bot.studio.rundown import Segment, Wanted
from bot.studio.slots import Slot
from bot.studio.stage import Stage
from bot.studio.writing import Point

TIGHT: Final = 32.0
"""Seconds below which there is no time for more than facts, price and link."""
WAIT: Final = 12.0
ASKED: Final = 60.0
"""Seconds of a turn for each question of viewers that it answers."""
MOST_ASKED: Final = 4
ASIDE: Final = 150.0
"""Seconds of a turn that has time for something of the shop's, and for its link twice."""


@dataclass
class Turn:
    """Writes one segment. ``wanted`` are questions about this product, the most asked first."""

    stage: Stage
    of: Matter
    slot: Slot
    before: Matter | None = None
    wanted: Sequence[Wanted] = ()
    seed: int = 0
    aside: Callable[[], Awaitable[bool]] | None = None
    """Says something of the shop's, where a long turn has time for it."""
    told: list[Point] = field(default_factory=list)
    answered: list[Wanted] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    """Facts that the first sentence has stated."""
    polled: set[str] = field(default_factory=set)
    pauses: list[int] = field(default_factory=list)
    """Where free talk may stand: places among the items, the best first."""

    async def write(self) -> Segment:
        """Write the segment so that it ends when its slot does."""
        stage, start = self.stage, self.stage.now
        await self._open()
        if self.of.sold_out:
            await self._facts(0.0)
            await self._all(self.of.stock)
        else:
            await self._sell()
        self._fill()
        if not self.of.sold_out and self.room > 0 and self.budget >= ASIDE:
            await self._all(self.of.link)
        return Segment(
            part="product",
            start=start,
            planned=self.slot.start,
            items=stage.take(),
            product=self.of.product,
            name=self.of.name,
            turn=self.slot.turn,
            labels=tuple(labels(self.told, self.of)),
        )

    @property
    def room(self) -> float:
        """Return the seconds that are left."""
        return self.slot.end - self.stage.now

    @property
    def budget(self) -> float:
        """Return the seconds of the slot."""
        return self.slot.end - self.slot.start

    async def _sell(self) -> None:
        stage, of, budget = self.stage, self.of, self.budget
        costs = (stage.cost(*of.offer, *of.link), 6.0 if budget >= TIGHT else 0.0)
        about, priced = self._questions()
        answered = [point for _, points in about for point in points]
        talk = stage.cost(*answered) + 4.0 * len(about)
        await self._facts(sum(costs) + talk, skip=answered)
        self.pauses.append(len(stage.items))
        for question, points in about:
            await self._answer(question, points)
        await self._talk_of(budget >= 3 * TIGHT)
        if self.aside and budget >= ASIDE:
            await self.aside()
        if budget >= TIGHT and not (priced and self._ask(priced)):
            stage.mention("price_before")
        if budget >= 2 * TIGHT:
            stage.show("cue_price", 3.0)
        await self._all(of.offer)
        if budget >= TIGHT:
            await self._all([point for point in of.stock if point.kind in URGENT])
        if budget >= 2 * TIGHT:
            await self._all([point for point in of.terms if self.room > 2 * stage.cost(point)])
        await self._all(of.link)
        if budget >= TIGHT:
            stage.mention("cta", of.product)
        self.pauses.insert(0, len(stage.items))

    async def _open(self) -> None:
        await self._hook()
        self.stage.used.told = None  # what follows is the first that is told: not "besides, …"

    async def _hook(self) -> None:
        stage, of, chance = self.stage, self.of, draw(self.seed, self.of.sku, self.slot.turn)
        if self.slot.turn > 1:
            stage.mention("again", of.product)
            return
        for point in (*self._hooks(chance), Point("hook", (), of.product)):
            if self.budget >= TIGHT / 2 and await stage.say(point):
                stage.joined = point.kind
                if point.kind == "bridge_specs":
                    self.opened = {fact.id for fact in point.facts}
                return

    def _hooks(self, chance: float) -> list[Point]:
        """Return ways to begin, the one to try first in front: from the last product, or anew."""
        of, product = self.of, self.of.product
        lists, links = of.of.of("list_price"), of.of.of("link")
        hooks = [Point("hook_list", lists, product)] if lists and not of.sold_out else []
        hooks += [Point("hook_link", links, product)] if links else []
        patterns = self.stage.author.patterns
        joined = list(bridges(self.before, of, patterns)) if self.before else []
        joined = [point for point in joined if point.kind != self.stage.joined]
        if of.sold_out or self.budget < 2 * TIGHT or (self.before and self.before.sold_out):
            joined = []
        plain = [Point("bridge", (), product)] if self.before else []
        if joined and chance < 0.4:  # noqa: PLR2004
            return [joined[int(chance * 50) % len(joined)], *plain]
        if self.budget >= TIGHT and hooks and chance < 0.65:  # noqa: PLR2004
            return [hooks[int(chance * 100) % len(hooks)], *plain]
        return plain if chance < 0.85 else []  # noqa: PLR2004

    async def _facts(self, reserve: float, skip: Sequence[Point] = ()) -> None:
        """Tell the goods as far as there is time, and show what is told."""
        stage, budget, asked = self.stage, self.budget, 0
        share = 1.0 if budget < TIGHT else 0.85 if budget < 3 * TIGHT else 0.7
        until = self.slot.start + share * budget - reserve
        shown = min(max(5.0, budget * 0.045), 18.0)
        for number, point in enumerate(ordered(self.of, self.slot.turn, self.seed), 1):
            known = all(fact.id in self.opened for fact in point.facts)
            if known or point in skip or stage.now + stage.cost(point) > until:
                continue
            if not await stage.say(point):
                continue
            self.told.append(point)
            if budget >= TIGHT and stage.now + shown < until:
                self._show(point, shown)
            if number % 3 == 0 and not asked and budget >= 4 * TIGHT:
                asked += await self._talk_of(wide=True)
                self.pauses.append(len(stage.items))

    def _show(self, point: Point, seconds: float) -> None:
        for demo in demos(point, self.stage.author.patterns):
            if self.stage.show(demo.kind, round(seconds), self.of.product, demo.words):
                return

    async def _talk_of(self, wide: bool) -> bool:  # noqa: FBT001
        """Ask the viewers something and wait for them, where there is time."""
        stage, of = self.stage, self.of
        if not wide:
            return False
        ways = []
        for topic in ("colors", "sizes"):
            known = [fact for fact in of.of.of(topic) if not foreign(fact.said, of.of)]
            told = [any(topic in fact.id for fact in point.facts) for point in self.told]
            due = any(told[:-1]) and not told[-1] and topic not in self.polled
            if known and len(getattr(of.product, topic)) > 1 and due:
                ways += [Point(f"interact_{topic}", tuple(known), of.product)]
        chance = draw(self.seed, of.sku, self.slot.turn, "talk", len(stage.items))
        way = ways[int(chance * 100) % len(ways)] if ways and chance < 0.5 else None  # noqa: PLR2004
        if way:
            self.polled.add(way.kind.partition("_")[2])
        if not (way and await stage.say(way)) and not stage.mention("interact", of.product):
            return False
        return stage.show("cue_wait", WAIT)

    def _questions(self) -> tuple[list[tuple[Wanted, list[Point]]], Wanted | None]:
        """Return the questions that this turn answers, and one about the price that leads to it."""
        count = min(int(self.budget // ASKED), MOST_ASKED)
        about = list[tuple[Wanted, list[Point]]]()
        priced: Wanted | None = None
        for question in self.wanted:
            points = answers(question, self.of)
            if any(point.kind in (*PRICED, "link") for point in points):
                priced = priced or question
            elif points and len(about) < count:
                about.append((question, points))
        return about, priced if count else None

    def _ask(self, question: Wanted) -> bool:
        asked = ask(self.stage, question)
        if asked:
            self.answered.append(question)
        return asked

    async def _answer(self, question: Wanted, points: Sequence[Point]) -> None:
        rest = self.stage.cost(*points, *self.of.offer, *self.of.link)
        if self.room < rest or not self._ask(question):
            return
        if not await self._all(points):
            self.stage.retract()

    async def _all(self, points: Sequence[Point]) -> int:
        fresh = [point for point in points if point.kind == "link" or point not in self.told]
        said = [point for point in fresh if await self.stage.say(point)]
        self.told += said
        return len(said)

    def _fill(self) -> None:
        """Give the viewers what is left of the slot, in blocks that are not too long."""
        closing = self.stage.cost(*self.of.link) if self.budget >= ASIDE else 0.0
        room = self.room - (0 if self.of.sold_out else closing)
        floor(self.stage, room, self.pauses or [len(self.stage.items)], self.of)
