"""All that is kept of one person is found and deleted; all that is kept of others stays."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.bus.codec import encode, key
from bot.bus.dead import DeadLetters
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.persons import PLACES, Kept, Persons
from bot.bus.removals import Removals
from bot.bus.replies import Replies
from bot.bus.rooms import RedisRooms
from bot.bus.server import Store
from bot.model import ChatMessage, Deed, Delivered, Outcome, Reply, RoomState, Slot
from bot.vault import pseudonyms

ROOM = "twitch/shop"
NAMED = pseudonyms.keyed(b"k" * 32)
AMY, BOB = "Amy", "Bob"
IDS = {AMY: "141981764", BOB: "42"}


def message_of(author: str, number: int, room: str = ROOM) -> ChatMessage:
    known = NAMED(room, IDS[author])
    text = f"how much is it? ({author.lower()}'s {number})"
    return ChatMessage(f"{author[0]}{number}", "twitch", room, author, known, "viewer", text, 1.0)


def reply_to(*authors: str) -> Reply:
    answers = tuple(f"{author[0]}1" for author in authors)
    return Reply(
        f"re:{answers[0]}", ROOM, "It is $5.", "faq", (), answers, authors, due=9.0, expires=99.0
    )


async def fill(store: Store, room: str = ROOM) -> None:
    """Leave something of both of them in each place."""
    inbox, replies = Inbox(store), Replies(store)
    for number, author in enumerate((AMY, BOB, AMY, BOB)):
        assert await inbox.put(message_of(author, number + 10, room))
    for entry in await inbox.read("w", 2):
        assert await inbox.set_aside(entry, "failed")
    for entry in await inbox.read("w", 2):
        assert await inbox.finish(entry, Outcome(entry.message, "ignored", "no_words"))
    for author in (AMY, BOB):
        for urgent in (False, True):
            message = message_of(author, 20 + urgent, room)
            assert await inbox.put(message, urgent=urgent)
        assert await replies.put(reply_to(author))
    sent = reply_to(BOB, AMY)
    for number, text in ((1, f"@{AMY} @{BOB} It is $5."), (2, f"@{BOB} It is $5.")):
        one = replace(sent, id=f"re:{number}", text=text)
        assert await replies.put(one)
        answers = ("A10", "B11") if number == 1 else ("B11",)
        told = Delivered(one.id, "sent", 5.0, text, answers)
        assert await replies.settle(told, room)
    await RedisRooms(store).update(room, lambda _: (state(room), None))


def state(room: str = ROOM) -> RoomState:
    amy, bob = (NAMED(room, IDS[each]) for each in (AMY, BOB))
    slots = (
        Slot("re:A1", "en:A1", 9.0, 99.0, ("A1",), (AMY,), (amy,)),
        Slot("re:B1", "en:A2", 9.0, 99.0, ("B1", "A2"), (BOB, AMY), (bob, amy)),
    )
    return RoomState(
        mode="approve",
        muted=frozenset({"amy", "carl"}),
        served={amy: 1.0, bob: 2.0},
        cleared={amy: 1.0},
        answered={"en:A1": 3.0},
        commands={"c1": "muted amy", "c2": "on"},
        slots=slots,
        log=(
            Deed("c1", 1.0, "Ann", "9", "moderator", "mute @Amy", "muted amy"),
            Deed("c2", 2.0, "Ann", "9", "moderator", "on", "on"),
        ),
        before=RoomState(muted=frozenset({"amy"}), served={amy: 1.0}),
    )


async def all_of(store: Store, user: str, room: str | None = None) -> list[Kept]:
    persons = Persons(store, NAMED)
    return [each async for each in persons.each(await persons.find(user, room))]


async def test_somebody_is_found_in_every_place_by_name_id_and_pseudonym(store: Store) -> None:
    await fill(store)
    by_name = await all_of(store, "@amy")
    assert {each.where for each in by_name} == set(PLACES)
    for user in (IDS[AMY], NAMED(ROOM, IDS[AMY]), "AMY"):
        assert await all_of(store, user) == by_name
    text = repr(by_name)
    assert "bob's" not in text
    assert "carl" not in text


async def test_what_is_erased_is_nowhere_and_what_others_said_is_where_it_was(
    store: Store,
) -> None:
    await fill(store)
    counts, persons = await Inbox(store).counts(), Persons(store, NAMED)
    of_bob = [each for each in await all_of(store, BOB) if each.where in ("waiting", "dead")]
    gone = await persons.erase(await persons.find(AMY), 50.0)
    assert all(gone[place] for place in PLACES)
    assert await all_of(store, AMY) == await all_of(store, IDS[AMY]) == []
    left = await everything(store)
    words = ("Amy", "amy", IDS[AMY], NAMED(ROOM, IDS[AMY]))
    assert [word for word in words if word.encode() in left] == []
    after = await all_of(store, BOB)
    assert [each for each in after if each.where in ("waiting", "dead")] == of_bob
    assert (await Inbox(store).counts())["accepted"] == counts["accepted"]
    again = await persons.erase(await persons.find(AMY), 51.0)
    assert sum(again.values()) == 0


async def test_the_counts_still_add_up_once_somebody_is_erased(store: Store) -> None:
    await fill(store)
    persons, inbox = Persons(store, NAMED), Inbox(store)
    await persons.erase(await persons.find(AMY), 50.0)
    counts = await inbox.counts()
    ends = sum(counts.get(kind, 0) for kind in ("ignored", "dead"))
    assert counts["accepted"] == ends + await inbox.pending()
    assert await inbox.waiting(ROOM) == await inbox.pending() == 2
    assert [each.message.author for each in await inbox.read("w", 9)] == [BOB, BOB]


async def test_a_reply_for_both_goes_on_for_the_other_alone(store: Store) -> None:
    replies, persons = Replies(store), Persons(store, NAMED)
    assert await replies.put(replace(reply_to(BOB, AMY), id="re:B1"))
    assert await replies.put(reply_to(AMY))
    await RedisRooms(store).update(ROOM, lambda _: (state(), None))
    inbox = Inbox(store)
    await inbox.put(message_of(AMY, 1))
    await persons.erase(await persons.find(AMY), 5.0)
    [left] = await replies.waiting(ROOM)
    assert (left.id, left.names, left.due) == ("re:B1", (BOB,), 9.0)
    room = await RedisRooms(store).get(ROOM)
    assert [(slot.answers, slot.names) for slot in room.slots] == [(("B1",), (BOB,))]
    assert room.closed == {"re:A1": "deleted"}


async def test_only_the_room_that_is_named_is_looked_at(store: Store) -> None:
    other = "twitch/other"
    for room in (ROOM, other):
        await Inbox(store).put(replace(message_of(AMY, 1, room), id=room))
        await RedisRooms(store).update(room, lambda _, at=room: (state(at), None))  # type: ignore[misc]  # mypy cannot see the defaults
    persons, before = Persons(store, NAMED), await all_of(store, AMY, other)
    assert {(each.where, each.room) for each in before} == {("waiting", other), ("rooms", other)}
    await persons.erase(await persons.find(AMY, ROOM), 50.0)
    assert await all_of(store, AMY, other) == await all_of(store, AMY) == before


async def test_the_pages_are_told_whom_to_forget(store: Store) -> None:
    await fill(store)
    persons = Persons(store, NAMED)
    await persons.erase(await persons.find(AMY), 50.0)
    [(_, removal)] = await Removals(store).after()
    assert (removal.removed.author_id, removal.at) == (NAMED(ROOM, IDS[AMY]), 50.0)


async def test_a_number_that_nobody_has_for_a_name_is_no_name(store: Store) -> None:
    deed = Deed("c3", 3.0, "Ann", "9", "moderator", "price 1 42", "5 to 42")
    await RedisRooms(store).update(ROOM, lambda room: (replace(room, log=(deed,)), None))
    assert await all_of(store, "42") == []


async def test_all_shards_are_looked_at(store: Store) -> None:
    wide = Store(store.client, shards=4)
    rooms = [f"twitch/{number}" for number in range(8)]
    for room in rooms:
        await Inbox(wide).put(replace(message_of(AMY, 1, room), id=room))
        await RedisRooms(wide).update(room, lambda _, at=room: (state(at), None))  # type: ignore[misc]  # mypy cannot see the defaults
    found = await all_of(wide, AMY)
    assert {each.room for each in found if each.where == "waiting"} == set(rooms)
    assert {each.room for each in found if each.where == "rooms"} == set(rooms)
    persons = Persons(wide, NAMED)
    await persons.erase(await persons.find(AMY), 50.0)
    assert await all_of(wide, AMY) == []


async def test_what_cannot_be_read_is_passed_over(store: Store) -> None:
    client: Any = store.client
    for name in ("in:lo", "outcomes", "dead"):
        await client.xadd(key(name), {"m": b"\xc1Amy"})
    await fill(store)
    persons = Persons(store, NAMED)
    assert sum((await persons.erase(await persons.find(AMY), 5.0)).values())
    assert await client.xlen(key("dead")) == 2


async def test_a_settled_reply_keeps_no_words(store: Store) -> None:
    await fill(store)
    client: Any = store.client
    record = key("reply", ROOM, "re:1")
    assert await client.hgetall(record) == {b"state": b"sent", b"attempt": b"0"}
    assert not await Replies(store).put(replace(reply_to(AMY), id="re:1"))


@given(st.lists(st.tuples(st.sampled_from([AMY, BOB]), st.booleans()), max_size=12))
async def test_whatever_was_said_nothing_of_one_and_all_of_the_other_is_left(
    server: Store, said: list[tuple[str, bool]]
) -> None:
    await server.client.flushall()
    inbox = Inbox(server)
    for number, (author, done) in enumerate(said):
        await inbox.put(message_of(author, number), urgent=number % 3 == 0)
        if done:
            for entry in await inbox.read("w", 1):
                await inbox.finish(entry, Outcome(entry.message, "ignored", "no_words"))
    persons = Persons(server, NAMED)
    of_bob = len(await all_of(server, BOB))
    await persons.erase(await persons.find(AMY), 9.0)
    assert await all_of(server, AMY) == []
    assert len(await all_of(server, BOB)) == of_bob
    left = [event for _, event in await Outcomes(server).after(block=0.0)]
    assert all(isinstance(each, Outcome) and each.message.author == BOB for each in left)
    assert await DeadLetters(server).count() == 0


async def everything(store: Store) -> bytes:
    """Return all values that the server holds, but for the pseudonym that pages are told."""
    client: Any = store.client
    found = b""
    async for name in client.scan_iter():
        if name in (key("removed").encode(), key("load").encode()) or b":seen:" in name:
            continue
        found += b"|" + name + b"=" + await values(client, name)
    return found


async def values(client: Any, name: bytes) -> bytes:
    match (await client.type(name)).decode():
        case "stream":
            return repr(await client.xrange(name)).encode()
        case "hash":
            return repr(await client.hgetall(name)).encode()
        case "zset":
            return repr(await client.zrange(name, 0, -1)).encode()
        case _:
            return repr(await client.get(name)).encode()


def test_the_state_that_these_tests_use_can_be_written() -> None:
    assert encode(state())
