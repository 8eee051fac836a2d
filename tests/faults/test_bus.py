"""Whatever the network does to the queue's calls, each message is accepted and ended once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from redis.asyncio import Redis

from bot.bus.inbox import Inbox
from bot.bus.outcomes import LONGEST_BLOCK, Outcomes
from bot.bus.replies import Replies
from bot.bus.server import LOST, Store, connect
from bot.bus.shard import Entry
from bot.flow.patience import Patience
from bot.model import Outcome
from tests.bus.test_inbox import ROOM, answered, assert_conserved, message_of
from tests.bus.test_leases import age
from tests.faults.proxy import Proxy
from tests.faults.waiting import CLOCK, LIMIT, PATIENT, until

LEASE = 0.5
SENDERS = 20


class Run:
    """Many messages put, read and finished at once over the same network."""

    def __init__(self, far: Store, near: Store, proxy: Proxy, count: int) -> None:
        self.count = count
        self.put = 0
        self.proxy = proxy
        self.near = Inbox(near)
        self.inbox = Inbox(far, lease=LEASE)
        self.patience = Patience(far, CLOCK, "test")
        self._numbers = iter(range(count))

    async def send(self) -> None:
        for number in self._numbers:
            await self.patience(partial(self.inbox.put, message_of(number)))
            self.put += 1

    async def work(self, name: str) -> None:
        while self.put < self.count or await self.near.pending():
            entries = await self.patience(partial(self.inbox.read, name, 50, 0.05))
            entries += await self.patience(partial(self.inbox.claim, name, 50))
            await asyncio.gather(*map(self.finish, entries))

    async def finish(self, entry: Entry) -> None:
        outcome = answered(entry.message)
        await self.patience(partial(self.inbox.finish, entry, outcome))

    async def all(self, weather: "Weather") -> None:
        senders = [self.send() for _ in range(SENDERS)]
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*senders, self.work("a"), self.work("b"), weather(self))

    async def halfway(self) -> None:
        await until(lambda: self.put >= self.count / 2)

    async def thrice(self, fault: Callable[[int], object]) -> None:
        """Do ``fault`` when a quarter, a half and three quarters have been put."""
        for number in (1, 2, 3):
            await until(lambda n=number: self.put >= self.count * n / 4)  # type: ignore[misc]  # mypy cannot see the default
            fault(number)


Weather: TypeAlias = Callable[[Run], Awaitable[None]]


async def latency(run: Run) -> None:
    run.proxy.latency = 0.005


async def answers_cut_in_mid_frame(run: Run) -> None:
    await run.thrice(lambda number: run.proxy.cut("answers", 700 * number + 1))


async def answers_lost(run: Run) -> None:
    await run.thrice(lambda _: run.proxy.cut("answers", 0))


async def requests_cut_in_mid_frame(run: Run) -> None:
    await run.thrice(lambda number: run.proxy.cut("requests", 700 * number + 1))


async def resets(run: Run) -> None:
    await run.thrice(lambda _: run.proxy.reset())


async def half_closes(run: Run) -> None:
    await run.thrice(lambda _: run.proxy.half_close())


async def strandings(run: Run) -> None:
    await run.thrice(lambda _: run.proxy.strand())


async def short_stall(run: Run) -> None:
    await run.halfway()
    run.proxy.stall()
    await CLOCK.sleep(PATIENT / 2)
    run.proxy.go_on()


async def long_stall(run: Run) -> None:
    """What was held back reaches the server after those who sent it have asked again."""
    await run.halfway()
    run.proxy.stall()
    await CLOCK.sleep(PATIENT * 2)
    run.proxy.go_on()


async def partition(run: Run) -> None:
    await run.halfway()
    await run.proxy.partition()
    await CLOCK.sleep(3.0)
    await run.proxy.heal()


BREAKING: tuple[Weather, ...] = (
    answers_lost,
    answers_cut_in_mid_frame,
    requests_cut_in_mid_frame,
    resets,
    half_closes,
    strandings,
    partition,
)


@pytest.mark.parametrize("weather", [latency, short_stall, long_stall, *BREAKING])
async def test_of_2000_messages_none_is_lost_and_none_ends_twice(
    store: Store, far: Store, proxy: Proxy, weather: Weather
) -> None:
    run = Run(far, store, proxy, 2000)
    await run.all(weather)
    assert (proxy.dropped > 0) == (weather in BREAKING)
    assert await run.near.counts() == {"accepted": 2000, "answered": 2000}
    assert await run.near.pending() == 0
    await assert_conserved(run.near, store)
    events = [event for _, event in await Outcomes(store).after(block=0.0, count=10_000)]
    ended = Counter(event.message.id for event in events if isinstance(event, Outcome))
    assert ended == Counter(map(str, range(2000)))
    assert len(await Replies(store).waiting(ROOM)) == 2000


async def test_a_put_whose_answer_is_lost_is_accepted_once(
    store: Store, far: Store, proxy: Proxy
) -> None:
    inbox = Inbox(far)
    await inbox.put(message_of(1))  # the script is known, the connection stands
    proxy.cut("answers", 0)
    await inbox.put(message_of(2))
    assert proxy.dropped == 1
    assert await Inbox(store).counts() == {"accepted": 2}
    assert await Inbox(store).pending() == 2


async def test_a_finish_whose_answer_is_lost_gives_one_outcome_and_one_reply(
    store: Store, far: Store, proxy: Proxy
) -> None:
    inbox = Inbox(far)
    for number in (1, 2):
        await inbox.put(message_of(number))
    first, second = await inbox.read("w", 2)
    await inbox.finish(first, answered(first.message))
    proxy.cut("answers", 0)
    await inbox.finish(second, answered(second.message))
    assert proxy.dropped == 1
    assert len(await Replies(store).waiting(ROOM)) == 2
    assert await Inbox(store).counts() == {"accepted": 2, "answered": 2}
    await assert_conserved(Inbox(store), store)


async def test_what_was_leased_by_a_lost_answer_is_had_again_when_the_lease_ends(
    store: Store, far: Store, proxy: Proxy
) -> None:
    inbox = Inbox(far)
    assert await inbox.read("w", 1) == []
    await inbox.put(message_of(1))
    proxy.cut("answers", 0)
    assert await inbox.read("w", 1) == []  # asked again, and there is nothing new
    assert await inbox.claim("w", 1) == []
    await age(store)
    [entry] = await inbox.claim("w", 1)
    assert (entry.message.id, entry.deliveries) == ("1", 2)


async def test_a_server_that_falls_silent_is_given_up(far: Store, proxy: Proxy) -> None:
    inbox = Inbox(far)
    await inbox.put(message_of(1))
    proxy.stall()
    with pytest.raises(LOST):
        await inbox.put(message_of(2))


async def test_by_default_silence_is_borne_for_longer_than_a_read_waits(
    proxy: Proxy, tmp_path: Path
) -> None:
    async with await connect(proxy.url, tmp_path) as store:
        assert isinstance(store.client, Redis)
        bearing = store.client.connection_pool.connection_kwargs["socket_timeout"]
    assert LONGEST_BLOCK < bearing < LIMIT
