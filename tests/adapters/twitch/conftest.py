"""A scripted Twitch, a vault with the log-in of its bot, and the bot in its room."""

from collections.abc import AsyncIterator

import pytest

from bot.ports import Session
from tests.platforms.twitch_api import Memory, TwitchServer, running


@pytest.fixture
async def server() -> AsyncIterator[TwitchServer]:
    async with running() as made:
        yield made


@pytest.fixture
async def vault(server: TwitchServer) -> Memory:
    made = Memory()
    await server.kept(made)
    return made


@pytest.fixture
async def session(server: TwitchServer, vault: Memory) -> AsyncIterator[Session]:
    async with server.twitch(vault).connect() as made:
        yield made
