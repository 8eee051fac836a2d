"""A draft waits for somebody of the staff: it is sent once, with words that may be said, or not."""

from dataclasses import replace
from typing import Any

import pytest

from bot.model import (
    Abilities,
    Answer,
    Catalogue,
    ChatMessage,
    Decision,
    Draft,
    Fact,
    Faq,
    Go,
    Join,
    Mode,
    Product,
    Removed,
    Reply,
    RoomState,
    Rules,
    Skip,
    Slot,
)
from bot.rules import drafts, policy, retraction
from bot.rules.commands import Command, Done, obey, parse
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop

RULES = Rules(mode="approve", draft_expires=60.0, cooldown=20.0, user_cooldown=0.0)
CATALOGUE = Catalogue(
    "店", "CNY", "zh",
    (Product("A1", "卫衣", 129.0, link=1, stock=5), Product("B2", "袜子", 9.9, link=2)),
    (Faq(("几点下播",), "今晚10点下播哦～"),), version="v1",
)  # fmt: skip
PRICE = Answer("price", "zh", (Fact("A1.price", "129 CNY", "129元"),), "zh:A1.price", "A1", "卫衣")
STOCK = Answer("stock", "zh", (Fact("A1.stock", "5", "5"),), "zh:A1.stock", "A1", "卫衣")
END = Answer(
    "stream", "zh", (Fact("faq.几点下播", "今晚10点下播哦～", "今晚10点下播哦～"),),
    "faq:今晚10点下播哦～", faq="今晚10点下播哦～",
)  # fmt: skip
NOW = 1000.0


def asked(number: int = 1, text: str = "1号多少钱", at: float = NOW, **given: Any) -> ChatMessage:
    message = ChatMessage(
        f"m{number}", "room", "room/a", f"U{number}", f"u{number}", "viewer", text, at
    )
    return replace(message, **given)


class Room:
    """A room in which questions are asked and drafts are approved."""

    def __init__(self, rules: Rules = RULES, **state: Any) -> None:
        self.state = RoomState(**state)
        self.rules = rules
        self.told = 0

    def shop(self) -> Shop:
        return Shop(overlay(CATALOGUE, self.state.changes), {})

    def ask(
        self, number: int = 1, plan: Answer = PRICE, text: str = "卫衣129元", at: float = NOW,
        *, draft: bool = True,
    ) -> Decision:  # fmt: skip
        self.state, decision = policy.admit(
            self.state, message=asked(number, at=at), plan=plan, now=at, rules=self.rules,
            draft=draft,
        )  # fmt: skip
        if isinstance(decision, Go) and draft:
            version = self.shop().catalogue.version
            self.state, _ = drafts.worded(
                self.state, reply_id=decision.reply_id, text=text, source="template",
                shop_version=version,
            )  # fmt: skip
        return decision

    def do(self, line: str, id_: str = "", at: float = NOW + 1, **given: Any) -> Done:
        self.told += 1
        message = asked(text=f"!bot {line}", id=id_ or f"c{self.told}", role="moderator", at=at)
        command = parse(message, self.rules)
        assert isinstance(command, Command)
        self.state, done = obey(
            self.state, command=command, shop=self.shop(), now=at, rules=self.rules, **given
        )
        return done

    def release(self, reply: Reply | None, at: float = NOW + 2) -> Slot | Skip:
        assert reply is not None
        self.state, slot = policy.release(
            self.state, reply=reply, now=at, shop=self.shop(), rules=self.rules
        )
        return slot

    @property
    def waits(self) -> list[str]:
        return [draft.id for _, draft in drafts.waiting(self.state, NOW)]


# Waiting ----------------------------------------------------------------------------------------


def test_drafts_get_short_numbers_in_order() -> None:
    room = Room()
    room.ask(1)
    room.ask(2, STOCK)
    assert room.waits == ["1", "2"]


def test_the_numbers_begin_anew_before_they_are_too_long_to_type() -> None:
    room = Room(drafts=drafts.NUMBERS)
    room.ask()
    assert room.waits == ["1"]


def test_who_asks_the_same_joins_the_draft_and_is_answered_with_it() -> None:
    room = Room()
    room.ask(1)
    assert room.ask(2) == Join("re:m1")
    reply = room.do("ok 1").reply
    assert reply is not None
    assert (reply.answers, reply.names) == (("m1", "m2"), ("U1", "U2"))
    slot = room.release(reply)
    assert isinstance(slot, Slot)
    assert slot.answers == ("m1", "m2")


def test_a_draft_that_states_an_old_price_stands_again_once_the_price_does() -> None:
    room = Room()
    room.ask()
    seen, told = list[int](), list[bool]()
    for line in ("price 1 99", "price 1 129", "stock 1 4"):
        room.do(line)
        seen.append(len(drafts.standing(room.state, NOW, room.shop())))
        told.append("待审" in room.do("status").notice)
        assert (room.do("drafts").notice == "没有草稿") is not told[-1]  # the chat says the same
    assert seen == [0, 1, 1]
    assert told == [False, True, True]
    assert room.waits == ["1"]


def test_what_needs_no_approval_does_not_wait_behind_a_draft() -> None:
    room = Room(replace(RULES, mode="auto"))
    room.ask(1)
    later = NOW + RULES.cooldown
    assert isinstance(room.ask(2, at=later, draft=False), Go)
    done = room.do("ok 1", at=later)
    assert (done.reply, done.notice) == (None, "1 已有同样的回答")


def test_a_message_that_is_delivered_again_keeps_its_draft_and_its_words() -> None:
    room = Room()
    room.ask(1)
    before = room.state
    room.ask(1, text="other words")
    assert room.state == before


def test_no_more_drafts_wait_than_somebody_can_read() -> None:
    room = Room()
    plans = [replace(PRICE, key=f"k{n}") for n in range(drafts.MOST + 1)]
    ends = [room.ask(n, plan) for n, plan in enumerate(plans)]
    assert ends[-1] == Skip("too_many_drafts")
    assert len(room.waits) == drafts.MOST
    assert isinstance(room.ask(99, plans[-1], at=NOW + 61), Go)  # those before have expired


def test_a_draft_without_words_yet_cannot_be_approved() -> None:
    room = Room()
    room.state, _ = policy.admit(
        room.state, message=asked(), plan=PRICE, now=NOW, rules=RULES, draft=True
    )
    assert room.do("ok 1").reply is None


def test_words_for_a_draft_that_is_gone_are_no_draft() -> None:
    room = Room()
    _, draft = drafts.worded(
        room.state, reply_id="re:m9", text="x", source="model", shop_version=""
    )
    assert draft is None


# ok ---------------------------------------------------------------------------------------------


def test_ok_sends_the_draft_as_it_stands_under_the_questions_reply_id() -> None:
    room = Room()
    room.ask(text="卫衣现在129元")
    done = room.do("ok 1")
    assert done.notice == "已通过 1：卫衣现在129元"
    assert done.reply == Reply(
        "re:m1", "room/a", "卫衣现在129元", "template", PRICE.facts, ("m1",), ("U1",), None, "A1",
        room.shop().catalogue.version, due=NOW + 1, expires=NOW + 1 + RULES.max_age,
    )  # fmt: skip
    assert isinstance(room.release(done.reply), Slot)


@pytest.mark.parametrize("line", ["ok 1", "OK #1", "ok １", "ok　1 ", "通过 1", "ｏｋ 1"])
def test_an_id_is_read_in_every_spelling(line: str) -> None:
    room = Room()
    room.ask()
    assert room.do(line).reply is not None


def test_ok_twice_is_applied_once() -> None:
    room = Room()
    room.ask()
    first, again = room.do("ok 1", "same"), room.do("ok 1", "same")
    assert again == first  # the same command: its reply is put again, and the outbox takes it once
    second = room.do("ok 1")
    assert (second.reply, second.notice) == (None, "1 已通过")
    assert isinstance(room.release(first.reply), Slot)
    assert room.do("ok 1", "same").reply is None  # it has been posted
    assert room.do("ok 1").notice.startswith("没有草稿“1”")


def test_a_draft_may_be_edited_before_it_is_sent() -> None:
    room = Room()
    room.ask()
    done = room.do("ok 1 = 卫衣只要129元，喜欢就拍哦")
    assert done.reply is not None
    assert done.reply.text == "卫衣只要129元，喜欢就拍哦"
    assert done.reply.facts == PRICE.facts


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("卫衣99元", "ungrounded"),
        ("卫衣129元，还剩3件", "ungrounded"),
        ("卫衣129元，全网最低", "banned_word"),
        ("", "unreadable"),
        ("卫衣129元" + "哦" * 500, "too_long"),
    ],
)
def test_other_words_that_the_guard_refuses_are_refused_and_the_draft_waits_on(
    words: str, why: str
) -> None:
    room = Room(replace(RULES, banned=("全网最低",)))
    room.ask()
    done = room.do(f"ok 1 = {words}")
    assert done.reply is None
    assert why in done.notice
    assert room.waits == ["1"]
    assert room.state.log == ()
    assert room.do("ok 1").reply is not None


def test_other_words_are_as_short_as_the_platform_wants_them() -> None:
    room = Room()
    room.ask()
    assert room.do("ok 1 = 卫衣129元哦", abilities=Abilities(length=5)).reply is None


def test_an_faq_rows_answer_may_be_said_with_words_around_it() -> None:
    room = Room()
    room.ask(plan=END, text=END.faq or "")
    done = room.do("ok 1 = 姐妹们，今晚10点下播哦～")
    assert done.reply is not None
    assert done.reply.text.startswith("姐妹们")


@pytest.mark.parametrize(
    ("change", "plan"),
    [("price 1 99", PRICE), ("stock 1 0", STOCK)],
)
def test_a_draft_whose_fact_has_changed_dies_with_a_notice(change: str, plan: Answer) -> None:
    room = Room()
    room.ask(plan=plan)
    room.do(change)
    done = room.do("ok 1")
    assert done.reply is None
    assert "已过时" in done.notice
    assert room.waits == []
    assert isinstance(room.ask(2, plan, at=NOW + 3), Go)  # it may be asked anew at once


def test_a_draft_whose_fact_stands_outlives_another_change() -> None:
    room = Room()
    room.ask()
    room.do("price 2 5")
    assert room.do("ok 1").reply is not None


def test_what_was_approved_and_has_changed_since_is_not_posted() -> None:
    room = Room()
    room.ask()
    done = room.do("ok 1")
    room.do("price 1 99")
    assert room.release(done.reply) == Skip("changed")


def test_a_draft_expires() -> None:
    room = Room()
    room.ask()
    assert room.do("ok 1", at=NOW + 60.1).reply is None
    assert room.do("ok 1", at=NOW + 60).reply is not None


@pytest.mark.parametrize("line", ["off", "pause 5m", "shadow", "auto", "on", "mode approve"])
def test_whatever_changes_the_mode_drops_what_waits(line: str) -> None:
    room = Room()
    room.ask()
    room.do(line)
    assert room.waits == []
    assert room.do("ok 1").reply is None


@pytest.mark.parametrize("line", ["auto", "shadow", "on", "mode price approve", "undo"])
def test_what_was_cancelled_may_be_asked_anew_at_once(line: str) -> None:
    room = Room()
    room.do("mute bob")
    room.ask(1)
    room.do(line)
    assert isinstance(room.ask(2, at=NOW + 2), Go)


def test_what_nobody_has_approved_is_not_posted_where_approval_is_needed() -> None:
    room = Room()
    assert isinstance(room.ask(draft=False), Go)  # the mode has changed since
    reply = Reply("re:m1", "room/a", "129元", "template", (), ("m1",), expires=NOW + 20)
    assert room.release(reply) == Skip("off")


def test_no_command_has_approved_what_waits() -> None:
    room = Room()
    room.ask()
    assert drafts.released_by(room.state, "") is None


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_nothing_is_sent_in_a_mode_in_which_nothing_is_posted(mode: Mode) -> None:
    room = Room()
    room.ask()
    room.state = replace(room.state, mode=mode)
    assert room.do("ok 1").reply is None
    assert room.waits == ["1"]


@pytest.mark.parametrize("line", ["off", "pause 5m", "undo", "no 1", "shadow"])
def test_what_was_approved_and_is_stopped_is_not_posted(line: str) -> None:
    room = Room()
    room.do("mute bob")
    room.ask()
    done = room.do("ok 1")
    room.do(line)
    assert isinstance(room.release(done.reply), Skip)


@pytest.mark.parametrize("reference", ["", "9", "one", "=", "0", "re:m1"])
def test_an_unknown_draft_is_named_with_those_that_wait(reference: str) -> None:
    room = Room()
    room.ask()
    for verb in ("ok", "no"):
        done = room.do(f"{verb} {reference}")
        assert done.reply is None
        assert done.notice.endswith("待审：1")
    assert room.waits == ["1"]


# no, and those who answer themselves ------------------------------------------------------------


def test_no_drops_a_draft_and_quiets_its_question_for_a_while() -> None:
    room = Room()
    room.ask()
    done = room.do("no 1", at=NOW + 30)
    assert (done.reply, done.notice, room.waits) == (None, "不发 1", [])
    assert room.ask(2, at=NOW + 31) == Skip("repeated")
    assert isinstance(room.ask(3, at=NOW + 51), Go)


@pytest.mark.parametrize(
    "line", [{"text": "姐妹们今天只要129"}, {"text": "看讲解哈", "reply_to": "m1"}]
)
def test_a_hosts_own_answer_cancels_the_draft_and_quiets_the_question(line: dict[str, Any]) -> None:
    room = Room()
    room.ask()
    said = asked(9, **line, role="host")
    room.state, _ = retraction.answered(room.state, message=said, now=NOW + 5)
    assert room.do("ok 1").reply is None
    assert room.state.closed == {"re:m1": "host_answered"}
    assert room.ask(2, at=NOW + 6) == Skip("repeated")


def test_a_hosts_own_answer_stops_what_was_approved_and_not_posted() -> None:
    room = Room()
    room.ask()
    done = room.do("ok 1")
    said = asked(9, "今天129", role="moderator")
    room.state, _ = retraction.answered(room.state, message=said, now=NOW + 5)
    assert room.release(done.reply) == Skip("host_answered")


def test_a_deleted_question_takes_its_draft_along() -> None:
    room = Room()
    room.ask()
    room.state, _ = retraction.retract(room.state, removed=Removed("room/a", "m1"), now=NOW)
    assert room.do("ok 1").reply is None


def test_the_words_of_a_deleted_question_are_kept_no_longer() -> None:
    room = Room()
    room.ask(1)
    room.ask(2)
    room.state, _ = retraction.retract(room.state, removed=Removed("room/a", "m1"), now=NOW)
    [(slot, draft)] = drafts.waiting(room.state, NOW)
    assert (slot.answers, draft.asked) == (("m2",), "")


def test_drafts_lists_what_waits() -> None:
    room = Room()
    assert room.do("drafts").notice == "没有草稿"
    room.ask()
    room.ask(2, STOCK, "还有5件")
    assert room.do("drafts").notice == (
        "1 U1“1号多少钱” → 卫衣129元 (59 s) · 2 U2“1号多少钱” → 还有5件 (59 s)"
    )
    assert room.do("status").notice.endswith("待审 2")


def test_drafts_are_counted_whatever_becomes_of_them() -> None:
    room = Room()
    room.ask()
    room.do("no 1")
    room.do("mute bob")
    room.do("undo")
    assert room.state.drafts == 1


# Notices in the chat ----------------------------------------------------------------------------

TELLS = replace(RULES, acknowledge=True)


def test_a_notice_is_posted_to_its_moderator_where_that_is_wanted() -> None:
    assert Room().do("mute bob").reply is None
    room = Room(TELLS)
    done = room.do("mute bob", "c9")
    assert done.reply is not None
    assert (done.reply.id, done.reply.text) == ("ack:c9", "已静音 bob")
    assert (done.reply.answers, done.reply.names) == (("c9",), ("U1",))
    assert isinstance(room.release(done.reply), Slot)
    assert room.do("mute bob", "c9").reply is None  # it has been posted


def test_an_acknowledgement_is_no_draft() -> None:
    room = Room(TELLS)
    room.do("mute bob")
    assert room.waits == []
    assert room.do("no").notice.startswith("没有草稿")
    assert room.state.drafts == 0


def test_who_approves_sees_the_reply_itself() -> None:
    room = Room(TELLS)
    room.ask()
    done = room.do("ok 1")
    assert done.reply is not None
    assert done.reply.id == "re:m1"


@pytest.mark.parametrize("line", ["off", "pause 5m", "shadow"])
def test_nothing_is_said_of_a_command_that_silences_the_room(line: str) -> None:
    assert Room(TELLS).do(line).reply is None


def test_a_flood_of_commands_is_not_answered_line_by_line() -> None:
    room = Room(TELLS)
    told = [room.do(f"mute v{n}").reply is not None for n in range(6)]
    assert told == [True] * 3 + [False] * 3
    assert room.do("mute v9", at=NOW + 20).reply is not None


def test_no_notice_is_posted_that_may_not_be_said_or_where_none_can() -> None:
    room = Room(replace(TELLS, banned=("buy now",)))
    assert room.do("mute buy now").reply is None
    assert room.do("mute bob", abilities=Abilities(send=False)).reply is None
    state, done = obey(
        RoomState(), command=Command("mute", "bob", "p1"), shop=room.shop(), now=NOW, rules=TELLS
    )
    assert (done.reply, state.slots) == (None, ())  # it was not said in a chat


def test_a_long_notice_is_cut_to_what_the_platform_takes() -> None:
    done = Room(TELLS).do("help", abilities=Abilities(length=20))
    assert done.reply is not None
    assert len(done.reply.text) <= 20


def test_a_drafts_record_says_where_and_what_was_asked() -> None:
    room = Room()
    room.ask()
    [(_, draft)] = drafts.waiting(room.state, NOW)
    assert draft == Draft(
        "1", "room/a", PRICE, "1号多少钱", "卫衣129元", "template", room.shop().catalogue.version
    )
