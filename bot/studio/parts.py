"""The parts of a stream around the products: opening, breaks with a recap, closing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.model import Catalogue, Fact, Faq, Lang
from bot.rules.facts import facts
from bot.shop.lookup import Shop
from bot.shop.text import language
from bot.studio.floor import ask, floor
from bot.studio.lawful import forbidden
from bot.studio.matter import Matter
from bot.studio.patterns import draw
from bot.studio.rundown import Segment, Wanted
from bot.studio.slots import Slot
from bot.studio.stage import Stage
from bot.studio.writing import Left, Point

TOGETHER: Final = 3
"""Products that one sentence of the opening names."""
OFTEN: Final = 2
"""How often one row of the FAQ is answered in a script."""
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff]")
_SENTENCES: Final = re.compile(r"(?<=[。！？；～])\s*|(?<=[.!?])\s+")
LONG: Final = 50.0
"""Seconds of a part in which the house's terms are read out."""


GREETING: Final = 75.0
"""Seconds of one stage direction at most, with which a part is filled."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the FAQ as a host tells it."""

    text: str
    answer: Fact

    def seconds(self, stage: Stage) -> float:
        """Return about how long question and answer take."""
        return stage.cost(Point("faq", (self.answer,))) + stage.tempo.seconds(self.text) + 2


@dataclass
class House:
    """The shop and its products, for what is said between them."""

    catalogue: Catalogue
    goods: Sequence[Matter]
    host: str = ""
    seed: int = 0
    wanted: Sequence[Wanted] = ()
    """What viewers asked about the shop, the most asked first."""
    told: Counter[str] = field(default_factory=Counter)

    async def opening(self, stage: Stage, slot: Slot) -> Segment:
        """Greet, say what comes, how to order and how to ask."""
        start, end = stage.now, slot.end
        words = {"shop": self.catalogue.name} | ({"host": self.host} if self.host else {})
        stage.mention("greeting", None, words)
        long = slot.end - slot.start >= LONG
        if long:
            stage.mention("newcomers")
        place = len(stage.items)
        lead = 8.0 if long else 4.0
        for number, words in enumerate(self._lineup()):
            if stage.now + lead + 4 > end:
                break
            stage.mention(f"lineup{'_more' if number else ''}_{len(words)}", None, words)
        for kind in ("rules", "rules_ask"):
            if stage.now + lead < end:
                stage.mention(kind)
        if long:
            for point in self._terms(stage, "shipping", "returns"):
                if stage.now + stage.cost(point) + 3 < end:
                    await stage.say(point)
            if stage.now + 4 < end:
                stage.mention("start")
        return self._ended(stage, slot, start, place, "cue_open")

    async def interlude(self, stage: Stage, slot: Slot) -> Segment:
        """Sum up links and prices for who has come since, and answer what is often asked."""
        start = stage.now
        if self.goods:
            stage.mention("interlude")
        await self._recap(stage, slot.end - 12, slot.turn)
        place = len(stage.items)
        terms = list(self._terms(stage, "shipping", "returns", "payment"))
        for question in self.questions(stage)[:2]:
            if stage.now + question.seconds(stage) + 6 < slot.end:
                await self.answer(stage, question)
        for point in terms[slot.turn % 3 :][:1]:
            if stage.now + stage.cost(point) + 6 < slot.end:
                await stage.say(point)
        if self.goods and stage.now + 4 < slot.end:
            stage.mention("move_on")
        return self._ended(stage, slot, start, place, "cue_break")

    async def closing(self, stage: Stage, slot: Slot) -> Segment:
        """Read the links once more, thank, and say goodbye."""
        start = stage.now
        if slot.end - stage.now > LONG / 2:
            stage.mention("wrap")
            await self._recap(stage, slot.end - 12, 0)
        place = len(stage.items)
        stage.mention("thanks")
        if slot.end - stage.now > 2:  # noqa: PLR2004
            stage.mention("bye")
        return self._ended(stage, slot, start, place, "cue_close")

    async def answer(self, stage: Stage, question: Question) -> bool:
        """Ask and answer a row of the FAQ, and remember that it was said."""
        if not stage.mention("often", None, {"question": question.text}):
            return False
        if not await stage.say(Point("faq", (question.answer,))):
            stage.retract()
            return False
        self.told[question.answer.id] += 1
        return True

    async def aside(self, stage: Stage) -> bool:
        """Answer what viewers asked of the shop, a row of the FAQ, or read a term, in turns."""
        rows = self.questions(stage)
        terms = list(self._terms(stage, "shipping", "returns", "payment"))
        for question in self.wanted:
            ids = {fact.id for fact in question.facts}
            said = [point for point in terms if point.facts[0].id in ids]
            said += [Point("faq", (row.answer,)) for row in rows if row.answer.id in ids]
            if said and not any(self.told[point.facts[0].id] for point in said):
                return await self._answered(stage, question, said)
        terms.sort(key=lambda point: self.told[point.facts[0].id])
        if rows and (not terms or self.told[rows[0].answer.id] <= self.told[terms[0].facts[0].id]):
            return await self.answer(stage, rows[0])
        if not terms or not await stage.say(terms[0]):
            return False
        self.told[terms[0].facts[0].id] += 1
        return True

    async def _answered(self, stage: Stage, question: Wanted, points: Sequence[Point]) -> bool:
        if not ask(stage, question):
            return False
        told = [point.facts[0].id for point in points if await stage.say(point)]
        if not told:
            stage.retract()
        self.told.update(told)
        return bool(told)

    def questions(self, stage: Stage) -> list[Question]:
        """Return the rows of the FAQ that may still be answered, those not told yet in front."""
        rows = (_question(row, stage.lang) for row in self.catalogue.faq)
        open_rows = [row for row in rows if row and self.told[row.answer.id] < OFTEN]
        return sorted(open_rows, key=lambda row: self.told[row.answer.id])

    def _ended(self, stage: Stage, slot: Slot, start: float, place: int, cue: str) -> Segment:
        room = slot.end - stage.now
        if 0 < room <= GREETING:
            ahead, stage.items = stage.items, []
            stage.show(cue, room, floor=True)
            stage.items = [*ahead[:place], *stage.take(), *ahead[place:]]
        elif room > GREETING:
            floor(stage, room, [place], None)
        return Segment(slot.part, start, slot.start, stage.take(), turn=slot.turn)

    def _lineup(self) -> Iterator[dict[str, str]]:
        names = [one.name for one in self.goods if not one.sold_out and one.name]
        for at in range(0, len(names), TOGETHER):
            some = names[at : at + TOGETHER]
            yield dict(zip(("one", "two", "three"), some, strict=False))

    async def _recap(self, stage: Stage, end: float, turn: int) -> None:
        able = [one for one in self.goods if not one.sold_out]
        first = int(draw(self.seed, "recap", turn) * len(able)) if turn else 0
        for number, one in enumerate((*able[first:], *able[:first])):
            links = one.of.of("link")
            facts = (*links, *one.of.of("price"))
            kinds = ["recap_next", "recap"] if number % 2 else ["recap", "recap_next"]
            for kind in kinds[: 1 + bool(number)] if links else ["recap_plain"]:
                point = Point(kind, facts, one.product)
                if stage.now + stage.cost(point) < end and await stage.say(point):
                    break

    def _terms(self, stage: Stage, *topics: str) -> Iterator[Point]:
        shop = Shop(self.catalogue, {})
        rules = stage.author.rules
        for topic in topics:
            for fact in facts(topic, None, shop, stage.lang):
                point = Point(f"house_{topic}", (_closed(fact),))
                if forbidden(fact.said, rules):
                    stage.left.append(Left(point, "banned_word", forbidden(fact.said, rules) or ""))
                elif language(fact.said, stage.lang) == stage.lang:
                    yield point


def _closed(fact: Fact) -> Fact:
    """Return a fact without the stop at its end: the pattern has one."""
    return Fact(fact.id, fact.text, fact.said.rstrip("。.；;！! "))


def _question(row: Faq, lang: Lang) -> Question | None:
    """Return a row of the FAQ with the sentences that are in the script's language."""
    asked = [text for text in row.questions if bool(_IDEOGRAPH.search(text)) == (lang == "zh")]
    parts = [part for part in _SENTENCES.split(row.answer) if part]
    said = [part for part in parts if bool(_IDEOGRAPH.search(part)) == (lang == "zh")]
    if not asked or not said:
        return None
    answer = ("" if lang == "zh" else " ").join(said).rstrip("～~")
    closed = answer if answer.endswith(tuple("。.!！?？")) else answer + "。."[lang == "en"]
    return Question(_marked(asked[0], lang), Fact(f"faq.{row.questions[0]}", row.answer, closed))


def _marked(question: str, lang: Lang) -> str:
    """Return a question with its mark, and in English with a capital."""
    text = question.strip()
    text = text if text.endswith(tuple("?？")) else text + "？?"[lang == "en"]
    return text if lang == "zh" else text[:1].upper() + text[1:]
