"""One way to write: a point becomes a sentence that states its facts and nothing else.

A point is worded by a pattern; a language model words it where it may and where the guard passes
what it wrote. What the guard refuses is worded by the next pattern; where none passes, the point
is left out and reported. Scripts and descriptions are lists of points, said by one Author.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.model import Abilities, Answer, Checked, Lang, Rules
from bot.ports import Writer
from bot.rules import claims, guard
from bot.rules.prompts import prompt
from bot.studio.asking import asked, plain
from bot.studio.effects import added
from bot.studio.grammar import clumsy, filled
from bot.studio.lawful import called, forbidden, stripped
from bot.studio.patterns import Pattern, Patterns, Voice, positions, rank
from bot.studio.sense import slip
from bot.studio.sentences import MOST, Left, Point, Sentence, Used, masked, slots

__all__ = [
    "MOST", "Author", "Left", "Point", "Sentence", "Used", "called", "forbidden", "masked", "slots",
    "stripped",
]  # fmt: skip
TRIES: Final = 8
"""Patterns that are tried before a point is left out."""
SEVERAL: Final = 2
"""Facts from which our own model words them: of one, a pattern makes as good a sentence."""
UNBOUNDED: Final = Abilities(length=0)
"""A studio's text goes to no chat: its length is the author's."""


@dataclass(frozen=True)
class Author:
    """Says points in one language and one voice; the same seed says the same.

    ``others`` are names of the shop's products: none is spoken of but the point's own.
    ``writer`` None words everything by patterns.
    """

    patterns: Patterns
    rules: Rules
    voice: Voice = "plain"
    seed: int = 0
    others: Sequence[str] = ()
    writer: Writer | None = None
    within: float = 30.0
    chat: bool = False
    """Whether the writer is a chat model, which can be told the voice; ours knows one only."""

    @property
    def lang(self) -> Lang:
        """Return the language of the texts."""
        return self.patterns.lang

    async def say(self, point: Point, used: Used) -> Sentence | Left:
        """Return a point in words, by the model where it may, and remember it in ``used``."""
        refused: list[Checked] = []
        if self.writer is not None and self._may(point):
            text = await self.writer.write(self._prompt(point, used), self.lang, self.within)
            if text and (said := self._of_model(text, point, used, refused)):
                used.note(said, point, self.called(point))
                return said
        return self._by_pattern(point, used, refused)

    def word(self, point: Point, used: Used) -> Sentence | Left:
        """Return a point in words by a pattern, and remember it in ``used``."""
        return self._by_pattern(point, used, [])

    def called(self, point: Point) -> str:
        """Return the name of a point's product in the text's language, where it has one."""
        return called(point.product, self.lang, self.rules) if point.product else ""

    def _by_pattern(self, point: Point, used: Used, refused: list[Checked]) -> Sentence | Left:
        facts, words = slots(point)
        known = (frozenset(facts), frozenset(words))
        have = dict(zip(sorted(positions(len(facts))), facts.values(), strict=True)) | facts
        found = list(self.patterns.fitting(point.kind, *known, self.voice))
        if not found:
            detail = f"{point.kind}({', '.join(sorted(facts))})"
            return Left(point, "no_pattern", detail, tuple(refused))
        rows = [row for row in self._ordered(found, point, used) if used.fits(row.text)]
        for row in rows[:TRIES]:
            text = filled(row.text, have, words, self.called(point), self.lang)
            verdict = self.check(text, point)
            if verdict.ok:
                said = Sentence(text, point.facts, "template", row.text, point.kind, tuple(refused))
                used.note(said, point, self.called(point))
                return said
            refused.append(Checked("template", text, verdict.reason, verdict.detail))
        if not rows:
            return Left(point, "patterns_used_up", point.kind, tuple(refused))
        last = refused[-1]
        return Left(point, last.reason or "", last.detail, tuple(refused))

    def _ordered(self, found: Sequence[Pattern], point: Point, used: Used) -> list[Pattern]:
        """Return patterns in the order of trial: the least used, such as suit what was said."""
        sku = point.product.sku if point.product else ""
        known, told = bool(sku) and used.named == sku, used.told == sku

        stated, words = slots(point)
        ids = [fact.id for fact in point.facts]

        def order(row: Pattern) -> tuple[int, int, float]:
            names = "name" in row.slots
            misplaced = int((row.later and not known) or (names == known and bool(sku)))
            misplaced += (row.adds and not told) + (row.first and told) + used.leads[row.lead]
            return (
                used.patterns[row.text],
                misplaced + clumsy(row.text, stated, words, self.lang),
                rank(row, self.voice, self.seed, sku, point.kind, *ids),
            )

        return sorted(found, key=order)

    def check(self, text: str, point: Point) -> guard.Verdict:
        """Return what the guard says of a sentence that is to state a point."""
        plan = self._plan(point)
        said = [*claims.sources(plan), *point.words.values()]
        if word := added(text, said, self.lang):
            return guard.Verdict(ok=False, reason="ungrounded", detail=f"effect {word}")
        if point.facts:
            return guard.check(text, plan, UNBOUNDED, self.rules, self._others(point))
        verdict = guard.check(text, _mannerly(plan, text), UNBOUNDED, self.rules)
        own = text.replace(plan.name, claims.MARK) if plan.name else text
        for word in point.words.values():
            own = own.replace(word, claims.MARK)
        if verdict.ok and (number := next(iter(claims.numbers(own)), None)):
            return guard.Verdict(ok=False, reason="ungrounded", detail=f"number {number}")
        if verdict.ok and (loose := claims.loose(own, plan, self._others(point))):
            return guard.Verdict(ok=False, reason="ungrounded", detail=loose)
        return verdict

    def _plan(self, point: Point) -> Answer:
        """Return a point as the guard and the prompt know plans."""
        return Answer(
            intent="product",
            lang=self.lang,
            facts=point.facts,
            key=point.kind,
            product=point.product.sku if point.product else None,
            name=self.called(point) or None,
        )

    def _others(self, point: Point) -> list[str]:
        own = point.product
        mine = {own.name, *own.aliases} if own else set()
        mine |= {fact.said for fact in point.facts}
        return [name for name in self.others if name not in mine]

    def _may(self, point: Point) -> bool:
        """Tell whether the model words a point: ours only what a pattern cannot do as well."""
        least = 1 if self.chat else SEVERAL
        return point.free and len(point.facts) >= least and bool(asked(point, self.lang))

    def _prompt(self, point: Point, used: Used) -> str:
        plan, question = self._plan(point), asked(point, self.lang)
        if not self.chat:
            return prompt(plan, question)
        if point.product and used.named == point.product.sku:
            plan = replace(plan, name=None)  # it need not be named again
        return prompt(plan, question, self.voice)

    def _of_model(
        self, text: str, point: Point, used: Used, refused: list[Checked]
    ) -> Sentence | None:
        named = point.product is not None and used.named == point.product.sku
        text = plain(text, self.called(point) if named else "", self.lang)
        verdict = self.check(text, point)
        stuff = point.words.get("stuff", "")
        if verdict.ok and (wrong := slip(text, self._plan(point), self.lang, stuff)):
            verdict = guard.Verdict(ok=False, reason="clumsy", detail=wrong)
        pattern = masked(text, point, self.called(point))
        if verdict.ok and used.fits(pattern) and not used.leads[Pattern(pattern).lead]:
            return Sentence(text, point.facts, "model", pattern, point.kind)
        reason = verdict.reason or "repeated"
        refused.append(Checked("model", text, reason, verdict.detail))
        return None


def _mannerly(plan: Answer, text: str) -> Answer:
    """Return a plan to say just these words: the guard then looks at words, not at facts."""
    return Answer(plan.intent, plan.lang, (), plan.key, plan.product, plan.name, faq=text)
