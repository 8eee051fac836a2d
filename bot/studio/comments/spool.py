"""Comments on disk until all are read: an analysis needs memory for wordings, not for lines."""

import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

from bot.studio.comments.use import Comment

KNOWN: Final = 300_000
"""Wordings that are known again, the latest: about 60 MB."""
CHUNK: Final = 4_096
"""Vectors that are read at once."""
_BYTES: Final = 4


class Spool:
    """Takes comments and their vectors; gives them back, in order, as often as asked.

    A context: what lies in the system's folder for temporary files, readable by nobody else, is
    gone when it is left.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="danmate-"))
        self._lines = (self._folder / "lines").open("w+b")
        self._vectors = (self._folder / "vectors").open("w+b")
        self._numbers: OrderedDict[bytes, int] = OrderedDict()
        self._encode = msgspec.msgpack.Encoder().encode
        self._width = 0
        self.comments = 0
        self.kinds = 0
        """How many wordings there are."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._lines.close()
        self._vectors.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def known(self, wording: str) -> int | None:
        """Return the number of a wording, None for a new one."""
        key = _key(wording)
        number = self._numbers.get(key)
        if number is not None:
            self._numbers.move_to_end(key)
        return number

    def number(self, wording: str, vector: npt.NDArray[np.float16]) -> int:
        """Keep the vector of a new wording and return its number."""
        self._width = len(vector)
        self._vectors.write(vector.tobytes())
        self._numbers[_key(wording)] = self.kinds
        if len(self._numbers) > KNOWN:
            self._numbers.popitem(last=False)
        self.kinds += 1
        return self.kinds - 1

    def add(self, comment: Comment) -> None:
        """Keep a comment."""
        packed = self._encode(comment)
        self._lines.write(len(packed).to_bytes(_BYTES, "little") + packed)
        self.comments += 1

    def __iter__(self) -> Iterator[Comment]:
        decode = msgspec.msgpack.Decoder(Comment).decode
        self._lines.seek(0)
        while head := self._lines.read(_BYTES):
            yield decode(self._lines.read(int.from_bytes(head, "little")))

    def vectors(self) -> Iterator[npt.NDArray[np.float16]]:
        """Yield the vectors of all wordings, in the order of their numbers, some at a time."""
        self._vectors.seek(0)
        size = CHUNK * self._width * np.dtype(np.float16).itemsize
        while size and (read := self._vectors.read(size)):
            yield np.frombuffer(read, np.float16).reshape(-1, self._width)


def _key(wording: str) -> bytes:
    return blake2b(wording.encode("utf-8", "surrogatepass"), digest_size=8).digest()
