"""Each place forgets in its time, by a clock that the test holds, in a real server."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.bus.codec import key
from bot.bus.dead import DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.removals import LATE, Removal, Removals
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.flow.clock import WallClock
from bot.flow.sweep import Keep, Sweep
from bot.model import Deed, Delivered, Outcome, Removed, Reply, RoomState, Slot
from bot.rules.forgetting import SETTINGS
from tests.fakes import said

KEEP = Keep(events=100.0, dead=1000.0, rooms=500.0)
NOW = WallClock().now
ROOM = "test/room"
REPLY = Reply("re:m1", ROOM, "129元", "faq", (), ("m1",), ("Ann",))


async def heard(store: Store, count: int = 3) -> Inbox:
    """Return a queue of so many messages: one dead, one ignored, the rest waits."""
    inbox = Inbox(store)
    for number in range(1, count + 1):
        assert await inbox.put(said("多少钱", number=number))
    [first] = await inbox.read("w", 1)
    assert await inbox.set_aside(first, "failed")
    [second] = await inbox.read("w", 1)
    assert await inbox.finish(second, Outcome(second.message, "ignored", "repeated"))
    return inbox


async def left(store: Store) -> dict[str, int]:
    client: Any = store.client
    names = ("in:lo", "outcomes", "dead", "removed")
    return {name: await client.xlen(key(name)) for name in names}


async def test_each_place_keeps_what_it_holds_for_its_time_and_no_longer(store: Store) -> None:
    inbox = await heard(store)
    await Removals(store).put(Removal(Removed(ROOM, "m9"), 1.0))
    sweep, began = Sweep(store, KEEP), NOW()
    await sweep(began + 90.0)
    assert await left(store) == {"in:lo": 1, "outcomes": 2, "dead": 1, "removed": 1}
    await sweep(began + 110.0)
    assert await left(store) == {"in:lo": 0, "outcomes": 0, "dead": 1, "removed": 0}
    await sweep(began + 1010.0)
    assert await left(store) == {"in:lo": 0, "outcomes": 0, "dead": 0, "removed": 0}
    assert await inbox.counts() == {"accepted": 3, "dead": 1, "ignored": 1, "expired": 1}
    assert await inbox.waiting("test/room") == 0


async def test_what_a_worker_holds_for_a_moment_is_not_taken_from_it(store: Store) -> None:
    inbox = Inbox(store)
    await inbox.put(said("多少钱"))
    [entry] = await inbox.read("w", 1)
    await Sweep(store, replace(KEEP, events=1.0))(NOW() + 30.0)
    assert await inbox.finish(entry, Outcome(entry.message, "ignored", "repeated"))


async def test_replies_that_nobody_posts_are_settled_and_keep_no_words(store: Store) -> None:
    replies, now = Replies(store), NOW()
    await RedisRooms(store).update(ROOM, lambda state: (replace(state, mode="auto"), None))
    for name in ("re:1", "re:2", "re:3"):
        assert await replies.put(replace(REPLY, id=name, due=now))
    await replies.begin("re:2", ROOM, now)
    await Sweep(store, KEEP)(now + 50.0)
    assert await replies.open(ROOM) == 3
    await Sweep(store, KEEP)(now + 110.0)
    assert await replies.open(ROOM) == 0
    told = [event for _, event in await Outcomes(store).after(block=0.0)]
    kinds = {each.reply_id: each.delivery for each in told if isinstance(each, Delivered)}
    assert kinds == {"re:1": "not_sent", "re:2": "unknown", "re:3": "not_sent"}
    assert not any(each.text for each in told if isinstance(each, Delivered))


def room_of(now: float) -> RoomState:
    slot = Slot("re:m1", "zh:A1", now, now + 20.0, ("m1",), ("Ann",), ("~a",))
    deed = Deed("c1", now, "Mo", "~m", "moderator", "mute ann", "muted ann")
    return RoomState(
        mode="approve", showing="A1", muted=frozenset({"ann"}), served={"~a": now},
        cleared={"~b": now}, slots=(slot,), told={"m0": "re:m0"}, log=(deed,), commands={"c1": "muted ann", "c2": "on"},
    )  # fmt: skip


async def test_a_room_forgets_whom_it_served_then_what_its_staff_did_then_all_but_settings(
    store: Store,
) -> None:
    rooms, now, sweep = RedisRooms(store), NOW(), Sweep(store, KEEP)
    await rooms.update(ROOM, lambda _: (room_of(now), None))
    await sweep(now + 90.0)
    assert await rooms.get(ROOM) == room_of(now)
    await sweep(now + 200.0)
    after = await rooms.get(ROOM)
    assert (after.served, after.cleared, after.slots) == ({}, {}, ())
    assert len(after.log) == 1
    await sweep(now + 510.0)
    after = await rooms.get(ROOM)
    assert (after.log, after.commands) == ((), {"c2": "on"})
    assert after.told
    await sweep(now + 1100.0)
    assert await rooms.get(ROOM) == RoomState(
        mode="approve", showing="A1", muted=frozenset({"ann"})
    )


async def test_a_room_in_which_something_happens_is_not_idle(store: Store) -> None:
    rooms, now, sweep = RedisRooms(store), NOW(), Sweep(store, KEEP)
    for step in range(6):
        told = {f"m{step}": f"re:m{step}"}
        await rooms.update(ROOM, lambda state, of=told: (replace(state, told=of), None))  # type: ignore[misc]  # mypy cannot see the defaults
        await sweep(now + 400.0 * step)
        assert (await rooms.get(ROOM)).told == told


async def test_the_rooms_of_a_rehearsal_forget_in_its_own_time(store: Store) -> None:
    rooms, now = RedisRooms(store), NOW()
    await rooms.update(ROOM, lambda _: (room_of(1000.0), None))
    await Sweep(store, KEEP)(now, 1001.0)
    assert (await rooms.get(ROOM)).served


def test_settings_are_what_a_room_has_from_its_staff() -> None:
    assert set(SETTINGS) <= set(RoomState.__dataclass_fields__)


# What moderators remove -------------------------------------------------------------------------


async def texts(store: Store) -> list[str]:
    told = [event for _, event in await Outcomes(store).after(block=0.0)]
    return [each.message.id if isinstance(each, Outcome) else each.reply_id for each in told]


@pytest.mark.parametrize(
    ("removed", "stay"),
    [
        (Removed(ROOM, id="m2"), ["m1", "m3"]),
        (Removed(ROOM, author_id="~ann"), ["m3"]),
        (Removed(ROOM), []),
        (Removed("test/other"), ["m1", "m2", "re:m2", "m3"]),
        (Removed(ROOM, author_id="~late"), ["m1", "m2", "re:m2", "m3"]),
    ],
)
async def test_what_is_removed_leaves_the_history_with_what_answers_it_and_stays_counted(
    store: Store, removed: Removed, stay: list[str]
) -> None:
    inbox = Inbox(store)
    for number, author in enumerate(("ann", "ann", "bob"), 1):
        line = replace(said("多少钱", number=number), author_id=f"~{author}")
        await inbox.put(line)
        [entry] = await inbox.read("w", 1)
        await inbox.finish(entry, Outcome(entry.message, "ignored", "repeated"))
        if number == 2:
            await Replies(store).put(replace(REPLY, id="re:m2", answers=("m2",)))
            await Replies(store).settle(
                Delivered("re:m2", "sent", 5.0, "@ann 129元", ("m2",)), ROOM
            )
    counts = await inbox.counts()
    await Removals(store).put(Removal(removed, 2000.0))
    await Removals(store).scrub(NOW())
    assert await texts(store) == stay
    assert await inbox.counts() == counts


async def test_who_is_cleared_may_speak_again(store: Store) -> None:
    inbox = Inbox(store)
    line = replace(said("多少钱"), author_id="~ann")
    await Removals(store).put(Removal(Removed(ROOM, author_id="~ann"), line.sent_at - 1.0))
    await inbox.put(line)
    [entry] = await inbox.read("w", 1)
    await inbox.finish(entry, Outcome(entry.message, "ignored", "repeated"))
    assert await Removals(store).scrub(NOW()) == 0


async def test_what_is_finished_after_its_removal_is_removed_at_the_next_sweep(
    store: Store,
) -> None:
    inbox, removals, now = await heard(store), Removals(store), NOW()
    await removals.put(Removal(Removed(ROOM, "m3"), 2000.0))
    assert await removals.scrub(now) == 0
    [entry] = await inbox.read("w", 1)
    await inbox.finish(entry, Outcome(entry.message, "handed_off", "host_only"))
    assert await removals.scrub(now + 60.0) == 1
    assert await removals.scrub(now + 2 * LATE) == 0


async def test_a_dead_letter_that_was_removed_is_gone(store: Store) -> None:
    await heard(store)
    await Removals(store).put(Removal(Removed(ROOM, "m1"), 2000.0))
    assert await Removals(store).scrub(NOW()) == 2  # and its outcome
    assert await DeadLetters(store).count() == 0


async def test_an_outcome_says_nothing_of_a_line_that_was_deleted_before(store: Store) -> None:
    inbox = Inbox(store)
    await inbox.put(said("多少钱"))
    [entry] = await inbox.read("w", 1)
    await inbox.finish(entry, Outcome(entry.message, "ignored", "deleted"))
    [(_, told)] = await Outcomes(store).after(block=0.0)
    assert isinstance(told, Outcome)
    assert (told.message.id, told.message.text, told.message.author) == ("m1", "", "")


async def test_one_process_at_a_time_sweeps(store: Store) -> None:
    turns = await asyncio.gather(*(Sweep(store, KEEP).mine() for _ in range(5)))
    assert turns.count(True) == 1


async def test_what_was_forgotten_leaves_the_disk(store: Store) -> None:
    client: Any = store.client
    await heard(store)
    before = (await client.info("persistence"))["aof_last_write_status"]
    await Sweep(store, KEEP)(NOW())
    await Sweep(store, KEEP)(NOW())
    assert await client.pttl(key("rewritten")) > 0
    assert before == "ok"
