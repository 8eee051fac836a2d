"""Somebody of the staff answers: all who asked, once, in words that may be said; or on camera."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    Abilities,
    Answer,
    Catalogue,
    ChatMessage,
    Draft,
    Fact,
    Kind,
    Mode,
    Outcome,
    Product,
    RoomState,
    Rules,
    Skip,
    Slot,
)
from bot.rules import policy
from bot.rules.commands import Command, Done, Past, obey, parted
from bot.shop import lexicon
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop

NOW = 1000.0
CATALOGUE = Catalogue(
    "店", "CNY", "zh", (Product("A1", "卫衣", 129.0, stock=7), Product("B2", "袜子", 9.0))
)
SHOP = Shop(CATALOGUE, {})
RULES = Rules(language="en", lexicon=lexicon.load(lexicon.DEFAULT))


def asked(id_: str, text: str = "能机洗吗", author: str = "Ann", **given: Any) -> ChatMessage:
    message = ChatMessage(id_, "t", "t/r", author, author.lower(), "viewer", text, NOW - 30)
    return replace(message, **given)


def handed(message: ChatMessage, kind: Kind = "handed_off", **given: Any) -> Outcome:
    outcome = Outcome(message, kind, "no_fact", intent="product", lang="zh", product="A1")
    return replace(outcome, **given)


def tell(
    line: str,
    *past: Outcome,
    state: RoomState | None = None,
    id_: str = "c1",
    rules: Rules = RULES,
    now: float = NOW,
    abilities: Abilities | None = None,
) -> tuple[RoomState, Done]:
    command = Command("answer", line, id_, "Mod", "m", "moderator", "t/r")
    shop = Shop(overlay(CATALOGUE, (state or RoomState()).changes), {})
    return obey(
        state or RoomState(),
        command=command,
        shop=shop,
        now=now,
        rules=rules,
        abilities=abilities,
        past=Past(past),
    )


def asks(state: RoomState) -> list[tuple[str, ...]]:
    return [slot.answers for slot in state.slots]


def unchanged(state: RoomState, was: RoomState | None = None) -> bool:
    return replace(state, commands={}) == (was or RoomState())


# What is said ------------------------------------------------------------------------------------


def test_the_words_go_out_at_once_as_they_are() -> None:
    state, done = tell("m1 = 可以机洗，30度以下哦", handed(asked("m1")))
    assert done.reply is not None
    assert (done.reply.id, done.reply.text) == ("an:c1", "可以机洗，30度以下哦")
    assert (done.reply.answers, done.reply.names) == (("m1",), ("Ann",))
    assert (done.reply.due, done.reply.expires) == (NOW, NOW + RULES.max_age)
    assert done.notice == "answered 1: 可以机洗，30度以下哦"
    assert not state.slots[0].waits


def test_a_command_that_comes_again_leads_to_the_same_reply() -> None:
    past = handed(asked("m1"))
    state, first = tell("m1 = 可以", past)
    assert tell("m1 = 可以", past, state=state) == (state, first)


def test_all_who_asked_it_are_answered_and_nobody_else() -> None:
    past = (
        handed(asked("m1", "能机洗吗")),
        handed(asked("m2", "能 机洗吗？？", "Bob")),
        handed(asked("m3", "能机洗吗", "Cid"), product="B2"),
        handed(asked("m4", "能烘干吗", "Dan")),
        handed(asked("m5", "能机洗吗", "Eve", sent_at=NOW - 5000)),
        handed(asked("m6", "能机洗吗", "Fay"), kind="answered"),
        handed(asked("m7", "能机洗吗", "Muted")),
        handed(asked("m8", "能机洗吗", "Gil"), intent="chitchat"),
        handed(asked("m9", "能机洗吗", "Gone")),
        handed(asked("m0", "能机洗吗", "Mod", role="moderator")),
        handed(asked("ma", "能机洗吗", "Hal")),
    )
    state = RoomState(muted=frozenset({"muted"}), gone=("m9",))
    state, done = tell("m1 = 可以", *past, state=state)
    assert asks(state) == [("m1", "ma", "m2")]
    assert done.notice == "answered 3: 可以"


def test_several_may_be_named_at_once() -> None:
    past = handed(asked("m1")), handed(asked("m2", "可以用洗衣机不", "Bob"))
    state, _ = tell("m1 m2 = 可以", *past)
    assert asks(state) == [("m1", "m2")]


def test_numbers_that_tell_questions_apart_do_not_let_them_join() -> None:
    past = handed(asked("m1", "160斤穿L行吗")), handed(asked("m2", "120斤穿L行吗", "Bob"))
    assert asks(tell("m1 = 行", *past)[0]) == [("m1",)]


def test_it_takes_the_place_of_the_bots_own_answer() -> None:
    slot = Slot("re:m1", "k", NOW, NOW + 9, ("m1", "m2"), ("Ann", "Bob"), ("ann", "bob"))
    state, _ = tell(
        "m1 = 其实是棉的", handed(asked("m1"), "answered"), state=RoomState(slots=(slot,))
    )
    assert asks(state) == [("m1", "m2")]
    assert [one.reply_id for one in state.slots] == ["an:c1"]
    assert (state.closed, state.answered) == ({"re:m1": "host_answered"}, {"k": NOW})


def test_a_draft_is_named_by_its_short_id() -> None:
    plan = Answer("price", "zh", (Fact("A1.price", "129 CNY", "129元"),), "k", "A1", "卫衣")
    draft = Draft("7", "t/r", plan, "多少钱", "卫衣129元")
    slot = Slot("re:m1", "k", NOW, NOW + 9, ("m1",), ("Ann",), ("ann",), draft=draft)
    past = handed(asked("m1"), "drafted", draft="7")
    state, done = tell("#7 = 今天直播间都便宜", past, state=RoomState(slots=(slot,)))
    assert asks(state) == [("m1",)]
    assert done.reply is not None
    assert state.closed == {"re:m1": "host_answered"}


def test_words_of_several_lines_become_one() -> None:
    _, done = tell("m1 = 可以\n30度以下", handed(asked("m1")))
    assert done.reply is not None
    assert done.reply.text == "可以 30度以下"


def test_what_the_catalogue_does_not_hold_may_be_said() -> None:
    assert tell("m1 = 今晚加赠3双袜子，只要99元", handed(asked("m1")))[1].reply is not None


@pytest.mark.parametrize("words", ["全网最低价", "加我微信 abc12345", "治愈失眠"])
def test_what_nobody_may_say_the_staff_may_not_either(words: str) -> None:
    state, done = tell(f"m1 = {words}", handed(asked("m1")))
    assert unchanged(state)
    assert done.notice.startswith("refused (banned_word: ")


def test_words_that_the_platform_cannot_carry_are_refused() -> None:
    state, done = tell("m1 = 可以可以可以", handed(asked("m1")), abilities=Abilities(length=5))
    assert unchanged(state)
    assert done.notice == "refused (too_long)"


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_where_nothing_is_posted_nothing_is_said(mode: Mode) -> None:
    was = RoomState(mode=mode)
    state, done = tell("m1 = 可以", handed(asked("m1")), state=was)
    assert unchanged(state, was)
    assert done.notice == f"nothing is posted in {mode}"


def test_a_price_in_the_words_that_changes_before_the_post_stops_it() -> None:
    state, done = tell("m1 = 卫衣129元，库存7件", handed(asked("m1")))
    assert done.reply is not None
    assert [fact.id for fact in done.reply.facts] == ["A1.price", "A1.stock"]
    changes = replace(state.changes, prices={"A1": 99.0})
    shop = Shop(replace(overlay(CATALOGUE, changes), version="2"), {})
    _, decision = policy.release(state, reply=done.reply, now=NOW, shop=shop, rules=RULES)
    assert decision == Skip("changed")


# What is taken as answered -----------------------------------------------------------------------


def test_without_words_nothing_is_said_and_the_question_counts_as_answered() -> None:
    past = handed(asked("m1")), handed(asked("m2", "能机洗吗？", "Bob"))
    state, done = tell("m1", *past)
    assert (state.slots, done.reply) == ((), None)
    assert state.told == {"m1": "an:c1", "m2": "an:c1"}
    assert done.notice == "taken as answered: 能机洗吗"


def test_without_words_the_bots_own_answer_is_dropped() -> None:
    slot = Slot("re:m1", "k", NOW, NOW + 9, ("m1",), ("Ann",))
    state, _ = tell("m1", handed(asked("m1"), "answered"), state=RoomState(slots=(slot,)))
    assert state.slots == ()
    assert (state.closed, state.answered) == ({"re:m1": "host_answered"}, {"k": NOW})


# What is not done --------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["", "  ", "= 可以", "m1 =", "m1 ＝ "])
def test_a_line_that_names_nobody_or_says_nothing_is_explained(line: str) -> None:
    state, done = tell(line, handed(asked("m1")))
    assert unchanged(state)
    assert done.notice == "expected answer ID = WORDS, or answer ID: it is answered"


@pytest.mark.parametrize("line", ["m2 = 可以", "m1 m2 = 可以", "m2", "c0 = 可以"])
def test_a_message_that_is_no_longer_known_is_refused_in_one_line(line: str) -> None:
    command = Outcome(asked("c0", "!bot off", role="host"), "commanded", notice="off")
    state, done = tell(line, handed(asked("m1")), command)
    assert unchanged(state)
    assert done.notice.startswith("no such message of late: ")


@pytest.mark.parametrize("line", ["m1 = 可以", "m1"])
@pytest.mark.parametrize(
    ("message", "state"),
    [
        (asked("m1"), RoomState(gone=("m1",))),
        (asked("m1"), RoomState(cleared={"ann": NOW})),
        (asked("m1", "", ""), RoomState()),  # what is left of it in the events
    ],
)
def test_a_deleted_message_is_not_answered(
    line: str, message: ChatMessage, state: RoomState
) -> None:
    after, done = tell(line, handed(message), state=state)
    assert unchanged(after, state)
    assert done.notice == "the message was deleted"


@pytest.mark.parametrize("first", ["m1 = 可以", "m1"])
@pytest.mark.parametrize("second", ["m1 = 不可以", "m1"])
def test_two_moderators_do_not_answer_the_same_twice(first: str, second: str) -> None:
    past = handed(asked("m1"))
    state, done = tell(first, past, id_="c1")
    after, again = tell(second, past, state=state, id_="c2")
    assert replace(after, commands={}) == replace(state, commands={})
    assert again.notice == "it is answered already"
    if done.reply is None:
        return
    posted, _ = policy.release(state, reply=done.reply, now=NOW, shop=SHOP, rules=RULES)
    assert tell(second, past, state=posted, id_="c3")[1] == Done(
        "it is answered already", done=False
    )


def test_what_the_bot_has_answered_may_be_corrected() -> None:
    state = RoomState(told={"m1": "re:m1"})
    assert tell("m1 = 其实没有货了", handed(asked("m1"), "answered"), state=state)[1].reply


# Which are named ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("m1 = a", (("m1",), "a")),
        ("m1=a=b", (("m1",), "a=b")),
        ("m1 ＝ a", (("m1",), "a")),
        ("M1 = a", (("m1",), "a")),
        ("#7 a b= = a", (("m1", "a b="), "a")),
        ("a b= = a", (("a b=",), "a")),
        ("m1  xy", (("m1", "xy"), None)),
        ("m1 m1", (("m1",), None)),
        ("m1 x = = ", (("m1", "x"), "=")),
    ],
)
def test_ids_are_parted_from_the_words(rest: str, expected: tuple[Sequence[str], str]) -> None:
    assert parted(rest, {"7": "m1", "m1": "m1", "a b=": "a b="}) == expected


ids = st.text(st.sampled_from("aBz09=-_. #＝"), min_size=1, max_size=6).filter(
    lambda each: each.strip() == each and each[0] not in "=＝"
)
chatter = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=20)


@given(ids, chatter, st.lists(ids, max_size=3), st.sampled_from(["=", " = ", " ＝", "\t=\u3000"]))
def test_an_id_of_any_form_is_found_as_it_stands(
    id_: str, words: str, others: list[str], equals: str
) -> None:
    known = {each: each for each in [*others, id_]}
    found, said = parted(f"{id_}{equals}{words}", known)
    longest = [each for each in known if len(each) > len(id_)]
    if not longest:  # else one that is longer may have been meant
        assert (found, said) == ((id_,), words.strip())


@given(st.text(max_size=40), st.lists(st.text(max_size=6), max_size=3))
def test_any_line_is_parted_without_a_fault(rest: str, known: list[str]) -> None:
    found, _ = parted(rest, {each: each for each in known})
    assert all(found)


@given(st.text(max_size=60))
def test_whatever_is_said_the_room_has_one_answer_at_most(rest: str) -> None:
    state, done = tell(rest, handed(asked("m1")), handed(asked("m2", "有货吗", "Bob")))
    assert len(state.slots) <= 1
    assert done.notice
    assert (done.reply is not None) == bool(state.slots)


# Afterwards --------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["m1 = 可以", "m1"])
def test_undo_passes_over_it_and_the_log_has_it(line: str) -> None:
    mute = Command("mute", "bob", "c0", "Mod", "m", "moderator", "t/r")
    state, _ = obey(RoomState(), command=mute, shop=SHOP, now=NOW, rules=RULES)
    state, _ = tell(line, handed(asked("m1")), state=state)
    [first, deed] = state.log
    assert (first.change, deed.change) == (True, False)
    assert (deed.line, deed.author, deed.at) == (f"answer {line}", "Mod", NOW)
    undo = Command("undo", "", "c2", "Mod", "m", "moderator", "t/r")
    state, done = obey(state, command=undo, shop=SHOP, now=NOW, rules=RULES)
    assert done.notice == "undone: mute bob (muted bob)"
    assert state.muted == frozenset()
