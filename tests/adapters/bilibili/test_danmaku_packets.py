"""Danmaku packets: bytes in, packets out, whatever the bytes."""

import json
import struct
import tracemalloc
import zlib

import brotli  # type: ignore[import-untyped]  # it carries no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.danmaku import (
    BROTLI,
    LIMIT,
    MESSAGE,
    PLAIN,
    POPULARITY,
    ZLIB,
    Packet,
    command,
    commands,
    pack,
    unpack,
)
from bot.errors import BadFrame
from tests.platforms.danmaku import Style, danmu, frame, packet

packets = st.builds(
    Packet, st.sampled_from([2, 5, 7, 8]), st.binary(max_size=40), st.sampled_from([0, 1])
)
FOLDS = {ZLIB: zlib.compress, BROTLI: brotli.compress}


def folded(ver: int, body: bytes) -> bytes:
    return packet(MESSAGE, FOLDS[ver](body), ver)


def before_the_fault(raw: bytes, limit: int = LIMIT) -> list[Packet]:
    found: list[Packet] = []
    with pytest.raises(BadFrame) as raised:
        found.extend(unpack(raw, limit))
    assert str(raised.value)
    return found


def test_a_packet_is_as_documented() -> None:
    assert pack(7, b'{"uid":0}') == struct.pack(">IHHII", 25, 16, 1, 7, 1) + b'{"uid":0}'


@given(st.lists(packets, max_size=6))
def test_several_packets_in_a_frame_come_back_as_they_were(some: list[Packet]) -> None:
    assert list(unpack(b"".join(pack(*each) for each in some))) == some


@pytest.mark.parametrize("style", ["plain", "zlib", "brotli", "nested"])
def test_compressed_packets_unfold_in_their_place(style: Style) -> None:
    told = [danmu("一"), danmu("二")]
    raw = frame(told, style) + frame([danmu("三")])
    read = [command(each) for each in unpack(raw)]
    assert [each["cmd"] for each in read] == ["DANMU_MSG"] * 3
    assert [read[0], read[1]] == told
    assert commands(raw) == read


def test_nothing_is_read_after_the_answer_to_a_heartbeat() -> None:
    answer = packet(POPULARITY, struct.pack(">I", 197), 1)
    for echo in (b"", b"{}", b"[object Object]", packet(MESSAGE, b"{}", 0)):
        raw = pack(MESSAGE, b"{}", PLAIN) + answer + echo
        assert [each.op for each in unpack(raw)] == [MESSAGE, POPULARITY]
        assert list(unpack(raw))[-1].body == b"\0\0\0\xc5"
    counted = packet(POPULARITY, struct.pack(">I", 197) + b"{}", 1)
    assert list(unpack(counted)) == [Packet(POPULARITY, b"\0\0\0\xc5", 1)]


@pytest.mark.parametrize(
    ("length", "header"), [(15, 16), (0, 16), (16, 15), (16, 17), (99, 16), (2**32 - 1, 16)]
)
def test_lengths_that_lie_are_a_bad_frame_and_what_came_before_stays(
    length: int, header: int
) -> None:
    good = Packet(MESSAGE, b"{}", PLAIN)
    lie = struct.pack(">IHHII", length, header, 0, MESSAGE, 0) + b"body"
    assert before_the_fault(pack(*good) + lie) == [good]
    assert before_the_fault(pack(*good) + lie[:9]) == [good]


@pytest.mark.parametrize("ver", [ZLIB, BROTLI])
def test_a_decompression_bomb_is_a_bad_frame_and_takes_little_memory(ver: int) -> None:
    bomb = folded(ver, bytes(64 << 20))
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        assert before_the_fault(bomb) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LIMIT


@pytest.mark.parametrize("ver", [ZLIB, BROTLI])
def test_many_small_bombs_in_a_frame_share_the_limit(ver: int) -> None:
    inner = pack(MESSAGE, bytes(1000), PLAIN)
    assert len(list(unpack(folded(ver, inner) * 3, limit=3 * len(inner)))) == 3
    assert len(before_the_fault(folded(ver, inner) * 4, limit=3 * len(inner))) == 3


def test_packets_in_packets_have_an_end() -> None:
    raw = pack(MESSAGE, b"{}", PLAIN)
    for _ in range(3):
        raw = folded(ZLIB, raw)
    assert [each.body for each in unpack(raw)] == [b"{}"]
    assert before_the_fault(folded(BROTLI, raw)) == []


@pytest.mark.parametrize("ver", [ZLIB, BROTLI])
def test_a_compressed_body_that_is_cut_or_none_is_a_bad_frame(ver: int) -> None:
    body = FOLDS[ver](pack(MESSAGE, b"{}" * 40, PLAIN))
    for broken in (body[:-3], body[: len(body) // 2], b"", b"\xff" * 9):
        assert before_the_fault(packet(MESSAGE, broken, ver)) == []


@given(st.binary(max_size=200), st.sampled_from(["plain", "zlib", "brotli"]), st.integers(0, 400))
def test_any_bytes_give_packets_or_a_bad_frame(noise: bytes, style: Style, cut: int) -> None:
    whole = frame([danmu("x")], style)
    for raw in (noise, whole[:cut] + noise, noise + whole, folded(ZLIB, noise)):
        unfolded = 0
        try:
            for each in unpack(raw, limit=10_000):
                unfolded += len(each.body)
                assert isinstance(command(each)["cmd"], str)
        except BadFrame:
            pass  # the only way to refuse
        assert unfolded <= len(raw) + 10_000


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"1", b'{"cmd":1}', b"{}", b"\xff", b"[" * 100_000, b'{"cmd":"\\ud800"}']
)
def test_what_is_no_command_is_a_bad_frame(body: bytes) -> None:
    with pytest.raises(BadFrame):
        command(Packet(MESSAGE, body))


def test_a_command_is_any_object_with_a_name() -> None:
    told = {"cmd": "NEW_ONE", "data": {"a": [1, None, 2.5]}}
    assert command(Packet(MESSAGE, json.dumps(told).encode())) == told
