"""Bilibili's danmaku packets: frames of bytes to packets and back.

Both ways in use them, open-live and the web page: a header of 16 bytes, big-endian (length,
header length, version, operation, sequence), then a body. Source: open-live.bilibili.com/document
and blivedm 1.1.7 (MIT), a client of both.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

import brotli  # type: ignore[import-untyped]  # it carries no types
import msgspec

from bot.errors import BadFrame

BEAT, POPULARITY, MESSAGE, AUTH, WELCOME = 2, 3, 5, 7, 8
"""The operations: a client's heartbeat, the answer to it, a command, log-in, the answer to it."""
PLAIN, RAW, ZLIB, BROTLI = 0, 1, 2, 3
"""The versions of a body: JSON, JSON of a log-in or heartbeat, packets compressed in two ways."""
LIMIT = 4 << 20
"""Bytes that one frame may unfold to."""
DEPTH = 3
"""How often packets may be compressed into a packet; the platform does it once."""
STEP = 65_536  # bytes asked of a decompressor at a time: brotli gives up to twice as many

Command: TypeAlias = Mapping[str, object]
"""What the platform tells: ``cmd`` names it."""

_HEADER = struct.Struct(">IHHII")
_POPULARITY_BODY = 4


class Packet(NamedTuple):
    """One packet without its header."""

    op: int
    body: bytes
    ver: int = RAW


def pack(op: int, body: bytes, ver: int = RAW) -> bytes:
    """Return a packet with its header."""
    return _HEADER.pack(_HEADER.size + len(body), _HEADER.size, ver, op, 1) + body


def unpack(frame: bytes, limit: int = LIMIT) -> Iterator[Packet]:
    """Yield the packets of a frame, those within compressed ones in their place.

    Raises BadFrame where the bytes are no packet or unfold to more than ``limit`` bytes in all:
    what came before that has been yielded. Nothing is read after the answer to a heartbeat: the
    server may append the client's own body there without counting it.
    """
    return _unpack(memoryview(frame), _Room(limit), DEPTH)


def command(packet: Packet) -> Command:
    """Return what a packet of the operation MESSAGE tells; raises BadFrame."""
    try:
        told = msgspec.json.decode(packet.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(f"danmaku: expected JSON: {type(error).__name__}") from error
    if not isinstance(told, dict) or not isinstance(told.get("cmd"), str):
        raise BadFrame("danmaku: expected a JSON object with the key cmd")
    return told


def commands(frame: bytes, limit: int = LIMIT) -> list[Command]:
    """Return all that a frame tells; raises BadFrame if any of it is unreadable."""
    return [command(packet) for packet in unpack(frame, limit) if packet.op == MESSAGE]


class _Room:
    """The bytes that may still be unfolded."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise BadFrame("danmaku: a frame that unfolds to too much")


def _unpack(rest: memoryview, room: _Room, depth: int) -> Iterator[Packet]:
    while rest:
        if len(rest) < _HEADER.size:
            raise BadFrame(f"danmaku: expected a header, found {len(rest)} bytes")
        length, header, ver, op, _ = _HEADER.unpack_from(rest)
        if op == POPULARITY and _HEADER.size <= header <= len(rest) - _POPULARITY_BODY:
            yield Packet(op, bytes(rest[header : header + _POPULARITY_BODY]), ver)
            return
        if not _HEADER.size <= header <= length <= len(rest):
            raise BadFrame(f"danmaku: lengths {header} and {length} of {len(rest)} bytes")
        body, rest = rest[header:length], rest[length:]
        if op != MESSAGE or ver not in (ZLIB, BROTLI):
            yield Packet(op, bytes(body), ver)
            continue
        if not depth:
            raise BadFrame("danmaku: compressed too often")
        inner = _unzlib(body, room) if ver == ZLIB else _unbrotli(body, room)
        yield from _unpack(memoryview(inner), room, depth - 1)


def _unzlib(body: memoryview, room: _Room) -> bytes:
    unfolded = bytearray()
    stream, rest = zlib.decompressobj(), bytes(body)
    while not stream.eof:
        try:
            piece = stream.decompress(rest, STEP)
        except zlib.error as error:
            raise BadFrame(f"danmaku: {error}") from error
        if not piece and not stream.eof:
            raise BadFrame("danmaku: a zlib body that is cut short")
        room.take(len(piece))
        unfolded += piece
        rest = stream.unconsumed_tail
    return bytes(unfolded)


def _unbrotli(body: memoryview, room: _Room) -> bytes:
    unfolded = bytearray()
    stream, rest = brotli.Decompressor(), bytes(body)
    while not stream.is_finished():
        try:
            piece = stream.process(rest, output_buffer_limit=STEP)
        except brotli.error as error:
            raise BadFrame(f"danmaku: {error}") from error
        if not piece and not stream.is_finished():
            raise BadFrame("danmaku: a brotli body that is cut short")
        room.take(len(piece))
        unfolded += piece
        rest = b""
    return bytes(unfolded)
