"""From a platform's frames to its posts and back: what moderators do there is heeded."""

import asyncio
from pathlib import Path

from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.model import Delivered, Outcome
from tests.adapters.flow import CLOCK, Flow
from tests.platforms.twitch_api import HOST, TwitchStage, twitch
from tests.platforms.twitch_api_auth import User

PRICE = "4号多少钱"
VIEWER = User("3000", "bob", "Bob")
LIMIT = 20.0


async def ask(stage: TwitchStage, text: str = PRICE) -> str:
    room = stage.server.chat.rooms[HOST.id]
    return await stage.server.chat.say(room, VIEWER, text)


async def delivered(flow: Flow) -> list[tuple[str, str | None]]:
    """Return what became of the replies, once there is one."""
    while True:
        events = [event for _, event in await Outcomes(flow.store).after(block=0.0, count=1_000)]
        if found := [each for each in events if isinstance(each, Delivered)]:
            return [(each.delivery, each.reason) for each in found]
        await CLOCK.sleep(0.02)


async def outcomes(flow: Flow, count: int) -> list[Outcome]:
    while True:
        events = [event for _, event in await Outcomes(flow.store).after(block=0.0, count=1_000)]
        if len(found := [each for each in events if isinstance(each, Outcome)]) >= count:
            return found
        await CLOCK.sleep(0.02)


async def test_a_deletion_cancels_the_answer_that_waits(store: Store, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), twitch(tmp_path) as stage:
        flow = Flow(stage, store)
        async with flow.running():
            asked = await ask(stage)
            assert (await outcomes(flow, 1))[0].outcome == "answered"  # and its reply waits
            target = {"broadcaster_user_id": HOST.id, "target_user_id": VIEWER.id}
            gone = {**target, "message_id": asked}
            await stage.server.events.publish("channel.chat.message_delete", HOST.id, gone)
            assert await delivered(flow) == [("not_sent", "deleted")]
        assert stage.posted == []


async def test_the_answer_stands_under_the_question_and_comes_back_as_ours(
    store: Store, tmp_path: Path
) -> None:
    async with asyncio.timeout(LIMIT), twitch(tmp_path) as stage:
        flow = Flow(stage, store)
        async with flow.running():
            asked = await ask(stage)
            assert await delivered(flow) == [("sent", None)]
            [post] = stage.server.chat.posts
            assert post.reply_to == asked
            assert "59元" in post.text
            assert "@" not in post.text  # the thread names who asked
            found = await outcomes(flow, 2)
            assert [(each.message.role, each.outcome) for each in found] == [
                ("viewer", "answered"),
                ("bot", "ignored"),
            ]


async def test_off_by_a_moderator_of_the_platform_silences_what_waits(
    store: Store, tmp_path: Path
) -> None:
    async with asyncio.timeout(LIMIT), twitch(tmp_path) as stage:
        flow = Flow(stage, store)
        async with flow.running():
            await ask(stage)
            await outcomes(flow, 1)
            await stage.say("Mod", "!bot off", "moderator")
            assert await delivered(flow) == [("not_sent", "off")]
            await ask(stage, "几点下播")
            assert [each.reason for each in await outcomes(flow, 3)][-1] == "off"
        assert stage.posted == []
