"""A draft on its way through the whole flow: from the question to the post, or to nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from bot.bus.codec import decode, encode
from bot.bus.outcomes import Outcomes
from bot.bus.server import Store
from bot.bus.tally import tally
from bot.errors import Throttled
from bot.flow.commanding import ordered
from bot.flow.outcomes import Ledger
from bot.flow.pipeline import handle
from bot.model import Abilities, Autonomy, ChatMessage, Intent, Outcome, RoomState, Rules, Window
from bot.rules import retraction
from bot.rules.commands import Command, Past
from tests.fakes import ScriptedReader, ScriptedSession, ScriptedWriter, said
from tests.flow.desk import ROOM, START, WORDS, Desk, assert_conserved

PRICE = "4号多少钱"
APPROVE = Rules(mode="approve")


def ordering(
    line: str, number: int = 50, role: str = "moderator", at: float = START
) -> ChatMessage:
    return said(f"!bot {line}", number=number, author="Mod", role=role, at=at)


async def drafts(store: Store, *authors: str, rules: Rules = APPROVE) -> Desk:
    """Let each author ask for the price in a room where answers wait for approval."""
    desk = Desk(store, rules=rules)
    for number, author in enumerate(authors, 1):
        await desk.hear(said(PRICE, number=number, author=author))
    return desk


async def ends(desk: Desk) -> list[tuple[str, str, str | None]]:
    return [(each.message.id, each.outcome, each.reason) for each in await desk.outcomes()]


async def test_a_draft_is_not_posted_until_it_is_approved_and_then_at_once(store: Store) -> None:
    desk, session = await drafts(store, "Ann", "Bob"), ScriptedSession()
    await desk.post(session, START + 15)
    assert session.posted == []
    assert await ends(desk) == [("m1", "drafted", "approval"), ("m2", "drafted", "approval")]
    await desk.hear(ordering("ok 1"))
    await desk.post(session, START + 15)
    [posted] = session.posted
    assert posted.text.startswith("@Ann @Bob ")
    assert "59元" in posted.text
    assert posted.answers == ("m1", "m2")
    await assert_conserved(store)


async def test_an_approved_drafts_messages_have_been_answered(store: Store) -> None:
    desk, session = await drafts(store, "Ann", "Bob"), ScriptedSession()
    await desk.hear(ordering("ok 1"))
    await desk.post(session, START + 1)
    first, joined, command = await desk.outcomes()
    assert (first.outcome, first.reason, joined.outcome) == ("answered", None, "answered")
    assert first.reply == joined.reply
    assert first.reply is not None
    assert (first.reply.delivery, first.reply.answers) == ("sent", ("m1", "m2"))
    assert (command.outcome, command.reply) == ("commanded", None)
    assert (command.notice or "").startswith("已通过 1：")


async def test_a_draft_tells_its_short_id(store: Store) -> None:
    desk = await drafts(store, "Ann")
    [outcome] = await desk.outcomes()
    assert outcome.draft == "1"
    assert outcome.reply is not None
    assert outcome.reply.delivery == "not_sent"


async def test_ok_by_two_moderators_posts_once(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(ordering("ok 1", 50), ordering("ok 1", 51), ordering("ok 1", 52, "host"))
    await desk.post(session, START + 1)
    await desk.hear(ordering("ok 1", 53))
    await desk.post(session, START + 2)
    assert len(session.posted) == 1


async def test_ok_that_is_delivered_again_after_a_crash_still_posts_once(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    ok = replace(ordering("ok 1"), room=ROOM)
    lost = await handle(ok, desk.use)  # the worker died before it could record this
    await desk.hear(ok)
    await desk.post(session, START + 1)
    assert len(session.posted) == 1
    again = await handle(ok, desk.use)
    assert (again.notice, again.reply) == (lost.notice, None)


async def test_other_words_are_posted_in_the_place_of_the_drafts(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(ordering("ok 1 = 这款只卖99元"))
    assert await desk.replies.open(ROOM) == 0
    await desk.hear(ordering("ok 1 = 云南冻干黑咖啡，现在只要59元哦", 51))
    await desk.post(session, START + 1)
    [posted] = session.posted
    assert posted.text == "@Ann 云南冻干黑咖啡，现在只要59元哦"


async def test_a_price_that_has_changed_kills_the_draft(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(ordering("price 4 55", 50), ordering("ok 1", 51))
    await desk.post(session, START + 1)
    assert session.posted == []
    assert "已过时" in ((await desk.outcomes())[-1].notice or "")
    await desk.hear(said(PRICE, number=2, author="Bob"))
    await desk.hear(ordering("ok 2", 52))
    await desk.post(session, START + 2)
    assert "55元" in session.posted[0].text


async def test_a_price_that_changes_after_the_approval_stops_the_post(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(ordering("ok 1", 50), ordering("price 4 55", 51))
    await desk.post(session, START + 1)
    assert session.posted == []
    assert (await ends(desk))[0] == ("m1", "blocked", "changed")


@pytest.mark.parametrize(
    ("line", "end"),
    [("off", "off"), ("no 1", "rejected"), ("pause 1m", "off"), ("shadow", "off")],
)
async def test_an_approved_draft_that_is_stopped_is_not_posted(
    store: Store, line: str, end: str
) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(ordering("ok 1", 50), ordering(line, 51))
    await desk.post(session, START + 1)
    assert session.posted == []
    assert (await ends(desk))[0] == ("m1", "ignored", end)


async def test_a_hosts_own_answer_cancels_the_draft(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    await desk.hear(said("今天59一盒哦", number=9, author="Boss", role="host"))
    await desk.hear(ordering("ok 1"), said(PRICE, number=2, author="Bob"))
    await desk.post(session, START + 5)
    assert session.posted == []
    assert ("m2", "ignored", "repeated") in await ends(desk)


async def test_an_approval_keeps_to_the_limits(store: Store) -> None:
    rules = Rules(mode="approve", user_cooldown=0.0)
    desk, session = Desk(store, rules=rules, windows=[Window("a", 1, 5.0)]), ScriptedSession()
    for number, text in enumerate((PRICE, "1号多少钱"), 1):
        await desk.hear(said(text, number=number))
    await desk.hear(ordering("ok 1", 50), ordering("ok 2", 51))
    assert await desk.post(session, START + 1) == START + 6
    assert len(session.posted) == 1
    await desk.post(session, START + 6)
    assert len(session.posted) == 2


async def test_an_approval_that_the_limits_keep_for_too_long_is_not_posted(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession(Throttled("slow", 60.0))
    await desk.hear(ordering("ok 1"))
    await desk.post(session, START + 1)
    await desk.post(session, START + 61)
    assert session.posted == []
    assert (await ends(desk))[0] == ("m1", "expired", "too_late")


@pytest.mark.parametrize(
    ("autonomy", "line"), [({"price": "approve"}, "status"), ({}, "mode price approve")]
)
async def test_an_intent_waits_for_approval_where_the_room_answers_by_itself(
    store: Store, autonomy: Mapping[Intent, Autonomy], line: str
) -> None:
    desk, session = Desk(store, rules=Rules(autonomy=autonomy)), ScriptedSession()
    await desk.hear(ordering(line, 40))
    await desk.hear(said(PRICE), said("4号有货吗", number=2, author="Bob"))
    await desk.post(session, START + 2)
    assert [posted.answers for posted in session.posted] == [("m2",)]
    await desk.hear(ordering("ok 1"))
    await desk.post(session, START + 3)
    assert [posted.answers for posted in session.posted] == [("m2",), ("m1",)]


async def test_a_draft_that_is_cancelled_while_it_is_written_has_no_id(store: Store) -> None:
    class Slow(ScriptedWriter):
        async def write(self, prompt: str, lang: str, within: float) -> str | None:
            line = said("看讲解", number=9, role="host")
            change = partial(retraction.answered, message=replace(line, reply_to="m1"), now=START)
            await desk.rooms.update(ROOM, change)
            return self.text

    desk = Desk(store, rules=APPROVE, writer=Slow("x"))
    outcome = await handle(said("1号多少钱"), desk.use)
    assert (outcome.outcome, outcome.reason, outcome.draft) == ("drafted", "approval", None)
    assert (await desk.rooms.get(ROOM)).slots == ()


async def test_a_draft_that_may_not_be_said_waits_for_nobody(store: Store) -> None:
    desk = await drafts(store, "Ann", rules=replace(APPROVE, banned=("黑咖啡",)))
    assert await ends(desk) == [("m1", "blocked", "banned_word")]
    assert (await desk.rooms.get(ROOM)).slots == ()


async def test_the_same_question_of_many_at_once_is_one_draft(store: Store) -> None:
    desk = Desk(store, rules=APPROVE)
    names = [f"u{number}" for number in range(20)]
    await asyncio.gather(
        *(handle(said(PRICE, number=n, author=name), desk.use) for n, name in enumerate(names))
    )
    state = await desk.rooms.get(ROOM)
    [slot] = state.slots
    assert (len(slot.answers), state.drafts) == (20, 1)


async def test_drafts_and_who_did_what_survive_a_restart(store: Store) -> None:
    desk = await drafts(store, "Ann")
    await desk.hear(ordering("mute bob", 40))
    state = await desk.rooms.get(ROOM)
    assert decode(encode(state), RoomState) == state
    after = Desk(store, rules=APPROVE)
    session = ScriptedSession()
    await after.hear(ordering("ok 1"))
    await after.post(session, START + 1)
    assert len(session.posted) == 1
    assert [deed.author for deed in (await after.rooms.get(ROOM)).log] == ["Mod", "Mod"]


def test_a_room_that_was_written_before_there_were_drafts_is_read() -> None:
    slot = b"\x86\xa8reply_id\xa5re:m1\xa3key\xa1k\xa3due\x01\xa7expires\x02\xa7answers\x91\xa2m1\xa5names\x91\xa3Bob"
    state = decode(b"\x82\xa4mode\xa3off\xa5slots\x91" + slot, RoomState)
    assert (state.log, state.drafts, state.autonomy) == ((), 0, {})
    assert not state.slots[0].waits


# From elsewhere than the chat -------------------------------------------------------------------


async def test_a_command_without_a_chat_message_does_the_same(store: Store) -> None:
    desk, session = await drafts(store, "Ann"), ScriptedSession()
    command = Command("ok", "1", "page:1", author="Zoe", role="moderator")
    for _ in range(3):
        done = await ordered(ROOM, command, desk.use, START)
        assert done.reply is not None
        await desk.replies.put(done.reply)
    await desk.post(session, START + 1)
    assert len(session.posted) == 1
    assert (await desk.rooms.get(ROOM)).log[-1].author == "Zoe"


# In the chat ------------------------------------------------------------------------------------


async def test_a_command_is_acknowledged_where_that_is_wanted(store: Store) -> None:
    desk, session = Desk(store, rules=Rules(acknowledge=True)), ScriptedSession()
    await desk.hear(ordering("mute bob"), said("!bot off", number=2))
    await desk.post(session, START + 1)
    assert [posted.text for posted in session.posted] == ["@Mod 已静音 bob"]
    [command, viewer] = await desk.outcomes()
    assert (command.outcome, command.reply) == ("commanded", None)
    assert (viewer.outcome, viewer.reason) == ("ignored", "not_allowed")


async def test_by_default_commands_are_quiet(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await desk.hear(ordering("mute bob"))
    assert await desk.post(session, START + 1) is None
    assert session.posted == []


# What has happened ------------------------------------------------------------------------------


async def notice(desk: Desk, line: str, number: int) -> str:
    message = ordering(line, number)
    await desk.hear(message)
    found = [each for each in await desk.outcomes() if each.message.id == message.id]
    return found[0].notice or ""


async def test_why_tells_the_reason_of_the_last_message_in_one_line(store: Store) -> None:
    desk = Desk(store)
    assert await notice(desk, "why", 40) == "最近没有这条消息"
    await desk.hear(said("主播你好"))
    assert await notice(desk, "why", 41) == "Ann“主播你好”: ignored (not_a_question); greeting 0.99"
    await desk.hear(said(PRICE, number=2, author="Bob"))
    told = await notice(desk, "why", 42)
    assert told.startswith("Bob“4号多少钱”: answered; price 0.99; F4 (link); F4.price = 59 CNY")
    assert (await notice(desk, "why m1", 43)).startswith("Ann“主播你好”")
    assert (await notice(desk, "why m9", 44)) == "最近没有这条消息：m9"


async def test_why_finds_a_draft_by_its_short_id(store: Store) -> None:
    desk = await drafts(store, "Ann")
    await desk.hear(said("主播你好", number=2))
    assert (await notice(desk, "why 1", 40)).startswith(
        "Ann“4号多少钱”: drafted (approval); price 0.99; F4 (link); F4.price = 59 CNY; not_sent"
    )


async def test_why_tells_of_its_own_room_alone(store: Store) -> None:
    desk, other = Desk(store), Desk(store, room="test/other")
    await other.hear(said(PRICE))
    assert await notice(desk, "why", 40) == "最近没有这条消息"


async def test_why_is_told_what_the_guard_refused(store: Store) -> None:
    desk = Desk(store, rules=Rules(banned=("黑咖啡",)))
    await desk.hear(said(PRICE))
    assert "template: banned_word 黑咖啡" in await notice(desk, "why", 40)


async def test_stats_count_since_the_start(store: Store) -> None:
    desk = await drafts(store, "Ann", "Bob")
    await desk.hear(said("主播你好", number=3), said("1号可以试一下吗", number=4))
    assert (
        await notice(desk, "stats", 40) == "消息 4；已回答 0；交给主播 1；草稿 1（通过 0，待审 1）"
    )
    await desk.hear(ordering("ok 1", 41))
    assert (
        await notice(desk, "stats", 42) == "消息 6；已回答 1；交给主播 1；草稿 1（通过 1，待审 0）"
    )
    assert await tally(store, ROOM) == {
        "drafted": 2, "ignored": 1, "handed_off": 1, "approved": 1, "commanded": 2,
    }  # fmt: skip
    await assert_conserved(store)


async def test_a_command_that_tells_nothing_of_the_past_does_not_ask_for_it(store: Store) -> None:
    asked = []

    async def past(room: str) -> Past:
        asked.append(room)
        return Past()

    use = replace(Desk(store).use, past=past)
    await handle(ordering("status", 1), use)
    await handle(ordering("mute bob", 2), use)
    assert asked == []
    await handle(ordering("why", 3), use)
    assert asked == [ROOM]


async def test_the_latest_events_come_in_order(store: Store) -> None:
    desk = Desk(store, reader=ScriptedReader(WORDS))
    for number in range(5):
        await desk.hear(said("主播你好", number=number))
    latest = await Outcomes(store).latest(3)
    ids = [event.message.id for event in latest if isinstance(event, Outcome)]
    assert ids == ["m2", "m3", "m4"]


# As one outcome ---------------------------------------------------------------------------------


async def test_a_draft_is_final_once_it_can_no_longer_be_approved(store: Store) -> None:
    desk = await drafts(store, "Ann")
    [drafted] = await desk.events()
    ledger = Ledger()
    ledger.add(drafted)
    assert list(ledger.final()) == []
    ledger.add(Outcome(said("你好", number=2, at=START + 61), "ignored", "not_a_question"))
    assert [(each.message.id, each.outcome) for each in ledger.final()] == [
        ("m1", "drafted"), ("m2", "ignored"),
    ]  # fmt: skip


async def test_who_joined_a_draft_that_may_not_be_said_is_told_why(store: Store) -> None:
    ledger = Ledger()
    desk = Desk(store, rules=APPROVE)
    first = await handle(said(PRICE), desk.use)
    joined = await handle(said(PRICE, number=2, author="Bob"), desk.use)
    ledger.add(replace(first, outcome="blocked", reason="banned_word", reply=None))
    ledger.add(joined)
    assert [(each.outcome, each.reason) for each in ledger.final()] == [
        ("blocked", "banned_word")
    ] * 2


async def test_a_room_that_can_only_be_read_tells_nothing(store: Store) -> None:
    desk = Desk(store, rules=Rules(acknowledge=True), abilities=Abilities(send=False))
    await desk.hear(ordering("mute bob"))
    assert await desk.replies.open(ROOM) == 0
