"""Every way that a message can go through the bot, and the value in which each ends."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.bus.server import Store
from bot.flow.pipeline import handle
from bot.model import Autonomy, Intent, Mode, Outcome, Reading, Reply, Rules
from tests.fakes import ScriptedJudge, ScriptedReader, ScriptedWriter, said
from tests.flow.desk import ROOM, START, WORDS, Desk

PRICE = "1号多少钱"
STATED = "加绒连帽卫衣现在只要129元，原价199元哦"


async def answered(desk: Desk, text: str = PRICE, number: int = 1, author: str = "Ann") -> Reply:
    outcome = await handle(said(text, number=number, author=author), desk.use)
    assert (outcome.outcome, outcome.reason) == ("answered", None)
    assert outcome.reply is not None
    return outcome.reply


def verdict(outcome: Outcome) -> tuple[str, str | None]:
    return outcome.outcome, outcome.reason


async def test_a_moderators_command_changes_the_room_and_is_no_reply(store: Store) -> None:
    desk = Desk(store)
    outcome = await handle(said("!bot price 4 55", role="moderator"), desk.use)
    assert verdict(outcome) == ("commanded", None)
    assert outcome.notice == "云南冻干黑咖啡: 59 → 55"
    assert outcome.reply is None
    assert (await desk.rooms.get(ROOM)).changes.prices == {"F4": 55.0}


async def test_a_command_that_comes_twice_is_applied_once(store: Store) -> None:
    desk = Desk(store)
    first = said("!bot price 4 55", role="host")
    notices = [(await handle(first, desk.use)).notice for _ in range(2)]
    await handle(said("!bot price 4 50", number=2, role="host"), desk.use)
    notices.append((await handle(first, desk.use)).notice)
    assert notices == ["云南冻干黑咖啡: 59 → 55"] * 3
    assert (await desk.rooms.get(ROOM)).changes.prices == {"F4": 50.0}


async def test_a_viewers_command_is_ignored_without_a_word(store: Store) -> None:
    desk = Desk(store)
    outcome = await handle(said("!bot off"), desk.use)
    assert (verdict(outcome), outcome.notice) == (("ignored", "not_allowed"), None)
    assert (await desk.rooms.get(ROOM)).mode is None


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        ({"author": "Danmate"}, {}, "own_message"),
        ({"author": "helper", "role": "bot"}, {}, "known_bot"),
        ({"author": "NightBot"}, {}, "known_bot"),
        ({"role": "host"}, {}, "staff"),
        ({"role": "moderator"}, {}, "staff"),
        ({}, {"mode": "off"}, "off"),
        ({}, {"paused_until": START + 1}, "paused"),
        ({}, {"muted": frozenset({"ann"})}, "muted"),
        ({"text": "！？…"}, {}, "no_words"),
        ({"text": "@Bob 1号多少钱"}, {}, "to_another"),
    ],
)
async def test_what_needs_no_reading_is_dismissed_unread(
    store: Store, given: Mapping[str, Any], state: Mapping[str, Any], reason: str
) -> None:
    reader = ScriptedReader(WORDS)
    desk = Desk(store, reader=reader)
    if state:
        await desk.set(**state)
    outcome = await handle(replace(said(PRICE), **given), desk.use)
    assert verdict(outcome) == ("ignored", reason)
    assert outcome.intent is None
    assert reader.read_texts == []


async def test_what_has_waited_too_long_is_expired(store: Store) -> None:
    desk = Desk(store)
    desk.clock.advance(START + desk.rules.max_age + 0.001)
    assert verdict(await handle(said(PRICE), desk.use)) == ("expired", "too_late")


async def test_a_doubtful_reading_stays_unanswered_and_is_recorded(store: Store) -> None:
    desk = Desk(store, reader=ScriptedReader(WORDS, score=0.49))
    outcome = await handle(said(PRICE), desk.use)
    assert verdict(outcome) == ("ignored", "low_confidence")
    assert (outcome.intent, outcome.score, outcome.lang) == ("price", 0.49, "zh")


@pytest.mark.parametrize(
    ("text", "reason", "product"),
    [
        ("1号可以试一下吗", "host_only", "A1"),
        ("99号多少钱", "unknown_product", None),
        ("我买的卫衣多少钱", "own_order", "A1"),
        ("2号和3号多少钱", "which_one", None),
    ],
)
async def test_only_the_host_can_answer_it(
    store: Store, text: str, reason: str, product: str | None
) -> None:
    outcome = await handle(said(text), Desk(store).use)
    assert verdict(outcome) == ("handed_off", reason)
    assert (outcome.product, outcome.reply) == (product, None)


async def test_what_asks_nothing_meets_silence(store: Store) -> None:
    desk = Desk(store)
    for number, text in enumerate(["主播你好", "哈哈哈哈"]):
        outcome = await handle(said(text, number=number), desk.use)
        assert verdict(outcome) == ("ignored", "not_a_question")


async def test_a_single_fact_goes_by_template_and_not_to_the_model(store: Store) -> None:
    writer = ScriptedWriter("anything")
    desk = Desk(store, writer=writer)
    reply = await answered(desk, "4号多少钱")
    assert (reply.id, reply.source, reply.product) == ("re:m1", "template", "F4")
    assert "59元" in reply.text
    assert [fact.id for fact in reply.facts] == ["F4.price"]
    assert (reply.answers, reply.names, reply.delivery) == (("m1",), ("Ann",), "pending")
    assert (reply.due, reply.expires) == (START + 1.5, START + 20.0)
    assert reply.shop_version
    assert writer.prompts == []


async def test_a_question_without_a_product_is_about_the_one_on_screen(store: Store) -> None:
    desk = Desk(store)
    assert (await answered(desk, "多少钱")).product == "A1"
    await handle(said("!bot now 4", number=2, role="host"), desk.use)
    assert (await answered(desk, "多少钱", 3, "Bob")).product == "F4"


async def test_an_faq_row_is_said_as_it_stands(store: Store) -> None:
    writer = ScriptedWriter("anything")
    reply = await answered(Desk(store, writer=writer), "几点下播？")
    assert (reply.source, reply.text) == ("faq", "早场播到10点半，每天早上8点开播～")
    assert writer.prompts == []


async def test_the_model_words_several_facts(store: Store) -> None:
    writer = ScriptedWriter(STATED)
    reply = await answered(Desk(store, writer=writer))
    assert (reply.source, reply.text) == ("model", STATED)
    assert [fact.id for fact in reply.facts] == ["A1.price", "A1.list_price"]
    assert len(writer.prompts) == 1


@pytest.mark.parametrize(
    "text",
    [None, "", "现在129元", STATED + "，只剩3件", STATED + "，加v：abc123", "\ud800" + STATED],
    ids=["nothing", "empty", "a fact is missing", "a number too many", "a contact", "no Unicode"],
)
async def test_where_the_model_fails_the_template_says_it(store: Store, text: str | None) -> None:
    reply = await answered(Desk(store, writer=ScriptedWriter(text)))
    assert reply.source == "template"
    assert "129元" in reply.text
    assert "199元" in reply.text


async def test_what_nothing_can_say_is_blocked_and_withdraws_its_slot(store: Store) -> None:
    desk = Desk(store, rules=Rules(banned=("黑咖啡",)), writer=ScriptedWriter("云南冻干黑咖啡"))
    outcome = await handle(said("4号多少钱"), desk.use)
    assert verdict(outcome) == ("blocked", "banned_word")
    assert (outcome.reply, outcome.product) == (None, "F4")
    state = await desk.rooms.get(ROOM)
    assert (state.slots, state.answered) == ((), {})


async def test_the_same_question_joins_the_reply_that_waits(store: Store) -> None:
    desk = Desk(store)
    first = await answered(desk)
    second = await answered(desk, "卫衣多少钱", 2, "Bob")
    assert (second.id, second.text, second.delivery) == (first.id, "", "not_sent")
    [slot] = (await desk.rooms.get(ROOM)).slots
    assert (slot.answers, slot.names) == (("m1", "m2"), ("Ann", "Bob"))


async def test_the_same_question_after_the_post_is_repeated(store: Store) -> None:
    desk = Desk(store)
    await answered(desk)
    await desk.set(slots=())
    desk.clock.advance(START + 19)
    late = said(PRICE, number=2, author="Bob", at=START + 19)
    assert verdict(await handle(late, desk.use)) == ("ignored", "repeated")
    desk.clock.advance(START + 20)
    later = said(PRICE, number=3, author="Cat", at=START + 20)
    assert verdict(await handle(later, desk.use)) == ("answered", None)


async def test_who_has_just_been_answered_waits(store: Store) -> None:
    desk = Desk(store)
    await answered(desk)
    outcome = await handle(said("4号多少钱", number=2), desk.use)
    assert verdict(outcome) == ("ignored", "cooldown")
    desk.clock.advance(START + 3)
    await answered(desk, "4号多少钱", 3)


@pytest.mark.parametrize(
    ("mode", "autonomy", "reason"),
    [("shadow", {}, "shadow"), ("approve", {}, "approval"), ("auto", {"price": "approve"}, "approval")],
)  # fmt: skip
async def test_a_draft_is_written_and_not_posted(
    store: Store, mode: Mode, autonomy: Mapping[Intent, Autonomy], reason: str
) -> None:
    desk = Desk(store, rules=Rules(mode=mode, autonomy=autonomy), writer=ScriptedWriter(STATED))
    outcome = await handle(said(PRICE), desk.use)
    assert verdict(outcome) == ("drafted", reason)
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.reply.delivery) == (STATED, "not_sent")
    assert outcome.draft == (None if reason == "shadow" else "1")
    waits = [slot.waits for slot in (await desk.rooms.get(ROOM)).slots]
    assert waits == ([] if reason == "shadow" else [True])


async def test_a_draft_that_may_not_be_said_is_blocked(store: Store) -> None:
    desk = Desk(store, rules=Rules(mode="shadow", banned=("卫衣",)))
    assert verdict(await handle(said(PRICE), desk.use)) == ("blocked", "banned_word")


async def test_the_rooms_own_mode_goes_before_the_configurations(store: Store) -> None:
    desk = Desk(store, rules=Rules(mode="shadow"))
    await desk.set(mode="auto")
    await answered(desk)


async def test_what_is_delivered_again_gets_the_same_outcome(store: Store) -> None:
    desk = Desk(store)
    asked = said(PRICE), said(PRICE, number=2, author="Bob")
    first = [await handle(message, desk.use) for message in asked]
    desk.clock.advance(START + 1)
    assert [await handle(message, desk.use) for message in asked] == first
    [slot] = (await desk.rooms.get(ROOM)).slots
    assert slot.answers == ("m1", "m2")


ASKS: dict[str, Intent] = {"洗": "product", "多少钱": "price", "你好": "greeting"}


async def test_what_no_word_settles_is_answered_with_the_passage_that_the_judge_picks(
    store: Store,
) -> None:
    judge = ScriptedJudge({"丢洗衣机": "可机洗"})
    desk = Desk(store, reader=ScriptedReader(ASKS), judge=judge)
    reply = await answered(desk, "能丢洗衣机洗不")
    assert [fact.id for fact in reply.facts] == ["A1.notes"]
    assert "可机洗，水温不超过30度。" in reply.text
    assert "深色" not in reply.text  # the next sentence of the notes answers nothing


async def test_where_no_passage_answers_the_host_must(store: Store) -> None:
    desk = Desk(store, reader=ScriptedReader(ASKS), judge=ScriptedJudge({}))
    outcome = await handle(said("能丢洗衣机洗不"), desk.use)
    assert verdict(outcome) == ("handed_off", "no_fact")


async def test_two_questions_in_a_line_get_both_answers(store: Store) -> None:
    judge = ScriptedJudge({"丢洗衣机": "可机洗", "多少钱": "价格"})
    desk = Desk(store, reader=ScriptedReader(ASKS), judge=judge)
    reply = await answered(desk, "1号多少钱？能丢洗衣机吗")
    assert [fact.id for fact in reply.facts] == ["A1.price", "A1.list_price", "A1.notes"]


async def test_small_talk_is_not_judged(store: Store) -> None:
    judge = ScriptedJudge({"你好": "可机洗"})
    desk = Desk(store, reader=ScriptedReader(ASKS), judge=judge)
    assert verdict(await handle(said("你好"), desk.use)) == ("ignored", "not_a_question")
    assert judge.asked == []


async def test_an_outcome_says_why_and_what_each_step_took(store: Store) -> None:
    ticks = iter(range(100))
    judge = ScriptedJudge({"丢洗衣机": "可机洗"})
    desk = Desk(store, reader=ScriptedReader(ASKS), judge=judge, timer=lambda: float(next(ticks)))
    outcome = await handle(said("1号能丢洗衣机洗不"), desk.use)
    assert outcome.because is not None
    assert outcome.because.named_by == "link"
    assert outcome.because.weighed[0] == ("加绒连帽卫衣 | 可机洗，水温不超过30度。", 0.97)
    assert [(c.source, c.reason) for c in outcome.because.checked] == [("template", None)]
    assert set(outcome.seconds) == {"read", "look up", "check"}


async def test_without_a_timer_nothing_is_timed(store: Store) -> None:
    desk = Desk(store)
    assert (await handle(said(PRICE), desk.use)).seconds == {}


async def test_where_messages_wait_for_longer_than_the_model_may_take_the_template_answers(
    store: Store,
) -> None:
    for waited, source in ((Rules().write_within, "template"), (0.0, "model")):
        await store.client.flushall()
        desk = Desk(store, writer=ScriptedWriter(STATED))
        outcome = await handle(said(PRICE), replace(desk.use, lag=partial(float, waited)))
        assert outcome.reply is not None
        assert outcome.reply.source == source


async def test_what_could_not_be_posted_in_time_is_not_written(store: Store) -> None:
    class Slow(ScriptedReader):
        async def read(self, text: str) -> Reading:
            desk.clock.advance(START + 30.0)
            return await super().read(text)

    writer = ScriptedWriter("59元")
    desk = Desk(store, reader=Slow(WORDS), writer=writer)
    outcome = await handle(said("4号多少钱"), desk.use)
    assert (outcome.outcome, outcome.reason, outcome.reply) == ("expired", "too_late", None)
    assert writer.prompts == []
    assert (await desk.rooms.get(desk.room)).slots == ()
