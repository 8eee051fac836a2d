"""A message is accepted once and has one outcome, whoever dies on the way."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.bus.codec import BODY, key
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.replies import Replies
from bot.bus.server import Store, connect
from bot.bus.shard import GROUP, Entry
from bot.errors import CannotStart
from bot.model import ChatMessage, Delivered, Kind, Outcome, Reply

ROOM = "room/a"
KINDS: tuple[Kind, ...] = ("answered", "ignored", "handed_off", "expired")


def message_of(number: int) -> ChatMessage:
    return ChatMessage(str(number), "room", ROOM, "amy", "7", "viewer", "多少钱", 1.0)


def answered(message: ChatMessage) -> Outcome:
    reply = Reply(f"re:{message.id}", ROOM, "¥129", "template", (), (message.id,), due=2.0)
    return Outcome(message, "answered", reply=reply)


async def fill(inbox: Inbox, count: int) -> None:
    for number in range(count):
        assert await inbox.put(message_of(number))


async def assert_conserved(inbox: Inbox, store: Store, unreadable: int = 0) -> None:
    counts = await inbox.counts()
    accepted = counts.pop("accepted", 0)
    assert accepted == sum(counts.values()) + await inbox.pending()
    events = await Outcomes(store).after(block=0, count=10_000)
    assert len(events) == sum(counts.values()) - unreadable


async def test_a_message_is_accepted_once(store: Store) -> None:
    inbox = Inbox(store)
    assert await inbox.put(message_of(1))
    assert not await inbox.put(replace(message_of(1), text="said again"))
    # an id is one message in all rooms of its platform (contract.md)
    assert store.shard("room/b") == store.shard(ROOM)
    assert not await inbox.put(replace(message_of(1), room="room/b"))
    assert await inbox.put(replace(message_of(1), platform="twitch"))
    assert [each.message.text for each in await inbox.read("w", 10, 0)] == ["多少钱"] * 2
    assert await inbox.counts() == {"accepted": 2}


async def test_of_many_gateways_one_puts_a_message(store: Store) -> None:
    put = await asyncio.gather(*(Inbox(store).put(message_of(1)) for _ in range(20)))
    assert put.count(True) == 1


async def test_messages_come_in_order_and_to_one_worker_each(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 5)
    first, second = await inbox.read("a", 3, 0), await inbox.read("b", 3, 0)
    assert [each.message.id for each in first + second] == ["0", "1", "2", "3", "4"]
    assert await inbox.read("a", 3, 0) == []
    assert await inbox.pending() == 5


async def test_a_waiting_reader_gets_what_is_put(store: Store) -> None:
    inbox = Inbox(store)
    reading = asyncio.create_task(inbox.read("a", 1, 0.5))
    await inbox.put(message_of(1))
    found = await reading or await inbox.read("a", 1, 0.5)
    assert [each.message for each in found] == [message_of(1)]


async def test_finishing_records_all_at_once(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 1)
    [entry] = await inbox.read("a", 1, 0)
    outcome = answered(entry.message)
    assert await inbox.finish(entry, outcome)
    assert [event for _, event in await Outcomes(store).after(block=0)] == [outcome]
    assert await Replies(store).waiting(ROOM) == [outcome.reply]
    assert await inbox.counts() == {"accepted": 1, "answered": 1}
    assert await inbox.pending() == 0


async def test_finishing_twice_changes_nothing_more(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 1)
    [entry] = await inbox.read("a", 1, 0)
    assert await inbox.finish(entry, answered(entry.message))
    assert not await inbox.finish(entry, Outcome(entry.message, "ignored", "off"))
    assert not await inbox.set_aside(entry, "broken")
    assert await inbox.counts() == {"accepted": 1, "answered": 1}
    await assert_conserved(inbox, store)


async def test_a_reply_that_is_not_pending_is_not_queued(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 1)
    [entry] = await inbox.read("a", 1, 0)
    outcome = answered(entry.message)
    assert outcome.reply
    draft = replace(outcome, outcome="drafted", reply=replace(outcome.reply, delivery="not_sent"))
    assert await inbox.finish(entry, draft)
    assert await Replies(store).waiting(ROOM) == []


async def test_an_entry_that_cannot_be_read_stops_nobody(store: Store) -> None:
    inbox = Inbox(store)
    await store.client.xadd(key("in:lo"), {BODY: b"\xc1"})
    await store.client.hincrby(key("counts"), "accepted", 1)
    await fill(inbox, 1)
    assert [each.message.id for each in await inbox.read("a", 10, 0)] == ["0"]
    assert await inbox.counts() == {"accepted": 2, "dead": 1}
    await assert_conserved(inbox, store, unreadable=1)


async def test_a_server_that_lost_everything_is_used_on(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 2)
    held = await inbox.read("a", 1, 0)
    await store.client.flushall()
    assert await inbox.claim("a", 10) == []
    await store.client.flushall()
    assert await inbox.renew(held) == []
    assert not await inbox.finish(held[0], answered(held[0].message))
    await store.client.flushall()
    await fill(inbox, 3)
    assert len(await inbox.read("a", 10, 0)) == 3
    await assert_conserved(inbox, store)


async def test_a_lost_group_repeats_no_outcome(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 3)
    first, *_ = await inbox.read("a", 2, 0)
    await inbox.finish(first, answered(first.message))
    await store.client.xgroup_destroy(key("in:lo"), GROUP)
    assert [each.message.id for each in await inbox.read("b", 10, 0)] == ["1", "2"]


async def test_every_reader_of_outcomes_follows_its_own_cursor(store: Store) -> None:
    inbox, outcomes = Inbox(store), Outcomes(store)
    assert await outcomes.last() == "0-0"
    await fill(inbox, 4)
    entries = await inbox.read("a", 4, 0)
    for entry, kind in zip(entries[:2], KINDS, strict=False):
        await inbox.finish(entry, Outcome(entry.message, kind))
    cursor = await outcomes.last()
    await inbox.finish(entries[2], Outcome(entries[2].message, KINDS[2]))
    await Replies(store).put(Reply("re:9", ROOM, "", "faq", (), ()))
    await Replies(store).settle(Delivered("re:9", "sent", 5.0), ROOM)
    new = await outcomes.after(cursor, block=0)
    assert [type(event) for _, event in new] == [Outcome, Delivered]
    assert await outcomes.after(new[-1][0], block=0) == []
    assert len(await outcomes.after(block=0, count=3)) == 3


async def test_trimming_forgets_what_happened_and_nothing_that_waits(store: Store) -> None:
    inbox, outcomes = Inbox(store), Outcomes(store)
    await fill(inbox, 3)
    entries: list[Entry] = await inbox.read("a", 2, 0)
    await inbox.set_aside(entries[0], "broken")
    await outcomes.trim(before=1.0)
    assert len(await outcomes.after(block=0)) == 1
    await outcomes.trim(before=4e9)
    assert await outcomes.after(block=0) == []
    assert await store.client.xlen(key("dead")) == 1
    assert await inbox.pending() == 2


async def test_what_is_given_back_is_taken_by_another_as_if_it_had_just_come(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 4)
    mine = await inbox.read("a", 4)
    await inbox.give_back(mine[2:])
    theirs = await inbox.read("b", 4)
    assert [(each.message, each.deliveries) for each in theirs] == [
        (each.message, 1) for each in mine[2:]
    ]
    await inbox.give_back(mine[2:])  # no longer ours: it changes nothing
    assert await inbox.pending() == 4
    for each in (*mine[:2], *theirs):
        assert await inbox.finish(each, Outcome(each.message, "ignored", "off"))
    await assert_conserved(inbox, store)


async def test_urgent_messages_are_read_first_and_each_is_renewed_where_it_stands(
    store: Store,
) -> None:
    inbox = Inbox(store)
    await fill(inbox, 2)
    await inbox.put(message_of(2), urgent=True)
    entries = await inbox.read("a", 10)
    assert [(each.message.id, each.urgent) for each in entries] == [
        ("2", True),
        ("0", False),
        ("1", False),
    ]
    assert await inbox.renew(entries) == entries
    twin = replace(entries[0], stream=entries[1].stream, id=b"1-1")
    assert await inbox.renew([entries[0], twin]) == entries[:1]  # there is no such entry there


async def test_all_who_share_a_store_divide_the_rooms_alike(
    store: Store, server_folder: Path
) -> None:
    async with await connect("", server_folder, shards=1):
        pass
    with pytest.raises(CannotStart, match=r"store\.shards is 4: expected 1"):
        await connect("", server_folder, shards=4)


async def test_an_outcome_of_another_version_is_passed_over(store: Store) -> None:
    inbox, outcomes = Inbox(store), Outcomes(store)
    await fill(inbox, 1)
    await store.client.xadd(key("outcomes"), {BODY: b"\xc1"})
    [entry] = await inbox.read("a", 1)
    await inbox.finish(entry, Outcome(entry.message, "ignored", "off"))
    assert len(await outcomes.after(block=0)) == 1
