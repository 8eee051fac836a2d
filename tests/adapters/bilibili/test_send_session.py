"""Reading and posting together: what we say comes back to us, and must not be answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.bilibili import BilibiliSession
from bot.errors import Disconnected, Refused
from bot.model import ChatMessage, Reply
from tests.platforms.bilibili_web import NAME, UID
from tests.platforms.bilibili_web_stage import BilibiliWebStage, bilibili_web
from tests.platforms.danmaku import OWNER


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[BilibiliWebStage]:
    async with bilibili_web(tmp_path) as set_up:
        yield set_up


async def first(session: BilibiliSession) -> ChatMessage:
    async for heard in session.messages():
        if isinstance(heard, ChatMessage):
            return heard
    raise AssertionError("the messages ended")


def reply(text: str, reply_to: str | None = None, *names: str) -> Reply:
    return Reply("re:1", "bilibili/6", text, "template", (), ("m1",), names, reply_to)


@pytest.mark.parametrize("owner", [OWNER, UID])
async def test_own_messages_make_no_loop_even_in_the_own_room(
    stage: BilibiliWebStage, owner: int
) -> None:
    stage.platform.owner = owner
    async with stage.adapter.connect() as session:
        await stage.ready()
        await session.post(reply("加绒卫衣129元。全国包邮，48小时内发货哦"))
        for part in ("加绒卫衣129元。(1/2)", "全国包邮，48小时内发货哦(2/2)"):
            heard = await first(session)
            assert (heard.author, heard.text, heard.role) == (NAME, part, "bot")


async def test_an_answer_stands_under_the_line_that_was_heard(stage: BilibiliWebStage) -> None:
    async with stage.adapter.connect() as session:
        await stage.ready()
        await stage.say("小安", "多少钱")
        asked = await first(session)
        await session.post(reply("129元", asked.id, asked.author))
    (form,) = stage.platform.forms
    told = form["msg"], form["reply_mid"], form["reply_uname"], form["replay_dmid"]
    assert told == ("129元", asked.author_id, "小安", asked.id)


async def test_what_was_swallowed_is_not_heard(stage: BilibiliWebStage) -> None:
    async with stage.adapter.connect() as session:
        await stage.ready()
        stage.decide("refused")
        with pytest.raises(Refused, match="filtered"):
            await session.post(reply("129元"))
        await stage.say("小安", "多少钱")
        assert (await first(session)).text == "多少钱"


async def test_the_danmaku_connection_and_the_posts_end_together(stage: BilibiliWebStage) -> None:
    async with stage.adapter.connect() as session:
        await stage.ready()
        await session.post(reply("129元"))
    await stage.left()
    assert not stage.platform.danmaku.open
    with pytest.raises(Disconnected):
        await session.post(reply("129元"))
