"""Every room gets its turn, questions go first, and nobody is forgotten."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.bus.shard import Entry
from bot.flow.fair import URGENT, FairQueue
from tests.fakes import said

BEHIND = 10.0
rooms = st.sampled_from(("a", "b", "c"))
entries = st.builds(
    lambda number, room, at, urgent, deliveries: entry(
        number, room, at, urgent=urgent, deliveries=deliveries
    ),
    st.integers(0, 10**6),
    rooms,
    st.floats(0, 100),
    st.booleans(),
    st.integers(1, 4),
)


def entry(
    number: int, room: str = "a", at: float = 0.0, *, urgent: bool = False, deliveries: int = 1
) -> Entry:
    message = replace(said("多少钱", number=number, at=at), room=room)
    return Entry(str(number).encode(), message, "w", deliveries, "in", urgent)


def emptied(queue: FairQueue, now: float = 0.0) -> list[Entry]:
    found = []
    while taken := queue.take(now):
        found.append(taken)
    return found


@given(st.lists(entries, max_size=60), st.floats(0, 200))
def test_all_that_comes_in_comes_out_once(given_: list[Entry], now: float) -> None:
    queue = FairQueue(BEHIND)
    queue.add(given_[::2])
    for each in given_[1::2]:
        queue.put_aside(each)
    assert len(queue) == len(given_)
    found = emptied(queue, now)
    assert len(found) == len(given_[::2])
    while suspect := queue.suspect():
        found.append(suspect)
    assert Counter(map(id, found)) == Counter(map(id, given_))
    assert len(queue) == 0


@given(st.lists(entries, max_size=60))
def test_what_is_cleared_is_all_that_waited(given_: list[Entry]) -> None:
    queue = FairQueue(BEHIND)
    queue.add(given_)
    assert Counter(map(id, queue.clear())) == Counter(map(id, given_))
    assert (queue.take(0.0), queue.suspect(), len(queue), queue.lag(99.0)) == (None, None, 0, 0.0)


def test_a_quiet_room_is_next_whatever_another_one_has_waiting() -> None:
    queue = FairQueue(BEHIND)
    queue.add([entry(n, "raid") for n in range(500)])
    queue.add([entry(500, "quiet"), entry(501, "silent")])
    rooms_ = [taken.message.room for taken in emptied(queue)[:4]]
    assert rooms_ == ["raid", "quiet", "silent", "raid"]


def test_the_questions_of_a_raid_do_not_go_before_the_chatter_of_a_quiet_room() -> None:
    queue = FairQueue(BEHIND)
    queue.add([entry(n, "raid", urgent=True) for n in range(500)])
    queue.add([entry(500 + n, "quiet") for n in range(3)])
    rooms_ = [taken.message.room for taken in emptied(queue)[:6]]
    assert rooms_ == ["raid", "quiet"] * 3


def test_urgent_ones_go_four_to_one_before_the_rest_and_the_rest_is_not_starved() -> None:
    queue = FairQueue(BEHIND)
    queue.add([entry(n, urgent=n < 50) for n in range(100)])
    order = [taken.urgent for taken in emptied(queue)]
    first = order[: 2 * (URGENT + 1)]
    assert first == ([True] * URGENT + [False]) * 2
    assert sum(order) == 50


def test_a_room_is_served_in_order_until_it_is_behind_then_from_its_newest() -> None:
    queue = FairQueue(BEHIND)
    queue.add([entry(n, at=float(n)) for n in range(4)])
    assert [taken.id for taken in emptied(queue, now=10.0)] == [b"0", b"1", b"2", b"3"]
    queue.add([entry(n, at=float(n)) for n in range(4)])
    assert [taken.id for taken in emptied(queue, now=11.5)] == [b"3", b"2", b"1", b"0"]


def test_the_staffs_commands_go_first_in_their_room_and_in_their_order_however_late() -> None:
    queue = FairQueue(BEHIND)
    queue.add([entry(n, urgent=True) for n in range(3)])
    for number in range(3, 6):
        command = replace(said("!bot off", number=number, role="moderator", at=0.0), room="a")
        queue.add([Entry(str(number).encode(), command, "w", urgent=True)])
    assert [taken.id for taken in emptied(queue, now=99.0)][:3] == [b"3", b"4", b"5"]


def test_the_lag_is_how_long_the_next_one_has_waited() -> None:
    queue = FairQueue(BEHIND)
    assert queue.lag(5.0) == 0.0
    queue.add([entry(1, at=2.0)])
    assert queue.lag(5.0) == 3.0
    assert queue.lag(1.0) == 0.0
