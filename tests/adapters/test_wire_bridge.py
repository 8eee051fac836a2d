"""The bridge's objects: to values and back, and no fault but BadFrame."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire import bridge as wire
from adapters.wire.bridge import Fault, Frame, Place, Posted, Said, decode, decode_all
from adapters.wire.exchange import Exchange
from bot.errors import AuthFailed, BadFrame, Disconnected, Held, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Fact, Heard, Removed, Reply, Showing

PLACE = Place("bridge", "bridge/local", "Shop Bot")
WHOLE = {
    "type": "message", "id": "m1", "platform": "douyin", "room": "douyin/7", "author": "Bob",
    "author_id": "42", "role": "moderator", "text": "how much?", "sent_at": 5.5, "reply_to": "m0",
}  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
kinds = st.sampled_from(["message", "delete", "clear", "showing", "posted", "error", "reply"])
keys = st.sampled_from(
    ["text", "id", "author", "author_id", "role", "sent_at", "reply_to", "product", "delivery"]
)
objects = st.builds(
    lambda kind, rest: {**rest, "type": kind}, kinds, st.dictionaries(keys, json_values)
)


def heard(told: object, made: str = "made", now: float = 50.0) -> Heard:
    frame = decode(json.dumps(told))
    assert not isinstance(frame, Posted | Fault)
    return PLACE.heard(frame, lambda: now, lambda: made)


def test_a_message_needs_its_text_alone() -> None:
    assert heard({"type": "message", "text": "多少钱"}) == ChatMessage(
        "made", "bridge", "bridge/local", "", "", "viewer", "多少钱", 50.0
    )


def test_a_message_of_a_recording_is_taken_as_it_stands() -> None:
    assert heard(WHOLE) == ChatMessage(
        "m1", "bridge", "bridge/local", "Bob", "42", "moderator", "how much?", 5.5, "m0"
    )


def test_null_is_the_same_as_nothing_and_a_number_will_do_for_an_id() -> None:
    empty = dict.fromkeys(("id", "author", "author_id", "role", "sent_at", "reply_to"))
    assert heard({"type": "message", "text": "a", **empty}) == heard(
        {"type": "message", "text": "a"}
    )
    said = heard({"type": "message", "text": "a", "id": 7, "author_id": 8, "reply_to": 9})
    assert isinstance(said, ChatMessage)
    assert (said.id, said.author_id, said.reply_to) == ("7", "8", "9")


@pytest.mark.parametrize(
    "by", [{"author": "shop bot"}, {"author_id": "Shop Bot"}, {"author": "x", "role": "bot"}]
)
def test_the_bots_own_lines_have_role_bot(by: dict[str, str]) -> None:
    said = heard({"type": "message", "text": "a", **by})
    assert isinstance(said, ChatMessage)
    assert said.role == "bot"


def test_what_is_taken_out_and_what_is_shown() -> None:
    assert heard({"type": "delete", "id": "m1"}) == Removed("bridge/local", id="m1")
    assert heard({"type": "clear", "author_id": 42}) == Removed("bridge/local", author_id="42")
    assert heard({"type": "clear"}) == Removed("bridge/local")
    assert heard({"type": "showing", "product": 3}) == Showing("bridge/local", "3", "made")
    shown = {"type": "showing", "product": "A1", "id": "s1"}
    assert heard(shown) == Showing("bridge/local", "A1", "s1")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "truncated"),
        ("[]", "`object`, got `array`"),
        ("7", "`object`, got `int`"),
        ("{}", "`type`"),
        ({"type": "reply"}, "type: Invalid value"),
        ({"type": ["message"]}, "type: Expected `str`"),
        ({"type": "message"}, "`text`"),
        ({"type": "message", "text": 7}, "text: Expected `str`, got `int`"),
        ({"type": "message", "text": " \n"}, "text: "),
        ({"type": "message", "text": "x" * 2_001}, "text: Expected `str` of length <= 2000"),
        ({"type": "message", "text": "a", "id": ""}, "id: "),
        ({"type": "message", "text": "a", "id": True}, "id: "),
        ({"type": "message", "text": "a", "author": "x" * 201}, "author: "),
        ({"type": "message", "text": "a", "role": "king"}, "role: Invalid enum value"),
        ({"type": "message", "text": "a", "sent_at": 1767225600250}, "sent_at: "),
        ({"type": "message", "text": "a", "sent_at": -1}, "sent_at: "),
        ({"type": "delete"}, "`id`"),
        ({"type": "showing"}, "`product`"),
        ({"type": "posted", "id": "r", "delivery": "unknown"}, "delivery: Invalid enum value"),
        ({"type": "posted", "id": "r", "delivery": "sent", "retry_after": -1}, "retry_after: "),
        (None, "one object as text"),
        ("x" * 70_000, "at most 65536 bytes"),
        ("多" * 30_000, "at most 65536 bytes"),
        ('{"type":"message","text":"a","x":' + "[" * 60_000, "too many inside each other"),
    ],
)
def test_anything_else_is_a_bad_frame_that_names_the_field(frame: object, reason: str) -> None:
    data = json.dumps(frame) if isinstance(frame, dict) else frame
    assert data is None or isinstance(data, str)
    with pytest.raises(BadFrame) as raised:
        decode(data)
    assert reason in str(raised.value)


@given(st.text() | st.binary() | objects.map(json.dumps) | json_values.map(json.dumps))
def test_any_input_is_an_object_or_a_bad_frame(data: str | bytes) -> None:
    body = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    readers: tuple[Callable[[], list[Frame]], ...] = (
        lambda: [decode(data)],
        lambda: decode_all(body),
    )
    for read in readers:
        try:
            found = read()
        except BadFrame as error:
            assert str(error)
            continue
        for frame in found:
            if not isinstance(frame, Posted | Fault):
                PLACE.heard(frame)


@given(objects.map(lambda told: {**told, "role": "sécret", "type": "sécret"}))
def test_a_reason_holds_nothing_of_what_was_said(told: object) -> None:
    with pytest.raises(BadFrame) as raised:
        decode(json.dumps(told))
    assert "cret" not in str(raised.value)


@given(st.lists(objects, max_size=4))
def test_an_array_and_lines_hold_the_same(told: list[dict[str, Any]]) -> None:
    def all_of(body: str) -> object:
        try:
            return decode_all(body.encode())
        except BadFrame:
            return "bad"

    lines = "\n\n".join(json.dumps(each) for each in told)
    if told:
        assert all_of(json.dumps(told)) == all_of(lines) == all_of(f"\ufeff{lines}\r\n")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'[{"text": "a"}, {"text": 1}]', "[1]: text: "),
        (b'{"text": "a"}\n\n{"text": 1}\n', "line 3: text: "),
        (b'{"text": "a"}\n{oops', "line 2: "),
        (b'{"text": 1}', "text: Expected"),
        (b"", "expected an object"),
        (b"[" + b"1," * 1_000 + b"1]", "at most 1000 objects"),
        (b"[[]]", "[0]: "),
    ],
)
def test_a_body_says_which_of_its_objects_is_bad(body: bytes, reason: str) -> None:
    with pytest.raises(BadFrame) as raised:
        decode_all(body)
    assert str(raised.value).startswith(reason) or reason in str(raised.value)


def test_an_object_without_a_type_is_what_the_place_is_for() -> None:
    assert decode_all(b'{\n "text": "a"\n}') == [Said("a")]
    assert decode_all(b'{"id": "r", "delivery": "sent"}', "posted") == [Posted("r", "sent")]
    assert decode_all(b"[]") == []


def test_a_reply_says_what_the_contract_says() -> None:
    fact = Fact("A1.price", "59 USD", "$59")
    reply = Reply("re:m1", "bridge/local", "it is $59", "template", (fact,), ("m1", "m7"))
    assert json.loads(wire.reply_frame(reply)) == {
        "type": "reply", "id": "re:m1", "room": "bridge/local", "text": "it is $59",
        "reply_to": "m1", "answers": ["m1", "m7"], "facts": [{"id": "A1.price", "text": "59 USD"}],
    }  # fmt: skip
    assert json.loads(wire.error_frame("no")) == {"type": "error", "reason": "no"}


@pytest.mark.parametrize(
    ("posted", "error"),
    [
        (Posted("r", "held"), Held("held")),
        (Posted("r", "held", "automod", 3.0), Held("automod")),
        (Posted("r", "refused"), Refused("refused")),
        (Posted("r", "refused", "Not Today!\n"), Refused("refused: Not Today!")),
        (Posted("r", "refused", "banned_word: 微信"), Refused("banned_word: 微信")),
        (Posted("r", "refused", None, 0.0), Refused("refused")),
        (Posted("r", "refused", "slow down", 2.5), Throttled("throttled: slow down", 2.5)),
    ],
)
def test_an_answer_becomes_the_error_that_the_outbox_knows(
    posted: Posted, error: PlatformError
) -> None:
    with pytest.raises(type(error)) as raised:
        wire.judge(posted)
    assert str(raised.value) == str(error)
    if isinstance(error, Throttled):
        assert isinstance(raised.value, Throttled)
        assert (raised.value.retry_after, raised.value.room_only) == (2.5, True)


def test_a_reply_that_stands_raises_nothing() -> None:
    wire.judge(Posted("r", "sent", "fine", 3.0))


def line(number: int) -> Heard:
    return Removed("bridge/local", id=str(number))


async def test_a_line_is_accepted_once_the_next_is_asked_for() -> None:
    exchange, accepted = Exchange(3), list[int]()
    for number in range(3):
        await exchange.put(line(number), lambda number=number: accepted.append(number))  # type: ignore[misc]  # mypy cannot see the default
    lines = exchange.messages()
    assert await anext(lines) == line(0)
    assert accepted == []
    assert await anext(lines) == line(1)
    assert accepted == [0]
    assert await anext(exchange.messages()) == line(2)
    assert accepted == [0, 1]


async def test_while_enough_lines_wait_another_is_not_taken() -> None:
    exchange = Exchange(1)
    await exchange.put(line(0), lambda: None)
    putting = asyncio.ensure_future(exchange.put(line(1), lambda: None))
    lines = exchange.messages()
    await anext(lines)
    await putting
    assert await anext(lines) == line(1)


@pytest.mark.parametrize("error", [None, Disconnected("gone"), AuthFailed("no")])
async def test_an_end_lets_go_of_all_who_wait(error: PlatformError | None) -> None:
    exchange, accepted = Exchange(2), list[int]()

    async def read() -> list[Heard]:
        return [heard async for heard in exchange.messages()]

    async def wait() -> Posted:
        with exchange.expecting("re:1") as answer:
            return await answer

    reading, waiting = asyncio.ensure_future(read()), asyncio.ensure_future(wait())
    await exchange.put(line(0), lambda: accepted.append(0))
    while not accepted:
        await asyncio.wait({reading}, timeout=0.001)
    exchange.end(error)
    exchange.end(AuthFailed("twice"))
    with pytest.raises(type(error) if error else Disconnected):
        await waiting
    if error:
        with pytest.raises(type(error)):
            await reading
    else:
        assert await reading == [line(0)]
    with pytest.raises(type(error) if error else Disconnected):
        with exchange.expecting("re:2"):
            pass


async def test_what_had_come_before_a_break_is_heard_before_it() -> None:
    exchange = Exchange(2)
    for number in range(2):
        await exchange.put(line(number), lambda: None)
    exchange.end(Disconnected("gone"))
    await exchange.put(line(2), lambda: None)  # late: not taken
    lines = exchange.messages()
    assert [await anext(lines), await anext(lines)] == [line(0), line(1)]
    with pytest.raises(Disconnected):
        await anext(lines)


async def test_the_first_answer_decides_and_one_for_nobody_is_known_as_such() -> None:
    exchange = Exchange(1)
    assert not exchange.answer(Posted("re:1", "sent"))
    with exchange.expecting("re:1") as answer:
        assert exchange.answer(Posted("re:1", "held"))
        assert not exchange.answer(Posted("re:1", "sent"))
        assert (await answer).delivery == "held"
    assert not exchange.answer(Posted("re:1", "sent"))
