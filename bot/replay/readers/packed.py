"""Packed files as what they hold: gzip, zstd, bzip2 and xz, known by their first bytes."""

import bz2
import gzip
import io
import lzma
import zlib
from importlib import import_module
from typing import Protocol

from bot.errors import BadLog

PACKED = (".gz", ".zst", ".bz2", ".xz")
CHUNK = 65_536


class Bytes(Protocol):
    """What is read from: an open binary file, or anything that has its ``read``."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""


class _Stepwise(Protocol):
    def read1(self, size: int = -1, /) -> bytes: ...


class _Joined(io.RawIOBase):
    """What has been read already, and then the rest."""

    def __init__(self, head: bytes, rest: Bytes) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def unpacked(head: bytes, rest: Bytes, name: str) -> Bytes | None:
    """Return what a file unpacks to, None if it is not packed. Raises BadLog without zstd."""
    file = io.BufferedReader(_Joined(head, rest), CHUNK)
    if head.startswith(b"\x1f\x8b"):
        return _Unpacked(gzip.GzipFile(fileobj=file))
    if head.startswith(b"BZh"):
        return _Unpacked(bz2.BZ2File(file))
    if head.startswith(b"\xfd7zXZ\0"):
        return _Unpacked(lzma.LZMAFile(file), lzma.LZMAError)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd(file, name)
    return None


def _zstd(file: Bytes, name: str) -> Bytes:
    for module in ("compression.zstd", "backports.zstd"):  # Python 3.14 brings it along
        try:
            found = import_module(module)
        except ImportError:
            continue
        return _Unpacked(found.ZstdFile(file), found.ZstdError)
    raise BadLog(f"{name}: expected the package backports.zstd to be installed: a zstd file")


class _Unpacked:
    """A packed file that gives what it holds up to where it is broken."""

    def __init__(self, file: _Stepwise, fault: type[Exception] = zlib.error) -> None:
        self._file = file
        self._fault = fault

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._file.read1(size)  # read() would lose what stands before the fault
        except self._fault as error:
            raise OSError(str(error)) from error
