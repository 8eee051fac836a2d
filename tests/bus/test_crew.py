"""Who is at work, on a real server; and the state of the queue at one moment."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.codec import key
from bot.bus.crew import FORGOTTEN, Crew
from bot.bus.inbox import Inbox
from bot.bus.server import Store, connect
from bot.bus.stats import Stats
from bot.model import Backlog, Beat, ChatMessage, Outcome

WARM = Beat("worker", warm=True, waiting=3, in_flight=2, lag=0.25, batches=7, messages=40)


def message(number: int, room: str = "room/a") -> ChatMessage:
    return ChatMessage(f"m{number}", "room", room, "Bob", "42", "viewer", "how much?", 1.5)


async def age(store: Store, name: str, seconds: float) -> None:
    """Let the last beat of ``name`` lie further back."""
    client: Any = store.client
    stamp, _, beat = (await client.hget(key("crew"), name)).partition(b" ")
    await client.hset(key("crew"), name, b"%f %s" % (float(stamp) - seconds, beat))


async def test_a_beat_is_seen_by_all_with_the_servers_time(store: Store) -> None:
    first, _ = await store.client.time()
    await Crew(store).beat("b", WARM)
    await Crew(store).beat("a", Beat("gateway"))
    (a, gateway), (b, worker) = await Crew(store).alive()
    assert (a, b) == ("a", "b")
    assert replace(worker, at=0.0) == WARM
    assert gateway == Beat("gateway", at=gateway.at)
    assert first <= gateway.at <= (await store.client.time())[0] + 1


async def test_the_last_beat_counts(store: Store) -> None:
    crew = Crew(store)
    await crew.beat("a", Beat("worker"))
    await crew.beat("a", WARM)
    assert [beat.warm for _, beat in await crew.alive()] == [True]


async def test_who_is_silent_is_not_alive_and_is_forgotten_after_an_hour(store: Store) -> None:
    crew = Crew(store)
    for name, seconds in (("new", 0), ("late", 60), ("gone", FORGOTTEN + 60)):
        await crew.beat(name, WARM)
        await age(store, name, seconds)
    assert [name for name, _ in await crew.alive()] == ["new"]
    assert [name for name, _ in await crew.alive(within=120)] == ["late", "new"]
    assert await store.client.hlen(key("crew")) == 2


async def test_who_leaves_is_gone_at_once(store: Store) -> None:
    crew = Crew(store)
    await crew.beat("a", WARM)
    await crew.leave("a")
    await crew.leave("never came")
    assert await crew.alive() == []


@given(st.binary(max_size=40))
async def test_what_is_no_beat_of_ours_is_skipped(store: Store, raw: bytes) -> None:
    crew, now = Crew(store), (await store.client.time())[0]
    await crew.beat("a", WARM)
    await store.client.hset(key("crew"), mapping={"b": b"%d %s" % (now, raw), "c": raw})
    assert "a" in [name for name, _ in await crew.alive()]


async def test_a_heart_beats_until_its_block_ends_however_it_ends(store: Store) -> None:
    crew = Crew(store)
    seen: list[tuple[str, Beat]] = []

    async def work() -> None:
        async with crew.beating("a", lambda: WARM):
            while not seen:
                seen.extend(await crew.alive())
            raise KeyError

    async with asyncio.timeout(20):
        with pytest.raises(KeyError):
            await work()
    assert [name for name, _ in seen] == ["a"]
    assert await crew.alive() == []


async def test_a_queue_that_is_away_stops_no_heart(tmp_path: Path) -> None:
    away = await connect("", tmp_path)
    async with asyncio.timeout(60):
        async with Crew(away).beating("a", lambda: WARM):
            while not await Crew(away).alive():
                await away.client.ping()
            await away.close()  # ours was the server
            async with await connect("", tmp_path) as back:
                await back.client.flushall()  # so what is told from here on is new
                while not (alive := await Crew(back).alive()):
                    await back.client.ping()
    assert [name for name, _ in alive] == ["a"]


async def test_an_empty_queue_has_nothing_to_tell(store: Store) -> None:
    stats = await Stats(store, Inbox(store)).read()
    assert (stats.pending, stats.dead, stats.crew, stats.counts) == (0, 0, (), {})
    assert stats.backlog == {"urgent": Backlog(), "rest": Backlog()}


async def test_the_state_of_the_queue_is_what_waits_what_is_leased_and_what_is_dead(
    store: Store,
) -> None:
    inbox = Inbox(store)
    for number in range(5):
        await inbox.put(message(number))
    leased = await inbox.read("w", 3)
    await inbox.put(message(9), urgent=True)
    await inbox.finish(leased[0], Outcome(leased[0].message, "ignored", "off"))
    await inbox.set_aside(leased[1], "failed")
    await Crew(store).beat("w", WARM)
    stats = await Stats(store, inbox).read()
    rest, urgent = stats.backlog["rest"], stats.backlog["urgent"]
    assert (rest.waiting, rest.leased) == (2, 1)
    assert (urgent.waiting, urgent.leased) == (1, 0)
    assert (stats.pending, stats.dead) == (await inbox.pending(), 1)
    assert stats.counts == {"accepted": 6, "ignored": 1, "dead": 1}
    assert [name for name, _ in stats.crew] == ["w"]


@pytest.mark.parametrize("urgent", [False, True])
async def test_lag_is_the_age_of_the_first_that_nobody_took(store: Store, urgent: bool) -> None:  # noqa: FBT001 - a parameter
    inbox = Inbox(store)
    shard, name = inbox.shards[0], "urgent" if urgent else "rest"
    stream = shard.urgent if urgent else shard.rest
    now = (await store.client.time())[0] * 1000
    await inbox.read("w", 1)  # makes the group
    for seconds in (90, 60, 30):
        await store.client.xadd(stream, {"m": b""}, id=f"{now - seconds * 1000}-0")
    client: Any = store.client
    await client.xreadgroup("workers", "w", {stream: ">"}, count=2)
    found = (await Stats(store, inbox).read()).backlog[name]
    assert 30 <= found.lag < 60
    assert 90 <= found.oldest < 120
    assert (found.waiting, found.leased) == (1, 2)


async def test_all_shards_are_told_together(store: Store) -> None:
    wide = Store(store.client, shards=4)
    inbox = Inbox(wide)
    for number in range(40):
        await inbox.put(message(number, f"room/{number}"))
    stats = await Stats(wide, inbox).read()
    assert stats.pending == stats.backlog["rest"].waiting == 40
    assert stats.counts == {"accepted": 40}
