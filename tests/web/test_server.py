"""Serving inside a loop that is somebody else's."""

import asyncio
import json
import signal
import socket
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from adapters.room import Room, RoomSettings
from bot.errors import CannotStart
from bot.web.api import create_app
from bot.web.feed import Feed
from bot.web.server import serve
from tests.web.fakes import Stream, health


def make() -> FastAPI:
    return create_app([Room(RoomSettings())], Feed([Stream()], ["0-0"]), health())


async def test_port_0_is_a_free_one_and_is_free_again_afterwards() -> None:
    async with serve(make(), "127.0.0.1", 0) as port, httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    async with serve(make(), "127.0.0.1", port) as again:
        assert again == port


async def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart) as refused:
            async with serve(make(), "127.0.0.1", port):
                pass
    assert refused.value.faults == (
        f"127.0.0.1:{port}: expected a free port ([web] port in config.toml, or --port)",
    )


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a" * 70, "x\0"])
async def test_a_host_that_is_not_ours_is_one_clear_line(host: str) -> None:
    with pytest.raises(CannotStart, match="expected an address of this machine"):
        async with serve(make(), host, 0):
            pass


async def test_signals_stay_the_callers_business() -> None:
    assert threading.current_thread() is threading.main_thread()
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serve(make(), "127.0.0.1", 0):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_stopping_closes_sockets_and_streams() -> None:
    tasks = asyncio.all_tasks()
    async with httpx.AsyncClient() as http:
        async with serve(make(), "127.0.0.1", 0) as port:
            chat = await connect(f"ws://127.0.0.1:{port}/room/ws")
            assert json.loads(await chat.recv())["type"] == "history"
            request = http.build_request("GET", f"http://127.0.0.1:{port}/api/outcomes")
            answer = await http.send(request, stream=True)
            lines = answer.aiter_lines()
            assert await anext(lines) == "retry: 2000"
        assert [line async for line in lines] == [""]
        with pytest.raises(ConnectionClosed):
            await chat.recv()
        await chat.close()
    assert asyncio.all_tasks() == tasks


async def test_a_request_without_end_is_cut_off() -> None:
    app, cut = FastAPI(), asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            cut.set()

    app.add_api_route("/", lambda: StreamingResponse(endless()))
    async with httpx.AsyncClient() as http:
        async with serve(app, "127.0.0.1", 0) as port:
            request = http.build_request("GET", f"http://127.0.0.1:{port}/")
            answer = await http.send(request, stream=True)
        assert cut.is_set()
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()
