"""What Bilibili's commands say."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.bilibili import LATEST, Listener, to_heard
from bot.errors import BadFrame
from bot.model import ChatMessage, Removed, Role
from tests.platforms.danmaku import OWNER, Command, danmu

ROOM = "bilibili/12"
HOST = str(OWNER)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def open_dm(**changed: Any) -> Command:
    data = {
        "uname": "小安", "open_id": "o42", "msg": "多少钱", "msg_id": "m1", "timestamp": 1790000000,
        "room_id": 12, "guard_level": 0, "fans_medal_level": 0, "fans_medal_name": "",
        "fans_medal_wearing_status": False, "dm_type": 0, "reply_open_id": "", "is_admin": 0,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": data | changed}


def super_chat(**changed: Any) -> Command:
    user = {"uname": "老板", "guard_level": 3, "manager": 0}
    medal = {"medal_level": 5, "target_id": 1}
    data = {"id": 77, "uid": 5, "price": 30, "message": "包邮吗", "ts": 1790000000}
    more = {"user_info": user, "medal_info": medal}
    return {"cmd": "SUPER_CHAT_MESSAGE", "data": data | more | changed}


def open_super_chat(**changed: Any) -> Command:
    data = {"message_id": 77, "open_id": "o5", "uname": "老板", "message": "包邮吗", "rmb": 30}
    more = {"timestamp": 1790000000, "guard_level": 0, "msg_id": "u-1"}
    return {"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT", "data": data | more | changed}


def one(cmd: Command, owner: str = HOST, own: str = "") -> ChatMessage:
    (heard,) = to_heard(cmd, ROOM, owner, own=own)
    assert isinstance(heard, ChatMessage)
    return heard


def test_a_line_by_web() -> None:
    cmd = danmu("多少钱", "小安", 42, extra={"id_str": "abc"}, at=1_790_000_000.25)
    assert one(cmd) == ChatMessage(
        "abc", "bilibili", ROOM, "小安", "42", "viewer", "多少钱", 1_790_000_000.25
    )


def test_a_line_by_open_live() -> None:
    assert one(open_dm()) == ChatMessage(
        "m1", "bilibili", ROOM, "小安", "o42", "viewer", "多少钱", 1_790_000_000.0
    )


@pytest.mark.parametrize("rnd", [-1_204_117_333, 0, 1_600_000_000, 1_790_009_999])
def test_the_senders_rnd_is_never_a_time(rnd: int) -> None:
    assert one(danmu("x", rnd=rnd, at=1_790_000_000.5)).sent_at == 1_790_000_000.5
    timeless = json.loads(json.dumps(danmu("x", rnd=rnd)))
    timeless["info"][0][4] = None
    assert one(timeless).sent_at == 0


def test_a_command_may_have_a_suffix() -> None:
    assert one(danmu("x", name="DANMU_MSG:4:0:2:2:2:0")).text == "x"


def test_copies_from_other_rooms_are_not_heard() -> None:
    listener = Listener(ROOM, HOST)
    mirrored = {**open_dm(), "cmd": "LIVE_OPEN_PLATFORM_DM_MIRROR"}
    for cmd in (danmu("x", name="DANMU_MSG_MIRROR"), mirrored, open_dm(is_mirror=1)):
        assert listener.hear(cmd) == ()
    assert listener.unreadable == 0


@pytest.mark.parametrize(
    ("marks", "role"),
    [
        ({}, "viewer"),
        ({"medal_of": 5}, "viewer"),
        ({"medal_of": OWNER}, "subscriber"),
        ({"guard": 3, "medal_of": OWNER}, "vip"),
        ({"guard": 1}, "vip"),
        ({"admin": 1, "guard": 3}, "moderator"),
        ({"uid": OWNER}, "host"),
        ({"uid": 7}, "bot"),
    ],
)
def test_roles_by_web(marks: dict[str, Any], role: Role) -> None:
    assert one(danmu("x", **marks), own="7").role == role


@pytest.mark.parametrize(
    ("marks", "role"),
    [
        ({}, "viewer"),
        ({"fans_medal_level": 9}, "viewer"),
        ({"fans_medal_level": 9, "fans_medal_wearing_status": True}, "subscriber"),
        ({"guard_level": 2}, "vip"),
        ({"is_admin": 1, "guard_level": 2}, "moderator"),
        ({"open_id": "anchor", "is_admin": 0}, "host"),
        ({"uname": "our bot", "is_admin": 1}, "bot"),
    ],
)
def test_roles_by_open_live(marks: dict[str, Any], role: Role) -> None:
    assert one(open_dm(**marks), "anchor", own="our bot").role == role


def test_a_host_whose_account_we_post_with_stays_the_host() -> None:
    assert one(danmu("!bot off", uid=OWNER), own=HOST).role == "host"


def test_a_line_without_an_id_gets_the_same_one_each_time() -> None:
    def bare(text: str, rnd: int) -> str:
        return one(danmu(text, extra={"id_str": ""}, rnd=rnd)).id

    assert bare("x", 1) == bare("x", 1)
    assert len({bare("x", 1), bare("x", 2), bare("y", 1)}) == 3


def test_without_a_log_in_names_are_masked_and_authors_still_differ() -> None:
    def masked(code: str) -> ChatMessage:
        cmd = json.loads(json.dumps(danmu("x", "某***", 0)))
        cmd["info"][0][7] = code
        return one(cmd)

    assert masked("aa").author == "某***"
    assert masked("aa").author_id == masked("aa").author_id != masked("bb").author_id
    assert masked("").author_id


def test_a_reply_names_the_latest_line_of_whom_it_answers() -> None:
    listener = Listener(ROOM, HOST)
    listener.hear(danmu("早", uid=42, extra={"id_str": "first"}))
    listener.hear(danmu("多少钱", uid=42, extra={"id_str": "second"}))
    (answer,) = listener.hear(danmu("59", uid=OWNER, extra={"reply_mid": 42}))
    assert isinstance(answer, ChatMessage)
    assert answer.reply_to == "second"
    (other,) = listener.hear(danmu("?", extra={"reply_mid": 43}))
    assert isinstance(other, ChatMessage)
    assert other.reply_to is None
    listener.hear(open_dm(msg_id="o1"))
    (reply,) = listener.hear(open_dm(msg_id="o2", open_id="o43", reply_open_id="o42"))
    assert isinstance(reply, ChatMessage)
    assert reply.reply_to == "o1"


def test_no_more_authors_are_remembered_than_may_be() -> None:
    listener = Listener(ROOM, HOST)
    for uid in range(1, LATEST + 50):
        listener.hear(danmu("x", uid=uid))
        listener.hear(danmu("never silent for long", uid=1))
    assert len(listener._latest) == LATEST
    assert "1" in listener._latest
    assert "2" not in listener._latest


def test_an_emoticon_is_heard_by_its_name() -> None:
    cmd = json.loads(json.dumps(danmu("[打call]")))
    cmd["info"][0][12:14] = [1, {"emoticon_unique": "official_147", "url": ""}]
    assert one(cmd).text == "[打call]"
    assert one(open_dm(msg="[打call]", dm_type=1)).text == "[打call]"


def test_a_paid_question_is_a_line_and_can_be_taken_back() -> None:
    asked = one(super_chat())
    assert (asked.id, asked.author, asked.author_id) == ("sc:77", "老板", "5")
    assert (asked.text, asked.role, asked.sent_at) == ("包邮吗", "vip", 1_790_000_000)
    back = {"cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": {"ids": [77, 78]}}
    assert to_heard(back, ROOM) == (Removed(ROOM, "sc:77"), Removed(ROOM, "sc:78"))
    opened = one(open_super_chat())
    assert (opened.id, opened.author_id, opened.text) == ("sc:77", "o5", "包邮吗")
    back = {"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", "data": {"message_ids": [77]}}
    assert to_heard(back, ROOM) == (Removed(ROOM, "sc:77"),)


def test_who_is_silenced_is_not_answered() -> None:
    silenced = {"cmd": "ROOM_BLOCK_MSG", "uid": "42", "data": {"uid": 42, "uname": "小安"}}
    assert to_heard(silenced, ROOM) == (Removed(ROOM, author_id="42"),)


def test_unknown_commands_are_counted_and_not_heard() -> None:
    listener = Listener(ROOM, HOST)
    for cmd in ({"cmd": "SEND_GIFT_V2", "data": {"pb": "AA=="}}, {"cmd": "LIVE"}, {"cmd": ""}):
        assert listener.hear(cmd) == ()
    assert (listener.passed, listener.unreadable) == (3, 0)


def test_a_line_without_words_is_not_heard() -> None:
    assert to_heard(danmu(" "), ROOM) == ()


@pytest.mark.parametrize(
    "cmd",
    [
        {"cmd": "DANMU_MSG"},
        {"cmd": "DANMU_MSG", "info": [[], "x", [42]]},
        {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": None},
        open_dm(msg_id=""),
        open_dm(open_id=""),
        {"cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": {"ids": 7}},
    ],
)
def test_a_line_that_is_not_as_documented_is_counted(cmd: Command) -> None:
    with pytest.raises(BadFrame):
        to_heard(cmd, ROOM)
    listener = Listener(ROOM, HOST)
    assert listener.hear(cmd) == ()
    assert listener.unreadable == 1


@given(json_values, st.data())
def test_any_value_anywhere_gives_a_line_or_a_bad_frame(value: Any, data: st.DataObject) -> None:
    shapes = [danmu("x", extra={"reply_mid": 3}), open_dm(), super_chat(), open_super_chat()]
    cmd = copy.deepcopy(data.draw(st.sampled_from(shapes)))
    place: Any = cmd
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    if not isinstance(cmd["cmd"], str):
        return
    for heard in Listener(ROOM, HOST, "7").hear(cmd):
        assert isinstance(heard, ChatMessage)
        assert heard.id
        assert heard.author_id
        assert 0 <= heard.sent_at < 1e11
