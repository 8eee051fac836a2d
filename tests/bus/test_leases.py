"""What a worker held when it died, stalled or came back is handled once, by somebody."""

import asyncio
from typing import Any

from bot.bus.codec import key
from bot.bus.inbox import Inbox
from bot.bus.replies import Replies
from bot.bus.server import Store
from bot.bus.shard import GROUP
from bot.model import Outcome
from tests.bus.test_inbox import ROOM, answered, assert_conserved, fill


async def age(store: Store, milliseconds: int = 60_000) -> None:
    """Let all leases seem that much older, without waiting and without a delivery."""
    rows: list[dict[str, Any]] = await store.client.xpending_range(
        key("in:lo"), GROUP, "-", "+", 1000
    )
    for row in rows:
        await store.client.xclaim(
            key("in:lo"),
            GROUP,
            row["consumer"],
            0,
            [row["message_id"]],
            idle=milliseconds,
            justid=True,
        )


async def test_a_lease_that_has_not_ended_is_left_alone(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 1)
    await inbox.read("dead", 1, 0)
    assert await inbox.claim("other", 10) == []


async def test_a_dead_workers_messages_go_to_another_and_only_one_finish_counts(
    store: Store,
) -> None:
    inbox = Inbox(store)
    await fill(inbox, 3)
    held = await inbox.read("dead", 3, 0)
    await age(store)
    claimed = await inbox.claim("other", 10)
    assert [(each.message, each.deliveries) for each in claimed] == [
        (each.message, 2) for each in held
    ]
    assert await inbox.claim("third", 10) == []
    done = await asyncio.gather(
        *(inbox.finish(each, answered(each.message)) for each in held + claimed)
    )
    assert done.count(True) == 3
    assert len(await Replies(store).waiting(ROOM)) == 3
    await assert_conserved(inbox, store)


async def test_the_sweep_passes_nobody_over(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 25)
    await inbox.read("dead", 25, 0)
    await age(store)
    found = [each.message.id for _ in range(4) for each in await inbox.claim("other", 10)]
    assert found == [str(number) for number in range(25)]


async def test_a_worker_that_comes_back_finds_its_own(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 4)
    first, *_ = await inbox.read("a", 3, 0)
    await inbox.finish(first, Outcome(first.message, "ignored", "off"))
    own = await Inbox(store).own("a")
    assert [(each.message.id, each.deliveries) for each in own] == [("1", 2), ("2", 2)]
    assert await Inbox(store).own("b") == []


async def test_a_renewed_lease_does_not_end_and_is_no_delivery(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 2)
    held = await inbox.read("a", 2, 0)
    await age(store)
    assert await inbox.renew(held) == held
    assert await inbox.claim("other", 10) == []
    assert [each.deliveries for each in await inbox.own("a")] == [2, 2]


async def test_a_stalled_worker_does_not_take_back_what_others_claimed(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 2)
    held = await inbox.read("stalled", 2, 0)
    await age(store)
    claimed = await inbox.claim("other", 1)
    assert await inbox.renew(held) == held[1:]
    assert await inbox.renew(claimed) == claimed
    assert await inbox.renew([]) == []


async def test_only_work_that_has_begun_counts_as_a_try(store: Store) -> None:
    inbox = Inbox(store)
    await fill(inbox, 2)
    await inbox.read("a", 2, 0)
    for _ in range(5):
        await age(store)
        first, second = await inbox.claim("b", 10)
        await inbox.begin(first)
    assert (first.deliveries, second.deliveries) == (6, 6)
    assert (await inbox.tries(first), await inbox.tries(second)) == (6, 1)
