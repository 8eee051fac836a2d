"""The scripted server before a client that is not ours: tmi.js, in one room with the bot.

It shows that what our adapter is tested against is what others take for Twitch's chat.
"""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.twitch.irc import joined
from bot.model import ChatMessage, Reply
from tests.platforms.twitch_irc import kept, room
from tests.platforms.twitch_irc_server import HOST, LIMIT, TwitchIrc, serving

NODE = shutil.which("node")
FOLDER = os.environ.get("DANMATE_TMI", "")
"""Where ``npm install tmi.js`` was run."""
pytestmark = pytest.mark.skipif(
    NODE is None or not (Path(FOLDER or "none") / "node_modules" / "tmi.js").is_dir(),
    reason="needs node, and DANMATE_TMI: the folder in which npm install tmi.js was run",
)
CLIENT = """
const tmi = require('tmi.js');
const [port, username, token] = process.argv.slice(2);
const tell = (event, ...args) => console.log(JSON.stringify({event, args}));
const client = new tmi.Client({
  options: {debug: false, skipUpdatingEmotesets: true},
  logger: {info() {}, warn() {}, error() {}},
  connection: {server: '127.0.0.1', port: Number(port), secure: false, reconnect: false},
  identity: {username, password: 'oauth:' + token}, channels: ['ann'],
});
for (const event of ['message', 'messagedeleted', 'timeout', 'clearchat', 'slowmode', 'notice',
                     'join', 'roomstate', 'disconnected'])
  client.on(event, (...args) => tell(event, ...args));
require('readline').createInterface({input: process.stdin}).on('line', text =>
  client.say('ann', text).then(() => tell('said', text), error => tell('refused', String(error))));
client.connect().then(() => tell('connected'), error => tell('failed', String(error)));
"""


class Tmi:
    """A running tmi.js."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def say(self, text: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{text}\n".encode())

    async def until(self, event: str) -> list[Any]:
        """Return what comes with the next ``event``."""
        assert self._process.stdout
        async with asyncio.timeout(LIMIT):
            async for line in self._process.stdout:
                told: Mapping[str, Any] = json.loads(line)
                if told["event"] == event:
                    args: list[Any] = told["args"]
                    return args
        raise AssertionError(f"tmi.js ended before {event}")


@asynccontextmanager
async def tmi(twitch: TwitchIrc, token: str = "token-of-bob") -> AsyncIterator[Tmi]:
    twitch.tokens["token-of-bob"] = "bob"
    assert NODE
    process = await asyncio.create_subprocess_exec(
        NODE, "-e", CLIENT, "tmi", str(urlsplit(twitch.url).port), "bob", token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NODE_PATH": str(Path(FOLDER) / "node_modules")},
    )  # fmt: skip
    try:
        yield Tmi(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.fixture
async def twitch() -> AsyncIterator[TwitchIrc]:
    async with serving() as server:
        yield server


async def test_it_logs_in_and_joins(twitch: TwitchIrc) -> None:
    async with tmi(twitch) as other:
        assert (await other.until("join"))[1:] == ["bob", True]
        assert (await other.until("roomstate"))[1]["slow"] is False


async def test_it_is_told_that_its_token_is_refused(twitch: TwitchIrc) -> None:
    async with tmi(twitch, "wrong") as other:
        assert await other.until("failed") == ["Login authentication failed"]


async def test_the_bot_hears_it_and_it_hears_the_bot(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session, tmi(twitch) as other:
        await other.until("roomstate")
        other.say("how much? 多少钱; \\s")
        await other.until("said")
        heard = await anext(aiter(session.messages()))
        assert isinstance(heard, ChatMessage)
        assert (heard.text, heard.author) == ("how much? 多少钱; \\s", "bob")
        await session.post(
            Reply("re:1", "twitch/ann", "$59", "template", (), (), reply_to=heard.id)
        )
        while (told := await other.until("message"))[3]:  # its own lines come back by itself
            pass
        _, tags, text, _ = told
        assert (text, tags["reply-parent-msg-id"]) == ("@bob $59", heard.id)
        assert tags["user-id"] == twitch.user_id("danmate_bot")


async def test_it_is_told_what_moderators_do_and_what_is_refused(twitch: TwitchIrc) -> None:
    async with tmi(twitch) as other:
        await other.until("roomstate")
        await twitch.set_modes("ann", slow=9)
        assert (await other.until("slowmode"))[1:] == [True, 9]
        gone = f"@login=eve;target-msg-id=m1 :{HOST} CLEARMSG #ann :hi"
        await twitch.send(
            "ann", gone, f"@ban-duration=5;target-user-id=9 :{HOST} CLEARCHAT #ann :eve"
        )
        assert (await other.until("messagedeleted"))[1:3] == ["eve", "hi"]
        assert (await other.until("timeout"))[1:4] == ["eve", None, 5]
        await twitch.set_modes("ann", slow=0)
        other.say("hi")
        await other.until("said")
        other.say("hi")
        assert (await other.until("notice"))[1] == "msg_ratelimit"
        await twitch.broadcast(f":{HOST} RECONNECT")
        await other.until("disconnected")
