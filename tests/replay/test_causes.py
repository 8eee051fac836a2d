"""Differences of a rehearsal from a replay: load's have a name, any other has none."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.model import Fact, Outcome, Reply
from bot.replay.causes import CAUSES, TOLD, Cause, Explained, cause
from bot.replay.golden import Golden
from bot.web.lines import as_json
from tests.replay.report.rows import answered, chatter, handed

ASKED = replace(answered("a", 0), score=0.97, sentiment="neutral", lang="en")


def other(outcome: Outcome = ASKED, **reply: Any) -> Outcome:
    assert outcome.reply is not None
    return replace(outcome, reply=replace(outcome.reply, **reply))


def became(kind: Any, reason: str | None, outcome: Outcome = ASKED) -> Outcome:
    return replace(outcome, outcome=kind, reason=reason, reply=None)


def why(before: Outcome, after: Outcome | None) -> Cause | None:
    golden = Golden([as_json(before)])
    if after is None:
        [change] = golden.gone()
    else:
        found = golden.add(as_json(after))
        assert found is not None
        change = found
    return cause(change)


MODEL = other(source="model", text="It is $59.")
COMMAND = became("commanded", None)
LOAD: list[tuple[Cause, Outcome, Outcome | None]] = [
    ("moved", ASKED, other(at=1_767_265_209.0)),
    ("late", ASKED, became("expired", "too_late")),
    ("late", handed("a", 0), Outcome(handed("a", 0).message, "expired", "too_late")),
    ("shed", ASKED, Outcome(ASKED.message, "shed", "room_cap")),
    ("template", MODEL, ASKED),
    ("coalesced", ASKED, other(id="re:z", answers=("z", "a"))),
    ("coalesced", ASKED, other(answers=("a", "b"))),
    ("paced", ASKED, became("ignored", "repeated")),
    ("paced", became("ignored", "cooldown"), ASKED),
    ("order", ASKED, Outcome(ASKED.message, "ignored", "off")),
    ("order", Outcome(ASKED.message, "ignored", "muted"), ASKED),
    ("order", COMMAND, replace(COMMAND, notice="21 messages")),
    ("rounding", ASKED, replace(ASKED, score=0.965)),
    ("rounding", became("ignored", "low_confidence"), replace(ASKED, score=0.96)),
    ("unheard", ASKED, None),
]
FAULTS: list[tuple[Outcome, Outcome]] = [
    (ASKED, other(facts=(Fact("A1.price", "49 USD"),))),
    (ASKED, other(text="The mug is $49.")),
    (ASKED, replace(ASKED, intent="stock")),
    (ASKED, replace(ASKED, score=0.5)),
    (ASKED, became("blocked", "ungrounded")),
    (ASKED, became("handed_off", "no_fact")),
    (ASKED, replace(ASKED, product="A2")),
    (chatter("a", 0), ASKED),
    (ASKED, Outcome(ASKED.message, "dead", "failed")),
    (ASKED, other(delivery="refused")),
]


@pytest.mark.parametrize(("wanted", "before", "after"), LOAD)
def test_what_load_moves_is_named(wanted: Cause, before: Outcome, after: Outcome | None) -> None:
    assert why(before, after) == wanted


@pytest.mark.parametrize(("before", "after"), FAULTS)
def test_what_load_cannot_do_is_no_excuse(before: Outcome, after: Outcome) -> None:
    assert why(before, after) is None


def test_every_cause_is_said_in_words_and_has_an_example() -> None:
    assert set(TOLD) == set(CAUSES) == {each for each, _, _ in LOAD}


def test_a_message_that_a_replay_never_had_is_no_load() -> None:
    change = Golden([]).add(as_json(ASKED))
    assert change is not None
    assert cause(change) is None


def test_the_changes_are_counted_and_another_place_is_none() -> None:
    rows = [answered("a", 0), answered("b", 5), answered("c", 9), chatter("d", 9)]
    golden, explained = Golden(map(as_json, rows)), Explained()
    after = [rows[1], other(rows[0], at=1_767_265_250.0), became("expired", "too_late", rows[2])]
    for outcome in (*after, replace(rows[3], outcome="dead")):
        if change := golden.add(as_json(outcome)):
            explained.add(change)
    explained.compared = golden.tally.compared
    assert dict(explained.causes) == {"moved": 1, "late": 1}
    assert [change.message["id"] for change in explained.unexplained] == ["d"]
    head, late = explained.told()
    assert head.startswith("4 outcomes compared with the replay's: 2 agree (1 posted at another")
    assert late.strip().startswith("1 late: ")


def test_a_line_of_outcomes_is_what_causes_are_looked_up_in() -> None:
    row: Mapping[str, Any] = json.loads(as_json(ASKED))
    assert {"outcome", "reason", "intent", "sentiment", "lang", "product", "reply"} <= set(row)
    assert isinstance(ASKED.reply, Reply)
