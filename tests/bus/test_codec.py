"""Values survive the way to bytes and back; other bytes are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.codec import Event, Record, decode, decode_event, encode, encode_event, key
from bot.errors import BadFrame
from bot.model import ChatMessage, Outcome, RoomState
from tests import strategies


@given(
    st.one_of(
        strategies.chat_messages(),
        strategies.replies(),
        strategies.outcomes(),
        strategies.deliveries(),
        strategies.room_states(),
    )
)
def test_every_record_survives_the_round_trip(record: Record) -> None:
    assert decode(encode(record), type(record)) == record


@given(strategies.outcomes() | strategies.deliveries())
def test_an_event_comes_back_as_its_own_kind(event: Event) -> None:
    assert decode_event(encode_event(event)) == event


@given(strategies.room_states())
def test_the_order_inside_a_set_does_not_show_and_the_order_of_a_mapping_does(
    state: RoomState,
) -> None:
    again = decode(encode(state), RoomState)
    assert encode(again) == encode(state)
    assert list(again.commands) == list(state.commands)


@given(st.binary(max_size=80))
def test_any_bytes_give_a_value_or_bad_frame(raw: bytes) -> None:
    for read in (decode_event, lambda each: decode(each, ChatMessage)):
        try:
            read(raw)
        except BadFrame:
            continue


@given(strategies.outcomes(), st.data())
def test_any_damage_gives_a_value_or_bad_frame(outcome: Outcome, data: st.DataObject) -> None:
    raw = bytearray(encode_event(outcome))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode_event(bytes(raw))
    except BadFrame:
        return


def test_a_field_of_a_later_version_is_skipped_and_a_missing_one_takes_its_default() -> None:
    assert decode(b"\x82\xa5later\x01\xa4mode\xa3off", RoomState) == RoomState(mode="off")


def test_half_a_surrogate_pair_is_no_text() -> None:
    message = ChatMessage("1", "room", "room/a", "amy", "1", "viewer", "\ud83d", 0.0)
    with pytest.raises(BadFrame):
        encode(message)


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(BadFrame, match="unknown tag"):
        decode_event(b"\x92\xa3new\x80")


def test_all_keys_of_the_shard_share_its_hash_tag() -> None:
    assert key("room", "twitch/shop") == "danmate:{0}:room:twitch/shop"
