"""The tensors of a safetensors file, as they lie in it: nothing is read before it is needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tensor: TypeAlias = NDArray[np.float16] | NDArray[np.float32]
KINDS: Final = {"F16": np.float16, "F32": np.float32}
SIZE: Final = 8
"""Bytes of the number that a file begins with: how long its table is (safetensors' format)."""


def mapped(file: Path) -> Mapping[str, Tensor]:
    """Return a file's tensors by name. Raises OSError, ValueError or KeyError for another file."""
    whole = np.memmap(file, dtype=np.uint8, mode="r")
    begin = SIZE + int.from_bytes(whole[:SIZE].tobytes(), "little")
    table: dict[str, Any] = json.loads(whole[SIZE:begin].tobytes())
    table.pop("__metadata__", None)
    found: dict[str, Tensor] = {}
    for name, of in table.items():
        first, end = of["data_offsets"]
        raw = whole[begin + first : begin + end]
        found[name] = raw.view(KINDS[of["dtype"]]).reshape(of["shape"])
    return found
