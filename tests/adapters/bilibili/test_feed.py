"""The danmaku connection, against a scripted server."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from adapters.bilibili.feed import TokenRefused, connected
from adapters.wire.danmaku import Command
from bot.errors import Disconnected
from tests.platforms.danmaku import DanmakuServer, Style, danmaku_server, danmu, frame, packet

AUTH = b'{"roomid":1,"key":"kept as it is"}'
LIMIT = 20.0


@pytest.fixture
async def server() -> AsyncIterator[DanmakuServer]:
    async with asyncio.timeout(LIMIT), danmaku_server() as running:
        yield running


async def texts(commands: AsyncIterator[Command], count: int) -> list[object]:
    heard: list[object] = []
    async for cmd in commands:
        info = cmd["info"]
        assert isinstance(info, list)
        heard.append(info[1])
        if len(heard) == count:
            return heard
    raise AssertionError("the commands ended")


async def test_logs_in_with_the_body_as_it_was_given_and_beats_at_once(
    server: DanmakuServer,
) -> None:
    async with connected([server.url], AUTH, heartbeat=60):
        await server.until(lambda: server.beats)
        assert server.logins == [AUTH]
        assert server.beats == [b"{}"]


async def test_beats_again_and_again(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH, heartbeat=0.01, silence=LIMIT) as commands:
        reading = asyncio.ensure_future(anext(aiter(commands)))
        await server.until(lambda: len(server.beats) >= 5)
        assert not reading.done()  # beats are no commands, and nothing has ended
        reading.cancel()


@pytest.mark.parametrize("style", ["plain", "zlib", "brotli", "nested"])
async def test_several_commands_in_a_frame_come_in_order(
    server: DanmakuServer, style: Style
) -> None:
    server.style = style
    async with connected([server.url], AUTH) as commands:
        await server.tell(danmu("一"), danmu("二"), danmu("三"))
        await server.tell(danmu("四"))
        assert await texts(commands, 4) == ["一", "二", "三", "四"]


async def test_a_burst_of_197_lines_comes_whole(server: DanmakuServer) -> None:
    burst = [f"line {number}" for number in range(197)]
    async with connected([server.url], AUTH) as commands:
        for start in range(0, 197, 10):
            await server.tell(*(danmu(text) for text in burst[start : start + 10]))
        assert await texts(commands, 197) == burst


async def test_an_echo_that_the_heartbeat_answer_does_not_count_hides_nothing(
    server: DanmakuServer,
) -> None:
    assert server.echoes
    async with connected([server.url], AUTH, heartbeat=0.01, silence=LIMIT) as commands:
        reading = asyncio.ensure_future(texts(commands, 1))
        await server.until(lambda: len(server.beats) >= 2)
        await server.tell(danmu("after the echo"))
        assert await reading == ["after the echo"]


async def test_what_is_no_packet_is_passed_over(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH) as commands:
        good = frame([danmu("before")])
        await server.send(good + struct.pack(">IHHII", 999, 16, 0, 5, 0) + b"too short")
        await server.send(packet(5, b"no JSON", 0) + packet(5, b'{"no":"cmd"}', 0))
        await server.send(packet(5, b"no zlib", 2))
        for client in server.listening:
            await client.send("text")
        await server.tell(danmu("after"))
        assert await texts(commands, 2) == ["before", "after"]


@pytest.mark.parametrize("code", [-101, 1])
async def test_a_refused_log_in_asks_for_a_new_one(server: DanmakuServer, code: int) -> None:
    server.judge = lambda _: code
    with pytest.raises(TokenRefused) as refused:
        async with connected([server.url, server.url], AUTH):
            raise AssertionError("it was let in")
    assert refused.value.code == code
    assert isinstance(refused.value, Disconnected)
    assert len(server.logins) == 1  # another server would not take it either
    assert "kept" not in str(refused.value)
    await server.left()


async def test_a_server_that_cannot_be_reached_is_passed(server: DanmakuServer) -> None:
    async with danmaku_server() as other:
        gone = other.url
    async with connected(
        [gone, "no url at all", "ws://[", "ws://127.0.0.1:99999/", server.url], AUTH
    ) as commands:
        await server.tell(danmu("here"))
        assert await texts(commands, 1) == ["here"]


async def test_the_first_server_tried_is_the_callers_choice(server: DanmakuServer) -> None:
    async with danmaku_server() as other:
        async with connected([server.url, other.url], AUTH, first=3):
            await other.ready()
            assert not server.logins


async def test_a_server_is_told_the_browser_that_the_caller_names(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH, agent="a browser"):
        (client,) = server.listening
        assert client.request
        assert client.request.headers["User-Agent"] == "a browser"


async def test_a_server_that_does_not_answer_the_log_in_is_passed(server: DanmakuServer) -> None:
    async with danmaku_server() as mute:
        mute.stalled = True
        async with connected([mute.url, server.url], AUTH, patience=0.2):
            await server.ready()
            assert (mute.logins, server.logins) == ([], [AUTH])


@pytest.mark.parametrize("urls", [0, 1])
async def test_no_server_is_a_lost_connection(server: DanmakuServer, urls: int) -> None:
    async with danmaku_server() as other:
        gone = other.url
    with pytest.raises(Disconnected):
        async with connected([gone][:urls], AUTH):
            raise AssertionError("it was let in")


async def test_silence_counts_as_the_end(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH, heartbeat=0.05, silence=0.05) as commands:
        await server.until(lambda: server.beats)
        server.stalled = True
        with pytest.raises(Disconnected, match="silent"):
            await anext(aiter(commands))


async def test_an_answer_to_a_heartbeat_breaks_the_silence(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH, heartbeat=0.1, silence=0.3) as commands:
        reading = asyncio.ensure_future(texts(commands, 1))
        await server.until(
            lambda: len(server.beats) >= 7
        )  # longer than the silence without a command
        await server.tell(danmu("still here"))
        assert await reading == ["still here"]


async def test_a_cut_is_a_lost_connection(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH) as commands:
        await server.tell(danmu("last words"))
        assert await texts(commands, 1) == ["last words"]
        server.cut()
        with pytest.raises(Disconnected):
            await anext(aiter(commands))


async def test_a_frame_of_more_than_a_mebibyte_is_a_lost_connection(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH) as commands:
        await server.send(packet(5, b" " * (1 << 20), 0))
        with pytest.raises(Disconnected):
            await anext(aiter(commands))


async def test_leaving_closes_the_connection_and_ends_the_heartbeat(server: DanmakuServer) -> None:
    before = asyncio.all_tasks()
    async with connected([server.url], AUTH):
        await server.ready()
    await server.left()
    left = asyncio.all_tasks() - before
    assert not [task for task in left if "adapters" in str(task.get_coro())]


async def test_leaving_a_server_that_is_gone_does_not_wait_for_it(server: DanmakuServer) -> None:
    async with connected([server.url], AUTH):
        server.cut()
        await server.left()
    assert not server.open
    assert server.logins == [AUTH]  # it was not dialled again
