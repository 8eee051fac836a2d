"""The same bot over a cluster, and over a master that fails and is replaced."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bot.bus.dead import DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.limits import Limits
from bot.bus.outcomes import streams
from bot.bus.server import Store, connect
from bot.flow.patience import Patience
from bot.model import ChatMessage, Outcome, Rules, Window
from tests.bus.servers import CLOCK, cluster, watched_pair
from tests.fakes import ScriptedSession, said
from tests.flow.desk import Desk
from tests.flow.test_worker import until_empty, working

LIMIT = 90
SHARDS = 8
ROOMS = 20
FREE = Rules(cooldown=0, user_cooldown=0, max_age=1000)


def message(number: int) -> ChatMessage:
    text = ("4号多少钱", "你好", "有货吗")[number % 3]
    return replace(said(text, number=number, author=f"v{number}"), room=f"test/{number % ROOMS}")


async def ended(store: Store) -> Counter[str]:
    """Return how often each message has an outcome, over all shards."""
    found = Counter[str]()
    for each in streams(store):
        events = [event for _, event in await each.after(block=0.0, count=10_000)]
        found.update(event.message.id for event in events if isinstance(event, Outcome))
    return found


async def test_over_a_cluster_each_message_has_one_outcome_and_each_room_its_replies(
    tmp_path: Path,
) -> None:
    async with (
        asyncio.timeout(LIMIT),
        cluster(tmp_path) as url,
        await connect(url, tmp_path, SHARDS) as store,
    ):
        inbox = Inbox(store)
        assert len({store.shard(f"test/{number}") for number in range(ROOMS)}) > SHARDS / 2
        for number in range(300):
            assert await inbox.put(message(number), urgent=not number % 2)
        assert not await inbox.put(message(7))
        desks = [Desk(store, rules=FREE, room=f"test/{number}") for number in range(ROOMS)]
        async with working(desks[0].worker):
            await until_empty(inbox, store)
        assert await ended(store) == Counter(f"m{number}" for number in range(300))
        counts = await inbox.counts()
        assert counts.pop("accepted") == sum(counts.values()) == 300
        session = ScriptedSession()
        for desk in desks:
            await desk.post(session, 1002.0)
        assert {reply.room for reply in session.posted} == {desk.room for desk in desks}
        assert len({reply.id for reply in session.posted}) == len(session.posted)


async def test_over_a_cluster_letters_and_limits_work(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(LIMIT),
        cluster(tmp_path) as url,
        await connect(url, tmp_path, SHARDS) as store,
    ):
        inbox, letters = Inbox(store), DeadLetters(store)
        for number in range(ROOMS):
            await inbox.put(message(number))
        for entry in await inbox.read("w", 100):
            await inbox.set_aside(entry, "failed")
        assert await letters.count() == ROOMS
        [newest] = await letters.list(1)
        assert await letters.retry(newest.id)
        assert await inbox.pending() == 1
        assert await inbox.counts() == {"accepted": ROOMS, "dead": ROOMS - 1}
        limits, window = Limits(store, "test"), [Window("account", 1, 60.0), Window("a/b", 1, 60.0)]
        assert await limits.take(window, room="a/b") == 0.0
        assert await limits.take(window, room="a/b") > 50.0


async def test_after_a_failover_the_bot_goes_on(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(LIMIT),
        watched_pair(tmp_path) as (url, master),
        await connect(url, tmp_path) as store,
    ):
        inbox, patience = Inbox(store), Patience(store, CLOCK, "test")
        desk = Desk(store, rules=FREE)
        async with working(desk.worker):
            for number in range(60):
                await inbox.put(message(number))
            await until_empty(inbox, store)
            await store.client.execute_command("WAIT", 1, 5000)  # the replica knows all of this
            master.kill()
            began = CLOCK.now()
            for number in range(60, 120):
                await patience(lambda n=number: inbox.put(message(n)))  # type: ignore[misc]  # mypy cannot see the default
            print(f"writes went on {CLOCK.now() - began:.1f} s after the master had died")  # noqa: T201 - a figure for the note
            while await patience(inbox.pending):
                await CLOCK.sleep(0.05)
        assert await ended(store) == Counter(f"m{number}" for number in range(120))
        counts = await inbox.counts()
        assert counts.pop("accepted") == sum(counts.values()) == 120
