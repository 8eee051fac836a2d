"""In a raid a room is sampled and counted, questions last; others and the staff notice nothing."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bus.inbox import KEPT, Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.model import Outcome
from tests.fakes import said
from tests.flow.desk import assert_conserved

CAP = 10
ROOM, OTHER = "test/raid", "test/quiet"


async def raid(inbox: Inbox, count: int, *, urgent: bool = False, first: int = 0) -> None:
    for number in range(first, first + count):
        assert await inbox.put(replace(said("来了", number=number), room=ROOM), urgent=urgent)


async def test_up_to_the_cap_all_wait_then_one_in_eight_then_none(store: Store) -> None:
    inbox = Inbox(store, room_cap=CAP)
    await raid(inbox, CAP)
    assert await inbox.waiting(ROOM) == CAP
    await raid(inbox, 10 * KEPT * CAP, first=100)
    assert await inbox.waiting(ROOM) == 2 * CAP
    counts = await inbox.counts()
    assert counts["shed"] == counts["accepted"] - 2 * CAP
    await assert_conserved(store)


async def test_what_is_shed_says_so(store: Store) -> None:
    inbox = Inbox(store, room_cap=1)
    await raid(inbox, 2)
    [event] = [event for _, event in await Outcomes(store).after(block=0.0)]
    shed = replace(said("来了", number=1), room=ROOM)
    assert event == Outcome(shed, "shed", "room_cap")
    assert not await inbox.put(shed)  # it has its outcome: sent again it is the same message


async def test_questions_may_wait_where_chatter_may_not(store: Store) -> None:
    inbox = Inbox(store, room_cap=CAP)
    await raid(inbox, CAP)
    await raid(inbox, CAP, urgent=True, first=100)
    assert await inbox.waiting(ROOM) == 2 * CAP
    assert "shed" not in await inbox.counts()


async def test_a_raid_costs_the_staff_and_other_rooms_nothing(store: Store) -> None:
    inbox = Inbox(store, room_cap=CAP)
    await raid(inbox, 100 * CAP)
    for number, role in enumerate(("host", "moderator"), 9000):
        await inbox.put(replace(said("!bot off", number=number, role=role), room=ROOM))
    await inbox.put(replace(said("多少钱", number=9002), room=OTHER))
    waiting = [entry.message.id for entry in await inbox.read("w", 1000)]
    assert {"m9000", "m9001", "m9002"} <= set(waiting)


async def test_a_room_that_has_been_served_is_heard_again(store: Store) -> None:
    inbox = Inbox(store, room_cap=CAP)
    await raid(inbox, 5 * CAP)
    for entry in await inbox.read("w", 1000):
        await inbox.finish(entry, Outcome(entry.message, "ignored", "off"))
    assert await inbox.waiting(ROOM) == 0
    before = (await inbox.counts())["shed"]
    await raid(inbox, CAP, first=1000)
    assert (await inbox.counts())["shed"] == before
    await assert_conserved(store)


@given(st.lists(st.tuples(st.sampled_from((ROOM, OTHER)), st.booleans()), max_size=80))
@settings(max_examples=40)
async def test_no_room_ever_exceeds_twice_its_cap_and_nothing_is_uncounted(
    store: Store, puts: list[tuple[str, bool]]
) -> None:
    await store.client.flushall()
    inbox = Inbox(store, room_cap=3)
    for number, (room, urgent) in enumerate(puts):
        await inbox.put(replace(said("来了", number=number), room=room), urgent=urgent)
        assert await inbox.waiting(room) <= 2 * 2 * 3
    assert await inbox.pending() == await inbox.waiting(ROOM) + await inbox.waiting(OTHER)
    await assert_conserved(store)
