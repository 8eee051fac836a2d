"""What was deleted or answered by the staff is answered by nobody else."""

from dataclasses import replace
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Answer, Join, Removed, RoomState, Rules, Skip, Slot
from bot.rules import policy, retraction
from tests.fakes import said

ids = st.sampled_from(("m1", "m2", "m3", "m4"))
authors = st.sampled_from(("ann", "bob"))


def slot(*askers: tuple[str, str], key: str = "zh:price:A1", said_: tuple[str, ...] = ()) -> Slot:
    return Slot(
        reply_id=f"re:{askers[0][0]}",
        key=key,
        due=1.0,
        expires=20.0,
        answers=tuple(each for each, _ in askers),
        names=tuple(author.title() for _, author in askers),
        authors=tuple(author for _, author in askers),
        said=said_,
    )


def removed(id_: str | None = None, author: str | None = None) -> Removed:
    return Removed("test/room", id_, author)


def test_a_deleted_question_leaves_the_slot_and_the_others_in_it() -> None:
    state = RoomState(slots=(slot(("m1", "ann"), ("m2", "bob")),))
    state, _ = retraction.retract(state, removed=removed("m1"), now=5.0)
    [left] = state.slots
    assert (left.answers, left.names, left.authors) == (("m2",), ("Bob",), ("bob",))
    assert state.closed == {}


def test_the_last_deleted_question_closes_the_slot_and_says_why() -> None:
    state = RoomState(slots=(slot(("m1", "ann")),))
    state, _ = retraction.retract(state, removed=removed("m1"), now=5.0)
    assert state.slots == ()
    assert state.closed == {"re:m1": "deleted"}


def test_a_banned_author_is_answered_nothing_that_was_said_before() -> None:
    state = RoomState(slots=(slot(("m1", "ann")), slot(("m2", "bob"), key="k")))
    state, _ = retraction.retract(state, removed=removed(author="ann"), now=5.0)
    assert [each.reply_id for each in state.slots] == ["re:m2"]
    assert retraction.gone(said("多少钱", author="Ann", at=4.0), state)
    assert not retraction.gone(said("多少钱", author="Ann", at=6.0), state)
    assert not retraction.gone(said("多少钱", author="Bob", at=4.0), state)


def test_what_is_deleted_while_it_is_read_gets_no_answer_and_joins_none() -> None:
    plan = Answer("price", "zh", (), "k")
    admit = partial(policy.admit, plan=plan, now=6.0, rules=Rules())
    for before in (RoomState(), RoomState(slots=(slot(("m2", "bob"), key="k"),))):
        state, _ = retraction.retract(before, removed=removed("m1"), now=5.0)
        after, decision = admit(state, message=said("多少钱", number=1, at=4.0))
        assert (after, decision) == (state, Skip("deleted"))


def test_what_is_deleted_after_its_answer_is_not_answered_again() -> None:
    state = RoomState(told={"m1": "re:m1"}, gone=("m1",))
    plan = Answer("price", "zh", (), "k")
    message = said("多少钱", number=1, at=4.0)
    _, decision = policy.admit(state, message=message, plan=plan, now=6.0, rules=Rules())
    assert decision == Join("re:m1")


def test_a_cleared_room_is_answered_nothing() -> None:
    state = RoomState(slots=(slot(("m1", "ann")), slot(("m2", "bob"), key="k")))
    state, _ = retraction.retract(state, removed=removed(), now=5.0)
    assert state.slots == ()
    assert retraction.gone(said("多少钱", author="Bob", at=4.0), state)


@given(st.lists(st.tuples(ids, authors), min_size=1, max_size=4, unique_by=lambda x: x[0]),
       st.lists(ids | st.none(), max_size=4))  # fmt: skip
def test_no_slot_holds_what_was_deleted(
    askers: list[tuple[str, str]], deleted: list[str | None]
) -> None:
    state = RoomState(slots=(slot(*askers),))
    for id_ in deleted:
        state, _ = retraction.retract(state, removed=removed(id_), now=5.0)
    left = [each for one in state.slots for each in one.answers]
    expected = [] if None in deleted else [id_ for id_, _ in askers if id_ not in deleted]
    assert left == expected
    assert all(one.answers for one in state.slots)


def test_many_deletions_do_not_fill_the_room() -> None:
    state = RoomState()
    for number in range(1000):
        state, _ = retraction.retract(state, removed=removed(f"m{number}"), now=5.0)
        state, _ = retraction.retract(state, removed=removed(author=f"a{number}"), now=5.0)
    assert len(state.gone) == len(state.cleared) == retraction.REMEMBERED


def test_a_host_who_says_the_price_has_answered() -> None:
    state = RoomState(slots=(slot(("m1", "ann"), said_=("129元",)), slot(("m2", "bob"), key="k")))
    line = said("姐妹们今天只要129！", role="host")
    state, _ = retraction.answered(state, message=line, now=5.0)
    assert [each.reply_id for each in state.slots] == ["re:m2"]
    assert state.closed == {"re:m1": "host_answered"}
    assert state.answered == {"zh:price:A1": 5.0}


def test_a_host_who_replies_to_the_question_has_answered_whatever_the_words() -> None:
    state = RoomState(slots=(slot(("m1", "ann"), said_=("纯棉",)),))
    line = said("看讲解哈", role="host")

    state, _ = retraction.answered(state, message=replace(line, reply_to="m1"), now=5.0)
    assert state.slots == ()


def test_a_host_who_speaks_of_something_else_has_not_answered() -> None:
    state = RoomState(slots=(slot(("m1", "ann"), said_=("129元",)),))
    for text in ("欢迎欢迎", "今天只要99", "1129"):
        assert retraction.answered(state, message=said(text, role="host"), now=5.0) == (state, None)
