"""The bridge as a client: it connects to the one feeder that there is."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from adapters.bridge import Bridge, BridgeSettings
from adapters.bridge.session import BridgeSession
from bot.errors import AuthFailed, Disconnected, PlatformError
from bot.model import ChatMessage, Removed, Reply
from tests.platforms.bridge import TOKEN, DialledStage, bridge, bridge_client

REPLY = Reply("re:m1", "bridge/local", "it is $59", "template", (), ("m1",))


@asynccontextmanager
async def opened(**settings: object) -> AsyncIterator[tuple[DialledStage, BridgeSession]]:
    async with asyncio.timeout(30), bridge_client(Path(), **settings) as stage:
        async with stage.adapter.connect() as session:
            await stage.ready()
            yield stage, session


async def read(adapter: Bridge) -> None:
    async with adapter.connect() as session:
        async for _ in session.messages():
            pass


async def fails(adapter: Bridge, error: type[PlatformError]) -> str:
    """Return what connecting, or else reading, fails with."""
    async with asyncio.timeout(30):
        with pytest.raises(error) as raised:
            await read(adapter)
    assert TOKEN not in f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"
    return str(raised.value)


async def test_the_wrong_token_is_no_case_for_a_retry() -> None:
    async with bridge_client(Path(), token=SecretStr("other")) as stage:
        assert "HTTP 401" in await fails(stage.adapter, AuthFailed)
        assert stage.refused == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [(4401, AuthFailed), (4403, AuthFailed), (1000, Disconnected), (1012, Disconnected)],
)
async def test_a_close_says_whether_a_retry_helps(code: int, error: type[PlatformError]) -> None:
    async def shut(socket: ServerConnection) -> None:
        await socket.close(code)

    async with serve(shut, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        adapter = Bridge(BridgeSettings(url=f"ws://127.0.0.1:{port}"))
        assert str(code) in await fails(adapter, error)


@pytest.mark.parametrize("status", [404, 429, 500])
async def test_a_server_that_is_not_ready_is_tried_again(status: int) -> None:
    def refuse(socket: ServerConnection, _: Request) -> Response:
        return socket.respond(HTTPStatus(status), "not now\n")

    async with serve(_idle, "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        adapter = Bridge(BridgeSettings(url=f"ws://127.0.0.1:{port}"))
        assert f"HTTP {status}" in await fails(adapter, Disconnected)


async def test_nobody_there_and_no_websocket_are_tried_again() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"ws://127.0.0.1:{port}"
    async with server:
        await fails(Bridge(BridgeSettings(url=url)), Disconnected)
    assert "cannot be reached" in await fails(Bridge(BridgeSettings(url=url)), Disconnected)


async def test_a_server_that_shows_no_sign_of_life_is_given_up() -> None:
    held = asyncio.Event()

    async def mute(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await held.wait()
        socket.transport.abort()

    async with serve(mute, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        adapter = Bridge(BridgeSettings(url=f"ws://127.0.0.1:{port}", ping=0.05))
        try:
            await fails(adapter, Disconnected)
        finally:
            held.set()


async def test_a_look_finds_what_there_is() -> None:
    async with opened() as (stage, _):
        assert [check.ok for check in await stage.adapter.examine()] == [True]
        keys = {"url": stage.adapter.settings.url, "token": SecretStr("other")}
        (check,) = await Bridge(BridgeSettings.model_validate(keys)).examine()
        assert (check.ok, "HTTP 401" in check.text, bool(check.mend)) == (False, True, True)
    assert [check.ok for check in await stage.adapter.examine()] == [False]
    async with asyncio.timeout(30), bridge(Path()) as served, served.adapter.connect():
        listen = f"127.0.0.1:{served.adapter.port}"
        (check,) = await Bridge(BridgeSettings(listen=listen)).examine()
        assert (check.ok, "is taken" in check.text) == (False, True)
    assert [check.ok for check in await Bridge(BridgeSettings(listen=listen)).examine()] == [True]
    assert [check.ok for check in await Bridge(BridgeSettings()).examine()] == [True]


async def test_a_frame_that_is_no_object_is_answered_and_the_connection_lives_on() -> None:
    async with opened() as (stage, session):
        await stage.sockets[0].send("[]")
        await stage.sockets[0].send(b"\x00")
        await stage.sockets[0].send('{"type": "delete", "id": "m1"}')
        assert await anext(session.messages()) == Removed("bridge/local", id="m1")
        await stage.platform.until(lambda: len(stage.platform.told) == 2)
        assert {told["type"] for told in stage.platform.told} == {"error"}


async def test_the_server_is_told_what_is_safe_where_it_wants_to_know() -> None:
    async with opened(accepted=True) as (stage, session):
        for number in range(2):
            frame = {"type": "message", "text": "a", "id": f"m{number}"}
            await stage.sockets[0].send(json.dumps(frame))
        lines = session.messages()
        await anext(lines)
        await anext(lines)
        await stage.platform.until(lambda: stage.platform.told)
        assert stage.platform.told == [{"type": "accepted", "id": "m0"}]


async def test_what_was_said_before_the_break_is_heard_before_it() -> None:
    async with opened() as (stage, session):
        for number in range(3):
            await stage.say("Bob", f"line {number}")
        await stage.sockets[0].close()
        lines, got = session.messages(), []
        for _ in range(3):
            heard = await anext(lines)
            assert isinstance(heard, ChatMessage)
            got.append(heard.text)
        with pytest.raises(Disconnected):
            await anext(lines)
        assert got == ["line 0", "line 1", "line 2"]


async def test_after_the_break_a_post_says_so_at_once() -> None:
    async with opened() as (stage, session):
        await stage.cut()
        with pytest.raises(Disconnected):
            await anext(session.messages())
        with pytest.raises(Disconnected):
            await session.post(REPLY)
        assert stage.platform.asked == []


async def _idle(socket: ServerConnection) -> None:
    await socket.wait_closed()
