"""The reader answers any text, equal ones once, and remembers no more than it may."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import MissingWeights
from bot.inference import classifier as classifiers
from bot.inference import packed
from bot.inference import reader as readers
from bot.inference.classifier import Classifier, Scores
from bot.inference.encoder import Encoder
from bot.inference.reader import EncoderReader
from bot.inference.training.lines import Line
from bot.inference.training.recipe import Recipe
from bot.inference.training.train import train
from bot.model import INTENTS
from tests.inference.test_training import folder  # noqa: F401 - a fixture

NASTY = [
    "", " ", "a" * 10_000, "多少钱" * 4000, "\x00\x01\x02", "\ud83d", "\udc00x\ud800", "😂", "👨‍👩‍👧‍👦",
    "\u202egnirts", "a\u0301" * 500, "\n\r\t", "query: passage: <s></s><pad><unk>", "\U0010ffff",
    "ﷺ" * 600, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
]  # fmt: skip


class Counting:
    """A classifier that keeps what it was asked."""

    def __init__(self, real: Classifier) -> None:
        self.real = real
        self.labels, self.threshold = real.labels, real.threshold
        self.asked: list[str] = []

    def classify(self, texts: Sequence[str]) -> Scores:
        self.asked += texts
        return self.real.classify(texts)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811 - the fixture
    out = tmp_path_factory.mktemp("trained")
    lines = [Line(f"{label} {n}", label, "neutral", offensive=False)
             for label in INTENTS for n in range(2)]  # fmt: skip
    train(folder, lines, out, Recipe(epochs=1, rank=2, held_out=0.0), lambda *_: None)
    return out


@pytest.fixture(scope="module")
def counting(folder: Path, trained: Path) -> Counting:  # noqa: F811 - the fixture
    return Counting(classifiers.load(str(folder), trained, print))


def _reader(counting: Counting, remember: int = 100) -> EncoderReader:
    counting.asked.clear()
    return EncoderReader(counting, "zh", remember)  # type: ignore[arg-type]  # obeys its shape


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
async def test_any_text_gets_a_reading(counting: Counting, text: str) -> None:
    async with _reader(counting) as reader:
        reading = await reader.read(text)
    assert reading.intent in INTENTS
    assert 0 < reading.score <= 1
    assert sum(reading.scores.values()) == pytest.approx(1, abs=1e-2)
    assert sum(x * x for x in reading.vector) == pytest.approx(1, abs=1e-3)


@given(texts=st.lists(st.text(st.characters(), max_size=40), min_size=1, max_size=8))
@settings(max_examples=50)
async def test_readings_come_in_the_order_of_the_texts(
    texts: list[str], counting: Counting
) -> None:
    async with _reader(counting) as reader:
        together = await reader.read_all(texts)
        singly = [await reader.read(text) for text in texts]
    assert [reading.intent for reading in together] == [reading.intent for reading in singly]


async def test_equal_texts_are_computed_once(counting: Counting) -> None:
    async with _reader(counting) as reader:
        await reader.read_all(["多少钱", "多少钱", " 多少钱 ", "a"])
        await reader.read("多少钱")
        await reader.read("Ａ")
        assert sorted(counting.asked) == ["a", "多少钱"]
        assert reader.hit_rate == pytest.approx(0.5)


async def test_no_more_is_remembered_than_allowed(counting: Counting) -> None:
    async with _reader(counting, remember=2) as reader:
        for text in ("a", "b", "c", "a"):
            await reader.read(text)
    assert counting.asked == ["a", "b", "c", "a"]


async def test_a_text_reads_alike_alone_and_in_a_batch(counting: Counting) -> None:
    async with _reader(counting, remember=0) as reader:
        alone = await reader.read("多少钱")
        among = (await reader.read_all(["多少钱", "b " * 60, "a"]))[0]
    assert among.scores == pytest.approx(alone.scores, abs=0.02)


def test_passes_use_a_core_each_and_other_threads_keep_theirs(folder: Path, trained: Path) -> None:  # noqa: F811 - the fixture
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        read = classifiers.load(str(folder), trained, print, threads=2)
        assert list(read._pool.map(lambda _: torch.get_num_threads(), range(2))) == [1, 1]
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as other:
            assert other.submit(torch.get_num_threads).result() == 3
    finally:
        torch.set_num_threads(before)


@given(st.lists(st.integers(1, 128), min_size=1, max_size=300), st.integers(1, 8))
def test_passes_hold_every_row_once_and_no_more_than_fits(lengths: list[int], threads: int) -> None:
    passes = classifiers.plan(lengths, threads)
    assert sorted(row for rows in passes for row in rows) == list(range(len(lengths)))
    for rows in passes:
        longest = max(lengths[row] for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= classifiers.TOKENS
    firsts = [lengths[rows[0]] for rows in passes]
    assert firsts == sorted(firsts, reverse=True)
    if max(lengths) * len(lengths) <= classifiers.LEAST:
        assert len(passes) == 1  # what a pass costs anyhow is more than two threads would save
    elif len(lengths) >= threads and sum(lengths) >= threads * classifiers.LEAST:
        assert len(passes) >= min(threads, len(lengths)) or max(lengths) * threads > sum(lengths)


@pytest.mark.parametrize("rows", [1, 7, 80])
@pytest.mark.parametrize(("dtype", "near"), [(torch.bfloat16, 1e-3), (torch.float32, 1e-6)])
def test_a_packed_encoder_reads_as_the_plain_one_does(
    folder: Path,  # noqa: F811 - the fixture
    rows: int,
    dtype: torch.dtype,
    near: float,
) -> None:
    if dtype is torch.bfloat16 and not packed.worth_it():
        pytest.skip("this processor has no bf16")
    plain, small = Encoder(folder).eval(), Encoder(folder).eval()
    small.pack(dtype)
    texts = ["a", "多少钱 ab", "b" * 9, "多 少 钱 a b"] * rows
    with torch.inference_mode():
        told = [encoder.read(encoder.tokenize(texts[:rows])) for encoder in (plain, small)]
    for wanted, got in zip(*told, strict=True):
        alike = torch.nn.functional.cosine_similarity(wanted, got)
        assert alike.min() > 1 - near  # bf16 has 8 bits


def test_the_bot_takes_no_reader_of_other_labels(folder: Path, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    lines = [Line("a", "cat"), Line("b", "dog")]
    train(folder, lines, tmp_path, Recipe(epochs=1, rank=2, held_out=0.0), lambda *_: None)
    with pytest.raises(MissingWeights, match=r"expected labels out of price, .*, got cat, dog"):
        readers.load(str(folder), "zh", tmp_path, print)
    assert readers.load(str(folder), "zh", tmp_path, print, any_labels=True)
