"""A recorded room."""

import json
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from adapters.recording import Recording, RecordingSettings
from bot.errors import BadLog
from bot.model import ChatMessage, Fact, Reply

FULL = {
    "id": "m1", "platform": "twitch", "room": "twitch/ann", "author": "Bob", "author_id": "42",
    "role": "vip", "text": "how much?", "sent_at": 1000.5, "reply_to": "m0", "unknown": [1],
}  # fmt: skip


class Hands:
    """A clock that moves only when somebody sleeps."""

    def __init__(self, start: float) -> None:
        self.at = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: object) -> Path:
        file = tmp_path / "night.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        file.write_text("\n".join(texts), encoding="utf-8")
        return file

    return write


def play(clock: Hands, file: Path, **settings: object) -> Recording:
    sleep: Callable[[float], Awaitable[None]] = clock.sleep
    return Recording(RecordingSettings.model_validate({"file": file, **settings}), clock.now, sleep)


async def said(recording: Recording) -> list[ChatMessage]:
    async with recording.connect() as session:
        return [message async for message in session.messages()]


async def test_keeps_what_a_line_says_and_moves_it_to_now(record: Callable[..., Path]) -> None:
    recording = play(Hands(5000.0), record(FULL))
    assert recording.room == "twitch/ann"
    assert await said(recording) == [
        ChatMessage("m1", "twitch", "twitch/ann", "Bob", "42", "vip", "how much?", 5000.0, "m0")
    ]


async def test_only_the_text_is_required(record: Callable[..., Path]) -> None:
    recording = play(Hands(5000.0), record({"text": "a"}, "", {"text": "b"}))
    assert await said(recording) == [
        ChatMessage(f"night:{number}", "recording", "recording/night", "viewer", "viewer",
                    "viewer", text, at)
        for number, text, at in ((1, "a", 5000.0), (3, "b", 5001.0))
    ]  # fmt: skip


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
async def test_plays_at_its_own_pace_times_the_speed(
    record: Callable[..., Path], speed: float
) -> None:
    clock = Hands(0.0)
    lines = [{"text": "x", "sent_at": at} for at in (100.0, 101.0, 101.0, 99.0, 105.0)]
    messages = await said(play(clock, record(*lines), speed=speed))
    assert clock.slept == [0.0, 1 / speed, 0.0, 0.0, 4 / speed]
    assert [m.sent_at * speed for m in messages] == [0.0, 1.0, 1.0, -1.0, 5.0]


async def test_a_slow_reader_does_not_stretch_the_recording(record: Callable[..., Path]) -> None:
    clock = Hands(0.0)
    recording = play(clock, record(*({"text": "x", "sent_at": at} for at in (0, 1, 2, 10))))
    async with recording.connect() as session:
        async for _ in session.messages():
            clock.at += 1.5
    assert clock.slept == [0.0, 0.0, 0.0, 5.5]


async def test_a_loop_says_the_same_under_new_ids(record: Callable[..., Path]) -> None:
    recording = play(Hands(0.0), record({"text": "a"}, {"text": "b"}), loop=True)
    async with recording.connect() as session:
        messages = session.messages()
        heard = [await anext(messages) for _ in islice(range(9), 5)]
    assert [m.text for m in heard] == ["a", "b", "a", "b", "a"]
    assert len({m.id for m in heard}) == 5
    assert [m.sent_at for m in heard] == [0.0, 1.0, 2.0, 3.0, 4.0]


async def test_unreadable_lines_are_counted_and_named_once(record: Callable[..., Path]) -> None:
    bad = ("{", "[]", '{"role": "viewer"}', '{"text": "x", "role": "king"}', '{"text": 1}')
    recording = play(Hands(0.0), record("\ufeff" + json.dumps({"text": "a"}), *bad, {"text": "b"}))
    with capture_logs() as logs:
        assert [m.text for m in await said(recording)] == ["a", "b"]
        assert [m.text for m in await said(recording)] == ["a", "b"]
    assert [line["count"] for line in logs] == [len(bad)]
    assert [fault.rsplit("jsonl:")[1][0] for fault in recording.skipped] == list("23456")


def test_bytes_that_are_no_text_are_one_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b'{"text": "\xff"}\n{"text": "\\ud800"}\n{"text": "ok", "id": 7}')
    recording = Recording(RecordingSettings(file=file))
    with capture_logs():
        assert recording.room == "recording/x"
    assert len(recording.skipped) == 2


async def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match=r"none\.jsonl: expected a recording: No such file"):
        await said(Recording(RecordingSettings(file=tmp_path / "none.jsonl")))


async def test_replies_are_counted_and_kept(record: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    reply = Reply("re:1", "r/r", "129元", "template", (Fact("A1.price", "129 CNY"),), ("1", "2"))
    for settings in ({}, {"out": out}):
        async with play(Hands(3.0), record({"text": "a"}), **settings).connect() as session:
            await session.post(reply)
            assert session.posted == 1
    assert json.loads(out.read_text(encoding="utf-8")) == {
        "type": "reply", "id": "re:1", "room": "r/r", "text": "129元", "source": "template",
        "facts": [{"id": "A1.price", "text": "129 CNY"}], "answers": ["1", "2"], "at": 3.0,
    }  # fmt: skip


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_refuses_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(ValidationError):
        RecordingSettings(file=Path("x"), speed=speed)
