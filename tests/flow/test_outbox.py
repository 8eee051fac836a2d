"""A reply is posted when it is due, once at most, within every limit, or not at all."""

import asyncio
from bisect import bisect_left
from dataclasses import replace

import pytest

from bot.bus.limits import TRIPS
from bot.bus.server import Store
from bot.errors import AuthFailed, Disconnected, Held, PlatformError, Refused, Throttled
from bot.flow.clock import VirtualClock
from bot.flow.outbox import STUCK
from bot.flow.pipeline import handle
from bot.model import Abilities, Delivered, Delivery, Kind, Removed, Reply, Rules, Showing, Window
from bot.shop.lexicon import load
from tests.fakes import ScriptedSession, said
from tests.flow.desk import SHOP, START, Desk, assert_conserved

PRICE = "4号多少钱"
DUE = START + 1.5
LATE = START + 20.0


async def asked(desk: Desk, *authors: str, text: str = PRICE, first: int = 1) -> None:
    """Let each author ask, one after the other."""
    for number, author in enumerate(authors, first):
        await desk.hear(said(text, number=number, author=author, at=desk.clock.now()))


async def ends(desk: Desk) -> list[tuple[Kind, str | None]]:
    return [(each.outcome, each.reason) for each in await desk.outcomes()]


async def test_nothing_is_posted_before_it_is_due(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    assert await desk.post(session, DUE - 0.001) == DUE
    assert session.posted == []
    assert await desk.post(session, DUE) is None
    [posted] = session.posted
    assert posted.text.startswith("@Ann ")
    assert "59元" in posted.text
    assert (posted.at, posted.answers) == (DUE, ("m1",))
    [outcome] = await desk.outcomes()
    assert outcome.reply is not None
    assert (outcome.reply.text, outcome.reply.at) == (posted.text, DUE)
    assert (outcome.reply.delivery, outcome.reason) == ("sent", None)


async def test_a_name_with_a_contact_is_left_out_of_the_mention(store: Store) -> None:
    rules = Rules(lexicon=load(["contacts.zh"]))
    desk, session = Desk(store, rules=rules), ScriptedSession()
    await asked(desk, "加微信abc123", "Ann", "www.a.shop")
    await desk.post(session, DUE)
    [posted] = session.posted
    assert posted.text.startswith("@Ann ")
    assert (posted.text.count("@"), len(posted.answers)) == (1, 3)
    assert posted.names == ("加微信abc123", "Ann", "www.a.shop")


async def test_nine_who_ask_the_same_get_one_line_that_names_three(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, *"ABCDEFGHI")
    await desk.post(session, DUE)
    [posted] = session.posted
    assert posted.text.startswith("@A @B @C ")
    assert posted.text.count("@") == 3
    assert posted.answers == tuple(f"m{number}" for number in range(1, 10))
    assert posted.names == tuple("ABCDEFGHI")
    outcomes = await desk.outcomes()
    assert [each.outcome for each in outcomes] == ["answered"] * 9
    assert {each.reply for each in outcomes} == {replace(posted, names=("A",), delivery="sent")}


async def test_a_thread_names_the_first_asker_and_the_text_the_others(store: Store) -> None:
    desk, session = Desk(store, abilities=Abilities(reply=True)), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    await desk.post(session, DUE)
    [posted] = session.posted
    assert posted.reply_to == "m1"
    assert posted.text.startswith("@Bob ")
    assert "@Ann" not in posted.text


async def test_a_name_that_is_not_to_be_shown_gets_no_thread(store: Store) -> None:
    abilities, rules = Abilities(reply=True), Rules(lexicon=load(["contacts.zh"]))
    desk, session = Desk(store, abilities=abilities, rules=rules), ScriptedSession()
    await asked(desk, "加微信abc123", "Ann")
    await desk.post(session, DUE)
    [posted] = session.posted
    assert posted.reply_to is None
    assert posted.text.startswith("@Ann ")


async def test_slow_mode_of_one_room_does_not_hold_the_others(store: Store) -> None:
    slow = ScriptedSession(Throttled("slow_mode", 5.0, room_only=True))
    desk, other, session = Desk(store), Desk(store, room="test/other"), ScriptedSession()
    await asked(desk, "Ann")
    await asked(other, "Bob", first=2)
    assert await desk.post(slow, DUE) == DUE + 5.0
    await other.post(session, DUE)
    assert len(session.posted) == 1
    await desk.post(slow, DUE + 4.9)
    assert slow.posted == []
    await desk.post(slow, DUE + 5.0)
    assert len(slow.posted) == 1


async def test_a_line_that_was_long_on_its_way_keeps_the_next_one_waiting(store: Store) -> None:
    class Slow(ScriptedSession):
        async def post(self, reply: Reply) -> None:
            desk.clock.advance(desk.clock.now() + 0.8)
            await super().post(reply)

    windows = [Window("test/room", 1, 1.0)]
    desk, session = Desk(store, windows=windows), Slow()
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    later = await desk.post(session, DUE)
    assert len(session.posted) == 1
    assert later == pytest.approx(DUE + 0.8 + 1.0)  # by its arrival, which is what counts there
    await desk.post(session, DUE + 1.79)
    assert len(session.posted) == 1
    await desk.post(session, DUE + 1.8)
    assert len(session.posted) == 2


async def test_what_the_platform_shows_is_what_a_question_means(store: Store) -> None:
    desk = Desk(store)
    await desk.outbox.show(Showing(desk.room, "4", "s1"))
    assert (await desk.rooms.get(desk.room)).showing == next(
        p.sku for p in SHOP.products if p.link == 4
    )
    before = await desk.rooms.get(desk.room)
    await desk.outbox.show(Showing(desk.room, "no-such", "s2"))
    assert (await desk.rooms.get(desk.room)).showing == before.showing


@pytest.mark.parametrize("room", range(10))
async def test_names_go_before_words_where_the_line_is_short(store: Store, room: int) -> None:
    alone = Desk(store, room="test/alone")
    await asked(alone, "Ann")
    [reply] = await alone.replies.waiting("test/alone")
    await store.client.flushall()
    length = len(reply.text) + room
    desk, session = Desk(store, abilities=Abilities(length=length)), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    await desk.post(session, DUE)
    [posted] = session.posted
    mention = "@Ann @Bob "[: 0 if room < 5 else 5 if room < 10 else 10]
    assert posted.text == mention + reply.text
    assert posted.answers == ("m1", "m2")


async def test_who_asks_after_the_post_waits_for_a_new_answer(store: Store) -> None:
    desk, session = Desk(store, rules=Rules(cooldown=0)), ScriptedSession()
    await asked(desk, "Ann")
    await desk.post(session, DUE)
    await asked(desk, "Bob", first=2)
    await desk.post(session, DUE + 1.5)
    assert [each.answers for each in session.posted] == [("m1",), ("m2",)]


async def test_who_joined_and_comes_again_after_the_post_is_not_answered_twice(
    store: Store,
) -> None:
    desk, session = Desk(store, rules=Rules(cooldown=0, user_cooldown=0)), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    await desk.post(session, DUE)
    again = await handle(said(PRICE, number=2, author="Bob"), desk.use)
    assert again.reply is not None
    assert (again.outcome, again.reply.id, again.reply.delivery) == ("answered", "re:m1", "not_sent")  # fmt: skip


@pytest.mark.parametrize("command", ["off", "shadow", "mode approve", "pause 5m"])
async def test_what_a_moderator_stops_is_not_posted(store: Store, command: str) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    await desk.hear(said(f"!bot {command}", number=3, author="Mod", role="moderator"))
    assert await desk.post(session, DUE) is None
    assert session.posted == []
    assert await desk.delivered() == [("re:m1", "not_sent", "off")]
    assert await ends(desk) == [("ignored", "off"), ("ignored", "off"), ("commanded", None)]


async def test_off_and_on_again_brings_nothing_back(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    await desk.hear(said("!bot off", number=2, author="Mod", role="moderator"))
    await desk.hear(said("!bot on", number=3, author="Mod", role="moderator"))
    await desk.post(session, DUE)
    assert session.posted == []
    await asked(desk, "Bob", first=4)  # and the question may be asked again at once
    await desk.post(session, DUE + 1.5)
    assert [each.answers for each in session.posted] == [("m4",)]


async def test_the_old_price_is_not_posted_and_can_be_asked_again_at_once(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    await desk.hear(said("!bot price 4 49", number=3, author="Mod", role="moderator"))
    await desk.post(session, DUE)
    assert session.posted == []
    changed: tuple[Kind, str] = ("blocked", "changed")
    assert await ends(desk) == [changed, changed, ("commanded", None)]
    await asked(desk, "Cat", first=4)
    await desk.post(session, DUE + 1.5)
    [posted] = session.posted
    assert "49元" in posted.text


async def test_another_products_price_holds_nothing_up(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    await desk.hear(said("!bot price 1 99", number=2, author="Mod", role="moderator"))
    await desk.post(session, DUE)
    assert len(session.posted) == 1


async def test_what_is_late_is_dropped_and_can_be_asked_again_at_once(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    assert await desk.post(session, LATE + 0.001) is None
    assert session.posted == []
    assert await ends(desk) == [("expired", "too_late")]
    await asked(desk, "Bob", first=2)
    await desk.post(session, LATE + 2)
    assert len(session.posted) == 1


async def test_the_last_moment_is_not_late(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    await desk.post(session, LATE)
    assert len(session.posted) == 1


@pytest.mark.parametrize(
    ("error", "delivery", "reason", "fatal"),
    [
        (Refused("duplicate"), "refused", "duplicate", False),
        (Held("automod"), "held", "automod", False),
        (AuthFailed("token"), "not_sent", "auth_failed", True),
        (Disconnected("reset"), "unknown", "disconnected", True),
    ],
)
async def test_a_platforms_no_is_recorded_and_never_followed_by_a_second_post(
    store: Store, error: PlatformError, delivery: Delivery, reason: str, *, fatal: bool
) -> None:
    desk, session = Desk(store), ScriptedSession(error)
    await asked(desk, "Ann", "Bob")
    if fatal:
        with pytest.raises(type(error)):
            await desk.post(session, DUE)
    else:
        await desk.post(session, DUE)
    assert await desk.outbox.recover() == 0
    for later in (DUE + 1, DUE + 40, DUE + 400):
        assert await desk.post(session, later) is None
    assert session.posted == []
    assert await desk.delivered() == [("re:m1", delivery, reason)]
    outcomes = await desk.outcomes()
    assert [(each.outcome, each.reason) for each in outcomes] == [("answered", reason)] * 2
    assert [each.reply and each.reply.delivery for each in outcomes] == [delivery] * 2
    assert [each.reply and each.reply.answers for each in outcomes] == [("m1", "m2")] * 2


async def test_a_lost_connection_leaves_the_others_for_the_next_one(store: Store) -> None:
    desk = Desk(store)
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    with pytest.raises(Disconnected):
        await desk.post(ScriptedSession(Disconnected("reset")), DUE)
    again = ScriptedSession()
    await desk.post(again, DUE + 1)
    assert [each.answers for each in again.posted] == [("m2",)]


class Stuck(ScriptedSession):
    """Posts, and never comes to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def post(self, reply: Reply) -> None:
        await super().post(reply)
        self.reached.set()
        await asyncio.Event().wait()


async def crashed(store: Store, session: ScriptedSession | None = None) -> Desk:
    """Return a desk whose one reply was just being posted when its process died."""
    desk, session = Desk(store), Stuck()
    await asked(desk, "Ann")
    posting = asyncio.create_task(desk.post(session, DUE))
    await session.reached.wait()
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    return Desk(store, clock=desk.clock)


async def test_a_crash_between_post_and_answer_leaves_it_unknown_and_unrepeated(
    store: Store,
) -> None:
    fresh = await crashed(store)
    assert await fresh.outbox.recover() == 0  # somebody may still be sending it
    fresh.clock.advance(DUE + STUCK)
    assert await fresh.outbox.recover() == 1
    assert await fresh.outbox.recover() == 0
    again = ScriptedSession()
    assert await fresh.post(again, DUE + STUCK + 1) is None
    assert again.posted == []
    assert await fresh.delivered() == [("re:m1", "unknown", "crashed")]
    assert await ends(fresh) == [("answered", "crashed")]


async def test_a_line_whose_echo_is_heard_after_a_crash_was_sent(store: Store) -> None:
    fresh = await crashed(store)
    [line] = await fresh.replies.stuck(fresh.room)
    fresh.clock.advance(DUE + 3)
    await fresh.outbox.echo(said(line.text, author="danmate"))
    fresh.clock.advance(DUE + STUCK)
    assert await fresh.outbox.recover() == 1
    assert await fresh.delivered() == [("re:m1", "sent", None)]
    [event] = [each for each in await fresh.events() if isinstance(each, Delivered)]
    assert event.at == DUE + 3


async def test_an_echo_from_before_the_crash_proves_nothing(store: Store) -> None:
    fresh = await crashed(store)
    [line] = await fresh.replies.stuck(fresh.room)
    await fresh.replies.echo(fresh.room, line.text, DUE - 30)
    fresh.clock.advance(DUE + STUCK)
    await fresh.outbox.recover()
    assert await fresh.delivered() == [("re:m1", "unknown", "crashed")]


async def test_a_reply_that_was_never_worded_was_not_posted(store: Store) -> None:
    desk = Desk(store)
    await asked(desk, "Ann")
    assert await desk.replies.begin("re:m1", desk.room, DUE)
    desk.clock.advance(DUE + STUCK)
    assert await desk.outbox.recover() == 1
    assert await desk.delivered() == [("re:m1", "not_sent", "crashed")]


async def test_a_platform_that_says_later_is_asked_later(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession(Throttled("slow down", 7.0))
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    assert await desk.post(session, DUE) == DUE + 7  # both: the account is held
    await desk.hear(said(PRICE, number=3, author="Cat"))
    assert await desk.post(session, DUE + 7) is None
    assert sorted(each.answers for each in session.posted) == [("m1", "m3"), ("m2",)]
    assert all(each.text.count("@Ann") <= 1 for each in session.posted)


async def test_what_was_throttled_is_not_posted_after_off(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession(Throttled("slow down", 7.0))
    await asked(desk, "Ann")
    await desk.post(session, DUE)
    for number, text in enumerate(("!bot off", "!bot on"), 2):
        await desk.hear(said(text, number=number, author="Mod", role="moderator"))
    assert await desk.post(session, DUE + 7) is None
    assert session.posted == []
    assert await desk.delivered() == [("re:m1", "not_sent", "off")]


async def test_a_room_that_refuses_again_and_again_is_left_alone_for_a_while(store: Store) -> None:
    desk = Desk(store, rules=Rules(cooldown=0, user_cooldown=0, max_age=1000))
    session = ScriptedSession(*(Refused("channel_settings") for _ in range(TRIPS)))
    at = START
    for number in range(TRIPS):
        await desk.hear(said(PRICE, number=number, author=f"v{number}"))
        at = at + 2
        assert await desk.post(session, at) is None
    await desk.hear(said(PRICE, number=99, author="Zoe"))
    later = await desk.post(session, at + 2)
    assert later is not None
    assert later >= at + 30
    assert await desk.post(session, later) is None
    assert [each.answers for each in session.posted] == [("m99",)]


async def test_a_deleted_question_is_not_answered(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    await desk.outbox.retract(Removed(desk.room, id="m1"))
    await desk.post(session, DUE)
    assert [each.answers for each in session.posted] == [("m2",)]
    assert ("re:m1", "not_sent", "deleted") in await desk.delivered()
    assert [each.outcome for each in await desk.outcomes()] == ["ignored", "answered"]


async def test_what_was_deleted_before_it_was_read_is_not_answered(store: Store) -> None:
    desk = Desk(store)
    await desk.outbox.retract(Removed(desk.room, id="m1"))
    await desk.hear(said(PRICE))
    assert [(each.outcome, each.reason) for each in await desk.outcomes()] == [
        ("ignored", "deleted")
    ]


async def test_a_host_who_answers_first_is_not_repeated(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    await desk.hear(said("59元一件哦", number=2, author="Host", role="host"))
    await desk.post(session, DUE)
    assert session.posted == []
    assert [(each.outcome, each.reason) for each in await desk.outcomes()] == [
        ("ignored", "host_answered"),
        ("ignored", "staff"),
    ]


async def test_a_text_that_the_platform_would_drop_waits_out_its_window(store: Store) -> None:
    desk = Desk(store, rules=Rules(cooldown=0, user_cooldown=0, max_age=100), same_text=30.0)
    session = ScriptedSession()
    await asked(desk, "Ann", text="几点下播")
    await desk.post(session, DUE)
    await asked(desk, "Ann", text="几点下播", first=2)
    [first] = session.posted
    later = await desk.post(session, DUE + 2)
    assert later == DUE + 30
    assert await desk.post(session, later) is None
    assert [each.text for each in session.posted] == [first.text] * 2


async def test_of_many_outboxes_one_posts(store: Store) -> None:
    desk, session = Desk(store), ScriptedSession()
    await asked(desk, "Ann")
    desk.clock.advance(DUE)
    others = [Desk(store, clock=desk.clock) for _ in range(8)]
    await asyncio.gather(*(other.outbox.step(session) for other in others))
    assert len(session.posted) == 1
    assert await desk.delivered() == [("re:m1", "sent", None)]


async def test_a_limit_postpones_and_posts_when_there_is_room(store: Store) -> None:
    desk = Desk(store, windows=(Window("account", 1, 10.0),))
    session = ScriptedSession()
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    assert await desk.post(session, DUE) == DUE + 10
    assert await desk.post(session, DUE + 9.9) == DUE + 10
    assert len(session.posted) == 1
    assert await desk.post(session, DUE + 10) is None
    assert [each.at for each in session.posted] == [DUE, DUE + 10]


async def test_what_a_limit_holds_too_long_expires_and_takes_no_room(store: Store) -> None:
    desk = Desk(store, windows=(Window("account", 1, 30.0),))
    session = ScriptedSession()
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="几点下播", first=2)
    assert await desk.post(session, DUE) == DUE + 30
    await desk.post(session, DUE + 30)
    assert [each[1:] for each in await desk.delivered()] == [("sent", None), ("not_sent", "too_late")]  # fmt: skip
    desk.clock.advance(DUE + 30)
    await asked(desk, "Cat", first=3)
    await desk.post(session, DUE + 31.5)
    assert len(session.posted) == 2


async def test_eight_outboxes_of_one_account_never_exceed_a_limit(store: Store) -> None:
    account, room = (5, 10.0), (1, 3.0)
    clock = VirtualClock(START)
    rules = Rules(max_age=10_000.0, cooldown=0, user_cooldown=0)
    desks = [
        Desk(
            store,
            rules=rules,
            room=(name := f"test/{number}"),
            clock=clock,
            windows=(Window("account", *account), Window(name, *room)),
        )
        for number in range(8)
    ]
    for turn, desk in enumerate(desks):
        for number, text in enumerate(["1号多少钱", "4号多少钱", "2号多少钱", "几点下播"]):
            unique = 10 * turn + number
            await desk.hear(said(text, number=unique, author=f"v{unique}"))
    sessions = [ScriptedSession() for _ in desks]
    due = {DUE}
    while due:
        clock.advance(min(due))
        steps = [desk.outbox.step(own) for desk, own in zip(desks, sessions, strict=True)]
        due = {at for at in await asyncio.gather(*steps) if at is not None}
    posts = [sorted(each.at or 0.0 for each in own.posted) for own in sessions]
    assert [len(times) for times in posts] == [4] * 8
    for times, (count, seconds) in [(sorted(at for own in posts for at in own), account), *((own, room) for own in posts)]:  # fmt: skip
        for at in times:
            within = bisect_left(times, at + seconds - 1e-5) - bisect_left(times, at)
            assert within <= count
    await assert_conserved(store)


# Rooms that nobody can post to -------------------------------------------------------------------

DEAF = Abilities(send=False)


async def test_where_nothing_can_be_posted_an_answer_is_shown_when_it_is_due(store: Store) -> None:
    desk, session = Desk(store, abilities=DEAF), ScriptedSession()
    await asked(desk, "Ann", "Bob")
    assert await desk.post(session, DUE - 0.001) == DUE
    assert await desk.post(session, DUE) is None
    assert session.posted == []
    assert await desk.delivered() == [("re:m1", "not_sent", "shown")]
    [told] = [event for event in await desk.events() if isinstance(event, Delivered)]
    assert (told.at, told.answers) == (DUE, ("m1", "m2"))
    for outcome in await desk.outcomes():
        assert (outcome.outcome, outcome.reason) == ("answered", "shown")
        assert outcome.reply is not None
        assert (outcome.reply.text, outcome.reply.delivery) == (told.text, "not_sent")
        assert "59元" in told.text
        assert not told.text.startswith("@")
    await assert_conserved(store)


async def test_what_is_shown_is_told_once_and_asked_again_only_after_a_while(store: Store) -> None:
    desk, session = Desk(store, abilities=DEAF), ScriptedSession()
    await asked(desk, "Ann")
    await desk.post(session, DUE)
    await asked(desk, "Bob", first=2)
    await desk.post(session, DUE + 10)
    assert await desk.delivered() == [("re:m1", "not_sent", "shown")]
    assert (await ends(desk))[1] == ("ignored", "repeated")
    assert await desk.replies.open(desk.room) == 0


async def test_no_limit_of_the_platform_holds_up_what_is_only_shown(store: Store) -> None:
    full = (Window("test", 1, 1000.0),)
    desk, session = Desk(store, abilities=DEAF, windows=full), ScriptedSession()
    await asked(desk, "Ann")
    await asked(desk, "Bob", text="1号多少钱", first=2)
    await desk.post(session, DUE)
    assert [reason for _, _, reason in await desk.delivered()] == ["shown", "shown"]


async def test_where_nothing_can_be_posted_off_late_and_changed_stay_silent(store: Store) -> None:
    desk, session = Desk(store, abilities=DEAF), ScriptedSession()
    await asked(desk, "Ann")
    await desk.post(session, LATE + 1)
    await asked(desk, "Bob", first=2)
    await desk.hear(said("!bot price 4 1", number=3, role="host", at=desk.clock.now()))
    await desk.post(session, desk.clock.now() + 2)
    await asked(desk, "Cid", first=4)
    await desk.hear(said("!bot off", number=5, role="host", at=desk.clock.now()))
    await desk.post(session, desk.clock.now() + 2)
    reasons = [(delivery, reason) for _, delivery, reason in await desk.delivered()]
    assert reasons == [("not_sent", "too_late"), ("not_sent", "changed"), ("not_sent", "off")]
