"""Where a script is written: what was said so far, and at which second the host is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.model import Lang, Product
from bot.studio.rundown import Cue, Item, Line
from bot.studio.speech import Tempo
from bot.studio.writing import Author, Left, Point, Sentence, Used

AROUND: Final[dict[Lang, float]] = {"zh": 9.0, "en": 6.0}
"""Syllables or words that a pattern puts around its facts."""
MOST_CUES: Final = 30
"""How often one stage direction may stand in a script: nobody hears it."""
UNSAID: Final = frozenset({"patterns_used_up", "no_pattern"})


@dataclass
class Stage:
    """Takes points and directions in their order; each moves the clock on, in seconds."""

    author: Author
    tempo: Tempo
    used: Used = field(default_factory=Used)
    cues: Used = field(default_factory=lambda: Used(most=MOST_CUES))
    now: float = 0.0
    items: list[Item] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    joined: str = ""
    """How the last product was connected to the one before it."""

    @property
    def lang(self) -> Lang:
        """Return the language of the script."""
        return self.author.lang

    async def say(self, point: Point) -> bool:
        """Say a point; False where no wording of it may be said, which is reported."""
        return self._put(await self.author.say(point, self.used), point)

    def mention(
        self, kind: str, product: Product | None = None, words: Mapping[str, str] | None = None
    ) -> bool:
        """Say a sentence that states nothing; a text goes on without it where none is left."""
        point = Point(kind, (), product, words or {})
        return self._put(self.author.word(point, self.used), point)

    def show(
        self,
        kind: str,
        seconds: float,
        product: Product | None = None,
        words: Mapping[str, str] | None = None,
        *,
        floor: bool = False,
    ) -> bool:
        """Put a stage direction for so many seconds; False where none is left."""
        point = Point(kind, (), product, words or {})
        cue = self.author.word(point, self.cues)
        if isinstance(cue, Left) or seconds <= 0:
            return False
        self.items.append(Cue(cue.text, seconds, floor))
        self.now += seconds
        return True

    def cost(self, *points: Point) -> float:
        """Return about how long points take to say."""
        around = AROUND[self.lang] * 60 / self.tempo.rate
        return sum(
            around + self.tempo.seconds(" ".join(fact.said for fact in point.facts))
            for point in points
        )

    def take(self) -> tuple[Item, ...]:
        """Return what was put since the last time."""
        items, self.items = tuple(self.items), []
        return items

    def retract(self) -> None:
        """Take the last item back."""
        self.now -= self.items.pop().seconds

    def _put(self, said: Sentence | Left, point: Point) -> bool:
        if isinstance(said, Left):
            if point.facts and said.reason not in UNSAID:
                self.left.append(said)
            return False
        line = Line(said, self.tempo.seconds(said.text))
        self.items.append(line)
        self.now += line.seconds
        return True
