"""A recording as text: unpacked, decoded and cut into lines while it is read, in flat memory."""

import codecs
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from bot.errors import BadLog
from bot.replay.readers.encoding import encoding
from bot.replay.readers.packed import PACKED, Bytes, unpacked

HEAD = 262_144  # bytes that tell packing, encoding and format
CHUNK = 65_536
LONGEST = 10_000_000  # characters of a line or an element: of a longer one nothing is held
LAYERS = 4  # a packed file in a packed file …
UNREADABLE = re.compile("[\0\ud800-\udfff]")  # a byte that is no UTF-8 has become a surrogate
UNREADABLE_ELSE = re.compile("[\0\ufffd\ud800-\udfff]")
BROKEN = (EOFError, OSError, ValueError)


class Piece(NamedTuple):
    """A line or an element at its place; ``fault`` says why there is no text."""

    place: str
    text: str
    fault: str = ""


class Source:
    """The text of a recording, read once; ``fault`` says what ended it before its time.

    gzip, zstd, bzip2 and xz are read through, known by their first bytes. The encoding is UTF-8,
    UTF-16 or UTF-32 with their marks, or what the head looks like: UTF-16 without, GB18030, UTF-8.
    """

    def __init__(self, file: Bytes, name: str, *, known: str = "", step: int = CHUNK) -> None:
        """Take ``step`` bytes at once; ``known`` is the encoding where nobody need guess it.

        Raises BadLog if the packing needs a package that is not installed.
        """
        self.name = name
        self._step = step
        self.fault = ""
        self.room = _stem(name)
        self._clean = True  # nothing unreadable has come yet: no need to look at each piece
        self._raw = _Counted(file)
        self._file: Bytes = self._raw
        self.bytes = self._fill()
        for _ in range(LAYERS):
            if not (opened := unpacked(self.bytes, self._file, name)):
                break
            self._file = opened
            self.bytes = self._fill()
        self.encoding = known or encoding(self.bytes)
        self.head = self._decoder().decode(self.bytes)

    @property
    def consumed(self) -> int:
        """The bytes of the file that have been read, packed as they are."""
        return self._raw.count

    def data(self, limit: int) -> bytes:
        """Return all bytes. Raises BadLog if they are more than ``limit``."""
        parts, size = [], 0
        for part in self._bytes():
            size += len(part)
            if size > limit:
                raise BadLog(f"{self.name}: expected at most {limit} bytes of a workbook")
            parts.append(part)
        return b"".join(parts)

    def chunks(self) -> Iterator[str]:
        """Yield the text in pieces of any length, without its byte order mark."""
        decoder = self._decoder()
        for data in self._bytes():
            if text := decoder.decode(data):
                self._clean = self._clean and _is_clean(text)
                yield text
        if text := decoder.decode(b"", final=True):
            self._clean = False
            yield text

    def _bytes(self) -> Iterator[bytes]:
        for start in range(0, len(self.bytes), self._step):
            yield self.bytes[start : start + self._step]
        while data := self._take(self._step):
            yield data

    def lines(self) -> Iterator[Piece]:
        """Yield each line without its line feed, the unreadable ones as faults."""
        open_line, number = _Open(), 0
        for chunk in self.chunks():
            *whole, rest = chunk.split("\n")
            for text in whole:
                number += 1
                open_line.add(text)
                yield self.piece(f"{self.name}:{number}", *open_line.close())
            open_line.add(rest)
        if open_line.size:
            yield self.piece(f"{self.name}:{number + 1}", *open_line.close())

    def piece(self, place: str, text: str, size: int = 0) -> Piece:
        """Return the text at its place, or why it cannot be read."""
        if size > LONGEST:
            return Piece(place, "", f"expected at most {LONGEST} characters, got {size}")
        if self._clean:
            return Piece(place, text)
        plain = self.encoding.startswith("utf-8")
        if bad := (UNREADABLE if plain else UNREADABLE_ELSE).search(text):
            if bad[0] == "\ufffd":
                fault = f"expected {self.encoding.upper()}, got bytes that are none"
                return Piece(place, "", f"{fault} as character {bad.end()}")
            byte = f"0x{ord(bad[0]) & 0xFF:02x}"
            return Piece(place, "", f"expected UTF-8, got byte {byte} as character {bad.end()}")
        return Piece(place, text)

    def _decoder(self) -> codecs.IncrementalDecoder:
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "replace"
        return codecs.getincrementaldecoder(self.encoding)(errors)

    def _fill(self) -> bytes:
        data = b""
        while len(data) < HEAD and (part := self._take(HEAD - len(data))):
            data += part
        return data

    def _take(self, size: int) -> bytes:
        if self.fault:
            return b""
        try:
            return self._file.read(size)
        except BROKEN as error:
            self.fault = f"expected the whole file, got: {error or 'its end'}"
        return b""


class _Open:
    """The line that is still being read; beyond the limit nothing of it is kept."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[str] = []

    def add(self, text: str) -> None:
        self.size += len(text)
        if self.size > LONGEST:
            self._parts.clear()
        elif text:
            self._parts.append(text)

    def close(self) -> tuple[str, int]:
        text, size = "".join(self._parts), self.size
        self._parts.clear()
        self.size = 0
        return text, size


class _Counted:
    def __init__(self, file: Bytes) -> None:
        self.count = 0
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data


def _is_clean(text: str) -> bool:
    try:
        text.encode()  # quicker than to look for surrogates
    except UnicodeEncodeError:
        return False
    return "\0" not in text and "\ufffd" not in text


def _stem(name: str) -> str:
    path = PurePath(name)
    while path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.stem
