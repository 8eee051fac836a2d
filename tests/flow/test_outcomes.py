"""Each message's final outcome comes once, in the order of the messages, with its reply."""

from dataclasses import replace

import pytest

from bot.flow.outcomes import Ledger
from bot.model import Delivered, Delivery, Kind, Outcome, Reply
from tests.fakes import said

REPLY = Reply("re:m1", "test/room", "59元", "template", (), ("m1",), due=1.5, expires=20.0)
JOINED = replace(REPLY, text="", answers=(), delivery="not_sent")


def answered(number: int = 1, reply: Reply = REPLY) -> Outcome:
    return Outcome(said("多少钱", number=number), "answered", reply=reply)


def ignored(number: int) -> Outcome:
    return Outcome(said("你好", number=number), "ignored", "not_a_question")


def delivered(delivery: Delivery = "sent", reason: str | None = None, number: int = 1) -> Delivered:
    return Delivered(f"re:m{number}", delivery, 7.0, "@Ann 59元", ("m1", "m2"), reason)


def ledger(*events: Outcome | Delivered) -> Ledger:
    made = Ledger()
    for event in events:
        made.add(event)
    return made


def test_nothing_has_happened() -> None:
    assert list(Ledger().final()) == []
    assert list(Ledger().final(everything=True)) == []


def test_what_needs_no_reply_is_final_at_once_and_once() -> None:
    made = ledger(ignored(1), ignored(2))
    assert list(made.final()) == [ignored(1), ignored(2)]
    assert list(made.final()) == []


def test_an_answer_is_final_when_its_reply_is_delivered_and_those_behind_it_wait() -> None:
    made = ledger(ignored(0), answered(1), ignored(2))
    assert list(made.final()) == [ignored(0)]
    made.add(delivered())
    first, second = made.final()
    assert second == ignored(2)
    assert first.reply == replace(
        REPLY, text="@Ann 59元", answers=("m1", "m2"), at=7.0, delivery="sent"
    )


def test_what_was_said_long_ago_is_not_waited_for() -> None:
    made = ledger(answered(1), ignored(2))
    assert list(made.final(before=1000.0)) == []
    assert list(made.final(before=1000.5)) == [answered(1), ignored(2)]


def test_what_is_forgotten_settles_nothing_that_comes_later() -> None:
    late = answered(2, JOINED)
    made = ledger(answered(1), delivered())
    assert [each.message.id for each in made.final()] == ["m1"]
    made.forget(before=7.0)
    made.add(late)
    assert [each.message.id for each in made.final()] == ["m2"]
    made.forget(before=21.0)
    made.add(replace(late, message=said("多少钱", number=3)))
    assert list(made.final()) == []


def test_whoever_joined_gets_the_same_reply() -> None:
    made = ledger(answered(2, JOINED), answered(1), delivered())
    joined, first = made.final()
    assert (joined.message.id, first.message.id) == ("m2", "m1")
    assert joined.reply == first.reply
    assert joined.reply is not None
    assert joined.reply.delivery == "sent"


def test_whoever_joined_before_the_reply_is_known_waits() -> None:
    made = ledger(answered(2, JOINED), delivered())
    assert list(made.final()) == []
    made.add(answered(1))
    assert len(list(made.final())) == 2


@pytest.mark.parametrize("delivery", ["sent", "held", "refused", "unknown"])
def test_what_the_platform_says_stays_an_answer(delivery: Delivery) -> None:
    [outcome] = ledger(answered(), delivered(delivery, "why")).final()
    assert (outcome.outcome, outcome.reason) == ("answered", "why")
    assert outcome.reply is not None
    assert outcome.reply.delivery == delivery


@pytest.mark.parametrize(
    ("reason", "kind"), [("off", "ignored"), ("too_late", "expired"), ("changed", "blocked")]
)
def test_what_was_dropped_before_the_post_is_no_answer(reason: str, kind: Kind) -> None:
    made = ledger(answered(1), answered(2, JOINED), delivered("not_sent", reason))
    for outcome in made.final():
        assert (outcome.outcome, outcome.reason, outcome.reply) == (kind, reason, None)


def test_what_was_dropped_for_another_reason_says_so() -> None:
    [outcome] = ledger(answered(), delivered("not_sent", "auth_failed")).final()
    assert (outcome.outcome, outcome.reason) == ("answered", "auth_failed")
    assert outcome.reply is not None
    assert outcome.reply.delivery == "not_sent"


def test_a_draft_waits_for_nobody() -> None:
    draft = Outcome(said("多少钱"), "drafted", "approval", reply=JOINED)
    assert list(ledger(draft).final()) == [draft]


@pytest.mark.parametrize(("kind", "reason"), [("blocked", "banned_word"), ("dead", "failed")])
def test_whoever_joined_a_reply_that_was_never_written_shares_its_end(
    kind: Kind, reason: str
) -> None:
    first = Outcome(said("多少钱"), kind, reason)
    made = ledger(answered(2, JOINED), first)
    assert [(e.message.id, e.outcome, e.reason, e.reply) for e in made.final()] == [
        ("m2", kind, reason, None),
        ("m1", kind, reason, None),
    ]


def test_the_first_outcome_of_a_message_counts() -> None:
    made = ledger(ignored(1), Outcome(said("你好"), "shed", "late"))
    assert list(made.final()) == [ignored(1)]


def test_at_the_end_everything_comes_as_it_stands() -> None:
    made = ledger(answered(1), ignored(2), answered(3, JOINED))
    assert list(made.final(everything=True)) == [answered(1), ignored(2), answered(3, JOINED)]
    assert list(made.final(everything=True)) == []
