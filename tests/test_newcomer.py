"""The four steps of the README, done as a newcomer does them, lead into a Twitch channel."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.flow.clock import WallClock
from tests.platforms.twitch_api import BOT, HOST, TwitchServer, running
from tests.platforms.twitch_api_auth import User
from tests.test_readme import TOML

PIPE = asyncio.subprocess.PIPE
LIMIT = 240.0
CLOCK = WallClock()
VIEWER = User("3000", "bob", "Bob")


@pytest.fixture
async def twitch() -> AsyncIterator[TwitchServer]:
    async with running() as server:
        server.clock.ahead = (
            CLOCK.now() - asyncio.get_running_loop().time()
        )  # it has the right time
        yield server


@pytest.fixture
def folder(tmp_path: Path, twitch: TwitchServer) -> Path:
    """A folder after step two: the README's own blocks, with what is the reader's filled in."""
    settings = twitch.settings()
    own = TOML[2].replace("your_channel", settings.channel)
    own = own.replace("the id of the application", settings.client_id)
    for key in ("api", "auth", "eventsub"):  # Twitch is a scripted one here
        own += f'{key} = "{getattr(settings, key)}"\n'
    (tmp_path / "catalog.toml").write_text(TOML[0], "utf-8")
    (tmp_path / "config.toml").write_text(own + "\n[web]\nport = 0\n", "utf-8")
    return tmp_path


@asynccontextmanager
async def danmate(folder: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environ = {
        **os.environ,
        "DANMATE_SECRETS": str(folder / "secrets"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", *words, cwd=folder, env=environ, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def told(stream: asyncio.StreamReader | None, word: str) -> str:
    """Return what a process says until ``word`` is in it."""
    assert stream
    said = ""
    while word not in said:
        chunk = await stream.read(4096)
        assert chunk, f"it ended without {word!r}: {said}"
        said += chunk.decode()
    return said


async def drained(stream: asyncio.StreamReader | None) -> None:
    while stream and await stream.read(65_536):
        pass


@pytest.mark.models
async def test_four_steps_lead_to_a_right_answer(folder: Path, twitch: TwitchServer) -> None:
    async with asyncio.timeout(LIMIT):
        async with danmate(folder, "login", "twitch") as login:
            shown = await told(login.stdout, "waiting")
            assert "activate" in shown
            twitch.auth.agree(BOT)
            assert await login.wait() == 0
        async with danmate(folder, "doctor", "--json") as doctor:
            out, _ = await doctor.communicate()
            checks = json.loads(out)["checks"]
            assert [each for each in checks if "twitch" in each["name"] and not each["ok"]] == []
        async with danmate(folder, "run") as bot:
            await told(bot.stderr, "danmate is ready")
            rest = asyncio.gather(drained(bot.stdout), drained(bot.stderr))
            while not twitch.events.listening("channel.chat.clear", HOST.id):
                await CLOCK.sleep(0.05)
            await twitch.chat.say(twitch.chat.rooms[HOST.id], VIEWER, "1号多少钱")
            while not twitch.posted:
                await CLOCK.sleep(0.05)
            bot.send_signal(signal.SIGINT)
            await bot.wait()
            await rest
        assert bot.returncode == 0
        [answer] = twitch.posted
        assert "129元" in answer
        [post] = twitch.chat.posts
        assert post.reply_to  # it stands under Bob's line, which names him
