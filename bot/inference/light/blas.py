"""Keeps numpy's multiplications to one core: those who are in a hurry need the others."""

import ctypes
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

SET: Final = "scipy_openblas_set_num_threads64_"
"""What the OpenBLAS in numpy's wheels calls it; threadpoolctl, which we do without, uses it too."""


def one_core() -> None:
    """Let this process's OpenBLAS use one thread; another library stays as it is.

    Its threads wait for each other by spinning: where other programs want the cores, two threads
    take ten times the processor time of one.
    """
    for file in (Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas*"):
        with suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(str(file)), SET)(1)
