"""The scripted platform does what its script says, and its judgement finds every fault."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.server import Store
from bot.errors import Disconnected, Held, Refused, Throttled
from bot.flow.clock import VirtualClock
from bot.model import Reply, Rules, Window
from tests.fakes import said
from tests.faults.far import connected, serving
from tests.faults.platform import Drop, Hold, Post, Refuse, ScriptedPlatform, Stall, Throttle
from tests.faults.waiting import LIMIT, until
from tests.flow.desk import ROOM, START, Desk, ScriptedAdapter
from tests.flow.test_gateway import live


def reply(number: int, text: str = "¥129") -> Reply:
    return Reply(f"re:{number}", ROOM, text, "template", (), (f"m{number}",))


async def test_each_step_of_the_script_is_met_once_and_then_all_stand() -> None:
    platform = ScriptedPlatform(VirtualClock(5.0), Refuse("no"), Hold(), Throttle(3.0), None)
    session = platform.session()
    for kind in (Refused, Held):
        with pytest.raises(kind):
            await session.post(reply(1))
    with pytest.raises(Throttled) as caught:
        await session.post(reply(1))
    assert caught.value.retry_after == 3.0
    for number in (1, 2):
        await session.post(reply(number, f"¥{number}"))
    assert platform.asked == 5
    assert platform.posts == [Post("re:1", "¥1", 5.0), Post("re:2", "¥2", 5.0)]
    assert (platform.twice(), platform.repeated()) == ({}, {})


@pytest.mark.parametrize("taken", [False, True])
async def test_a_broken_connection_stays_broken_and_another_works(taken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    platform = ScriptedPlatform(VirtualClock(), Drop(taken))
    session = platform.session()
    for _ in range(2):
        with pytest.raises(Disconnected):
            await session.post(reply(1))
    with pytest.raises(Disconnected):
        await anext(session.messages())
    assert len(platform.posts) == taken
    await platform.session().post(reply(1))
    assert platform.twice() == ({"re:1": 2} if taken else {})


@pytest.mark.parametrize("taken", [False, True])
async def test_a_stalled_answer_comes_late(taken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    platform = ScriptedPlatform(VirtualClock(), Stall(taken))
    posting = asyncio.create_task(platform.session().post(reply(1)))
    await until(lambda: platform.asked == 1)
    await platform.session().post(reply(2))
    assert [post.id for post in platform.posts] == ["re:1", "re:2"][not taken :]
    assert not posting.done()
    platform.late.set()
    async with asyncio.timeout(LIMIT):
        await posting


async def test_all_sessions_hear_what_is_said_and_the_lines_that_stand() -> None:
    platform = ScriptedPlatform(VirtualClock(7.0), Refuse(), echoes=True)
    sessions = platform.session(), platform.session()
    platform.say(said("你好"))
    with pytest.raises(Refused):
        await sessions[0].post(reply(1, "no"))
    await sessions[0].post(reply(2, "yes"))
    platform.end()
    for session in sessions:
        heard = [each async for each in session.messages()]
        assert heard == [
            said("你好"),
            replace(said("yes", author="danmate", role="bot", at=7.0), id="echo:1", author_id="0"),
        ]


@given(
    ats=st.lists(st.integers(0, 30), max_size=12).map(sorted),
    count=st.integers(1, 4),
    seconds=st.integers(1, 10),
)
def test_a_limit_is_judged_in_every_rolling_window(
    ats: list[int], count: int, seconds: int
) -> None:
    platform = ScriptedPlatform(VirtualClock())
    platform.posts += [Post(str(number), "a", at) for number, at in enumerate(ats)]
    crowded = any(sum(start <= at < start + seconds for at in ats) > count for start in range(31))
    assert bool(platform.over([Window("room", count, seconds)])) == crowded


async def test_a_gateway_lives_on_it(store: Store) -> None:
    desk = Desk(store, rules=Rules(max_age=1e9))
    platform = ScriptedPlatform(desk.clock, Refuse(), echoes=True)
    session = platform.session()
    platform.say(said("4号多少钱", at=START), said("几点下播", number=2, author="Bob", at=START))
    platform.end()
    await live(desk, ScriptedAdapter(session))
    assert (platform.asked, len(platform.posts)) == (2, 1)
    assert sorted(delivery for _, delivery, _ in await desk.delivered()) == ["refused", "sent"]


async def test_a_platform_in_another_process_does_the_same(tmp_path: Path) -> None:
    platform = ScriptedPlatform(VirtualClock(), Refuse("no"), Hold("wait"), Throttle(3.0), None)
    async with serving(platform, tmp_path / "s"), connected(tmp_path / "s") as session:
        with pytest.raises(Refused, match="no"):
            await session.post(reply(1))
        with pytest.raises(Held, match="wait"):
            await session.post(reply(1))
        with pytest.raises(Throttled) as caught:
            await session.post(reply(1))
        assert caught.value.retry_after == 3.0
        await session.post(reply(2))
        platform.script.append(Drop(taken=True))
        for _ in range(2):
            with pytest.raises(Disconnected):
                await session.post(reply(3))
    assert [post.id for post in platform.posts] == ["re:2", "re:3"]
