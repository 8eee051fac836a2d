"""Reading a room as the web page does, before the scripted Bilibili."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from adapters.bilibili.answers import Host, Ticket
from adapters.bilibili.api import Budget
from adapters.bilibili.settings import BilibiliSettings
from adapters.bilibili.verdicts import News
from adapters.bilibili.web import Memory, addresses, reading
from bot import telemetry
from bot.errors import AuthFailed, Disconnected
from bot.model import ChatMessage, Heard
from tests.platforms.bilibili_web import BUVID, NAME, ROOM, SHORT, UID, Bilibili, bilibili
from tests.platforms.danmaku import OWNER, Command, danmu

NAV, PLACE = "/x/web-interface/nav", "/room/v1/Room/get_info"
TICKET = "/xlive/web-room/v1/index/getDanmuInfo"


@pytest.fixture
async def platform() -> AsyncIterator[Bilibili]:
    async with bilibili() as served:
        yield served


def read(
    platform: Bilibili, cookies: Mapping[str, str] | None = None, **more: Any
) -> AbstractAsyncContextManager[AsyncIterator[Heard]]:
    changes = {key: more.pop(key) for key in ("room", "danmaku") if key in more}
    settings = BilibiliSettings.model_validate({**platform.settings, **changes})
    return reading(settings, platform.cookies if cookies is None else cookies, **more)


async def message(heard: AsyncIterator[Heard]) -> ChatMessage:
    said = await anext(heard)
    assert isinstance(said, ChatMessage)
    return said


@pytest.mark.parametrize("room", [SHORT, ROOM])
async def test_a_room_is_read_by_its_short_or_its_real_number(
    platform: Bilibili, room: int
) -> None:
    async with read(platform, room=room) as heard:
        await platform.danmaku.tell(danmu("多少钱", "小安", 42), danmu("大家好", "主播", OWNER))
        first, second = await message(heard), await message(heard)
    assert (first.room, first.author, first.author_id) == (f"bilibili/{room}", "小安", "42")
    assert (first.text, first.role, second.role) == ("多少钱", "viewer", "host")
    (body,) = platform.danmaku.logins
    assert json.loads(body) == {
        "uid": UID,
        "roomid": ROOM,
        "protover": 3,
        "platform": "web",
        "type": 2,
        "buvid": BUVID,
        "key": platform.token,
    }


async def test_own_lines_have_the_role_of_a_bot(platform: Bilibili) -> None:
    async with read(platform) as heard:
        await platform.danmaku.tell(danmu("129元", NAME, UID))
        assert (await message(heard)).role == "bot"


async def test_without_a_log_in_uid_0_reads_and_the_operator_is_told_once(
    platform: Bilibili,
) -> None:
    told, memory = io.StringIO(), Memory()
    telemetry.configure("info", "json", told)
    for _ in range(2):
        async with read(platform, {}, memory=memory) as heard:
            await platform.danmaku.tell(danmu("多少钱", "小***", 0))
            said = await message(heard)
        memory.me = None
    assert (said.author, said.text, said.role) == ("小***", "多少钱", "viewer")
    assert said.author_id.startswith("crc:")
    assert json.loads(platform.danmaku.logins[0])["uid"] == 0
    assert told.getvalue().count("names_masked") == 1


async def test_the_key_is_taken_anew_once_when_the_signature_is_refused(
    platform: Bilibili,
) -> None:
    memory = Memory()
    async with read(platform, memory=memory):
        pass
    platform.rotate()
    memory.ticket = None
    async with read(platform, memory=memory):
        pass
    assert platform.web.asked[NAV] == 2
    assert platform.web.asked[TICKET] == 3


async def test_risk_control_is_asked_no_third_time(platform: Bilibili) -> None:
    platform.risky, memory = 9, Memory()
    for _ in range(3):
        with pytest.raises(Disconnected, match=r"-352|risk_control"):
            async with read(platform, memory=memory):
                raise AssertionError("connected")
    assert platform.web.asked[TICKET] == 2


async def test_the_key_is_used_for_half_a_day(platform: Bilibili) -> None:
    memory, now = Memory(), [1_790_000_000.0]
    for hours, asked in ((0, 1), (11, 1), (2, 2)):
        now[0] += hours * 3600
        memory.ticket = None
        async with read(platform, memory=memory, now=lambda: now[0]):
            assert platform.web.asked[NAV] == asked


async def test_connecting_again_asks_nothing_of_the_platform(platform: Bilibili) -> None:
    memory = Memory()
    for _ in range(5):
        async with read(platform, memory=memory) as heard:
            await platform.danmaku.tell(danmu("多少钱"))
            await message(heard)
    assert set(platform.web.asked.values()) == {1}
    assert len(platform.danmaku.logins) == 5


async def test_after_failures_in_a_row_there_is_a_new_token(platform: Bilibili) -> None:
    memory = Memory()
    for _ in range(4):
        async with read(platform, memory=memory) as heard:
            await platform.danmaku.ready()
            platform.danmaku.cut()
            with pytest.raises(Disconnected):
                await anext(heard)
    assert platform.web.asked[TICKET] == 2


async def test_a_token_that_is_refused_is_renewed_at_once(platform: Bilibili) -> None:
    memory = Memory()
    async with read(platform, memory=memory):
        pass
    platform.token = "danmaku-token-2"
    async with read(platform, memory=memory) as heard:
        await platform.danmaku.tell(danmu("还在吗"))
        assert (await message(heard)).text == "还在吗"
    assert platform.web.asked[TICKET] == 2


async def test_tokens_that_are_always_refused_end_the_try(platform: Bilibili) -> None:
    platform.danmaku.judge = lambda _: -101
    with pytest.raises(Disconnected, match="-101"):
        async with read(platform):
            raise AssertionError("connected")
    assert platform.web.asked[TICKET] == 2


async def test_questions_in_a_minute_are_bounded(platform: Bilibili) -> None:
    memory = Memory(Budget(calls=5))
    for _ in range(20):
        try:
            async with read(platform, memory=memory):
                memory.ticket = memory.me = None
        except Disconnected as error:
            assert "too_many_calls" in str(error)
    assert platform.web.asked.total() == 5


async def test_a_room_that_is_not_there_says_so(platform: Bilibili) -> None:
    with pytest.raises(AuthFailed, match="no room 404"):
        async with read(platform, room=404):
            raise AssertionError("connected")


async def test_a_connection_that_breaks_off_is_told(platform: Bilibili) -> None:
    async with read(platform) as heard:
        reading_on = asyncio.ensure_future(anext(heard))
        await platform.danmaku.ready()
        platform.danmaku.cut()
        with pytest.raises(Disconnected):
            await reading_on


async def test_a_platform_that_does_not_answer_is_told() -> None:
    async with bilibili() as gone:
        pass
    with pytest.raises(Disconnected, match="ConnectError"):
        async with read(gone):
            raise AssertionError("connected")


class Ear:
    def __init__(self) -> None:
        self.noted: list[str] = []
        self.told: list[str] = []

    def note(self, message: ChatMessage) -> ChatMessage:
        self.noted.append(message.text)
        return message

    def heed(self, told: News) -> None:
        self.told.append(told.kind)


async def test_who_posts_knows_what_is_said_and_when_to_be_silent(platform: Bilibili) -> None:
    told, ear = io.StringIO(), Ear()
    telemetry.configure("info", "json", told)
    commands: list[Command] = [
        {"cmd": "ROOM_SILENT_ON", "data": {"type": "member", "level": 0, "second": -1}},
        {"cmd": "ROOM_SILENT_OFF", "data": []},
        {"cmd": "ROOM_BLOCK_MSG", "data": {"uid": UID, "uname": NAME}},
        {"cmd": "CUT_OFF", "msg": "违反直播规范", "roomid": ROOM},
    ]
    async with read(platform, ear=ear) as heard:
        await platform.danmaku.tell(*commands, danmu("多少钱"))
        while not isinstance(await anext(heard), ChatMessage):
            pass
    assert ear.told == ["silenced", "unsilenced", "muted", "cut_off"]
    assert ear.noted == ["多少钱"]
    assert told.getvalue().count("room_notice") == 4
    assert "违反" not in told.getvalue()


async def test_a_silence_does_not_hold_the_host(platform: Bilibili) -> None:
    ear, memory = Ear(), Memory()
    platform.owner = UID
    async with read(platform, ear=ear, memory=memory) as heard:
        silenced = {"cmd": "ROOM_SILENT_ON", "data": {"type": "member", "second": -1}}
        await platform.danmaku.tell(silenced, danmu("多少钱"))
        await message(heard)
    assert ear.told == []


async def test_leaving_leaves_nothing_open(platform: Bilibili) -> None:
    async with read(platform):
        await platform.web.left()  # it is not needed any more
    await platform.danmaku.left()


async def test_cookies_and_tokens_are_in_no_log_and_no_error(platform: Bilibili) -> None:
    told, memory = io.StringIO(), Memory()
    telemetry.configure("debug", "json", told)
    shown = []
    platform.danmaku.judge = lambda _: -101
    for _ in range(2):
        with pytest.raises(Disconnected) as raised:
            async with read(platform, memory=memory):
                raise AssertionError("connected")
        shown.append(f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}")
        platform.risky = 9
    platform.danmaku.judge, platform.risky = platform.judge, 0
    async with read(platform):
        shown += [repr(memory), told.getvalue()]
    secrets = (platform.sessdata, platform.csrf, platform.token, "refresh-1", BUVID)
    assert [secret for secret in secrets if secret in " ".join(shown)] == []


def test_the_named_servers_come_before_the_one_of_the_settings() -> None:
    ticket = Ticket(
        "t", [Host("a.chat", 443, 80), Host("b.chat", 444, 81), Host("a.chat", 443, 80)]
    )
    assert addresses(ticket, "wss://c.chat/sub") == (
        "wss://a.chat:443/sub",
        "wss://b.chat:444/sub",
        "wss://c.chat/sub",
    )
    assert addresses(ticket, "ws://c.chat/sub")[0] == "ws://a.chat:80/sub"
