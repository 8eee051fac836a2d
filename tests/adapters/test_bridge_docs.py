"""docs/bridge.md does what it says: its feeder, its curl, its mosquitto_pub, its tables."""

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import tomli
from pydantic import BaseModel, SecretStr

from adapters.bridge import BridgeSettings
from adapters.mqtt import MqttSettings
from adapters.wire import bridge as wire
from bot.model import ChatMessage, Reply
from tests.platforms.bridge import TOKEN, bridge
from tests.platforms.mqtt import PASSWORD, found, mqtt

TEXT = (Path(__file__).parents[2] / "docs" / "bridge.md").read_text("utf-8")
REPLY = Reply("re:m1", "bridge/local", "it is $59", "template", (), ("m1",))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@asynccontextmanager
async def process(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, env={**os.environ, **environ}
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def run(shell: str, **environ: str) -> str:
    """Run a command of the text, its variables filled in."""
    words = [os.path.expandvars(word) for word in shlex.split(shell.replace("\\\n", " "))]
    words = [re.sub(r"\$(\w+)", lambda name: environ.get(name[1], name[0]), word) for word in words]
    async with process(found(words[0]), *words[1:]) as running:
        out, _ = await running.communicate()
    assert running.returncode == 0
    return out.decode()


async def test_the_feeder_says_what_is_typed_and_prints_what_is_answered() -> None:
    (source,) = blocks("python")
    assert len(source.splitlines()) <= 35
    async with asyncio.timeout(60), bridge(Path()) as stage, stage.adapter.connect() as session:
        environ = {"BRIDGE_URL": stage.url, "BRIDGE_TOKEN": TOKEN}
        async with process(sys.executable, "-c", source, **environ) as feeder:
            assert feeder.stdin
            assert feeder.stdout
            feeder.stdin.write("how much 多少钱?\n".encode())
            heard = await anext(session.messages())
            assert isinstance(heard, ChatMessage)
            assert (heard.author, heard.text) == ("Ann", "how much 多少钱?")
            await session.post(REPLY)
            assert await feeder.stdout.readline() == b"bot: it is $59\n"


async def test_the_line_for_curl_puts_a_message_into_the_queue() -> None:
    (command,) = (block for block in blocks("sh") if block.startswith("curl"))
    async with asyncio.timeout(60), bridge(Path()) as stage, stage.adapter.connect() as session:
        command = command.replace("8766", str(stage.adapter.port))
        calling = asyncio.create_task(run(command, BRIDGE_TOKEN=TOKEN))
        lines = session.messages()
        heard = await anext(lines)
        assert isinstance(heard, ChatMessage)
        assert (heard.id, heard.author, heard.text) == ("m1", "Ann", "how much is it?")
        asking = asyncio.ensure_future(anext(lines))
        assert json.loads(await calling) == {"accepted": 1}
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def test_the_line_for_mosquitto_pub_is_heard(tmp_path: Path) -> None:
    (command,) = (block for block in blocks("sh") if block.startswith("mosquitto_pub"))
    settings = {"prefix": "danmate", "name": "stall"}
    async with asyncio.timeout(60), mqtt(tmp_path, **settings) as stage:
        async with stage.adapter.connect() as session:
            command = command.replace("1883", str(stage.broker.port))
            await run(command, MQTT_PASSWORD=PASSWORD)
            heard = await anext(session.messages())
            assert isinstance(heard, ChatMessage)
            assert (heard.id, heard.author, heard.text) == ("m1", "Ann", "how much is it?")


def test_the_rooms_of_the_text_can_be_configured() -> None:
    schemas: tuple[type[BaseModel], ...] = (BridgeSettings, MqttSettings)
    for block, schema in zip(blocks("toml"), schemas, strict=True):
        (room,) = tomli.loads(block)["rooms"]
        keys = {key: value for key, value in room.items() if key not in ("platform", "catalog")}
        secret = {key: SecretStr(value) for key, value in keys.items() if "env:" in str(value)}
        assert schema.model_validate(keys | secret)


@pytest.mark.parametrize("schema", [BridgeSettings, MqttSettings])
def test_every_key_is_named(schema: type[BaseModel]) -> None:
    platform = schema.__name__.removesuffix("Settings").lower()
    part = TEXT.split(f"Of `{platform}`:")[1].split("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", part)) - {"reply_to"}
    assert named == set(schema.model_fields)


def test_what_feeders_send_in_the_table_is_understood() -> None:
    shown = re.findall(r"^\| `(\{.*?\})` \|", TEXT, re.MULTILINE)
    told = [json.loads(each) for each in shown if "…" not in each]
    incoming = [each for each in told if each["type"] != "accepted"]
    assert {wire.decode(json.dumps(each)).__class__.__name__ for each in incoming} == {
        "Said", "Deleted", "Cleared", "Shown", "Posted",
    }  # fmt: skip


def test_the_limits_of_the_text_are_those_of_the_code() -> None:
    assert f"an object {wire.FRAME:,} bytes" in TEXT
    assert "`text` has at most 2,000 characters" in TEXT
    assert MqttSettings().keep == 86_400  # "a day"
    assert MqttSettings().expiry == 10  # "ten seconds"
