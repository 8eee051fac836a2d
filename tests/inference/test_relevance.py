"""The judge weighs any question against any passages, each pair once, and forgets the oldest."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import MissingWeights
from bot.inference import classifier as classifiers
from bot.inference.classifier import Classifier, Scores
from bot.inference.encoder import Encoder, Input
from bot.inference.relevance import ANSWERED, CrossEncoder, load
from bot.inference.training.lines import Line, digest, split
from bot.inference.training.lines import load as load_lines
from bot.inference.training.recipe import Recipe, advise
from bot.inference.training.train import train
from tests.inference.test_training import folder  # noqa: F401 - a fixture


class Counting:
    """A classifier that keeps what it was asked."""

    def __init__(self, real: Classifier) -> None:
        self.real = real
        self.labels = real.labels
        self.asked: list[Input] = []

    def classify(self, texts: Sequence[Input]) -> Scores:
        self.asked += texts
        return self.real.classify(texts)


def pairs() -> list[Line]:
    return [
        Line(f"多少 {n}", label, passage=f"{passage} {n}")
        for n in range(4)
        for label, passage in ((ANSWERED, "钱"), ("other", "b"))
    ]


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811 - the fixture
    out = tmp_path_factory.mktemp("judge")
    recipe = Recipe(epochs=1, rank=2, held_out=0.0, meaning=0.0)
    train(folder, pairs(), out, recipe, lambda *_: None)
    return out


@pytest.fixture(scope="module")
def counting(folder: Path, trained: Path) -> Counting:  # noqa: F811 - the fixture
    return Counting(classifiers.load(str(folder), trained, print))


def judge_of(counting: Counting, remember: int = 100) -> CrossEncoder:
    counting.asked.clear()
    return CrossEncoder(counting, remember)  # type: ignore[arg-type]  # obeys its shape


async def test_each_passage_gets_a_probability_in_its_place(counting: Counting) -> None:
    async with judge_of(counting) as judge:
        both = await judge.judge("多少", ["钱", "b"])
        other = await judge.judge("多少", ["b", "钱", "b"])
    assert all(0 <= score <= 1 for score in both)
    assert other == [both[1], both[0], both[1]]


async def test_a_pair_is_judged_once(counting: Counting) -> None:
    async with judge_of(counting) as judge:
        await judge.judge("多少", ["钱", "b", "钱"])
        await judge.judge("多 少", ["钱", "B"])
        assert counting.asked == [("多少", "钱"), ("多少", "b"), ("多 少", "钱"), ("多 少", "b")]
        await judge.judge("多少", ["b"])
        assert len(counting.asked) == 4


async def test_no_more_pairs_are_remembered_than_allowed(counting: Counting) -> None:
    async with judge_of(counting, remember=1) as judge:
        await judge.judge("多少", ["钱", "b"])
        await judge.judge("多少", ["钱"])
    assert counting.asked == [("多少", "钱"), ("多少", "b"), ("多少", "钱")]


async def test_nothing_to_weigh_needs_no_pass(counting: Counting) -> None:
    async with judge_of(counting) as judge:
        assert await judge.judge("多少", []) == []
    assert counting.asked == []


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=600))
async def test_any_pair_is_judged(counting: Counting, question: str, passage: str) -> None:
    async with judge_of(counting) as judge:
        (score,) = await judge.judge(question, [passage])
    assert 0 <= score <= 1


def test_a_pair_is_read_with_two_marks_between(folder: Path) -> None:  # noqa: F811 - the fixture
    encoder = Encoder(folder)
    (pair, single) = encoder.tokenize([("多少", "b"), "多少"])
    assert single.tokens == ["<s>", "▁", "多少", "</s>"]
    assert pair.tokens == ["<s>", "▁", "多少", "</s>", "</s>", "▁", "b", "</s>"]


def test_a_folder_that_was_not_taught_to_judge_is_refused(
    folder: Path,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    lines = [Line("多少", "a"), Line("b", "c")]
    train(folder, lines, tmp_path, Recipe(epochs=1, rank=2, held_out=0.0), lambda *_: None)
    with pytest.raises(MissingWeights, match='expected a label "answered", got a, c'):
        load(str(folder), tmp_path, print)


def test_pairs_are_lines_with_a_passage(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"text": "包邮吗", "passage": "全国包邮", "intent": "answered"}\n')
    (line,) = load_lines([file])
    assert line.input == ("包邮吗", "全国包邮")
    assert digest([line]) != digest([Line("包邮吗", "answered")])


def test_no_passage_is_on_both_sides_of_a_split() -> None:
    lines = [Line(f"q{n}", "answered", passage=f"p{n % 10}") for n in range(40)]
    kept, held = split(lines, 0.2, 0)
    assert kept
    assert held
    assert not {x.passage for x in kept} & {x.passage for x in held}


def test_pairs_teach_no_meaning() -> None:
    assert advise(pairs() * 30, "lora", 0, None).meaning == 0.0
