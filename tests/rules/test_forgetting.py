"""A room forgets one person wholly, and nothing of anybody else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Changes, Deed, Draft, Faq, RoomState, Slot
from bot.rules import forgetting
from bot.rules.forgetting import Who
from tests.rules.plans import THROW_EN

AMY = Who(frozenset({"amy"}), frozenset({"~amy", "7"}), frozenset({"m1"}))
PEOPLE = ("amy", "bob", "carl")


@st.composite
def states(draw: st.DrawFn) -> RoomState:
    """A room in which each of several people may stand anywhere."""
    people = st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3)
    asked = draw(people)
    slot = Slot(
        "re:x", "zh:A1", 1.0, 9.0, tuple(f"m{PEOPLE.index(p) + 1}" for p in asked), tuple(asked),
        tuple(f"~{p}" for p in asked),
    )  # fmt: skip
    room = RoomState(
        mode="auto",
        changes=Changes(faq=(Faq(("who is amy",), "our host"),)),
        muted=frozenset(draw(people)),
        served={f"~{p}": 1.0 for p in draw(people)},
        cleared={f"~{p}": 1.0 for p in draw(people)},
        answered={"zh:A1": 1.0},
        commands={p: f"muted {p}" for p in draw(people)},
        slots=(slot,) if asked else (),
        log=tuple(Deed(f"c{p}", 1.0, p, f"~{p}", "moderator", "on", "on") for p in draw(people)),
    )
    return replace(room, before=replace(room, slots=())) if draw(st.booleans()) else room


@given(states())
def test_nothing_of_one_is_left_and_all_of_the_others(room: RoomState) -> None:
    rest, count = forgetting.person(room, who=AMY)
    assert (rest == room) == (count == 0)
    personal = [getattr(rest, name) for name in ("muted", "served", "cleared", "commands", "log")]
    assert not any(AMY.within(each) for each in personal)
    assert not any({"amy", "~amy"} & {*slot.names, *slot.authors} for slot in rest.slots)
    assert rest.changes == room.changes
    assert rest.answered == room.answered
    assert rest.muted == room.muted - {"amy"}
    assert {*rest.served} == {*room.served} - {"~amy"}
    assert [deed.author for deed in rest.log] == [d.author for d in room.log if d.author != "amy"]
    assert rest.before is None or not AMY.within(rest.before.served)
    assert forgetting.person(rest, who=AMY) == (rest, 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("muted amy", True), ("mute @Amy", True), ("已静音 amy", True), ("amy", True),
        ("amygdala", False), ("tammy", False), ("", False), ("on", False),
    ],
)  # fmt: skip
def test_a_name_is_a_word_of_its_own(text: str, named: bool) -> None:  # noqa: FBT001 - a table
    assert AMY.named(text) == named


def test_nobody_is_named_in_nothing() -> None:
    assert not Who().within(("amy", {"a": 1.0}, None))


def test_a_draft_forgets_the_question_it_may_have_been_asked_by_them() -> None:
    draft = Draft("7", "room/a", THROW_EN, asked="amy asks")
    slot = Slot(
        "re:m1", "zh:A1", 1.0, 9.0, ("m1", "m2"), ("amy", "bob"), ("~amy", "~bob"), draft=draft
    )
    rest, _ = forgetting.person(RoomState(slots=(slot,)), who=AMY)
    [left] = rest.slots
    assert left.draft
    assert (left.names, left.draft.asked, left.draft.id) == (("bob",), "", "7")


def test_an_idle_room_that_has_changed_meanwhile_forgets_nothing() -> None:
    room = RoomState(served={"~amy": 1.0})
    assert forgetting.idle(room, unless=RoomState()) == (room, False)
    assert forgetting.idle(room, unless=room) == (RoomState(), True)
