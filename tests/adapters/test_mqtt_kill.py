"""What a kill -9 of the reader leaves on the broker: between delivery and queue nothing is lost."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.model import ChatMessage
from tests.faults.waiting import until
from tests.platforms.mqtt import BASE, PASSWORD, MqttStage, mqtt

READER = """
import asyncio, json, sys
from adapters.mqtt import Mqtt, MqttSettings

async def main(settings, most):
    async with Mqtt(MqttSettings.model_validate_json(settings)).connect() as session:
        got = 0
        async for heard in session.messages():  # what is printed was delivered, and is put nowhere
            print(heard.id, flush=True)
            got += 1
            if got == most:
                await asyncio.Event().wait()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@dataclass
class Reader:
    """A reader in a process of its own, which stands still with its last line in hand."""

    process: asyncio.subprocess.Process

    async def lines(self, count: int) -> list[str]:
        assert self.process.stdout
        return [(await self.process.stdout.readline()).decode().strip() for _ in range(count)]

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def reader(stage: MqttStage, most: int) -> AsyncIterator[Reader]:
    settings = stage.adapter.settings
    plain = settings.model_dump(mode="json") | {"password": PASSWORD}
    command = (sys.executable, "-c", READER, json.dumps(plain), str(most))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield Reader(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def publish(stage: MqttStage, count: int, *, ids: bool = True) -> None:
    async with stage.broker.client() as client:
        for number in range(count):
            frame = {"type": "message", "text": f"line {number}"}
            named = frame | {"id": f"m{number}"} if ids else frame
            await client.publish(f"{BASE}/in", json.dumps(named), qos=1)


async def heard(stage: MqttStage, last: str) -> list[ChatMessage]:
    """Return what a new reader hears, up to the text ``last``."""
    got = []
    async with stage.adapter.connect() as session:
        async for each in session.messages():
            assert isinstance(each, ChatMessage)
            got.append(each)
            if each.text == last:
                break
    return got


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("ids", [True, False])
async def test_what_a_killed_reader_had_in_hand_is_delivered_again(
    tmp_path: Path, store: Store, protocol: str, *, ids: bool
) -> None:
    inbox, count = Inbox(store), 8
    async with asyncio.timeout(120), mqtt(tmp_path, protocol=protocol) as stage:
        async with stage.adapter.connect():
            pass  # the broker keeps what comes from now on
        await publish(stage, count, ids=ids)
        async with reader(stage, 3) as first:
            delivered = await first.lines(3)
            await first.kill()
        got = await heard(stage, f"line {count - 1}")
        assert delivered[-1] in {message.id for message in got}
        assert [message.text for message in got][-(count - 2) :] == [
            f"line {number}" for number in range(2, count)
        ]
        taken = [await inbox.put(message) for message in got + got]
        assert sum(taken) == len(got)  # the same line has the same id however often it comes


async def test_a_reader_that_had_acknowledged_nothing_loses_nothing(tmp_path: Path) -> None:
    async with asyncio.timeout(120), mqtt(tmp_path) as stage:
        async with stage.adapter.connect():
            pass
        await publish(stage, 20)
        for _ in range(2):
            async with reader(stage, 1) as killed:
                assert await killed.lines(1) == ["m0"]
                await killed.kill()
        assert [message.id for message in await heard(stage, "line 19")] == [
            f"m{number}" for number in range(20)
        ]


async def test_the_broker_says_offline_for_a_reader_that_was_killed(tmp_path: Path) -> None:
    async with asyncio.timeout(120), mqtt(tmp_path) as stage:
        async with reader(stage, 1) as killed:
            await stage.ready()
            assert stage.states == ["online"]
            await stage.say("Bob", "多少钱")
            await killed.lines(1)
            await killed.kill()
            await until(lambda: stage.states == ["online", "offline"])
