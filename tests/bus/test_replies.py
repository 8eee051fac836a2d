"""The outbox's records agree with a model, whatever is asked of them and in whatever order."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TypeVar, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.bus.codec import key
from bot.bus.inbox import Inbox
from bot.bus.outcomes import Outcomes
from bot.bus.replies import KEPT, Replies
from bot.bus.server import Store, connect
from bot.model import Delivered, Delivery, Reply

T = TypeVar("T")
ROOMS = ("room/a", "room/b")
rooms = st.sampled_from(ROOMS)
ids = st.sampled_from(["re:1", "re:2", "re:3"])
dues = st.integers(0, 9).map(float)
finals = st.sampled_from(get_args(Delivery)[1:])
OPEN = ("pending", "sending")


def reply_of(reply_id: str, room: str, due: float = 0.0) -> Reply:
    return Reply(reply_id, room, "¥129", "template", (), (reply_id[3:],), ("amy",), due=due)


class Machine(RuleBasedStateMachine):
    """What the store says is what a dictionary says."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = self.run(connect(self.url, Path()))
        self.run(self.store.client.flushall())
        self.replies = Replies(self.store)
        self.state: dict[tuple[str, str], str] = {}
        self.known: dict[tuple[str, str], Reply] = {}
        self.events: list[tuple[str, str]] = []

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()

    def of(self, room: str, state: str) -> list[Reply]:
        return [
            self.known[each] for each in self.known if each[0] == room and self.state[each] == state
        ]

    @rule(room=rooms, reply_id=ids, due=dues)
    def put(self, room: str, reply_id: str, due: float) -> None:
        reply = reply_of(reply_id, room, due)
        assert self.run(self.replies.put(reply)) == ((room, reply_id) not in self.known)
        self.known.setdefault((room, reply_id), reply)
        self.state.setdefault((room, reply_id), "pending")

    @rule(room=rooms, reply_id=ids)
    def begin(self, room: str, reply_id: str) -> None:
        begun = self.run(self.replies.begin(reply_id, room, 5.0))
        if self.state.get((room, reply_id)) != "pending":
            assert begun is None
            return
        assert begun == self.known[room, reply_id]
        self.state[room, reply_id] = "sending"

    @rule(room=rooms, reply_id=ids, due=dues)
    def postpone(self, room: str, reply_id: str, due: float) -> None:
        could = self.state.get((room, reply_id)) == "sending"
        reply = self.known.get((room, reply_id)) or reply_of(reply_id, room)
        assert self.run(self.replies.postpone(reply, due)) == could
        if could:
            self.state[room, reply_id] = "pending"
            self.known[room, reply_id] = replace(self.known[room, reply_id], due=due)

    @rule(room=rooms, reply_id=ids, final=finals)
    def settle(self, room: str, reply_id: str, final: Delivery) -> None:
        could = self.state.get((room, reply_id)) in OPEN
        assert self.run(self.replies.settle(Delivered(reply_id, final, 7.0), room)) == could
        if could:
            self.state[room, reply_id] = final
            self.events.append((reply_id, final))

    @rule(room=rooms, reply_id=ids)
    def cancel(self, room: str, reply_id: str) -> None:
        could = self.state.get((room, reply_id)) == "pending"
        assert self.run(self.replies.cancel(reply_id, room, "off", 8.0)) == could
        if could:
            self.state[room, reply_id] = "not_sent"
            self.events.append((reply_id, "not_sent"))

    @rule(room=rooms, now=dues)
    def due(self, room: str, now: float) -> None:
        found = self.run(self.replies.due(room, now))
        expected = [each for each in self.of(room, "pending") if each.due <= now]
        assert found == sorted(expected, key=lambda each: (each.due, each.id))

    @invariant()
    def agrees(self) -> None:
        for room in ROOMS:
            pending = sorted(self.of(room, "pending"), key=lambda each: (each.due, each.id))
            assert self.run(self.replies.waiting(room)) == pending
            assert self.run(self.replies.next_due(room)) == (pending[0].due if pending else None)
            stuck = sorted(self.of(room, "sending"), key=lambda each: each.id)
            assert self.run(self.replies.stuck(room)) == stuck
        told = [event for _, event in self.run(Outcomes(self.store).after(block=0))]
        assert [(e.reply_id, e.delivery) for e in told if isinstance(e, Delivered)] == self.events
        counted = Counter(final for _, final in self.events)
        assert self.run(Inbox(self.store).counts()) == counted


def test_every_order_of_steps_agrees_with_the_model(store_url: str) -> None:
    class Connected(Machine):
        """The machine at this run's server."""

        url = store_url

    run_state_machine_as_test(Connected, settings=settings(max_examples=30, stateful_step_count=30))


async def test_one_of_many_outboxes_takes_a_reply(store: Store) -> None:
    await Replies(store).put(reply_of("re:1", "room/a"))
    begun = await asyncio.gather(*(Replies(store).begin("re:1", "room/a", 1.0) for _ in range(20)))
    assert [each for each in begun if each] == [reply_of("re:1", "room/a")]


async def test_a_cancelled_reply_says_why_and_whom_it_would_have_answered(store: Store) -> None:
    replies = Replies(store)
    await replies.put(reply_of("re:1", "room/a"))
    assert await replies.cancel("re:1", "room/a", "off", 3.0)
    [(_, event)] = await Outcomes(store).after(block=0)
    assert event == Delivered("re:1", "not_sent", 3.0, answers=("1",), reason="off")


async def test_an_open_reply_is_kept_and_a_settled_one_is_forgotten_in_time(store: Store) -> None:
    replies, record = Replies(store), key("reply", "room/a", "re:1")
    await replies.put(reply_of("re:1", "room/a"))
    assert await store.client.ttl(record) == -1
    await replies.settle(Delivered("re:1", "sent", 1.0), "room/a")
    assert 0 < await store.client.ttl(record) <= KEPT


async def test_stuck_replies_can_be_asked_for_by_age(store: Store) -> None:
    replies = Replies(store)
    for number, begun in (("re:1", 10.0), ("re:2", 20.0)):
        await replies.put(reply_of(number, "room/a"))
        await replies.begin(number, "room/a", begun)
    assert await replies.stuck("room/a", before=10.0) == [reply_of("re:1", "room/a")]
    assert len(await replies.stuck("room/a", before=inf)) == 2


async def test_pending_is_no_final_state(store: Store) -> None:
    with pytest.raises(ValueError, match="final"):
        await Replies(store).settle(Delivered("re:1", "pending", 1.0), "room/a")
