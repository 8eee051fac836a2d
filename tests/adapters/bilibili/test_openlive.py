"""Open-live: signed calls, the life of a game, and what each code makes of the connection."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.bilibili import Bilibili
from adapters.bilibili.examine import checks
from adapters.bilibili.feed import TokenRefused
from adapters.bilibili.game import MISSES, Memory, Timers
from adapters.bilibili.openlive import reading
from adapters.bilibili.signed import FINAL, PASSING, Signed, signed
from bot.errors import AuthFailed, Disconnected, Refused
from bot.model import ChatMessage, Heard, Removed, Reply
from tests.platforms.bilibili_web import NAME
from tests.platforms.danmaku import danmaku_server
from tests.platforms.open_live import (
    ANCHOR,
    CODE,
    KEY,
    ROOM,
    SECRET,
    OpenLive,
    open_dm,
    open_live_platform,
    settings_for,
)
from tests.platforms.open_live_stage import open_live

LIMIT = 20.0
AT = 1_790_000_000.0


@pytest.fixture
async def platform() -> AsyncIterator[OpenLive]:
    async with asyncio.timeout(LIMIT), open_live_platform() as running:
        yield running


async def texts(heard: AsyncIterator[Heard], count: int) -> list[str]:
    said = []
    async for each in heard:
        assert isinstance(each, ChatMessage)
        said.append(each.text)
        if len(said) == count:
            return said
    raise AssertionError("it ended")


def quick(beat: float = LIMIT, cooling: float = 0.01) -> Timers:
    return Timers(beat=beat, cooling=cooling)


def test_the_signature_is_as_documented() -> None:
    headers = signed(b'{"game_id":"g"}', "key", "secret", "nonce", 1_790_000_000.9)
    told = (
        "x-bili-accesskeyid:key\nx-bili-content-md5:"
        + hashlib.new("md5", b'{"game_id":"g"}').hexdigest()
        + "\nx-bili-signature-method:HMAC-SHA256\nx-bili-signature-nonce:nonce\n"
        "x-bili-signature-version:1.0\nx-bili-timestamp:1790000000"
    )
    assert headers["Authorization"] == hmac.new(b"secret", told.encode(), "sha256").hexdigest()
    assert headers["Content-Type"] == headers["Accept"] == "application/json"


async def test_a_game_is_started_read_kept_alive_and_ended(platform: OpenLive) -> None:
    async with reading(settings_for(platform), timers=quick(beat=0.01)) as heard:
        await platform.danmaku.tell(open_dm("多少钱", "小安", AT, 1))
        assert await texts(heard, 1) == ["多少钱"]
        await platform.until(lambda: platform.count("heartbeat") >= 3)
    await platform.danmaku.left()
    assert platform.game is None
    assert platform.calls[0] == "start"
    assert platform.calls[-1] == "end"
    assert platform.violations == 0


async def test_every_nonce_is_new(platform: OpenLive) -> None:
    async with httpx.AsyncClient() as client:
        api = Signed(settings_for(platform), client)
        game = await api.start()
        for _ in range(20):
            await api.beat(game.game_info.game_id)
        await api.end(game.game_info.game_id)
    assert platform.violations == 0


async def test_a_burst_of_197_lines_comes_whole_and_in_order(platform: OpenLive) -> None:
    burst = [f"line {number}" for number in range(197)]
    async with reading(settings_for(platform)) as heard:
        await platform.danmaku.tell(
            *(open_dm(text, "a", AT, number) for number, text in enumerate(burst))
        )
        assert await texts(heard, 197) == burst


async def test_the_game_ends_when_the_reader_is_cancelled(platform: OpenLive) -> None:
    async def read() -> None:
        async with reading(settings_for(platform)) as heard:
            await anext(heard)

    task = asyncio.create_task(read())
    await platform.danmaku.ready()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.calls == ["start", "end"]
    assert platform.game is None


async def test_the_game_ends_even_if_leaving_is_cancelled(platform: OpenLive) -> None:
    left = asyncio.Event()

    async def read() -> None:
        async with reading(settings_for(platform)):
            await left.wait()

    task = asyncio.create_task(read())
    await platform.danmaku.ready()
    platform.admits.clear()
    left.set()
    await platform.until(lambda: platform.waiting)
    task.cancel()
    await asyncio.wait({task}, timeout=0.2)  # who gave up has closed the connection by then
    platform.admits.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.calls == ["start", "end"]
    assert platform.game is None


async def test_a_game_that_starts_while_we_are_cancelled_is_ended(platform: OpenLive) -> None:
    async def read() -> None:
        async with reading(settings_for(platform)):
            raise AssertionError("it was cancelled before")

    platform.held.clear()
    task = asyncio.create_task(read())
    await platform.until(lambda: platform.count("start"))
    task.cancel()
    platform.held.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.calls == ["start", "end"]


async def test_leaving_does_not_wait_for_a_room_to_cool_down(platform: OpenLive) -> None:
    platform.cooling, platform._ended = LIMIT, asyncio.get_running_loop().time()

    async def read() -> None:
        async with reading(settings_for(platform), timers=quick(cooling=LIMIT * 2)):
            raise AssertionError("it was cancelled before")

    task = asyncio.create_task(read())
    await platform.until(lambda: platform.count("start 7001"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.calls == ["start 7001"]


async def test_the_game_ends_when_the_danmaku_do_not_open(platform: OpenLive) -> None:
    platform.danmaku.judge = lambda _: -101
    with pytest.raises(TokenRefused):
        async with reading(settings_for(platform)):
            raise AssertionError("it was let in")
    assert platform.calls == ["start", "end"]


async def test_a_game_without_an_id_has_no_heartbeat_and_no_end(platform: OpenLive) -> None:
    platform.nameless = True
    often = settings_for(platform, heartbeat=0.01)
    async with reading(often, timers=quick(beat=0.001)) as heard:
        await platform.danmaku.until(lambda: len(platform.danmaku.beats) >= 10)
        await platform.danmaku.tell(open_dm("on", "a", AT, 1))
        assert await texts(heard, 1) == ["on"]
    assert platform.calls == ["start"]


async def test_a_room_that_cools_down_is_started_after_a_while(platform: OpenLive) -> None:
    platform.faults.append(("start", 7001))
    async with reading(settings_for(platform), timers=quick()):
        await platform.danmaku.ready()
    assert platform.calls == ["start 7001", "start", "end"]


async def test_a_room_that_still_cools_down_is_left_to_the_gateway(platform: OpenLive) -> None:
    platform.faults.extend([("start", 7001)] * 2)
    with pytest.raises(Disconnected, match="cooling_down"):
        async with reading(settings_for(platform), timers=quick()):
            raise AssertionError("it was let in")
    assert platform.calls == ["start 7001"] * 2


async def test_our_own_game_that_was_not_ended_is_ended_first(platform: OpenLive) -> None:
    memory = Memory()
    platform.faults.append(("end", 5000))
    async with reading(settings_for(platform), memory=memory):
        first = memory.game
    assert memory.game == first
    async with reading(settings_for(platform), memory=memory):
        assert memory.game != first
    assert memory.game == ""
    assert platform.calls == ["start", "end 5000", "start 7002", "end", "start", "end"]


async def test_a_room_may_have_to_cool_down_once_our_old_game_is_ended(platform: OpenLive) -> None:
    platform.faults.extend([("start", 7002), ("start", 7001)])
    async with reading(settings_for(platform), memory=Memory(game="old"), timers=quick()):
        await platform.danmaku.ready()
    assert platform.calls == ["start 7002", "end 7000", "start 7001", "start", "end"]


async def test_a_game_of_another_program_is_left_alone_and_named(platform: OpenLive) -> None:
    async with reading(settings_for(platform)):
        with pytest.raises(Disconnected, match="another program has this room's game"):
            async with reading(settings_for(platform)):
                raise AssertionError("it was let in")
    assert platform.calls == ["start", "start 7002", "end"]


@pytest.mark.parametrize("code", sorted(FINAL))
async def test_what_somebody_must_mend_says_so(platform: OpenLive, code: int) -> None:
    platform.faults.append(("start", code))
    with pytest.raises(AuthFailed, match=rf"start {code}: [a-z0-9_]+: .{{20}}") as failed:
        async with reading(settings_for(platform)):
            raise AssertionError("it was let in")
    assert not [word for word in (KEY, SECRET, CODE) if word in f"{failed.value!r}"]


@pytest.mark.parametrize("code", [*sorted(set(PASSING) - {7001}), 9999])
async def test_what_passes_is_tried_again_later(platform: OpenLive, code: int) -> None:
    platform.faults.append(("start", code))
    with pytest.raises(Disconnected, match=str(code)):
        async with reading(settings_for(platform)):
            raise AssertionError("it was let in")


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"access_key_id": "other"}, "bad_access_key"),
        ({"access_key_id": "钥匙"}, "bad_access_key"),
        ({"access_key_secret": "other"}, "access_key_secret does not fit"),
        ({"code": "WRONG"}, "身份码 is wrong"),
        ({"app_id": 1}, "no_right_to_project"),
        ({"room": ROOM + 1}, f"set room = {ROOM}"),
    ],
)
async def test_a_wrong_setting_is_named(
    platform: OpenLive, changed: dict[str, object], word: str
) -> None:
    with pytest.raises(AuthFailed, match=word):
        async with reading(settings_for(platform, **changed)):
            raise AssertionError("it was let in")
    assert platform.game is None


async def test_a_wrong_clock_is_named(platform: OpenLive) -> None:
    with pytest.raises(AuthFailed, match="this machine's clock is wrong"):
        async with reading(settings_for(platform), now=lambda: AT / 2):
            raise AssertionError("it was let in")


async def test_a_platform_that_does_not_answer_is_a_lost_connection(platform: OpenLive) -> None:
    with pytest.raises(Disconnected):
        async with reading(settings_for(platform, open_live="http://127.0.0.1:1")):
            raise AssertionError("it was let in")
    with pytest.raises(Disconnected):
        async with reading(settings_for(platform, open_live="no address")):
            raise AssertionError("it was let in")


async def test_an_answer_that_is_no_json_is_a_lost_connection(platform: OpenLive) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Disconnected, match="502"):
            async with reading(settings_for(platform, open_live=f"http://127.0.0.1:{port}")):
                raise AssertionError("it was let in")


@pytest.mark.parametrize("code", [7003, 7000])
async def test_a_game_that_has_lapsed_is_started_again(platform: OpenLive, code: int) -> None:
    adapter = Bilibili(settings_for(platform), timers=quick(beat=0.01))
    async with adapter.connect() as session:
        platform.faults.append(("heartbeat", code))
        with pytest.raises(Disconnected, match=str(code)):
            await anext(session.messages())
    async with adapter.connect() as session:
        await platform.danmaku.tell(open_dm("again", "a", AT, 1))
        assert await texts(session.messages(), 1) == ["again"]
    assert platform.count("start") == 2


async def test_an_end_by_the_platform_is_a_lost_connection(platform: OpenLive) -> None:
    async with reading(settings_for(platform)) as heard:
        await platform.interrupt()
        with pytest.raises(Disconnected, match="interaction_ended"):
            await anext(heard)
    assert platform.calls == ["start", "end 7000"]


async def test_the_end_of_another_game_is_none_of_ours(platform: OpenLive) -> None:
    end = {"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": {"game_id": "older"}}
    async with reading(settings_for(platform)) as heard:
        await platform.danmaku.tell(end, open_dm("on", "a", AT, 1))
        assert await texts(heard, 1) == ["on"]


async def test_a_heartbeat_may_be_missed_but_not_for_a_minute(platform: OpenLive) -> None:
    async with reading(settings_for(platform), timers=quick(beat=0.01)) as heard:
        for _ in range(2):
            platform.faults.extend([("heartbeat", 5000)] * (MISSES - 1))
            await platform.until(lambda: not platform.faults)
            platform.calls.clear()
            await platform.until(lambda: platform.count("heartbeat"))
        await platform.danmaku.tell(open_dm("on", "a", AT, 1))
        assert await texts(heard, 1) == ["on"]
        platform.faults.extend([("heartbeat", 5000)] * MISSES)
        with pytest.raises(Disconnected, match="5000"):
            await anext(heard)


async def test_keys_that_are_taken_away_end_the_account(platform: OpenLive) -> None:
    async with reading(settings_for(platform), timers=quick(beat=0.01)) as heard:
        platform.faults.append(("heartbeat", 4001))
        with pytest.raises(AuthFailed):
            await anext(heard)


async def test_the_next_connection_tries_the_next_server(platform: OpenLive) -> None:
    memory = Memory()
    async with danmaku_server() as other:
        other.judge = lambda _: 0
        original = platform.answer

        def both(*asked: object) -> object:
            answer = original(*asked)  # type: ignore[arg-type]  # handed through as they came
            if answer["data"]:
                answer["data"]["websocket_info"]["wss_link"].append(other.url)
            return answer

        platform.answer = both  # type: ignore[method-assign,assignment]  # a platform of two servers
        async with reading(settings_for(platform), memory=memory):
            await platform.danmaku.ready()
        async with reading(settings_for(platform), memory=memory):
            await other.ready()
        assert (len(platform.danmaku.logins), len(other.logins)) == (1, 1)


async def test_our_own_lines_come_back_as_the_bots(platform: OpenLive) -> None:
    async with reading(settings_for(platform), own="our bot") as heard:
        await platform.danmaku.tell(open_dm("59元", "our bot", AT, 1, is_admin=1))
        own = await anext(heard)
        assert isinstance(own, ChatMessage)
        assert own.role == "bot"
        await platform.danmaku.tell(open_dm("!bot off", "Ann", AT, 2, open_id=ANCHOR))
        host = await anext(heard)
        assert isinstance(host, ChatMessage)
        assert host.role == "host"


async def test_who_posts_takes_note_of_each_line(platform: OpenLive) -> None:
    def note(message: ChatMessage) -> ChatMessage:
        return replace(message, role="bot") if message.text == "59元" else message

    async with reading(settings_for(platform), note=note) as heard:
        for number, text in enumerate(("59元", "!bot off")):
            await platform.danmaku.tell(open_dm(text, "Ann", AT, number, open_id=ANCHOR))
        said = [await anext(heard), await anext(heard)]
        assert [each.role for each in said if isinstance(each, ChatMessage)] == ["bot", "host"]


async def test_what_is_taken_back_is_told(platform: OpenLive) -> None:
    async with reading(settings_for(platform)) as heard:
        back = {"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", "data": {"message_ids": [5]}}
        await platform.danmaku.tell(back)
        assert await anext(heard) == Removed(f"bilibili/{ROOM}", "sc:5")


async def test_a_room_that_may_not_post_refuses_without_asking(platform: OpenLive) -> None:
    adapter = Bilibili(settings_for(platform))
    assert not adapter.abilities.send
    reply = Reply("re:1", adapter.room, "59", "template", (), ("m1",))
    async with adapter.connect() as session:
        with pytest.raises(Refused, match="read_only"):
            await session.post(reply)
    with pytest.raises(Disconnected):
        await session.post(reply)


async def test_an_examination_starts_a_game_and_ends_it(platform: OpenLive) -> None:
    (found,) = await Bilibili(settings_for(platform)).examine()
    assert found.ok
    assert platform.calls == ["start", "end"]


async def test_an_examination_does_not_disturb_a_running_game(platform: OpenLive) -> None:
    adapter = Bilibili(settings_for(platform))
    async with adapter.connect():
        (found,) = await adapter.examine()
        assert found.ok
        assert platform.game
    assert platform.calls == ["start", "start 7002", "end"]


async def test_an_examination_says_what_to_mend(platform: OpenLive) -> None:
    found = {}
    for code in (4001, 4003, 4007, 7007, 5000):
        platform.faults.append(("start", code))
        (found[code],) = await checks(settings_for(platform), {})
    assert not any(check.ok for check in found.values())
    assert found[4003].text == "open_live start 4003: clock: this machine's clock is wrong"
    assert found[4003].mend == "set it by the network's time (NTP)"
    assert found[4007].mend == "add this machine's public address to the project's IP white list"
    assert found[4001].mend.startswith("copy access_key_id")
    assert found[7007].mend == "copy it anew from play-live.bilibili.com"
    assert found[5000].text == "open_live start 5000: service_error"


async def test_what_we_posted_comes_back_as_the_bots_whoever_we_are(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), open_live(tmp_path) as stage:
        assert not stage.adapter.abilities.reply  # its ids are none of the web page's
        async with stage.adapter.connect() as session:
            reply = Reply("re:1", stage.adapter.room, "59元哦", "template", (), ("m1",))
            await session.post(reply)
            await stage.relay.say("Ann", "59元哦", {"open_id": ANCHOR})
            heard = [await anext(session.messages()) for _ in range(2)]
    told = [(each.author, each.role) for each in heard if isinstance(each, ChatMessage)]
    assert told == [(NAME, "bot"), ("Ann", "host")]


async def test_an_examination_does_not_wait_for_a_room_that_cools_down(platform: OpenLive) -> None:
    platform.cooling, platform._ended = LIMIT * 2, asyncio.get_running_loop().time()
    (found,) = await checks(settings_for(platform), {})
    assert (found.ok, found.text) == (
        True,
        "keys, clock and code are right; a game has just ended",
    )


async def test_lines_that_are_not_as_documented_are_told_but_seldom(platform: OpenLive) -> None:
    broken = {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {"msg": "?"}}
    with capture_logs() as logged:
        async with reading(settings_for(platform)) as heard:
            await platform.danmaku.tell(*[broken] * 100, open_dm("on", "a", AT, 1))
            assert await texts(heard, 1) == ["on"]
    told = [each["count"] for each in logged if each["event"] == "frame_unreadable"]
    assert told == [1, 2, 4, 8, 16, 32, 64]
