"""A gateway comes back after every break, loses nothing that was said, and knows when to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.bus.inbox import Inbox
from bot.bus.replies import Replies
from bot.bus.server import LOST, Store
from bot.errors import AuthFailed, Disconnected
from bot.flow.clock import VirtualClock
from bot.flow.gateway import LONGEST, STEADY, Gateway
from bot.flow.outbox import Outbox
from bot.model import ChatMessage, Delivered, Removed, Reply, Rules
from bot.ports import Session
from tests.fakes import ScriptedSession, said
from tests.flow.desk import START, Desk, ScriptedAdapter, assert_conserved
from tests.flow.test_worker import LIMIT, until_empty, working

PATIENT = Rules(max_age=1e9)
"""For a clock that runs as fast as the gateway can look at it."""


class Recorded(VirtualClock):
    """Passes at once, and notes how long the sleep before each connection was."""

    def __init__(self) -> None:
        super().__init__(START)
        self.last = 0.0

    async def sleep(self, seconds: float) -> None:
        self.last = seconds
        await super().sleep(seconds)


class Noted(ScriptedAdapter):
    """Notes the back-off before each connection."""

    def __init__(self, clock: Recorded, *script: Session | Exception) -> None:
        super().__init__(*script)
        self.clock = clock
        self.waits: list[float] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Session]:
        self.waits.append(self.clock.last)
        async with super().connect() as session:
            yield session


def gateway(desk: Desk, adapter: ScriptedAdapter, inbox: Inbox | None = None) -> Gateway:
    return Gateway(adapter, desk.store, inbox or desk.inbox, desk.outbox, desk.clock)


async def live(desk: Desk, adapter: ScriptedAdapter, inbox: Inbox | None = None) -> Gateway:
    """Run a gateway to its end, with a worker beside it."""
    door = gateway(desk, adapter, inbox)
    async with working(desk.worker):
        await door.run(asyncio.Event())
    return door


async def test_what_is_said_goes_in_and_what_is_due_goes_out_until_the_room_ends(
    store: Store,
) -> None:
    session = ScriptedSession(
        says=[said("4号多少钱"), said("你好", number=2), said("几点下播", number=3, author="Bob")]
    )
    desk = Desk(store, rules=PATIENT)
    door = await live(desk, ScriptedAdapter(session))
    assert sorted(each.answers for each in session.posted) == [("m1",), ("m3",)]
    assert (door.accepted, door.connected) == (3, False)
    assert [each.outcome for each in await desk.outcomes()].count("answered") == 2
    await assert_conserved(store)


async def test_a_reply_that_comes_with_the_last_outcome_is_still_posted(store: Store) -> None:
    class Busy(Inbox):
        async def waiting(self, room: str) -> int:
            await desk.worker.step(block=0.0)  # the worker is done just before the look
            return await super().waiting(room)

    session = ScriptedSession(says=[said("4号多少钱")])
    desk = Desk(store, rules=PATIENT)
    async with asyncio.timeout(LIMIT):
        await gateway(desk, ScriptedAdapter(session), Busy(store)).run(asyncio.Event())
    assert [each.answers for each in session.posted] == [("m1",)]


async def test_what_is_said_twice_is_accepted_once(store: Store) -> None:
    sessions = [
        ScriptedSession(says=[said("4号多少钱")], breaks=Disconnected("reset")),
        ScriptedSession(says=[said("4号多少钱"), said("你好", number=2)]),
    ]
    desk = Desk(store, rules=PATIENT)
    door = await live(desk, ScriptedAdapter(*sessions))
    assert door.accepted == 2
    assert sum(len(each.posted) for each in sessions) == 1
    await assert_conserved(store)


async def test_it_connects_again_and_waits_longer_each_time(store: Store) -> None:
    clock = Recorded()
    failures = [Disconnected("refused") for _ in range(12)]
    adapter = Noted(clock, *failures, ScriptedSession(says=[said("你好")]))
    door = await live(Desk(store, clock=clock), adapter)
    assert adapter.connects == 13
    assert door.accepted == 1
    first, *waits = adapter.waits
    assert first == 0
    for number, wait in enumerate(waits):
        assert 0 <= wait <= min(LONGEST, 2**number)
    assert max(waits) > 2


async def test_a_connection_that_stood_begins_the_back_off_anew(store: Store) -> None:
    class Long(ScriptedSession):
        async def messages(self) -> AsyncIterator[ChatMessage]:
            clock.advance(clock.now() + STEADY)
            raise Disconnected("reset")
            yield

    clock = Recorded()
    failures = [Disconnected("refused") for _ in range(12)]
    adapter = Noted(clock, *failures, Long(), Disconnected("refused"), ScriptedSession())
    await live(Desk(store, clock=clock), adapter)
    assert adapter.waits[13] <= 1
    assert adapter.waits[14] <= 2


@pytest.mark.parametrize("where", ["connecting", "reading"])
async def test_a_refused_account_is_not_tried_again(store: Store, where: str) -> None:
    error = AuthFailed("token")
    adapter = ScriptedAdapter(error if where == "connecting" else ScriptedSession(breaks=error))
    await live(Desk(store), adapter)
    assert adapter.connects == 1


async def test_an_account_that_is_refused_at_the_post_is_not_tried_again(store: Store) -> None:
    session = ScriptedSession(AuthFailed("token"), says=[said("4号多少钱")])
    desk = Desk(store, rules=PATIENT)
    await live(desk, ScriptedAdapter(session))
    assert await desk.delivered() == [("re:m1", "not_sent", "auth_failed")]


async def test_a_break_at_the_post_repeats_no_line(store: Store) -> None:
    sessions = [
        ScriptedSession(Disconnected("reset"), says=[said("4号多少钱")]),
        ScriptedSession(says=[said("几点下播", number=2, author="Bob")]),
    ]
    desk = Desk(store, rules=PATIENT)
    await live(desk, ScriptedAdapter(*sessions))
    assert [each.answers for each in sessions[1].posted] == [("m2",)]
    assert ("re:m1", "unknown", "disconnected") in await desk.delivered()


class Held(VirtualClock):
    """Moves only when it is moved."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(0.0)


async def test_off_stops_the_post(store: Store) -> None:
    class Room(ScriptedSession):
        async def messages(self) -> AsyncIterator[ChatMessage]:
            yield said("4号多少钱")
            await until_empty(desk.inbox, store)  # its reply waits for its time
            yield said("!bot off", number=2, author="Mod", role="moderator")
            await until_empty(desk.inbox, store)
            desk.clock.advance(START + 1.5)

    session, desk = Room(), Desk(store, clock=Held(START))
    await live(desk, ScriptedAdapter(session))
    assert session.posted == []
    assert await desk.delivered() == [("re:m1", "not_sent", "off")]


class Still(VirtualClock):
    """Stands still: a sleep ends only when it is cancelled."""

    def __init__(self) -> None:
        super().__init__(START)
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("script", [Disconnected("refused"), ScriptedSession()])
async def test_stop_does_not_wait_for_the_back_off(
    store: Store, script: Session | Exception
) -> None:
    clock, stop = Still(), asyncio.Event()
    adapter = ScriptedAdapter(Disconnected("refused"), script)
    async with asyncio.timeout(LIMIT):
        running = asyncio.create_task(gateway(Desk(store, clock=clock), adapter).run(stop))
        await clock.asleep.wait()
        stop.set()
        await running
    assert adapter.connects == 1


async def test_stop_ends_a_room_that_goes_on(store: Store) -> None:
    class Open(ScriptedSession):
        async def messages(self) -> AsyncIterator[ChatMessage]:
            yield said("你好")
            reached.set()
            await asyncio.Event().wait()

    reached, stop = asyncio.Event(), asyncio.Event()
    desk = Desk(store)
    async with asyncio.timeout(LIMIT):
        running = asyncio.create_task(gateway(desk, ScriptedAdapter(Open())).run(stop))
        await reached.wait()
        stop.set()
        await running
    assert await desk.inbox.pending() == 1


async def test_half_a_character_costs_its_own_line_alone(store: Store) -> None:
    session = ScriptedSession(says=[said("\ud83d"), said("你好", number=2)])
    door = await live(Desk(store), ScriptedAdapter(session))
    assert door.accepted == 1


async def test_a_queue_that_goes_away_loses_no_message(store: Store) -> None:
    class Flaky(Inbox):
        faults = 3

        async def put(self, message: ChatMessage, *, urgent: bool = False) -> bool:
            self.faults -= 1
            if self.faults >= 0:
                raise LOST[self.faults % 2]
            return await super().put(message)

    session = ScriptedSession(says=[said("你好"), said("哈哈", number=2)])
    door = await live(Desk(store), ScriptedAdapter(session), Flaky(store))
    assert door.accepted == 2


async def test_a_queue_that_goes_away_behind_the_post_leaves_no_reply_open(store: Store) -> None:
    class Flaky(Replies):
        faults = 1

        async def settle(self, delivered: Delivered, room: str) -> bool:
            self.faults -= 1
            if self.faults >= 0:
                raise LOST[0]
            return await super().settle(delivered, room)

    session = ScriptedSession(says=[said("4号多少钱"), said("几点下播", number=2, author="Bob")])
    desk = Desk(store, rules=PATIENT)
    parts = {name: getattr(desk.outbox, name) for name in Outbox.__slots__}
    desk.outbox = Outbox(**(parts | {"replies": Flaky(store)}))
    await live(desk, ScriptedAdapter(session))
    assert sorted(each.answers for each in session.posted) == [("m1",), ("m2",)]
    assert sorted(await desk.delivered()) == [("re:m1", "sent", None), ("re:m2", "sent", None)]
    assert await desk.replies.stuck(desk.room) == []


async def test_what_moderators_delete_is_taken_back_and_our_own_line_is_known_again(
    store: Store,
) -> None:
    desk = Desk(store, rules=PATIENT)
    own = replace(said("59元", number=3, author="Danmate"), sent_at=START)
    session = ScriptedSession(
        says=[Removed(desk.room, id="m1"), said("4号多少钱"), said("4号有货吗", number=2), own]
    )
    door = await live(desk, ScriptedAdapter(session))
    assert door.accepted == 3
    found = {each.message.id: (each.outcome, each.reason) for each in await desk.outcomes()}
    assert found["m1"] == ("ignored", "deleted")
    assert found["m3"] == ("ignored", "own_message")
    line = Reply("re:x", desk.room, "59元", "template", (), (), at=START)
    assert await desk.replies.echoed(line) is not None
