"""Batches go together, commands stand between them, and no fault or crash costs a message."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.bus.codec import key
from bot.bus.inbox import Inbox
from bot.bus.server import LOST, Store
from bot.bus.shard import Entry
from bot.flow.clock import VirtualClock
from bot.flow.fair import FairQueue
from bot.flow.supply import BATCH
from bot.flow.worker import FEW, Worker
from bot.model import ChatMessage, Outcome, Reading, Rules
from tests.bus.test_leases import age
from tests.fakes import ScriptedReader, said
from tests.flow.desk import ROOM, START, WORDS, Desk, assert_conserved

LIMIT = 30
"""Seconds after which a test that waits for something that never comes gives up."""


class WaitingReader(ScriptedReader):
    """Awaits ``before`` with each text that it reads."""

    def __init__(self, before: Callable[[str], Awaitable[object]]) -> None:
        super().__init__(WORDS)
        self.before = before

    async def read(self, text: str) -> Reading:
        await self.before(text)
        return await super().read(text)


class Beats(VirtualClock):
    """A wall clock on which a sleep lasts until ``go`` is released."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Semaphore(0)
        self.asleep = asyncio.Queue[float]()

    async def sleep(self, seconds: float) -> None:
        self.asleep.put_nowait(seconds)
        await self.go.acquire()


class SlowInbox(Inbox):
    """Takes messages back only once ``ready`` is set."""

    def __init__(self, store: Store, ready: asyncio.Event) -> None:
        super().__init__(store)
        self.ready = ready

    async def give_back(self, entries: Sequence[Entry]) -> None:
        await self.ready.wait()
        await super().give_back(entries)


def crowd(count: int, text: str = "1号多少钱") -> list[ChatMessage]:
    return [said(text, number=n, author=f"viewer{n}") for n in range(count)]


async def test_a_batch_is_read_in_one_go(store: Store) -> None:
    together = asyncio.Barrier(20)
    desk = Desk(store, reader=WaitingReader(lambda _: together.wait()))
    async with asyncio.timeout(LIMIT):
        await desk.hear(*crowd(20))
    outcomes = await desk.outcomes()
    assert Counter(outcome.outcome for outcome in outcomes) == {"answered": 20}
    assert len({outcome.reply.id for outcome in outcomes if outcome.reply}) == 1
    await assert_conserved(store)


@pytest.mark.parametrize("prefix", ["!bot", "！bot", "!BOT", "\u200b!bot"])
async def test_a_price_change_stands_between_those_before_and_those_behind_it(
    store: Store, prefix: str
) -> None:
    desk = Desk(store)
    await desk.hear(
        said("4号多少钱", number=1, author="Ann"),
        said(f"{prefix} price 4 88", number=2, author="Mod", role="moderator"),
        said("4号多少钱", number=3, author="Bob"),
    )
    before, command, behind = await desk.outcomes()
    assert before.reply is not None
    assert before.reply.facts[0].text == "59 CNY"
    assert command.outcome == "commanded"
    assert behind.reply is not None
    assert behind.reply.facts[0].text == "88 CNY"


async def test_off_is_heard_by_the_message_behind_it(store: Store) -> None:
    desk = Desk(store)
    await desk.hear(
        said("!bot off", number=1, author="Mod", role="moderator"), said("1号多少钱", number=2)
    )
    _, behind = await desk.outcomes()
    assert (behind.outcome, behind.reason) == ("ignored", "off")


async def test_a_fault_costs_its_own_message_alone(store: Store) -> None:
    async def fail(text: str) -> None:
        if "boom" in text:
            raise ZeroDivisionError

    desk = Desk(store, reader=WaitingReader(fail))
    others = said("4号多少钱", number=1, author="Ann"), said("有货吗", number=3, author="Bob")
    await desk.hear(others[0], said("boom", number=2), others[1])
    found = {each.message.id: (each.outcome, each.reason) for each in await desk.outcomes()}
    assert found == {
        "m1": ("answered", None),
        "m2": ("dead", "failed"),
        "m3": ("answered", None),
    }
    letters: Any = await store.client.xrange(key("dead"))
    [(_, letter)] = letters
    assert letter[b"reason"] == b"failed"
    await assert_conserved(store)


async def test_the_room_without_a_catalogue_costs_no_other_room(store: Store) -> None:
    desk = Desk(store)
    desk.shops._otherwise = None
    desk.shops._catalogues = {}
    await desk.hear(said("你好"))
    assert [each.outcome for each in await desk.outcomes()] == ["dead"]


async def test_leases_are_kept_while_a_slow_reader_works(store: Store) -> None:
    reads, enough = asyncio.Queue[str](), asyncio.Event()

    async def slowly(text: str) -> None:
        reads.put_nowait(text)
        await enough.wait()

    desk, wall = Desk(store, reader=WaitingReader(slowly)), Beats()
    await desk.put(*crowd(3))
    worker = Worker(store, desk.inbox, desk.use, "w", wall)
    other = Inbox(store)
    async with asyncio.timeout(LIMIT):
        work = asyncio.create_task(worker.step(block=0.0))
        for _ in range(3):
            await reads.get()
        for _ in range(5):
            await wall.asleep.get()
            await age(store)  # as if a lease's time had passed
            wall.go.release()
            await wall.asleep.get()  # the renewal is done
            assert await other.claim("other", 10) == []
            wall.asleep.put_nowait(0.0)
        await age(store)
        assert len(await other.claim("other", 10)) == 3  # without a renewal they would be taken
        enough.set()
        await work
    await assert_conserved(store)
    assert (await other.counts())["answered"] == 3


async def test_a_renewal_that_meets_no_queue_is_tried_again(store: Store) -> None:
    class Away(Inbox):
        renewals = 0

        async def renew(self, entries: object) -> list[object]:  # type: ignore[override]  # only counted
            self.renewals += 1
            raise LOST[0]

    reads, enough = asyncio.Queue[str](), asyncio.Event()

    async def slowly(text: str) -> None:
        reads.put_nowait(text)
        await enough.wait()

    desk, wall, inbox = Desk(store, reader=WaitingReader(slowly)), Beats(), Away(store)
    await desk.put(said("你好"))
    async with asyncio.timeout(LIMIT):
        work = asyncio.create_task(Worker(store, inbox, desk.use, "w", wall).step(block=0.0))
        for _ in range(3):
            await wall.asleep.get()
            wall.go.release()
        await wall.asleep.get()
        enough.set()
        await work
    assert inbox.renewals == 3


async def test_renewing_leases_moves_no_virtual_clock(store: Store) -> None:
    async def linger(_: str) -> None:
        for _round in range(50):
            await store.client.ping()

    desk = Desk(store, reader=WaitingReader(linger))
    await desk.hear(said("4号多少钱"))
    assert desk.clock.now() == START
    [outcome] = await desk.outcomes()
    assert outcome.seconds == {}


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Run workers while the block runs; they are told to stop, because a read is not cancelled."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        async with asyncio.timeout(LIMIT):
            yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def until_empty(inbox: Inbox, store: Store) -> None:
    while await inbox.pending():
        await store.client.ping()


async def test_two_workers_share_the_queue_and_no_message_is_handled_twice(store: Store) -> None:
    desk = Desk(store, rules=Rules(cooldown=0, user_cooldown=0))
    texts = ["1号多少钱", "4号多少钱", "有货吗", "你好", "可以试吗"]
    await desk.put(*(said(texts[n % 5], number=n, author=f"v{n}") for n in range(400)))
    async with working(*(Worker(store, Inbox(store), desk.use, name) for name in "ab")):
        await until_empty(desk.inbox, store)
    assert isinstance(desk.reader, ScriptedReader)
    assert len(desk.reader.read_texts) == 400
    await assert_conserved(store)
    assert (await desk.inbox.counts())["accepted"] == 400


async def test_a_worker_that_is_told_to_stop_finishes_what_it_took(store: Store) -> None:
    stop, taken = asyncio.Event(), asyncio.Event()

    async def then_stop(_: str) -> None:
        taken.set()
        stop.set()
        await store.client.ping()

    desk = Desk(store, reader=WaitingReader(then_stop))
    await desk.put(*crowd(10))
    async with asyncio.timeout(LIMIT):
        await desk.worker.run(stop)
    assert taken.is_set()
    assert await desk.inbox.pending() == 0
    await assert_conserved(store)


async def test_a_worker_that_comes_back_under_its_name_goes_on_where_it_was(store: Store) -> None:
    alone: list[int] = []
    reading = 0

    async def count(_: str) -> None:
        nonlocal reading
        reading += 1
        await store.client.ping()
        alone.append(reading)
        reading -= 1

    desk = Desk(store, reader=WaitingReader(count))
    await desk.put(*crowd(5))
    assert len(await Inbox(store).read("w", 10, 0)) == 5
    for entry in await Inbox(store).own("w"):
        await desk.inbox.begin(entry)  # and it has died again
    async with working(desk.worker):
        await until_empty(desk.inbox, store)
    assert alone == [1] * 5  # what may have ended a worker takes nobody with it
    await assert_conserved(store)


async def test_few_of_those_that_come_a_second_time_are_begun_at_once(store: Store) -> None:
    """If their worker dies again, those few are blamed for it, and no other."""
    most = 0
    desk = Desk(store)

    async def tries(_: str) -> None:
        nonlocal most
        held = [await desk.inbox.tries(entry) for entry in entries]
        most = max(most, held.count(2) - done)

    done = 0

    class Counting(Inbox):
        async def finish(self, entry: Entry, outcome: Outcome) -> bool:
            nonlocal done
            done += 1
            return await super().finish(entry, outcome)

    use = Desk(store, reader=WaitingReader(tries)).use
    await desk.put(*crowd(20))
    entries = await Inbox(store).read("w", 20, 0)
    async with working(Worker(store, Counting(store), use, "w")):
        await until_empty(desk.inbox, store)
    assert 1 <= most <= FEW
    assert done == len(entries) == 20
    await assert_conserved(store)


async def test_a_command_that_comes_again_does_not_wait_for_those_few(store: Store) -> None:
    silent = asyncio.Event()
    desk = Desk(store, reader=WaitingReader(lambda _: silent.wait()))
    await desk.put(said("!bot off", number=99, author="Mod", role="moderator"))
    assert len(await Inbox(store).read("dead", 1, 0)) == 1
    await desk.put(*crowd(2 * FEW))
    assert len(await Inbox(store).read("w", 20, 0)) == 2 * FEW
    inbox = Inbox(store, lease=1.0)
    async with working(Worker(store, inbox, desk.use, "w")):
        try:
            async with asyncio.timeout(LIMIT):
                while (await desk.rooms.get(ROOM)).mode != "off":
                    await store.client.ping()
        finally:
            silent.set()
        await until_empty(desk.inbox, store)
    await assert_conserved(store)


async def test_a_queue_that_goes_away_costs_a_delivery_and_no_message(store: Store) -> None:
    faults = [LOST[0]("gone"), LOST[1]("no answer")]

    async def fail(_: str) -> None:
        if faults:
            raise faults.pop()

    desk = Desk(store, reader=WaitingReader(fail))
    assert await desk.inbox.claim("other", 1) == []  # from here on there are leases to age
    await desk.put(said("4号多少钱"))
    async with working(desk.worker):
        while await desk.inbox.pending():
            await age(store)
    assert faults == []
    assert [each.outcome for each in await desk.outcomes()] == ["answered"]
    await assert_conserved(store)


async def test_a_live_outcome_says_how_long_it_took(store: Store) -> None:
    clock = VirtualClock(START)

    async def last(_: str) -> None:
        clock.advance(START + 0.25)

    desk = Desk(store, reader=WaitingReader(last), clock=clock)
    await desk.hear(said("4号多少钱"))
    [outcome] = [each for each in await desk.events() if isinstance(each, Outcome)]
    assert outcome.seconds == {"handle": 0.25}


async def test_a_worker_that_dies_of_a_message_again_and_again_is_rid_of_it(store: Store) -> None:
    desk = Desk(store)
    await desk.put(*crowd(3))
    assert len(await desk.inbox.read("w", 10)) == 3
    poison, *_ = await desk.inbox.own("w")
    for _try in range(3):
        await desk.inbox.begin(poison)
    async with working(desk.worker):
        await until_empty(desk.inbox, store)
    found = {each.message.id: (each.outcome, each.reason) for each in await desk.outcomes()}
    assert found.pop("m0") == ("dead", "dead_letter")
    assert {outcome for outcome, _ in found.values()} == {"answered"}
    assert await store.client.xlen(key("dead")) == 1
    await assert_conserved(store)


async def test_a_worker_with_nothing_to_do_is_given_half_of_what_waits(store: Store) -> None:
    gate, done = asyncio.Event(), Counter[str]()

    def reader(name: str) -> WaitingReader:
        async def wait(_: str) -> None:
            await gate.wait()
            done[name] += 1
            if done.total() > 100:
                await store.client.ping()

        return WaitingReader(wait)

    desks = {name: Desk(store, reader=reader(name), rules=Rules(cooldown=0)) for name in "ab"}
    await desks["a"].put(*crowd(500))
    workers = [Worker(store, Inbox(store), desk.use, name) for name, desk in desks.items()]
    async with working(workers[0]):
        while workers[0].beat("worker", warm=True).waiting < 400:
            await store.client.ping()
        async with working(workers[1]):
            while workers[1].beat("worker", warm=True).waiting < 50:
                await store.client.ping()
            gate.set()
            await until_empty(desks["a"].inbox, store)
    assert done.total() == 500
    assert min(done["a"], done["b"]) > 100
    await assert_conserved(store)


async def test_a_worker_that_has_no_time_left_gives_back_what_it_has_not_begun(
    store: Store,
) -> None:
    never, stop, slow = asyncio.Event(), asyncio.Event(), asyncio.Event()
    desk, wall = Desk(store, reader=WaitingReader(lambda _: never.wait())), Beats()
    await desk.put(*crowd(150))
    worker = Worker(store, SlowInbox(store, slow), desk.use, "w", wall)
    async with asyncio.timeout(LIMIT):
        work = asyncio.create_task(worker.run(stop))
        while worker.beat("worker", warm=True).waiting < 150 - BATCH:
            await store.client.ping()
        stop.set()
        while worker.beat("worker", warm=True).waiting:
            wall.go.release()
            await store.client.ping()
        never.set()
        while worker.beat("worker", warm=True).in_flight:
            await store.client.ping()
        for _ in range(10):
            await store.client.ping()
        assert not work.done(), "what was given back is with the queue before the worker ends"
        slow.set()
        await work
    left = await Inbox(store).read("other", 1000)
    assert len(left) == await desk.inbox.pending() == 150 - BATCH
    assert {each.deliveries for each in left} == {1}
    await assert_conserved(store)


async def test_a_worker_that_shares_the_queue_of_its_services_tells_them_how_late_it_is(
    store: Store,
) -> None:
    gate, queue = asyncio.Event(), FairQueue()
    desk = Desk(store, reader=WaitingReader(lambda _: gate.wait()))
    desk.clock.advance(START + 4.0)
    worker = Worker(store, desk.inbox, desk.use, "w", queue=queue)
    await desk.put(*crowd(BATCH + 10))
    async with working(worker):
        while len(queue) < 10 or queue.lag(desk.clock.now()) < 4.0:
            await store.client.ping()
        gate.set()
        await until_empty(desk.inbox, store)
    assert queue.lag(desk.clock.now()) == 0.0


async def test_commands_that_waited_are_done_in_the_order_in_which_they_were_given(
    store: Store,
) -> None:
    desk = Desk(store)
    for number in range(20):
        text = "!bot on" if number % 2 else "!bot off"
        one = said(text, number=number, author="Mod", role="moderator", at=START - 60)
        assert await desk.inbox.put(replace(one, room=desk.room), urgent=True)
    await desk.put(said("4号多少钱", number=99))
    async with working(desk.worker):
        await until_empty(desk.inbox, store)
    state = await desk.rooms.get(desk.room)
    assert state.mode != "off"
    assert [each.outcome for each in await desk.outcomes()][-1] == "answered"
