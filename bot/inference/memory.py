"""Gives memory that is not used any more back to the system."""

import ctypes
import gc
import sys
from contextlib import suppress


def trim() -> None:
    """Free what nothing refers to, and what the C library keeps of it for later.

    Loading a model leaves some 200 MB behind and closing one 400 MB, which glibc would hold on to
    (its malloc_trim(3)); other systems' libraries give it back by themselves.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
