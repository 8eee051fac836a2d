"""A command holds in every process at once, outlives whoever is killed, and is applied once."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store, connect
from bot.model import Abilities, ChatMessage, Outcome, RoomState
from bot.web.desk import Desk as Page
from bot.web.desk import Line
from bot.web.seals import Pass
from tests.fakes import ScriptedSession, said
from tests.flow.desk import ROOM, SHOP, START, Desk, assert_conserved
from tests.flow.roles import CLOCK, RULES
from tests.flow.test_crash import LIMIT, Watch, kill, role
from tests.flow.test_storm import server_pid

CHANGES: dict[str, Callable[[RoomState], bool]] = {
    "off": lambda room: room.mode == "off",
    "mode approve": lambda room: room.mode == "approve",
    "mode price ignore": lambda room: room.autonomy == {"price": "ignore"},
    "pause 5m": lambda room: room.paused_until == START + 300,
    "now 4": lambda room: room.showing == "F4",
    "price 4 55": lambda room: room.changes.prices == {"F4": 55.0},
    "stock 4 2": lambda room: room.changes.stocks == {"F4": 2},
    "faq add 能洗吗 = 能": lambda room: len(room.changes.faq) == 1,
    "mute @ann": lambda room: room.muted == {"ann"},
}


def order(line: str, number: int, at: float = START) -> ChatMessage:
    return said(f"!bot {line}", number=number, author="Mod", role="moderator", at=at)


# Every worker ------------------------------------------------------------------------------------


@pytest.fixture
async def other(store: Store, store_url: str) -> AsyncIterator[Store]:
    """Return the same store as another process has it."""
    async with await connect(store_url, Path()) as joined:
        yield joined


@pytest.mark.parametrize("line", CHANGES)
async def test_what_one_worker_was_told_the_next_message_meets_in_another(
    store: Store, other: Store, line: str
) -> None:
    one, two = Desk(store), Desk(other)
    await two.hear(said("你好", number=1))  # both have met the room as it was
    await one.hear(order(line, 2))
    assert CHANGES[line](await two.rooms.get(ROOM))
    await two.hear(order(line, 2 + 1), order("undo", 4))  # and the other way round
    assert not await one.inbox.put(order(line, 2))
    assert [deed.line for deed in (await one.rooms.get(ROOM)).log] == [line, line, "undo"]


async def test_what_the_page_was_told_every_worker_and_the_outbox_obey(
    store: Store, other: Store
) -> None:
    one, two, session = Desk(store), Desk(other), ScriptedSession()
    page = Page.of(other, {ROOM: SHOP}, one.rules, one.clock, lambda _: Abilities())
    await one.hear(said("4号多少钱", number=1, author="Ann"))
    told = await page.command(
        ROOM, Line(line="price 4 55", id="a"), Pass("x", "moderator", "Zoe", 0.0)
    )
    assert (
        await page.command(
            ROOM, Line(line="price 4 55", id="a"), Pass("x", "moderator", "Zoe", 0.0)
        )
    ) == told
    await one.post(session, START + 2)
    assert session.posted == []
    await two.hear(said("4号多少钱", number=2, author="Bob"))
    await one.post(session, START + 4)
    assert ["55" in each.text for each in session.posted] == [True]
    assert len((await two.rooms.get(ROOM)).log) == 1


async def test_the_page_answers_a_hand_off_once_however_often_it_asks(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    page = Page.of(store, {ROOM: SHOP}, desk.rules, desk.clock, lambda _: Abilities())
    await desk.hear(
        said("可以试吗", number=1, author="Ann"), said("可以试吗？", number=2, author="Bob")
    )
    asked, who = Line(line="answer m2 = 马上试", id="b"), Pass("x", "moderator", "Zoe", 0.0)
    first, again = await page.command(ROOM, asked, who), await page.command(ROOM, asked, who)
    assert first.notice == again.notice == "已回答 2 条：马上试"
    await desk.post(session, START)
    assert [(each.text, each.answers) for each in session.posted] == [
        ("@Bob @Ann 马上试", ("m2", "m1"))
    ]
    once_more = await page.command(ROOM, Line(line="answer m1 = 马上试", id="c"), who)
    assert once_more.notice == "已经回答过了"
    await assert_conserved(store)


# Killed ------------------------------------------------------------------------------------------


async def recorded(store: Store) -> list[str | None]:
    """Return the notice of each command that has an outcome."""
    events = await Outcomes(store).after(block=0.0, count=10_000)
    ends = [each for _, each in events if isinstance(each, Outcome)]
    return [each.notice for each in ends if each.outcome == "commanded"]


async def test_a_command_outlives_the_worker_and_the_server_that_are_killed_around_it(
    tmp_path: Path,
) -> None:
    async with asyncio.timeout(LIMIT), await connect("", tmp_path / "store") as store:
        watch, inbox = Watch(store), Inbox(store)
        async with role("worker", tmp_path):
            await inbox.put(said("可以试吗", number=0, at=CLOCK.now()))
            await watch.until(1)
        lines = [*(f"faq add q{n} = a{n}" for n in range(2)), "price 4 55", "answer m0 = 好的"]
        for number, line in enumerate(lines, 1):
            async with role("worker", tmp_path) as worker:
                await inbox.put(order(line, number, CLOCK.now()), urgent=True)
                if number % 2:  # else it dies before, in the middle of, or after its work
                    await watch.until(1 + number)
                await kill(worker)
            os.kill(await server_pid(store), signal.SIGKILL)
            await store.ensure()
        async with role("worker", tmp_path):
            await watch.until(1 + len(lines))
        state = await RedisRooms(store).get(ROOM)
        assert sorted(row.answer for row in state.changes.faq) == ["a0", "a1"]
        assert state.changes.prices == {"F4": 55.0}
        assert sorted(deed.line for deed in state.log) == sorted(lines)
        assert len(await recorded(store)) == len(lines)
        [reply] = await Replies(store).waiting(ROOM)
        assert (reply.id, reply.text, reply.answers) == ("an:m4", "好的", ("m0",))
        for number, line in enumerate(lines, 1):  # and what comes again is known
            assert not await inbox.put(order(line, number, CLOCK.now()), urgent=True)
        await assert_conserved(store)


async def test_a_command_on_the_page_outlives_the_server(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT), await connect("", tmp_path / "store") as store:
        page = Page.of(store, {ROOM: SHOP}, RULES, CLOCK, lambda _: Abilities())
        who = Pass("x", "owner", "Zoe", 0.0)
        done = await page.command(ROOM, Line(line="price 4 55", id="a"), who)
        os.kill(await server_pid(store), signal.SIGKILL)
        await store.ensure()
        again = await page.command(ROOM, Line(line="price 4 55", id="a"), who)
        assert again.notice == done.notice
        state = await RedisRooms(store).get(ROOM)
        assert (state.changes.prices, len(state.log)) == ({"F4": 55.0}, 1)
        assert await recorded(store) == [done.notice]
