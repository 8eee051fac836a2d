"""What every platform keeps that has a scripted counterpart: heard, posted, refused, cut off."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import pytest

from bot import telemetry
from bot.errors import AuthFailed, Disconnected, Held, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Reply
from bot.ports import Session
from tests.platforms.bilibili_web_stage import bilibili_web
from tests.platforms.bridge import bridge, bridge_client
from tests.platforms.local import local
from tests.platforms.mqtt import mqtt
from tests.platforms.open_live_stage import open_live
from tests.platforms.stage import Stage, Verdict
from tests.platforms.twitch_api import twitch
from tests.platforms.twitch_irc import twitch_irc

STAGES: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Stage]]] = {
    "bilibili-open-live": open_live,
    "bilibili-web": bilibili_web,
    "bridge": bridge,
    "bridge-client": bridge_client,
    "mqtt": mqtt,
    "room": local,
    "twitch": twitch,
    "twitch-irc": twitch_irc,
}
"""By the platform's name, and a dash and more where it has several ways in."""
RAISED: Mapping[Verdict, type[PlatformError]] = {
    "refused": Refused,
    "held": Held,
    "throttled": Throttled,
    "logged_out": AuthFailed,
    "silent": Disconnected,
}
LIMIT = 20.0
P = ParamSpec("P")


@pytest.fixture(params=sorted(STAGES))
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with STAGES[request.param](tmp_path) as set_up:
        yield set_up


def bounded(test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Let a test fail that waits for ever; a fixture, a task of its own, could not stop it."""

    @wraps(test)
    async def within(*args: P.args, **kwargs: P.kwargs) -> None:
        async with asyncio.timeout(LIMIT):
            await test(*args, **kwargs)

    return within


def reply(stage: Stage, text: str = "the hoodie is $59", number: int = 1) -> Reply:
    return Reply(f"re:{number}", stage.adapter.room, text, "template", (), (f"m{number}",))


async def first(session: Session) -> ChatMessage:
    async for heard in session.messages():
        if isinstance(heard, ChatMessage):
            return heard
    raise AssertionError("the messages ended")


@bounded
async def test_a_line_is_heard_as_it_was_said(stage: Stage) -> None:
    async with stage.adapter.connect() as session:
        await stage.ready()
        for role in sorted(stage.roles):
            await stage.say("Ann 小安", "多少钱 🧥 how much?", role)
            heard = await first(session)
            assert (heard.author, heard.text, heard.role) == (
                "Ann 小安",
                "多少钱 🧥 how much?",
                role,
            )
            assert heard.id
            assert heard.room == stage.adapter.room
            assert heard.platform == stage.adapter.platform


@bounded
async def test_a_post_that_returns_is_seen_by_viewers(stage: Stage) -> None:
    async with stage.adapter.connect() as session:
        await stage.ready()
        await session.post(reply(stage))
        assert [*stage.posted] == ["the hoodie is $59"]


@pytest.mark.parametrize("verdict", sorted(RAISED))
@bounded
async def test_each_verdict_has_its_error_and_nothing_is_seen(
    stage: Stage, verdict: Verdict
) -> None:
    if verdict not in stage.verdicts:
        pytest.skip(f"{stage.adapter.platform} has no such verdict")
    async with stage.adapter.connect() as session:
        await stage.ready()
        stage.decide(verdict)
        with pytest.raises(RAISED[verdict]) as raised:
            await session.post(reply(stage))
        if isinstance(raised.value, Throttled):
            assert raised.value.retry_after > 0
        assert str(raised.value)
        assert not stage.posted


@bounded
async def test_a_connection_that_breaks_off_says_so_and_comes_back(stage: Stage) -> None:
    if not stage.breaks:
        pytest.skip("its clients connect to us, and come and go")
    async with stage.adapter.connect() as session:
        await stage.ready()
        reading = asyncio.ensure_future(first(session))
        await stage.cut()
        with pytest.raises(Disconnected):
            await reading
    async with stage.adapter.connect() as session:
        await stage.ready()
        await stage.say("Bob", "still there?")
        assert (await first(session)).text == "still there?"


@bounded
async def test_leaving_closes_every_connection(stage: Stage) -> None:
    tasks = asyncio.all_tasks()
    async with stage.adapter.connect() as session:
        await stage.ready()
    await stage.left()
    assert not {task for task in asyncio.all_tasks() - tasks if "adapters" in str(task.get_coro())}
    with pytest.raises(Disconnected):
        await session.post(reply(stage))


@bounded
async def test_no_secret_is_told(stage: Stage) -> None:
    told = io.StringIO()
    telemetry.configure("debug", "json", told)
    errors = []
    for verdict in sorted(stage.verdicts):
        async with stage.adapter.connect() as session:
            await stage.ready()
            stage.decide(verdict)
            try:
                await session.post(reply(stage))
            except PlatformError as error:
                errors.append(f"{error!r} {error.__cause__!r} {error.__context__!r}")
    shown = " ".join((told.getvalue(), *errors, repr(stage.adapter), str(vars(stage.adapter))))
    assert [secret for secret in stage.secrets if secret in shown] == []
