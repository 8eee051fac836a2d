"""What Bilibili's answers to a post mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bilibili.verdicts import News, Sent, TooLong, judge, news, read
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "message", "uid", "second"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("code", "words", "kind", "reason"),
    [
        (0, "f", Refused, "filtered"),
        (0, "k", Refused, "room_filter"),
        (0, "msg in 1s", Throttled, "too_fast"),
        (11000, "msg in 1s", Throttled, "too_fast"),
        (0, "msg repeat", Refused, "duplicate"),
        (10030, "您发送弹幕的频率过快", Throttled, "too_fast"),
        (10031, "您发送弹幕的频率过快", Throttled, "too_fast"),
        (1003, "您已被禁言", Throttled, "muted"),
        (10023, "", Refused, "blacklisted"),
        (-101, "账号未登录", AuthFailed, "not_logged_in: run: danmate login bilibili"),
        (-111, "csrf 校验失败", AuthFailed, "not_logged_in"),
        (-352, "-352", Throttled, "risk_control"),
        (-412, "请求被拦截", Throttled, "risk_control"),
        (-400, "请求错误", Refused, "bad_request"),
        (-500, "服务器错误", Disconnected, "no_verdict: code -500"),
        (-504, "服务调用超时", Disconnected, "no_verdict: code -504"),
        (0, "something new", Refused, "unclear: something new"),
        (4242, "别\n的", Refused, "code_4242: 别的"),
        (4242, "", Refused, "code_4242"),
    ],
)
def test_each_refusal_has_its_error(
    code: int, words: str, kind: type[PlatformError], reason: str
) -> None:
    verdict = judge(code, words)
    assert isinstance(verdict, kind)
    assert str(verdict).startswith(reason)


@pytest.mark.parametrize("words", ["", "0", "OK", "success"])
def test_code_0_without_a_word_stands(words: str) -> None:
    assert judge(0, words) == Sent()


@pytest.mark.parametrize(("code", "words"), [(1003212, ""), (-500, "超出限制长度")])
def test_a_line_can_be_too_long(code: int, words: str) -> None:
    assert judge(code, words) == TooLong()


@pytest.mark.parametrize("key", ["message", "msg"])
def test_the_word_beside_code_0_stands_in_one_of_two_places(key: str) -> None:
    assert str(read(200, json.dumps({"code": 0, key: "f", "data": {}}).encode())) == "filtered"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(412, Throttled), (429, Throttled), (403, Refused), (500, Disconnected), (502, Disconnected)],
)
def test_each_status_has_its_error(status: int, kind: type[PlatformError]) -> None:
    assert isinstance(read(status, b'{"code":0,"message":""}'), kind)


def test_how_long_to_wait_is_told() -> None:
    waits = {code: judge(code, "") for code in (10030, 1003, -352)}
    told = {
        code: (v.retry_after, v.room_only) for code, v in waits.items() if isinstance(v, Throttled)
    }
    assert told == {10030: (5.0, False), 1003: (600.0, True), -352: (300.0, False)}


@given(
    st.integers(-1000, 1000), st.binary(max_size=60) | jsons.map(lambda v: json.dumps(v).encode())
)
def test_any_answer_is_a_verdict(status: int, body: bytes) -> None:
    assert isinstance(read(status, body), Sent | TooLong | PlatformError)


@given(st.integers(), st.text(max_size=90))
def test_any_code_is_a_verdict_that_is_short_and_printable(code: int, words: str) -> None:
    verdict = judge(code, words)
    assert isinstance(verdict, Sent | TooLong) or str(verdict).isprintable()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ({"cmd": "ROOM_SILENT_ON", "data": {"type": "level", "second": -1}}, News("silenced")),
        ({"cmd": "ROOM_SILENT_ON", "data": {"second": NOW + 60}}, News("silenced", NOW + 60)),
        ({"cmd": "ROOM_SILENT_ON", "data": {"second": 180}}, News("silenced", NOW + 180)),
        ({"cmd": "ROOM_SILENT_ON"}, News("silenced")),
        ({"cmd": "ROOM_SILENT_OFF", "data": {}}, News("unsilenced")),
        ({"cmd": "ROOM_BLOCK_MSG", "uid": "7001", "data": {}}, News("muted", NOW + 600)),
        ({"cmd": "ROOM_BLOCK_MSG", "data": {"uid": 7001}}, News("muted", NOW + 600)),
        ({"cmd": "ROOM_BLOCK_MSG", "data": {"uid": 5}}, None),
        ({"cmd": "CUT_OFF", "msg": "违规"}, News("cut_off")),
        ({"cmd": "WARNING"}, News("warned")),
        ({"cmd": "LIVE"}, News("live")),
        ({"cmd": "PREPARING"}, News("ended")),
        ({"cmd": "DANMU_MSG"}, None),
        ({"cmd": 5}, None),
    ],
)
def test_what_a_room_tells_beside_its_lines(
    command: dict[str, object], expected: News | None
) -> None:
    assert news(command, 7001, NOW) == expected


@given(st.sampled_from(["ROOM_SILENT_ON", "ROOM_BLOCK_MSG", "LIVE"]), jsons, jsons)
def test_any_command_is_news_or_none(name: str, uid: object, data: object) -> None:
    assert isinstance(news({"cmd": name, "uid": uid, "data": data}, 7001, NOW), News | None)


def test_nobody_is_muted_who_is_not_logged_in() -> None:
    assert news({"cmd": "ROOM_BLOCK_MSG", "uid": 0}, 0, NOW) is None
