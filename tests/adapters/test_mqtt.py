"""A room over MQTT, on a real broker: what is lost, what is doubled, what is refused."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from aiomqtt import ProtocolVersion
from pydantic import SecretStr, ValidationError

from adapters.mqtt import Mqtt, MqttSession, MqttSettings
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused
from bot.model import ChatMessage, Removed, Reply, Showing
from tests.faults.waiting import until
from tests.platforms.mqtt import BASE, PASSWORD, Broker, MqttStage, found, mqtt, running

PROTOCOLS = ["5", "3.1.1"]
REPLY = Reply("re:m1", "mqtt/local", "it is $59", "template", (), ("m1",))


@asynccontextmanager
async def opened(folder: Path, **settings: object) -> AsyncIterator[tuple[MqttStage, MqttSession]]:
    async with asyncio.timeout(60), mqtt(folder, **settings) as stage:
        async with stage.adapter.connect() as session:
            await stage.ready()
            yield stage, session


async def take(session: MqttSession, count: int) -> list[str]:
    """Return the ids of the next ``count`` messages."""
    lines, got = session.messages(), []
    for _ in range(count):
        heard = await anext(lines)
        assert isinstance(heard, ChatMessage)
        got.append(heard.id)
    return got


async def accept(session: MqttSession, count: int) -> None:
    """Take messages and ask for one more, as a gateway does."""
    got = []

    async def read() -> None:
        async for heard in session.messages():
            got.append(heard)  # noqa: PERF401 - the others see it grow

    reading = asyncio.create_task(read())
    await until(lambda: len(got) == count)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def fails(adapter: Mqtt, error: type[PlatformError]) -> str:
    files = len(os.listdir("/dev/fd"))  # noqa: PTH208 - a count
    with pytest.raises(error) as raised:
        await _enter(adapter)
    await until(lambda: len(os.listdir("/dev/fd")) <= files)  # noqa: PTH208 - a count
    shown = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__context__!r}"
    assert PASSWORD not in shown
    return str(raised.value)


async def _enter(adapter: Mqtt) -> None:
    async with asyncio.timeout(60), adapter.connect():
        pass


async def test_what_is_taken_out_and_shown_is_heard_in_its_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as (stage, session):
        await stage.publish('{"type": "delete", "id": "m1"}')
        await stage.publish('{"type": "clear", "author_id": "42"}')
        await stage.publish('{"type": "showing", "product": 3, "id": "s1"}')
        lines = session.messages()
        assert [await anext(lines) for _ in range(3)] == [
            Removed("mqtt/local", id="m1"),
            Removed("mqtt/local", author_id="42"),
            Showing("mqtt/local", "3", "s1"),
        ]


async def test_a_frame_that_is_no_object_is_answered_and_not_sent_again(tmp_path: Path) -> None:
    async with mqtt(tmp_path) as stage:
        async with stage.adapter.connect() as session:
            await stage.ready()
            for frame in ("[]", '{"type": "posted", "id": "re:1", "delivery": "sent"}'):
                await stage.publish(frame)
            await stage.publish('{"type": "message", "text": "a"}', "posted")
            await stage.platform.until(lambda: len(stage.platform.told) == 3)
            reasons = [told["reason"] for told in stage.platform.told]
            assert "array" in reasons[0]
            assert "a topic of its own" in reasons[1]
            assert "expected posted" in reasons[2]
            await stage.publish('{"type": "error", "reason": "what?"}')
        async with stage.adapter.connect() as session:
            await stage.publish('{"type": "message", "text": "a", "id": "m1"}')
            assert await take(session, 1) == ["m1"]
            assert len(stage.platform.told) == 3  # an error is not answered


async def test_a_line_that_the_broker_had_retained_is_not_heard(tmp_path: Path) -> None:
    async with mqtt(tmp_path) as stage:
        async with stage.broker.client() as other:
            old = '{"type": "message", "text": "old", "id": "old"}'
            await other.publish(f"{BASE}/in", old, qos=1, retain=True)
        async with stage.adapter.connect() as session:
            await stage.ready()
            await stage.publish('{"type": "message", "text": "a", "id": "m1"}')
            assert await take(session, 1) == ["m1"]


async def test_an_answer_for_nobody_is_passed_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as (stage, session):
        await stage.publish('{"type": "posted", "id": "re:other", "delivery": "held"}', "posted")
        await session.post(REPLY)
        assert stage.platform.shown == ["it is $59"]
        assert stage.platform.told == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_what_is_published_while_we_are_away_arrives(tmp_path: Path, protocol: str) -> None:
    async with asyncio.timeout(60), mqtt(tmp_path, protocol=protocol) as stage:
        async with stage.adapter.connect() as session:
            await stage.ready()
            await stage.publish('{"type": "message", "text": "a", "id": "m0"}')
            await accept(session, 1)
        for number in (1, 2):
            frame = {"type": "message", "text": "a", "id": f"m{number}"}
            await stage.publish(json.dumps(frame))
        async with stage.adapter.connect() as session:
            assert await take(session, 2) == ["m1", "m2"]


async def test_a_broker_that_dies_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    async with asyncio.timeout(60), mqtt(tmp_path) as stage:
        published, got = [f"m{number}" for number in range(40)], set[str]()

        async def read(session: MqttSession) -> None:
            async for heard in session.messages():
                assert isinstance(heard, ChatMessage)
                got.add(heard.id)

        async with stage.adapter.connect() as session:
            await stage.ready()
            for name in published[:20]:
                await stage.publish(json.dumps({"type": "message", "text": "a", "id": name}))
            got |= {*await take(session, 10)}
            await stage.cut()
            with pytest.raises(Disconnected):
                await read(session)
            with pytest.raises(Disconnected):
                await session.post(REPLY)
        async with stage.adapter.connect() as session:
            await stage.ready()
            reading = asyncio.create_task(read(session))
            for name in published[20:]:
                await stage.publish(json.dumps({"type": "message", "text": "a", "id": name}))
            await until(lambda: got == {*published})
            await session.post(REPLY)
        await reading


async def test_two_readers_of_a_group_share_the_lines_and_hear_none_twice(tmp_path: Path) -> None:
    async with asyncio.timeout(60), mqtt(tmp_path, share="g", client_id="one") as stage:
        other = stage.reader(share="g", client_id="two")
        published = {f"m{number}" for number in range(60)}
        got = dict[str, list[str]](one=[], two=[])

        async def read(session: MqttSession, name: str) -> None:
            async for heard in session.messages():
                assert isinstance(heard, ChatMessage)
                got[name].append(heard.id)

        async with stage.adapter.connect() as one, other.connect() as two:
            reading = [
                asyncio.create_task(read(session, name))
                for name, session in (("one", one), ("two", two))
            ]
            async with stage.broker.client() as client:
                for name in sorted(published):
                    frame = json.dumps({"type": "message", "text": "a", "id": name})
                    await client.publish(f"{BASE}/in", frame, qos=1)
            await until(lambda: len(got["one"]) + len(got["two"]) >= len(published))
        await asyncio.gather(*reading)
        assert sorted(got["one"] + got["two"]) == sorted(published)
        assert got["one"]
        assert got["two"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_wrong_password_is_no_case_for_a_retry(tmp_path: Path, protocol: str) -> None:
    async with running(tmp_path) as broker:
        adapter = MqttStage(broker, password=SecretStr("wrong"), protocol=protocol).adapter
        assert "Not authorized" in await fails(adapter, AuthFailed)


async def test_a_topic_that_is_not_ours_is_no_case_for_a_retry() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A broker of MQTT 5 as far as this needs; mosquitto lets anybody subscribe."""
        await packet(reader)
        writer.write(b"\x20\x03\x00\x00\x00")  # CONNACK
        asked = await packet(reader)
        writer.write(b"\x90\x04" + asked[:2] + b"\x00\x87")  # SUBACK: not authorised
        await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        adapter = Mqtt(MqttSettings(host="127.0.0.1", port=port, prefix="shop"))
        with pytest.raises(AuthFailed, match=f"{BASE}/in refused: Not authorized"):
            await _enter(adapter)


async def packet(reader: asyncio.StreamReader) -> bytes:
    """Return a packet's content; those here have one byte of length."""
    _, length = await reader.readexactly(2)
    return await reader.readexactly(length)


async def test_nobody_there_or_one_who_is_silent_is_tried_again(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closed.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    adapter = Mqtt(MqttSettings(host="127.0.0.1", port=port, timeout=0.2))
    async with server:
        with pytest.raises(Disconnected, match="timed out"):
            await _enter(adapter)
        closed.set()
    assert "refused" in await fails(adapter, Disconnected)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("transport", ["tcp", "websockets"])
async def test_while_nobody_takes_lines_no_more_than_may_wait_is_read(
    tmp_path: Path, protocol: str, transport: Literal["tcp", "websockets"]
) -> None:
    count, padding = 300, "x" * 2_000
    async with asyncio.timeout(60), running(tmp_path, "max_inflight_messages 0") as broker:
        port = broker.port if transport == "tcp" else broker.websocket
        stage = MqttStage(broker, queue=4, protocol=protocol, transport=transport, port=port)
        async with stage.adapter.connect() as session:
            await stage.ready()
            for number in range(count):
                frame = {"type": "message", "text": "a", "id": f"m{number}", "padding": padding}
                await stage.publish(json.dumps(frame))
            for number in range(count):
                assert session._broker._queue.qsize() <= 4
                assert await take(session, 1) == [f"m{number}"]
        await stage.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("ack", [True, False])
async def test_what_became_of_a_reply_is_heard_while_lines_wait(
    tmp_path: Path, protocol: str, *, ack: bool
) -> None:
    """Nobody takes a line, and more wait than may: an answer does not stand behind them."""
    count = 60
    async with asyncio.timeout(60), running(tmp_path, "max_inflight_messages 0") as broker:
        stage = MqttStage(broker, queue=4, protocol=protocol, ack=ack)
        async with stage.adapter.connect() as session:
            await stage.ready()
            for number in range(count):
                frame = {"type": "message", "text": "a", "id": f"m{number}", "padding": "x" * 2_000}
                await stage.publish(json.dumps(frame))
            await until(session._exchange._lines.full)
            await session.post(REPLY)
            await until(lambda: stage.platform.shown == ["it is $59"])
            stage.decide("refused")
            if ack:
                with pytest.raises(Refused):
                    await session.post(replace(REPLY, id="re:m2"))
            assert session._exchange._lines.full()
            assert await take(session, count) == [f"m{number}" for number in range(count)]
        await stage.close()


async def test_the_end_of_either_connection_ends_the_session(tmp_path: Path) -> None:
    async with opened(tmp_path) as (stage, session):
        name = f"{stage.adapter.settings.identifier}-replies"
        async with stage.broker.client(identifier=name):
            pass
        with pytest.raises(Disconnected):
            await take(session, 1)
        with pytest.raises(Disconnected):
            await session.post(REPLY)


async def test_a_reply_that_nobody_fetched_is_forgotten_by_the_broker(tmp_path: Path) -> None:
    async with asyncio.timeout(60), mqtt(tmp_path, ack=False) as stage:
        async with stage.broker.client(protocol=ProtocolVersion.V5) as feeder:
            await feeder.subscribe(f"{BASE}/out", qos=1)
            async with stage.adapter.connect() as session:
                await session.post(REPLY)  # no answer is waited for: the broker has it
                message = await anext(aiter(feeder.messages))
                assert json.loads(bytes(message.payload))["id"] == "re:m1"
                assert 0 < getattr(message.properties, "MessageExpiryInterval", 0) <= 10


async def test_a_broker_is_reached_over_websocket_too(tmp_path: Path) -> None:
    async with asyncio.timeout(60), running(tmp_path) as broker:
        stage = MqttStage(broker, transport="websockets", port=broker.websocket)
        async with stage.adapter.connect() as session:
            await stage.ready()
            await stage.say("Bob", "多少钱")
            await take(session, 1)
            await session.post(REPLY)
            assert stage.posted == [REPLY.text]
        await stage.left()
        await stage.close()


async def test_a_certificate_is_checked(tmp_path: Path) -> None:
    key, ca = tmp_path / "key.pem", tmp_path / "ca.pem"
    make = (
        f"{found('openssl')} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {ca}"
    )
    subprocess.run(make.split(), check=True, capture_output=True)  # noqa: ASYNC221 - a moment
    async with asyncio.timeout(60):
        broker = Broker(tmp_path, secure=(f"certfile {ca}", f"keyfile {key}"))
        await broker.start()
        try:
            with_ca = MqttStage(broker, port=broker.tls, tls=True, ca=ca).adapter
            await _enter(with_ca)
            without = MqttStage(broker, port=broker.tls, tls=True).adapter
            assert "certificate" in await fails(without, Disconnected)
            missing = MqttStage(broker, port=broker.tls, tls=True, ca=tmp_path / "no").adapter
            assert "cannot be read" in await fails(missing, Disconnected)
        finally:
            broker.kill()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_look_at_the_broker_disturbs_nobody(tmp_path: Path, protocol: str) -> None:
    async with opened(tmp_path, protocol=protocol) as (stage, session):
        (check,) = await stage.adapter.examine()
        assert check.ok
        wrong = stage.reader(password=SecretStr("wrong"), protocol=protocol)
        (check,) = await wrong.examine()
        assert (check.ok, "Not authorized" in check.text, bool(check.mend)) == (False, True, True)
        await stage.publish('{"type": "message", "text": "a", "id": "m1"}')
        assert await take(session, 1) == ["m1"]
        assert stage.states == ["online"]
    (check,) = await stage.adapter.examine()
    assert (check.ok, "refused" in check.text) == (False, True)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"share": "g", "protocol": "3.1.1", "client_id": "a"}, 'protocol = "5"'),
        ({"share": "g"}, "client_id"),
        ({"ca": "ca.pem"}, "tls = true"),
        ({"prefix": "a/#"}, "pattern"),
        ({"prefix": "$SYS"}, "pattern"),
        ({"name": "a/b"}, "pattern"),
        ({"port": 0}, "greater"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MqttSettings.model_validate(settings)


def test_topics_and_names_are_as_the_contract_says() -> None:
    adapter = Mqtt(MqttSettings(name="stall", prefix="shop"))
    topic = adapter.settings.topic
    assert (topic("in"), topic("out")) == ("shop/stall/in", "shop/stall/out")
    assert (topic("posted"), topic("status")) == ("shop/stall/posted", "shop/stall/status")
    assert adapter.room == "mqtt/stall"
    assert adapter.settings.identifier == "danmate-shop-stall"
    assert adapter.app() is None
