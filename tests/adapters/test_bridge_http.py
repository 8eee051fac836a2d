"""The bridge over HTTP: lines by POST, replies by server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.bridge.session import BridgeSession
from bot.errors import Refused
from bot.model import ChatMessage, Reply
from tests.faults.waiting import until
from tests.platforms.bridge import TOKEN, ServedStage, bridge

AUTH = {"Authorization": f"Bearer {TOKEN}"}


def reply(number: int = 1, text: str = "it is $59") -> Reply:
    return Reply(f"re:m{number}", "bridge/local", text, "template", (), (f"m{number}",))


@dataclass
class Opened:
    stage: ServedStage
    session: BridgeSession
    http: httpx.AsyncClient


@asynccontextmanager
async def opened(**settings: object) -> AsyncIterator[Opened]:
    async with asyncio.timeout(30), bridge(Path(), **settings) as stage:
        async with stage.adapter.connect() as session:
            url = f"http://127.0.0.1:{stage.adapter.port}"
            async with httpx.AsyncClient(base_url=url, headers=AUTH, timeout=30) as http:
                yield Opened(stage, session, http)


@asynccontextmanager
async def events(at: Opened) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Read the replies as a program does that knows nothing of WebSocket."""
    async with at.http.stream("GET", "/replies") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.aiter_lines()
        assert await anext(lines) == ": danmate"

        async def read() -> AsyncIterator[dict[str, Any]]:
            async for line in lines:
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

        yield read()


@pytest.mark.parametrize(
    "body",
    [
        '[{"text": "a", "id": "m0"}, {"type": "message", "text": "b", "id": "m1"}]',
        '{"text": "a", "id": "m0"}\n{"text": "b", "id": "m1"}\n',
    ],
)
async def test_lines_are_accepted_once_all_are_in_the_queue(body: str) -> None:
    async with opened() as at:
        posting = asyncio.create_task(at.http.post("/messages", content=body))
        lines = at.session.messages()
        got = [await anext(lines), await anext(lines)]
        assert [heard.id for heard in got if isinstance(heard, ChatMessage)] == ["m0", "m1"]
        assert not posting.done()
        taking = asyncio.ensure_future(anext(lines))
        answer = await posting
        assert (answer.status_code, answer.json()) == (202, {"accepted": 2})
        taking.cancel()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'[{"text": "a"}, {"text": 7}]', "[1]: text: Expected `str`, got `int`"),
        (b'{"text": "a"}\n{"text": 7}', "line 2: text: Expected `str`, got `int`"),
        (b'[{"text": "a"}, {"type": "posted", "id": "r", "delivery": "sent"}]', "type: expected"),
        (b"\xff", "expected an object"),
        (b"", "expected an object"),
    ],
)
async def test_a_bad_body_is_refused_whole_and_told_which_part_is_bad(
    body: bytes, reason: str
) -> None:
    async with opened() as at:
        answer = await at.http.post("/messages", content=body)
        assert answer.status_code == 400
        assert answer.json()["type"] == "error"
        assert reason in answer.json()["reason"]
        posting = asyncio.create_task(at.http.post("/messages", json={"text": "b", "id": "m9"}))
        heard = await anext(at.session.messages())
        assert isinstance(heard, ChatMessage)
        assert heard.id == "m9"  # nothing of the bad one came before it
        posting.cancel()


async def test_a_body_that_is_too_long_is_refused() -> None:
    async with opened(body=1_024) as at:
        assert (await at.http.post("/messages", content=b" " * 1_025)).status_code == 413


async def test_nothing_at_all_is_accepted_at_once() -> None:
    async with opened() as at:
        assert (await at.http.post("/messages", content=b"[]")).status_code == 202


async def test_what_was_not_taken_before_the_end_is_not_acknowledged() -> None:
    async with asyncio.timeout(30), bridge(Path()) as stage:
        async with httpx.AsyncClient(headers=AUTH) as http:
            async with stage.adapter.connect() as session:
                url = f"http://127.0.0.1:{stage.adapter.port}/messages"
                posting = asyncio.create_task(http.post(url, json=[{"text": "a"}, {"text": "b"}]))
                await anext(session.messages())
            answer = await posting
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_reply_goes_out_as_an_event_and_the_answer_comes_by_post() -> None:
    async with opened() as at, events(at) as replies:
        posting = asyncio.create_task(at.session.post(reply()))
        asked = await anext(replies)
        assert (asked["type"], asked["id"], asked["text"]) == ("reply", "re:m1", "it is $59")
        said = {"id": "re:m1", "delivery": "refused", "reason": "banned_word"}
        assert (await at.http.post("/posted", json=said)).status_code == 204
        with pytest.raises(Refused, match="banned_word"):
            await posting
        late = await at.http.post("/posted", json=said)
        assert late.status_code == 400
        assert "no reply of this id" in late.json()["reason"]


@pytest.mark.parametrize("body", ['{"type": "message", "text": "a"}', "{", '{"id": "re:m1"}'])
async def test_a_bad_answer_is_refused(body: str) -> None:
    async with opened() as at:
        assert (await at.http.post("/posted", content=body)).status_code == 400


async def test_a_program_that_only_reads_has_a_reply_once_it_was_sent() -> None:
    async with opened(ack=False) as at, events(at) as replies:
        await at.session.post(reply())
        assert (await anext(replies))["id"] == "re:m1"


async def test_a_quiet_stream_shows_signs_of_life() -> None:
    async with opened(ping=0.01) as at, at.http.stream("GET", "/replies") as answer:
        lines = answer.aiter_lines()
        found = [await anext(lines) for _ in range(6)]
        assert found == [": danmate", "", ":", "", ":", ""]


async def test_the_end_of_the_session_ends_the_stream() -> None:
    async with asyncio.timeout(30), bridge(Path()) as stage:
        async with httpx.AsyncClient(headers=AUTH) as http:
            async with stage.adapter.connect() as session:
                at = Opened(stage, session, http)
                http.base_url = httpx.URL(f"http://127.0.0.1:{stage.adapter.port}")
                async with events(at) as replies:
                    session.end()
                    assert [each async for each in replies] == []
            assert not stage.adapter._front._visits


async def test_a_reader_that_is_too_slow_is_let_go_and_the_others_get_every_reply() -> None:
    async with opened(frame=262_144) as at:
        await at.stage.ready()  # a feeder that answers
        request = (
            f"GET /replies HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", at.stage.adapter.port, limit=128
        )
        writer.write(request.encode())
        await reader.readline()
        while len(at.session._outlets) < 2:
            await reader.readline()
        posted, text = 0, "长" * 20_000
        while not any(outlet.slow for outlet in at.session._outlets):
            posted += 1
            at.stage.platform.limit = (posted, 0.0)
            await at.session.post(reply(posted, text))
        assert len(at.stage.platform.shown) == posted
        writer.transport.abort()
        await until(lambda: len(at.session._outlets) == 1)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/messages"), ("POST", "/posted"), ("GET", "/replies")]
)
async def test_every_path_needs_the_token_and_shuts_out_other_websites(
    method: str, path: str
) -> None:
    async with opened() as at:
        for headers, status in (
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": f"Basic {TOKEN}"}, 401),
            ({"Authorization": ""}, 401),
            ({"Origin": "https://evil.example"}, 403),
        ):
            answer = await at.http.request(method, path, content=b"{}", headers=headers)
            assert answer.status_code == status
            assert TOKEN not in answer.text


async def test_a_scheme_is_read_in_any_case() -> None:
    async with opened() as at:
        headers = {"Authorization": f"bearer {TOKEN}"}
        answer = await at.http.post("/messages", content=b"[]", headers=headers)
        assert answer.status_code == 202
