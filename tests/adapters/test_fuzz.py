"""Frames that were broken at random come out of every decoder as values or as BadFrame.

``FUZZ=300 FUZZ_SEED=7 pytest tests/adapters/test_fuzz.py -s`` breaks frames for 300 s at each
decoder and prints how many; without it each gets 2,000.
"""

import json
import os
import random
import time
import zlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

import brotli  # type: ignore[import-untyped]  # it carries no types
import pytest

from adapters.wire import bridge, danmaku, eventsub, irc, twitch_events, twitch_irc
from adapters.wire.bilibili import Listener
from bot.commands.wires import frames, irc_lines
from bot.errors import BadFrame

SECONDS = float(os.environ.get("FUZZ", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
COUNT = 2_000
Draw: TypeAlias = random.Random
Decode: TypeAlias = Callable[[bytes], object]

TOKENS = (
    b"\r\n", b"\0", b"\xff\xfe", b"\\", b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"-1",
    b"\xed\xa0\x80", b"\\ud83d", b"9" * 40, b"@", b";", b"=", b" :", b"\x01", "😀".encode(), b"",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    1e308,
    "",
    "x",
    [],
    {},
    [[]],
    {"a": 1},
    "9" * 30,
    "\ud83d",
)


def broken(frame: bytes, draw: Draw) -> bytes:
    """Return the frame with a few bytes changed, cut, doubled or put in."""
    made = bytearray(frame)
    for _ in range(draw.randint(0, 4)):
        at = draw.randint(0, len(made))
        match draw.randrange(5):
            case 0:
                made[at : at + 1] = bytes([draw.randrange(256)])
            case 1:
                del made[at : at + draw.randint(1, 40)]
            case 2:
                made[at:at] = draw.choice(TOKENS)
            case 3:
                made[at:at] = made[at : at + draw.randint(1, 60)]
            case _:
                del made[at:]
    return bytes(made)


def twisted(value: object, draw: Draw) -> object:
    """Return a JSON value in which a few places hold what nobody expects."""
    if draw.random() < 0.03:
        return draw.choice(VALUES)
    if isinstance(value, dict):
        return {key: twisted(item, draw) for key, item in value.items() if draw.random() < 0.98}
    if isinstance(value, list):
        kept = [twisted(item, draw) for item in value if draw.random() < 0.98]
        return kept + kept[:1] if draw.random() < 0.02 else kept
    return value


def as_json(value: object, draw: Draw) -> bytes:
    text = json.dumps(twisted(value, draw)).encode()
    return broken(text, draw) if draw.random() < 0.5 else text


EVENT = {
    "broadcaster_user_id": "1", "broadcaster_user_login": "ann", "broadcaster_user_name": "Ann",
    "chatter_user_id": "42", "chatter_user_login": "bob", "chatter_user_name": "Bob",
    "message_id": "cc106a89-1814-919d-454c-f4f2f970aae7",
    "message": {"text": "@Ann how much?", "fragments": [
        {"type": "text", "text": "how much?", "cheermote": None, "emote": None, "mention": None}]},
    "color": "#00FF7F", "badges": [{"set_id": "moderator", "id": "1", "info": ""}],
    "message_type": "text", "cheer": None, "reply": {
        "parent_message_id": "p1", "parent_user_name": "Ann", "parent_user_login": "ann"},
    "source_broadcaster_user_id": None, "source_message_id": None, "source_badges": None,
    "target_user_id": "42", "slow_mode": True, "slow_mode_wait_time_seconds": 30,
    "follower_mode": True, "follower_mode_duration_minutes": 5, "subscriber_mode": False,
    "emote_mode": False, "unique_chat_mode": False, "status": "approved",
}  # fmt: skip
KINDS = (
    "channel.chat.message", "channel.chat.message_delete", "channel.chat.clear",
    "channel.chat.clear_user_messages", "channel.chat_settings.update", "stream.offline",
    "channel.chat.user_message_hold", "channel.chat.user_message_update", "channel.raid",
)  # fmt: skip
BRIDGE = (
    {"type": "message", "id": "m1", "author": "Bob", "role": "viewer", "text": "how much?",
     "sent_at": 1767225600.25, "reply_to": None},
    {"type": "delete", "id": "m1"}, {"type": "clear", "author_id": "42"},
    {"type": "showing", "product": "A1"},
    {"type": "posted", "id": "re:m1", "delivery": "refused", "reason": "x", "retry_after": 3},
)  # fmt: skip


def an_irc_line(draw: Draw) -> bytes:
    lines = irc_lines(1, draw)
    lines += [
        "@ban-duration=600;room-id=1;target-user-id=2;tmi-sent-ts=1 :tmi.twitch.tv CLEARCHAT #a :b",
        "@login=b;target-msg-id=m1;tmi-sent-ts=1 :tmi.twitch.tv CLEARMSG #a :hi",
        "@followers-only=-1;room-id=1;slow=30 :tmi.twitch.tv ROOMSTATE #a",
        "@msg-id=msg_slowmode :tmi.twitch.tv NOTICE #a :you may talk again in 7 seconds.",
    ]
    return broken(draw.choice(lines).encode(), draw)


def read_irc(frame: bytes) -> object:
    stream = irc.Lines()
    for text in (
        *stream.feed(frame),
        stream.rest(),
        *twitch_irc.lines(frame.decode("utf-8", "replace")),
    ):
        try:
            line = irc.parse(text)
        except BadFrame:
            continue
        for decode in (irc.to_message, twitch_irc.removed, twitch_irc.notice, twitch_irc.channel):
            try:
                decode(line)
            except BadFrame:
                continue
        twitch_irc.modes(line, twitch_irc.Modes())
    return None


def an_event(draw: Draw) -> bytes:
    kind = draw.choice(KINDS)
    session = {"id": "s1", "status": "connected", "keepalive_timeout_seconds": 30,
               "reconnect_url": "wss://x", "connected_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    types = (
        "notification",
        "session_welcome",
        "session_keepalive",
        "session_reconnect",
        "revocation",
    )
    metadata = {"message_id": "m", "message_type": draw.choice(types), "subscription_type": kind,
                "message_timestamp": "2026-01-01T00:00:00.123456789Z"}  # fmt: skip
    subscription = {"id": "x", "status": "enabled", "type": kind,
                    "condition": {"broadcaster_user_id": "1", "user_id": "2"}}  # fmt: skip
    payload = {"session": session, "subscription": subscription, "event": EVENT}
    return as_json({"metadata": metadata, "payload": payload}, draw)


def read_event(frame: bytes) -> object:
    found = eventsub.read(frame)
    if isinstance(found, eventsub.Notification):
        return twitch_events.told(found.kind, found.event, "twitch/ann", 1.0, "77")
    return found


def a_danmaku_frame(draw: Draw) -> bytes:
    [frame] = frames(8, draw)
    if draw.random() < 0.5:
        return broken(frame, draw)
    inner = broken(b"".join(p.body for p in danmaku.unpack(frame)), draw)
    match draw.choice((danmaku.PLAIN, danmaku.ZLIB, danmaku.BROTLI)):
        case danmaku.ZLIB as version:
            inner = zlib.compress(inner)
        case danmaku.BROTLI as version:
            inner = brotli.compress(inner, quality=1)
        case version:
            pass
    return danmaku.pack(danmaku.MESSAGE, inner, version)


def a_command(draw: Draw) -> bytes:
    [frame] = frames(1, draw)
    [told] = danmaku.commands(frame)
    cmd = draw.choice(["DANMU_MSG", "DANMU_MSG:4:0:2:2:2:0", "SUPER_CHAT_MESSAGE", "ROOM_BLOCK_MSG",
                       "SUPER_CHAT_MESSAGE_DELETE", "LIVE_OPEN_PLATFORM_DM"])  # fmt: skip
    data = {"id": 1, "message": "hi", "uid": 2, "user_info": {"uname": "b"}, "ids": [1, 2],
            "msg": "hi", "msg_id": "m", "open_id": "o", "uname": "b", "timestamp": 1,
            "room_id": 6, "is_admin": 0, "guard_level": 0, "dm_type": 0}  # fmt: skip
    return as_json({**told, "cmd": cmd, "data": data}, draw)


def read_command(frame: bytes) -> object:
    return Listener("bilibili/6", "1", "2").hear(danmaku.command(danmaku.Packet(5, frame)))


def a_bridge_frame(draw: Draw) -> bytes:
    return as_json(draw.choice(BRIDGE), draw)


def read_bridge(frame: bytes) -> object:
    found = bridge.decode(frame)
    bridge.decode_all(frame)
    if not isinstance(found, bridge.Posted | bridge.Fault):
        return bridge.Place("bridge", "bridge/a").heard(found)
    return None


DECODERS: dict[str, tuple[Callable[[Draw], bytes], Decode]] = {
    "irc": (an_irc_line, read_irc),
    "eventsub": (an_event, read_event),
    "danmaku": (a_danmaku_frame, danmaku.commands),
    "bilibili": (a_command, read_command),
    "bridge": (a_bridge_frame, read_bridge),
}


def turns() -> Iterator[int]:
    ends = time.perf_counter() + SECONDS
    number = 0
    while number < COUNT or time.perf_counter() < ends:
        yield number
        number += 1


@pytest.mark.parametrize("name", DECODERS)
def test_broken_frames_are_values_or_bad_frames(name: str) -> None:
    make, decode = DECODERS[name]
    draw, refused, number = random.Random(SEED), 0, 0
    for number in turns():
        frame = make(draw)
        try:
            decode(frame)
        except BadFrame:
            refused += 1
        except Exception as error:
            error.add_note(f"{name}, seed {SEED}, frame {number}: {frame!r}")
            raise
    assert refused or name == "irc"
    print(f"{name}: {number + 1} frames, {refused} refused, seed {SEED}")  # noqa: T201
