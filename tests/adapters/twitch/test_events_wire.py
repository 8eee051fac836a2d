"""EventSub frames, and what the events in them tell."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.eventsub import (
    Keepalive,
    Notification,
    Reconnect,
    Revoked,
    Welcome,
    decoded,
    read,
    seconds,
)
from adapters.wire.twitch_events import (
    Live,
    Moderated,
    Modes,
    Spoken,
    Told,
    _Line,
    modes,
    role_of,
    told,
)
from bot.errors import BadFrame
from bot.model import ChatMessage, Removed, Role

DATA = Path(__file__).parents[3].parent / "shared" / "data"
CHATTERINO = DATA / "twitch-chatterino2"
AT = "2026-01-01T00:00:00.500000000Z"
KINDS = (
    "channel.chat.message",
    "channel.chat.notification",
    "channel.chat.message_delete",
    "channel.chat.clear_user_messages",
    "channel.chat.clear",
    "channel.chat_settings.update",
    "channel.chat.user_message_hold",
    "channel.chat.user_message_update",
    "stream.online",
    "stream.offline",
    "channel.follow",
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def lines(name: str) -> Iterator[dict[str, Any]]:
    file = DATA / "test-vectors" / name
    if not file.exists():
        pytest.skip(f"{name} of the documentation's examples is not there")
    for line in file.read_text("utf-8").splitlines():
        yield json.loads(line)


def recorded() -> list[str]:
    folder = CHATTERINO / "eventsub-ws-tests" / "messages"
    if not folder.exists():
        pytest.skip("the frames of Chatterino2 are not there")
    files = [file.read_text("utf-8") for file in sorted(folder.glob("*.json"))]
    return [*files, *(CHATTERINO / "eventsub-messages.ndjson").read_text("utf-8").splitlines()]


def line(**more: object) -> bytes:
    event = {
        "broadcaster_user_id": "1",
        "chatter_user_id": "7",
        "chatter_user_login": "bob",
        "chatter_user_name": "Bob",
        "message_id": "m1",
        "message": {"text": "how much?", "fragments": [{"type": "gif", "text": "x"}]},
        "badges": [],
        **more,
    }
    return json.dumps(event).encode()


def spoken(**more: object) -> Spoken:
    found = told("channel.chat.message", line(**more), "twitch/ann", 5.0, "99")
    assert isinstance(found, Spoken)
    return found


def frame(kind: str, payload: object = None, **meta: object) -> str:
    metadata = {"message_id": "f1", "message_type": kind, "message_timestamp": AT, **meta}
    return json.dumps({"metadata": metadata, "payload": payload or {}})


def test_the_documented_frames_are_what_they_are_called() -> None:
    found = [read(json.dumps(each["frame"])) for each in lines("twitch_eventsub_ws_frames.jsonl")]
    assert [type(each) for each in found] == [Welcome, Keepalive, Notification, Reconnect, Revoked]
    welcome, _, _, reconnect, revoked = found
    assert welcome == Welcome("AQoQILE98gtqShGmLD7AM6yJThAB", 10.0, 1689778611.634234)
    assert reconnect == Reconnect("wss://eventsub.wss.twitch.tv?...")
    assert isinstance(revoked, Revoked)
    assert (revoked.status, revoked.room_id) == ("authorization_revoked", "12826")


def test_the_documented_notifications_tell_what_the_reference_says() -> None:
    found: dict[str, list[Told]] = {}
    for each in lines("twitch_eventsub_notifications.jsonl"):
        kind = each["subscription"]["type"]
        event = json.dumps(each["event"]).encode()
        found.setdefault(kind, []).append(told(kind, event, "twitch/ann", 5.0))
    kinds = {kind: [type(each) for each in several] for kind, several in found.items()}
    assert {kind: types for kind, types in kinds.items() if set(types) != {type(None)}} == {
        "channel.chat.message": [Spoken, Spoken],
        "channel.chat.message_delete": [Removed],
        "channel.chat.clear_user_messages": [Removed],
        "channel.chat.clear": [Removed],
        "channel.chat_settings.update": [Modes],
        "channel.chat.user_message_hold": [Moderated],
        "channel.chat.user_message_update": [Moderated],
        "stream.online": [Live],
        "stream.offline": [Live],
    }
    native, foreign = found["channel.chat.message"]
    assert isinstance(native, Spoken)
    assert isinstance(foreign, Spoken)
    assert (native.message.text, native.message.role) == ("Hi chat", "moderator")
    assert (foreign.message.role, foreign.source_room) == ("viewer", "112233")


def test_every_recorded_frame_is_read_and_no_line_is_lost() -> None:
    for text in recorded():
        found = read(text)
        event = json.loads(text)["payload"].get("event", {})
        if not isinstance(found, Notification):
            assert isinstance(found, Welcome)
            continue
        said = told(found.kind, found.event, "twitch/x", found.at)
        wanted = found.kind.startswith("channel.chat.") and event["message"]["text"]
        assert isinstance(said, Spoken) == bool(wanted and event["chatter_user_id"])
        if isinstance(said, Spoken):
            assert said.message.author == event["chatter_user_name"]
            assert said.message.sent_at == found.at > 1.6e9


def test_every_event_of_the_snapshots_is_read() -> None:
    files = sorted((CHATTERINO / "EventSub").rglob("*.json"))
    if not files:
        pytest.skip("the snapshots of Chatterino2 are not there")
    held = {}
    for file in files:
        event = json.dumps(json.loads(file.read_text("utf-8"))["input"]).encode()
        kind = file.parent.name.replace("-", ".").replace("user.message.", "user_message_")
        held[kind] = found = told(kind, event, "twitch/x", 5.0)
        assert found is None or isinstance(found, Moderated)
    assert isinstance(held["channel.chat.user_message_hold"], Moderated)


def test_a_line_becomes_a_message() -> None:
    assert spoken(reply={"parent_message_id": "m0"}).message == ChatMessage(
        "m1", "twitch", "twitch/ann", "Bob", "7", "viewer", "how much?", 5.0, "m0"
    )


@pytest.mark.parametrize(
    ("text", "parent", "rest"),
    [
        ("@Ann how much?", ("Ann", "ann"), "how much?"),
        ("@ann how much?", ("Ann", "ann"), "how much?"),
        ("@小安  多少钱", ("小安", "ann"), "多少钱"),
        ("@ann 多少钱", ("小安", "ann"), "多少钱"),
        ("@Annabel how much?", ("Ann", "ann"), "@Annabel how much?"),
        ("how much, @Ann ?", ("Ann", "ann"), "how much, @Ann ?"),
        ("@ how much?", ("", ""), "@ how much?"),
    ],
)
def test_a_reply_is_read_without_the_name_before_it(
    text: str, parent: tuple[str, str], rest: str
) -> None:
    reply = {
        "parent_message_id": "m0",
        "parent_user_name": parent[0],
        "parent_user_login": parent[1],
    }
    assert spoken(message={"text": text}, reply=reply).message.text == rest


def test_a_name_before_a_line_that_is_no_reply_stays() -> None:
    assert spoken(message={"text": "@Ann how much?"}).message.text == "@Ann how much?"


def test_what_a_client_appends_to_say_a_thing_twice_is_no_text() -> None:
    assert spoken(message={"text": "how much? \U000e0000"}).message.text == "how much?"


@pytest.mark.parametrize(
    ("badges", "role"),
    [
        ((), "viewer"),
        (("staff", "sub-gifter"), "viewer"),
        (("founder",), "subscriber"),
        (("subscriber", "vip"), "vip"),
        (("vip", "moderator"), "moderator"),
        (("lead_moderator",), "moderator"),
        (("moderator", "broadcaster"), "host"),
    ],
)
def test_the_strongest_badge_is_the_role(badges: tuple[str, ...], role: Role) -> None:
    assert role_of(frozenset(badges)) == role
    assert spoken(badges=[{"set_id": each} for each in badges]).message.role == role


def test_the_broadcaster_is_host_without_a_badge() -> None:
    assert spoken(chatter_user_id="1").message.role == "host"


def test_a_line_of_the_account_itself_has_role_bot() -> None:
    found = spoken(chatter_user_id="99", badges=[{"set_id": "moderator"}])
    assert found.message.role == "bot"
    assert found.badges == {"moderator"}


def test_nobody_has_power_who_speaks_from_another_room() -> None:
    badge = [{"set_id": "moderator"}]
    foreign = {"source_broadcaster_user_id": "2", "source_message_id": "s1"}
    found = spoken(badges=badge, source_badges=badge, **foreign)
    assert (found.message.role, found.source_room, found.source_id) == ("viewer", "2", "s1")
    assert spoken(chatter_user_id="1", **foreign).message.role == "viewer"
    assert spoken(source_broadcaster_user_id="1", badges=badge).message.role == "moderator"


def test_a_subscription_with_words_is_a_line_and_one_without_is_none() -> None:
    kind = "channel.chat.notification"
    said = told(kind, line(system_message="Bob subscribed"), "twitch/ann", 5.0)
    assert isinstance(said, Spoken)
    assert said.message.text == "how much?"
    assert told(kind, line(message={"text": ""}), "twitch/ann", 5.0) is None
    nobody = line(chatter_user_id=None, chatter_user_login=None, chatter_is_anonymous=True)
    assert told(kind, nobody, "twitch/ann", 5.0) is None


def test_both_spellings_of_the_modes_are_read() -> None:
    assert modes(b'{"slow_mode":true,"slow_mode_wait_time_seconds":10}') == Modes(slow=10.0)
    assert modes(b'{"slow_mode":true,"slow_mode_wait_time":9}') == Modes(slow=9.0)
    assert modes(b'{"slow_mode":false,"slow_mode_wait_time":null}') == Modes()
    assert modes(b'{"follower_mode":true,"follower_mode_duration_minutes":5}').followers
    assert modes(b'{"subscriber_mode":true,"emote_mode":true}') == Modes(
        subscribers=True, emotes=True
    )


def test_a_time_is_read_to_the_microsecond_whatever_its_digits() -> None:
    assert seconds("2026-01-01T00:00:00.123456789Z") == 1767225600.123456
    assert seconds("2026-01-01T08:00:00.5+08:00") == 1767225600.5
    assert seconds("2026-01-01T00:00:00Z") == 1767225600.0


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_a_bad_frame(stamp: str) -> None:
    with pytest.raises(BadFrame):
        seconds(stamp)


def test_a_frame_of_a_new_type_is_a_sign_of_life() -> None:
    assert read(frame("session_weather", {"sun": True})) == Keepalive()


@pytest.mark.parametrize(
    "text",
    [
        frame("session_welcome"),
        frame("session_welcome", {"session": {"id": 5}}),
        frame("session_reconnect", {"session": {"id": "s"}}),
        frame("notification", message_timestamp="soon"),
        "[]",
        "",
        "[" * 100_000,
        '{"metadata":{"message_type":"session_keepalive"}}',
        '"\ud800"',
    ],
)
def test_what_is_no_frame_is_a_bad_frame(text: str) -> None:
    with pytest.raises(BadFrame):
        read(text)


@given(st.binary() | st.text())
def test_any_bytes_are_a_frame_or_a_bad_frame(data: bytes | str) -> None:
    with contextlib.suppress(BadFrame):
        read(data)


@given(
    st.sampled_from(["session_welcome", "session_reconnect", "revocation", "notification"]),
    json_values,
)
def test_any_payload_is_a_frame_or_a_bad_frame(kind: str, payload: object) -> None:
    for inner in (payload, {"session": payload}, {"subscription": payload, "event": payload}):
        with contextlib.suppress(BadFrame):
            read(frame(kind, inner))


@given(st.sampled_from(KINDS), st.sampled_from(_Line.__struct_fields__), json_values)
def test_any_event_tells_something_or_is_a_bad_frame(kind: str, field: str, value: object) -> None:
    for event in (line(**{field: value}), json.dumps(value).encode()):
        try:
            found = told(kind, event, "twitch/ann", 5.0, "99")
        except BadFrame:
            continue
        if isinstance(found, Spoken):
            assert found.message.text.strip()
            assert found.message.id
            assert found.message.author_id


@given(st.binary())
def test_any_bytes_of_an_event_are_read_or_a_bad_frame(data: bytes) -> None:
    for kind in KINDS:
        with contextlib.suppress(BadFrame):
            told(kind, data, "twitch/ann", 5.0)


def test_a_bad_frame_does_not_tell_what_was_said() -> None:
    with pytest.raises(BadFrame) as raised:
        decoded(line(message_id=5, message={"text": "my secret"}), _Line)
    assert "secret" not in str(raised.value)
