"""A person answers through the bot: the words reach all who asked, once, whatever dies meanwhile."""

from dataclasses import replace

from bot.bus.server import Store
from bot.bus.tally import tally
from bot.flow.pipeline import handle
from bot.model import Abilities, ChatMessage, Outcome, Removed, Rules
from tests.fakes import ScriptedSession, said
from tests.flow.desk import ROOM, START, Desk, assert_conserved

SHOW = "可以试穿一下吗"


def ordering(line: str, number: int = 50, role: str = "moderator") -> ChatMessage:
    return said(f"!bot {line}", number=number, author="Mod", role=role, at=START)


async def asked(store: Store, *texts: str, abilities: Abilities | None = None) -> Desk:
    """Let viewers ask what only a person can answer."""
    desk = Desk(store, abilities=abilities, rules=Rules(language="en"))
    for number, text in enumerate(texts or (SHOW,), 1):
        await desk.hear(said(text, number=number, author=f"v{number}"))
    return desk


async def last(desk: Desk) -> Outcome:
    return (await desk.outcomes())[-1]


async def test_the_words_are_posted_to_all_who_asked(store: Store) -> None:
    desk, session = await asked(store, SHOW, f"{SHOW}？？", "试一下黑色"), ScriptedSession()
    await desk.hear(ordering("回答 m1 = 马上给大家试"))
    await desk.post(session, START)
    [posted] = session.posted
    assert (posted.text, posted.answers) == ("@v1 @v2 马上给大家试", ("m1", "m2"))
    assert await desk.delivered() == [("an:m50", "sent", None)]
    assert (await last(desk)).notice == "answered 2: 马上给大家试"
    assert [each.outcome for each in await desk.outcomes()] == ["handed_off"] * 3 + ["commanded"]
    assert (await tally(store, ROOM)).get("approved") is None  # nobody had drafted it
    await assert_conserved(store)


async def test_it_stays_answered_after_it_was_posted(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.hear(ordering("answer m1 = 好的"))
    await desk.post(session, START)
    await desk.hear(ordering("answer m1 = 好的", 51))
    await desk.post(session, START + 30)
    assert len(session.posted) == 1
    assert (await last(desk)).notice == "it is answered already"


async def test_a_command_that_is_delivered_again_after_a_crash_posts_once(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    command = replace(ordering("answer m1 = 好的"), room=ROOM)
    lost = await handle(command, desk.use)  # the worker died before it could record this
    assert lost.reply is not None
    await desk.hear(command)
    await desk.post(session, START)
    await desk.post(session, START + 30)
    assert [each.id for each in session.posted] == [lost.reply.id]


async def test_who_is_deleted_meanwhile_is_not_answered(store: Store) -> None:
    desk, session = await asked(store, SHOW, SHOW), ScriptedSession()
    await desk.hear(ordering("answer m1 = 好的"))
    await desk.outbox.retract(Removed(ROOM, id="m1"))
    await desk.post(session, START)
    [posted] = session.posted
    assert posted.answers == ("m2",)


async def test_after_off_the_words_are_not_posted(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.hear(ordering("answer m1 = 好的"), ordering("off", 51))
    await desk.post(session, START)
    assert session.posted == []


async def test_the_bots_answer_that_is_on_its_way_gives_way(store: Store) -> None:
    desk, session = await asked(store, "4号多少钱"), ScriptedSession()
    await desk.hear(ordering("answer m1 = 今天特价，等我改价哦"))
    await desk.post(session, START + 5)
    assert [each.text for each in session.posted] == ["@v1 今天特价，等我改价哦"]
    assert ("re:m1", "not_sent", "host_answered") in await desk.delivered()


async def test_a_price_that_changes_before_the_post_stops_the_words(store: Store) -> None:
    desk, session = await asked(store, "4号多少钱"), ScriptedSession()
    await desk.hear(ordering("answer m1 = 4号59元"), ordering("price 4 49", 51))
    await desk.post(session, START + 1)
    assert session.posted == []
    assert ("an:m50", "not_sent", "changed") in await desk.delivered()


async def test_where_nothing_can_be_posted_the_words_are_shown(store: Store) -> None:
    desk = await asked(store, abilities=Abilities(send=False))
    await desk.hear(ordering("answer m1 = 好的"))
    await desk.post(ScriptedSession(), START)
    assert await desk.delivered() == [("an:m50", "not_sent", "shown")]


async def test_a_question_of_long_ago_is_still_known_in_a_busy_chat(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    for start in range(100, 1700, 50):
        await desk.hear(*(said("哈哈哈", number=start + each) for each in range(50)))
    await desk.hear(ordering("answer m1 = 好的"))
    await desk.post(session, START)
    assert [each.answers for each in session.posted] == [("m1",)]


async def test_a_question_that_was_taken_as_answered_is_known_to_the_room(store: Store) -> None:
    desk = await asked(store)
    await desk.hear(ordering("answer m1"))
    state = await desk.rooms.get(ROOM)
    assert state.told == {"m1": "an:m50"}
    assert (await last(desk)).message.text == "!bot answer m1"
