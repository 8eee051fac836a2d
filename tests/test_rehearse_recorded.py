"""A rehearsal of a recording begins as its rooms stood, and deletes what was deleted, in time."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.bus.removals import Removal
from bot.commands.recalled import Recalled, shifted
from bot.model import ChatMessage, Outcome, Removed, RoomState
from bot.replay.asides import Aside, Bare, Stood
from tests.fakes import said
from tests.strategies import room_states
from tests.test_rehearse import START, Rehearsed, log

ROOM = "test/room"


async def rehearsed(
    folder: Path, messages: list[ChatMessage], told: list[Aside], speed: float = 200.0
) -> list[tuple[str, str, str | None]]:
    made = Rehearsed(folder, messages, speed)
    made.stage.recalled = Recalled.of(told)
    await made.play()
    rows = map(json.loads, made.out.getvalue().splitlines())
    return [(row["message"]["id"], row["outcome"], row["reason"]) for row in rows]


async def test_it_begins_as_the_room_stood(tmp_path: Path) -> None:
    stood = RoomState(muted=frozenset({"v3"}), paused_until=START + 3, answered={"x": START})
    told: list[Aside] = [Stood(ROOM, stood), Stood(ROOM, RoomState(mode="off"))]
    found = await rehearsed(tmp_path, log(4), told, speed=5.0)
    assert found == [
        ("m0", "ignored", "paused"),
        ("m1", "ignored", "not_a_question"),
        ("m2", "answered", None),
        ("m3", "ignored", "muted"),
    ]


async def test_what_was_deleted_in_time_is_not_answered(tmp_path: Path) -> None:
    told: list[Aside] = [
        Removal(Removed(ROOM, id="m2"), START + 8.01),
        Removal(Removed(ROOM, author_id="v0"), START + 0.01),
        Removal(Removed("test/other"), START + 12.1),
    ]
    found = await rehearsed(tmp_path, log(4), told, speed=2.0)
    assert [(name, reason) for name, _, reason in found] == [
        ("m0", "deleted"),
        ("m1", "not_a_question"),
        ("m2", "deleted"),
        ("m3", None),
    ]


async def test_a_message_without_words_has_the_outcome_that_it_had(tmp_path: Path) -> None:
    bare = said("", number=1, author="", at=START)
    told: list[Aside] = [Bare(Outcome(bare, "handed_off", "no_fact"), START + 9)]
    found = await rehearsed(tmp_path, [bare, *log(1)], told)
    assert found[0] == ("m1", "handed_off", "no_fact")


@given(room_states(), st.integers(-1_000_000, 1_000_000))
def test_a_room_that_is_moved_stands_as_before_at_other_times(state: RoomState, by: int) -> None:
    moved = shifted(state, by)
    assert (moved.muted, moved.mode, moved.changes) == (state.muted, state.mode, state.changes)
    assert [slot.due for slot in moved.slots] == [slot.due + by for slot in state.slots]
    assert moved.answered == {key: at + by for key, at in state.answered.items()}
    assert shifted(state, 0) == state
