"""A dead letter can be looked at, tried again exactly once, and forgotten; the counts stay right."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.bus.codec import key
from bot.bus.dead import PAGE, DeadLetter, DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.server import Store
from bot.model import ChatMessage, Outcome

SHARDS = 4


def message_of(number: int, room: str = "room/a") -> ChatMessage:
    return ChatMessage(str(number), "room", room, "amy", "7", "viewer", f"多少钱 {number}", 1.0)


def parted(store: Store) -> Store:
    """The same server, its rooms divided."""
    return Store(store.client, shards=SHARDS)


async def bury(store: Store, count: int, rooms: int = 1) -> None:
    """Let so many messages die."""
    inbox = Inbox(store)
    for number in range(count):
        assert await inbox.put(message_of(number, f"room/{number % rooms}"))
    while entries := await inbox.read("w", 100):
        for entry in entries:
            assert await inbox.set_aside(entry, "failed")


async def assert_conserved(store: Store) -> None:
    counts, pending = await Inbox(store).counts(), await Inbox(store).pending()
    assert counts.pop("accepted") == sum(counts.values()) + pending


async def test_what_was_set_aside_is_there_with_its_reason(store: Store) -> None:
    await bury(store, 1)
    [letter] = await DeadLetters(store).list(10)
    assert (letter.reason, letter.message) == ("failed", message_of(0, "room/0"))
    assert await DeadLetters(store).get(letter.id) == letter
    assert await DeadLetters(store).count() == 1


async def test_the_newest_come_first_over_all_shards(store: Store) -> None:
    store = parted(store)
    await bury(store, 20, rooms=7)
    dead = DeadLetters(store)
    letters = await dead.list(100)
    assert len({letter.shard for letter in letters}) > 1
    assert [letter.at for letter in letters] == sorted((each.at for each in letters), reverse=True)
    assert await dead.list(3) == letters[:3]
    assert await dead.count() == 20
    assert [await dead.get(letter.id) for letter in letters] == letters


async def test_a_retried_message_is_worked_on_again(store: Store) -> None:
    store = parted(store)
    await bury(store, 3, rooms=3)
    dead, inbox = DeadLetters(store), Inbox(store)
    letter = (await dead.list(10))[1]
    assert await dead.retry(letter.id)
    assert await dead.get(letter.id) is None
    assert await inbox.counts() == {"accepted": 3, "dead": 2}
    assert letter.message
    assert await inbox.waiting(letter.message.room) == 1
    await assert_conserved(store)
    [entry] = await inbox.read("w", 10)
    assert (entry.message, entry.deliveries) == (letter.message, 1)
    assert await inbox.finish(entry, Outcome(entry.message, "ignored", "repeated"))
    assert await inbox.counts() == {"accepted": 3, "dead": 2, "ignored": 1}
    assert await inbox.waiting(letter.message.room) == 0


async def test_of_many_who_retry_at_once_one_does(store: Store) -> None:
    await bury(store, 2)
    letters = await DeadLetters(store).list(10)
    tries = [DeadLetters(store).retry(letter.id) for letter in letters for _ in range(8)]
    assert (await asyncio.gather(*tries)).count(True) == 2
    assert await Inbox(store).pending() == 2
    await assert_conserved(store)


async def test_a_retry_and_a_drop_at_once_make_one_of_both(store: Store) -> None:
    await bury(store, 20)
    dead = DeadLetters(store)
    for letter in await dead.list(20):
        assert sorted(await asyncio.gather(dead.drop(letter.id), dead.retry(letter.id))) == [0, 1]
    assert await dead.count() == 0
    await assert_conserved(store)


async def test_what_is_dropped_stays_counted(store: Store) -> None:
    await bury(store, 1)
    dead = DeadLetters(store)
    [letter] = await dead.list(10)
    assert await dead.drop(letter.id)
    assert not await dead.drop(letter.id)
    assert not await dead.retry(letter.id)
    assert await Inbox(store).counts() == {"accepted": 1, "dead": 1}


async def test_each_passes_over_none_and_does_not_see_what_dies_meanwhile(store: Store) -> None:
    store = parted(store)
    count = 2 * PAGE + 3
    await bury(store, count)
    dead, seen = DeadLetters(store), []
    async for letter in dead.each():
        seen.append(letter.id)
        assert await dead.retry(letter.id)
        [entry] = await Inbox(store).read("w", 1)
        assert await Inbox(store).set_aside(entry, "failed")
    assert len(seen) == len(set(seen)) == count
    assert await dead.count() == count
    await assert_conserved(store)


async def test_bytes_that_are_no_message_are_shown_and_can_only_be_dropped(store: Store) -> None:
    client: Any = store.client
    await client.xadd(key("dead"), {"m": b"\xff", "reason": b"no ChatMessage"})
    dead = DeadLetters(store)
    [letter] = await dead.list(10)
    assert (letter.message, letter.reason) == (None, "no ChatMessage")
    assert not await dead.retry(letter.id)
    assert await dead.drop(letter.id)


async def test_where_rooms_are_divided_an_id_names_its_shard(store: Store) -> None:
    await bury(store, 1)
    [letter] = await DeadLetters(store).list(1)
    assert await DeadLetters(store).get(f"0-{letter.id}") == letter
    divided = DeadLetters(parted(store))
    assert await divided.get(letter.id) is None
    assert await divided.get(f"{SHARDS}-{letter.id}") is None
    assert await divided.get(f"0-{letter.id}") == DeadLetter(
        f"0-{letter.id}", 0, letter.at, letter.reason, letter.message
    )


@given(st.text() | st.from_regex(r"(\d+-)?\d+-\d+"))
async def test_no_text_that_names_no_letter_does_anything(server: Store, text: str) -> None:
    dead = DeadLetters(server)
    assert await dead.get(text) is None
    assert not await dead.retry(text)
    assert not await dead.drop(text)
