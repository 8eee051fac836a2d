"""The bridge as a server: what feeders meet at its WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from adapters.bridge import Bridge, BridgeSettings
from adapters.bridge.session import QUEUE, BridgeSession, Item, Outlet
from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.errors import Disconnected, Held, Throttled
from bot.model import ChatMessage, Fact, Removed, Reply, Showing
from bot.web.server import serve
from tests.faults.waiting import until
from tests.platforms.bridge import TOKEN, Feeder, Platform, ServedStage, bridge

FACT = Fact("A1.price", "59 USD", "$59")


def reply(number: int = 1, text: str = "it is $59") -> Reply:
    return Reply(
        f"re:m{number}", "bridge/local", text, "template", (FACT,), (f"m{number}", f"n{number}")
    )


@dataclass
class Opened:
    stage: ServedStage
    session: BridgeSession

    @property
    def platform(self) -> Platform:
        return self.stage.platform

    async def say(self, **frame: object) -> None:
        await self.stage.feeders[-1].send({"type": "message", "text": "a", **frame})

    async def told(self, count: int = 1) -> list[dict[str, Any]]:
        """Return what feeders were told beside replies, once that is ``count`` frames."""
        await self.platform.until(lambda: len(self.platform.told) >= count)
        return self.platform.told


@asynccontextmanager
async def opened(*, feeder: bool = True, **settings: object) -> AsyncIterator[Opened]:
    async with asyncio.timeout(30), bridge(Path(), **settings) as stage:
        async with stage.adapter.connect() as session:
            if feeder:
                await stage.ready()
            yield Opened(stage, session)


async def test_a_reply_goes_out_as_the_contract_says_and_stands_once_posted() -> None:
    async with opened() as at:
        await at.session.post(reply())
        assert at.platform.asked == [
            {
                "type": "reply", "id": "re:m1", "room": "bridge/local", "text": "it is $59",
                "reply_to": "m1", "answers": ["m1", "n1"],
                "facts": [{"id": "A1.price", "text": "59 USD"}],
            }
        ]  # fmt: skip
        assert at.platform.shown == ["it is $59"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("hello", "malformed"),
        ("[]", "object"),
        ('{"type": "message"}', "text"),
        ('{"type": "reply", "id": "re:m1"}', "type"),
        (b'{"type": "message", "text": "a"}', "as text"),
        (b"\xff\x00", "as text"),
    ],
)
async def test_a_frame_that_is_no_object_is_answered_and_the_connection_lives_on(
    frame: str | bytes, reason: str
) -> None:
    async with opened() as at:
        await at.stage.feeders[0].socket.send(frame)
        (error,) = await at.told()
        assert error["type"] == "error"
        assert reason in error["reason"]
        await at.say(id="m1")
        assert isinstance(heard := await anext(at.session.messages()), ChatMessage)
        assert heard.id == "m1"


async def test_an_error_is_not_answered_so_that_two_bots_do_not_go_on_for_ever() -> None:
    async with opened() as at:
        await at.stage.feeders[0].send({"type": "error", "reason": "what?"})
        await at.stage.feeders[0].send("[]")
        assert "array" in (await at.told())[0]["reason"]


async def test_what_is_taken_out_and_shown_is_heard_in_its_order() -> None:
    async with opened() as at:
        for frame in (
            {"type": "delete", "id": "m1"},
            {"type": "clear", "author_id": "42"},
            {"type": "clear"},
            {"type": "showing", "product": "A1", "id": "s1"},
        ):
            await at.stage.feeders[0].send(frame)
        lines = at.session.messages()
        room = "bridge/local"
        assert [await anext(lines) for _ in range(4)] == [
            Removed(room, id="m1"),
            Removed(room, author_id="42"),
            Removed(room),
            Showing(room, "A1", "s1"),
        ]


async def test_the_bots_own_lines_come_with_role_bot() -> None:
    async with opened(account="ShopBot") as at:
        await at.say(author="shopbot", text="it is $59")
        await at.say(author="x", role="bot")
        lines = at.session.messages()
        for _ in range(2):
            assert isinstance(heard := await anext(lines), ChatMessage)
            assert heard.role == "bot"


async def test_the_same_id_is_accepted_once_by_the_queue(store: Store) -> None:
    inbox = Inbox(store)
    async with opened() as at:
        await at.say(id="m1")
        await at.say(id="m1", text="again")
        lines = at.session.messages()
        taken = []
        for _ in range(2):
            heard = await anext(lines)
            assert isinstance(heard, ChatMessage)
            taken.append(await inbox.put(heard))
    assert taken == [True, False]


async def test_an_answer_for_nobody_is_said_to_be_one() -> None:
    async with opened() as at:
        await at.stage.feeders[0].send({"type": "posted", "id": "re:x", "delivery": "sent"})
        assert "no reply of this id" in (await at.told())[0]["reason"]
        await at.session.post(reply())
        await at.stage.feeders[0].send({"type": "posted", "id": "re:m1", "delivery": "sent"})
        assert "no reply of this id" in (await at.told(2))[1]["reason"]


async def test_of_two_feeders_both_are_asked_and_the_first_answer_decides() -> None:
    async with opened(feeder=False) as at:
        quick, late = Platform(), Platform()
        quick.verdict = "held"
        async with (
            Feeder(quick, at.stage.url),
            connect(
                at.stage.url, additional_headers={"Authorization": f"Bearer {TOKEN}"}
            ) as socket,
        ):
            await socket.send("{}")
            await socket.recv()
            with pytest.raises(Held):
                await at.session.post(reply())
            asked = json.loads(await socket.recv())
            assert asked["id"] == "re:m1"
            await socket.send(json.dumps(late.take(asked)))
            assert "no reply of this id" in json.loads(await socket.recv())["reason"]


async def test_a_feeder_that_dies_before_its_answer_may_come_back_and_give_it() -> None:
    async with opened() as at:
        at.platform.verdict = "silent"
        posting = asyncio.ensure_future(at.session.post(reply()))
        await at.stage.feeders[0].socket.wait_closed()
        await until(lambda: not at.session._outlets)
        assert not posting.done()
        await at.stage.ready()
        await at.stage.feeders[0].send({"type": "posted", "id": "re:m1", "delivery": "sent"})
        await posting
        assert len(at.platform.asked) == 1  # it was not repeated


async def test_where_nobody_is_there_nothing_was_posted() -> None:
    async with opened(feeder=False, retry=2.5) as at:
        with pytest.raises(Throttled, match="nobody_connected") as raised:
            await at.session.post(reply())
        assert (raised.value.retry_after, raised.value.room_only) == (2.5, True)


async def test_the_platforms_own_limit_comes_back_with_its_seconds() -> None:
    async with opened() as at:
        at.platform.limit = (2, 30.0)
        await at.session.post(reply(1))
        await at.session.post(reply(2))
        with pytest.raises(Throttled, match="rate") as raised:
            await at.session.post(reply(3))
        assert 0 < raised.value.retry_after <= 30
        assert len(at.platform.shown) == 2


async def test_without_answers_what_was_handed_over_counts_as_posted() -> None:
    async with opened(ack=False) as at:
        read: list[dict[str, Any]] = []
        at.platform.take = lambda frame: read.append(frame) or "sent"  # type: ignore[method-assign,func-returns-value]  # a feeder that only reads
        await at.session.post(reply())
        await until(lambda: bool(read))
        assert [frame["text"] for frame in read] == [reply().text]


@pytest.mark.parametrize("settings", [{"accepted": True}, {}])
async def test_a_line_is_accepted_once_the_next_is_asked_for(settings: dict[str, bool]) -> None:
    async with opened(feeder=False, **settings) as at:
        query = "" if settings else "?accepted=1"
        async with at.stage.feeder(query) as feeder:
            for number in range(3):
                await feeder.send({"type": "message", "text": "a", "id": f"m{number}"})
            lines = at.session.messages()
            await anext(lines)
            assert at.platform.told == []
            await anext(lines)
            assert await at.told() == [{"type": "accepted", "id": "m0"}]
            await anext(lines)
            assert (await at.told(2))[1] == {"type": "accepted", "id": "m1"}


async def test_while_nobody_takes_lines_the_socket_is_not_read_and_none_is_lost() -> None:
    count, padding = 400, "x" * 50_000
    async with opened(queue=10) as at:
        feeder = at.stage.feeders[0]

        async def send() -> None:
            for number in range(count):
                await at.say(id=f"m{number}", padding=padding)

        sending = asyncio.create_task(send())
        await until(lambda: feeder.socket.transport.get_write_buffer_size() > 0)
        assert not sending.done()
        lines = at.session.messages()
        got = [await anext(lines) for _ in range(count)]
        await sending
        assert [heard.id for heard in got if isinstance(heard, ChatMessage)] == [
            f"m{number}" for number in range(count)
        ]


async def test_a_frame_that_is_too_long_is_answered_and_one_that_is_huge_costs_the_connection() -> (
    None
):
    async with opened(frame=1_024) as at:
        await at.say(padding="x" * 1_024)
        assert "at most 1024 bytes" in (await at.told())[0]["reason"]
        huge = at.stage.feeders[0]
        async with at.stage.feeder() as other:
            await at.say(padding="x" * 5_000)
            await huge.socket.wait_closed()
            assert huge.socket.close_code == 1009
            await other.send({"type": "message", "text": "still here", "id": "m2"})
            assert isinstance(heard := await anext(at.session.messages()), ChatMessage)
            assert heard.id == "m2"


async def test_a_feeder_that_is_too_slow_is_let_go() -> None:
    outlet = Outlet()
    for _ in range(QUEUE):
        outlet.offer(Item("{}"))
    assert not outlet.slow
    outlet.offer(Item("{}"))
    assert outlet.slow
    assert outlet.ended.is_set()
    outlet.offer(Item("{}"))
    assert await outlet.next() is None  # what is late is not posted later still


@pytest.mark.parametrize("given", [None, "", "wrong", TOKEN + "x", "tökén"])
async def test_without_the_token_nobody_comes_in(given: str | None) -> None:
    async with opened(feeder=False) as at:
        headers = {} if given is None else {"Authorization": f"Bearer {given}"}
        with pytest.raises(InvalidStatus) as raised:
            await connect(at.stage.url, additional_headers=headers)
        assert raised.value.response.status_code == 401


async def test_other_websites_do_not_pass_even_with_the_token() -> None:
    async with opened(feeder=False) as at:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with pytest.raises(InvalidStatus) as raised:
            await connect(at.stage.url, additional_headers=headers, origin="https://evil.example")  # type: ignore[arg-type]  # a NewType of str
        assert raised.value.response.status_code == 403


async def test_without_a_token_this_machine_may_and_a_rebound_name_may_not() -> None:
    async with opened(feeder=False, token=None) as at:
        async with connect(at.stage.url) as socket:
            await socket.send('{"type": "message", "text": "a", "id": "m1"}')
            assert isinstance(heard := await anext(at.session.messages()), ChatMessage)
            assert heard.id == "m1"
        for url in (at.stage.url, f"ws://127.0.0.1:{at.stage.adapter.port}/"):
            host = {"Host": "evil.example"} if "/ws" in url else {"X-Forwarded-For": "192.0.2.7"}
            with pytest.raises(InvalidStatus) as raised:
                await connect(url, additional_headers=host)
            assert raised.value.response.status_code in (400, 403)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"listen": "0.0.0.0:8765"}, "a token"),
        ({"listen": "shop.example:8765"}, "a token"),
        ({"listen": "8765"}, "host:port"),
        ({"listen": "127.0.0.1:99999"}, "host:port"),
        ({"listen": "a@127.0.0.1:1"}, "host:port"),
        ({"url": "http://127.0.0.1:1/"}, "ws://"),
        ({"url": "ws://u:p@127.0.0.1:1/"}, "without a name or a password"),
        ({"url": "ws://[::1"}, "ws://"),
        ({"url": "ws://127.0.0.1:1", "listen": "127.0.0.1:1"}, "not both"),
        ({"name": "a/b"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        BridgeSettings.model_validate(settings)


async def test_an_address_that_is_taken_may_be_free_later() -> None:
    async with opened() as at:
        taken = {"listen": f"127.0.0.1:{at.stage.adapter.port}"}
        for listen in (taken, {"listen": "192.0.2.1:0", "token": "x"}):
            with pytest.raises(Disconnected, match="listen: "):
                async with Bridge(BridgeSettings.model_validate(listen)).connect():
                    pass


async def test_leaving_lets_feeders_go_with_a_code_that_says_so() -> None:
    async with opened() as at:
        feeder = at.stage.feeders[0]
    assert feeder.socket.close_code == 1001
    with pytest.raises(Disconnected):
        await at.session.post(reply())


async def test_without_a_way_in_of_its_own_it_stands_on_our_web_server() -> None:
    adapter = Bridge(BridgeSettings(name="stall"))
    assert adapter.room == "bridge/stall"
    app = FastAPI()
    page = adapter.app()
    assert page
    app.mount("/bridge", page)
    async with asyncio.timeout(30), serve(app, "127.0.0.1", 0) as port:
        url = f"ws://127.0.0.1:{port}/bridge/ws"
        with pytest.raises(InvalidStatus) as raised:
            await connect(url)
        assert raised.value.response.status_code == 503
        async with adapter.connect() as session:
            async with Feeder(Platform(), url, None) as feeder:
                await feeder.send({"type": "message", "text": "a", "id": "m1"})
                assert isinstance(heard := await anext(session.messages()), ChatMessage)
                assert (heard.id, heard.room) == ("m1", "bridge/stall")
                await session.post(reply())
                assert feeder.platform.shown == ["it is $59"]
        with pytest.raises(ConnectionClosed):
            await feeder.socket.recv()
    for settings in ({"url": "ws://127.0.0.1:1"}, {"listen": "127.0.0.1:0"}):
        assert Bridge(BridgeSettings.model_validate(settings)).app() is None


def test_what_it_can_is_as_it_is_set() -> None:
    assert not Bridge(BridgeSettings()).abilities.reply
    able = Bridge(BridgeSettings(threads=True, length=80)).abilities
    assert (able.reply, able.length, able.send) == (True, 80, True)
