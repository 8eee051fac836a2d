"""The cross-encoder reads a question with a piece of the catalogue, and weighs the answer."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import MissingWeights
from bot.inference import classifier as classifiers
from bot.inference.batcher import Batcher
from bot.inference.classifier import Classifier
from bot.shop.text import normal

TRAINED = Path(__file__).with_name("data") / "judge"
"""The adapter and head that ship."""
ANSWERED = "answered"
"""The label of a passage that answers its question."""
BATCH = 4
"""Questions, with all their passages, that are judged at once."""
Pair = tuple[str, str]


class CrossEncoder:
    """Implements ports.Judge. The last ``remember`` pairs are known without a pass."""

    def __init__(self, classifier: Classifier, remember: int = 50_000, batch: int = BATCH) -> None:
        self._classifier = classifier
        self._column = classifier.labels.index(ANSWERED)
        self._known: OrderedDict[Pair, float] = OrderedDict()
        self._remember = remember
        self._batcher: Batcher[list[Pair], list[float]] = Batcher(self._run, limit=batch)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._batcher.aclose()

    async def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return for each passage the probability, 0 to 1, that it answers the question."""
        pairs = [(normal(question), normal(passage)) for passage in passages]
        unknown = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        found = {pair: self._known[pair] for pair in pairs if pair not in unknown}
        if unknown:
            found |= zip(unknown, await self._batcher.submit(unknown), strict=True)
        self._known.update(found)
        while len(self._known) > self._remember:
            self._known.popitem(last=False)
        return [found[pair] for pair in pairs]

    def _run(self, questions: list[list[Pair]]) -> list[list[float]]:
        """Judge the pairs of several questions. Runs in the batcher's thread."""
        distinct = list(dict.fromkeys(pair for pairs in questions for pair in pairs))
        scores = self._classifier.classify(distinct).intents[:, self._column]
        known = dict(zip(distinct, scores.round(4).tolist(), strict=True))
        return [[known[pair] for pair in pairs] for pairs in questions]


def load(source: str, trained: Path, progress: Callable[[str], None]) -> CrossEncoder:
    """Load the encoder and what was taught to it. Blocks for seconds. Raises MissingWeights."""
    classifier = classifiers.load(source, trained, progress)
    if ANSWERED not in classifier.labels:
        known = ", ".join(classifier.labels)
        raise MissingWeights(f'{trained}: expected a label "{ANSWERED}", got {known}')
    return CrossEncoder(classifier)
