"""The local room, over real sockets."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from adapters.room import CLIENTS, FRAME, Room, RoomSettings
from bot.errors import Disconnected
from bot.model import ChatMessage, Fact, Reply
from bot.web.server import serve

FACT = Fact("A1.price", "129 CNY", "129元")
REPLY = Reply("re:m1", "room/local", "@Bob 129元", "template", (FACT,), ("m1",))
SAID = {"type": "message", "author": "Bob", "role": "viewer", "text": "多少钱"}


@dataclass
class Served:
    room: Room
    port: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/room/ws"

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[ClientConnection]:
        """Connect as a browser's page would, and read the history."""
        async with connect(self.url, **options) as socket:
            assert (await frame(socket))["type"] == "history"
            yield socket


@asynccontextmanager
async def served(**settings: object) -> AsyncIterator[Served]:
    room = Room(RoomSettings.model_validate(settings), now=lambda: 50.0)
    app = FastAPI()
    page = room.app()
    assert page
    app.mount("/room", page)
    async with serve(app, "127.0.0.1", 0) as port:
        yield Served(room, port)


async def frame(socket: ClientConnection) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(await socket.recv())
    return read


async def send(socket: ClientConnection, **keys: object) -> None:
    await socket.send(json.dumps({**SAID, **keys}))


async def drain(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def test_two_clients_and_the_bot_hear_each_other() -> None:
    async with (
        served() as at,
        at.room.connect() as session,
        at.client() as one,
        at.client() as two,
    ):
        await send(one, id="m1")
        message = await anext(session.messages())
        assert message == ChatMessage(
            "m1", "room", "room/local", "Bob", "Bob", "viewer", "多少钱", 50.0
        )
        await session.post(REPLY)
        for socket in (one, two):
            assert await frame(socket) == {
                "type": "message", "id": "m1", "platform": "room", "room": "room/local",
                "author": "Bob", "author_id": "Bob", "role": "viewer", "text": "多少钱",
                "sent_at": 50.0, "reply_to": None,
            }  # fmt: skip
            assert await frame(socket) == {
                "type": "reply", "id": "re:m1", "text": "@Bob 129元", "answers": ["m1"],
                "facts": [{"id": "A1.price", "text": "129 CNY"}], "source": "template", "at": 50.0,
            }  # fmt: skip


async def test_a_client_may_say_when_and_as_whom() -> None:
    async with served(name="demo") as at, at.room.connect() as session, at.client() as socket:
        await send(socket, id="x", author_id="7", role="moderator", sent_at=3.5, reply_to="w")
        assert await anext(session.messages()) == ChatMessage(
            "x", "room", "room/demo", "Bob", "7", "moderator", "多少钱", 3.5, "w"
        )


@pytest.mark.parametrize("role", ["subscriber", "vip"])
async def test_paying_roles_are_heard_as_viewers(role: str) -> None:
    async with served() as at, at.room.connect() as session, at.client() as socket:
        await send(socket, role=role)
        assert (await anext(session.messages())).role == "viewer"


async def test_a_new_client_reads_the_last_lines() -> None:
    async with served(history=2) as at, at.client() as one:
        for number in range(3):
            await send(one, id=f"m{number}")
            await frame(one)
        at.room.say(REPLY)
        async with connect(at.url) as two:
            history = await frame(two)
    assert history["room"] == "room/local"
    assert [item["id"] for item in history["items"]] == ["m2", "re:m1"]


async def test_the_same_id_is_the_same_message() -> None:
    async with served() as at, at.client() as socket:
        await send(socket, id="m1")
        await send(socket, id="m1", text="again")
        await send(socket, id="m2")
        assert [(await frame(socket))["id"] for _ in range(2)] == ["m1", "m2"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "expected a message"),
        ("[]", "expected a message"),
        ("{}", "missing required field"),
        (json.dumps(SAID | {"type": "reply"}), "Invalid value 'reply'"),
        (json.dumps(SAID | {"role": "bot"}), "Invalid enum value 'bot'"),
        (json.dumps(SAID | {"text": " \n"}), "text"),
        (json.dumps(SAID | {"text": "x" * 2001}), "2000"),
        (json.dumps(SAID | {"author": "x" * 51}), "50"),
        (json.dumps(SAID | {"author": 7}), "Expected `str`"),
        (json.dumps(SAID | {"sent_at": 1e300}), "sent_at"),
        (json.dumps(SAID)[:-1] + ',"id":"\\ud800"}', "expected a message"),
        ("x" * (FRAME + 1), f"at most {FRAME} bytes"),
        (b"\xff", "text frame"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_connection_lives_on(
    bad: str | bytes, reason: str
) -> None:
    async with served() as at, at.client() as socket:
        await socket.send(bad)
        answer = await frame(socket)
        assert answer["type"] == "error"
        assert reason in answer["reason"]
        await send(socket, text="x" * 2000)
        assert (await frame(socket))["type"] == "message"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "http://[bad"},
        {"Origin": "http://evil.example:{port}", "Host": "evil.example:{port}"},
        {"Host": "evil.example"},
        {"Host": "[bad"},
        {"Host": ""},
    ],
)
async def test_another_website_reaches_neither_page_nor_socket(headers: dict[str, str]) -> None:
    async with served() as at:
        sent = {key: value.format(port=at.port) for key, value in headers.items()}
        base = f"http://127.0.0.1:{at.port}/room/"
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        async with httpx.AsyncClient() as http:
            assert (await http.get(base, headers=sent)).status_code == 403
            assert (await http.get(base + "room.js", headers=sent)).status_code == 403
            refused = await http.get(base + "ws", headers={**sent, **upgrade})
            assert refused.status_code == 403
        assert not at.room.clients


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:1", "shop.test"])
async def test_its_own_page_reaches_it(host: str) -> None:
    async with served(hosts=["shop.test"]) as at, httpx.AsyncClient() as http:
        name = host.format(port=at.port)
        headers = {"Host": name, "Origin": f"http://{name}"}
        url = f"http://127.0.0.1:{at.port}/room"
        answer = await http.get(url + "/", headers=headers)
        assert answer.status_code == 200
        assert "<!doctype html>" in answer.text
        assert (await http.get(url + "/room.css", headers=headers)).status_code == 200
        assert (await http.get(url + "/../room.py", headers=headers)).status_code == 404
    async with served() as at, at.client(origin=f"http://127.0.0.1:{at.port}"):
        assert len(at.room.clients) == 1


async def test_a_client_that_does_not_read_is_dropped_and_the_others_stay() -> None:
    big = Reply("re:1", "room/local", "x" * 50_000, "model", (), ("m",))
    async with served(history=0) as at, at.client() as quick, at.client(max_queue=1) as slow:
        while len(at.room.clients) == 2:
            at.room.say(big)
            await frame(quick)
        with pytest.raises(ConnectionClosedError):
            await drain(slow)
        at.room.say(REPLY)
        assert (await frame(quick))["id"] == "re:m1"


async def test_more_clients_than_fit_are_refused() -> None:
    async with served() as at, at.client():
        (one,) = at.room.clients
        at.room.clients.update(type(one)(one.socket) for _ in range(CLIENTS))
        with pytest.raises(InvalidStatus):
            await connect(at.url)
        at.room.clients.intersection_update({one})


async def test_a_closed_session_lets_go_of_its_reader_and_of_clients_that_wait() -> None:
    async with served() as at, at.client() as socket:
        async with at.room.connect() as session:
            reader = session.messages()
            await send(socket)
            assert (await anext(reader)).text == "多少钱"
        assert [message async for message in reader] == []
        with pytest.raises(Disconnected):
            await session.post(REPLY)
        async with at.room.connect() as again:
            await frame(socket)
            await send(socket, text="后来")
            assert (await anext(again.messages())).text == "后来"


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 65])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        RoomSettings(name=name)
