"""A replay gives each message one outcome, in order, the same to the byte every time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.bus.codec import key
from bot.bus.server import Store
from bot.config import DEMO
from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.model import Abilities, ChatMessage, Outcome, Pace, Rules, Window
from bot.replay.formats import open_log
from bot.replay.player import AHEAD, Player
from bot.web.feed import as_json
from tests.fakes import ScriptedReader, ScriptedWriter, said
from tests.flow.desk import SHOP, WORDS, assert_conserved

PACE = Pace((Window("account", 20, 31.5), Window("room", 1, 1.05)))
TEXTS = ("1号多少钱", "你好", "4号多少钱", "几点下播", "有货吗", "可以试吗", "2号多少钱")


class Watched(VirtualClock):
    """Notes every time that was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []

    def now(self) -> float:
        self.told.append(super().now())
        return self.told[-1]


def player(store: Store, rules: Rules | None = None, clock: VirtualClock | None = None) -> Player:
    return Player(
        store=store,
        shops=RoomShops({}, SHOP, None),
        reader=ScriptedReader(WORDS),
        writer=ScriptedWriter(None),
        rules=rules or Rules(),
        abilities=Abilities(),
        pace=PACE,
        clock=clock or VirtualClock(),
    )


async def play(use: Player, messages: Sequence[ChatMessage]) -> list[Outcome]:
    return [outcome async for outcome in use.play(messages)]


def log(count: int, every: float = 0.4) -> list[ChatMessage]:
    """A busy room with two shops in it, and some that ask twice."""
    return [
        replace(
            said(
                TEXTS[number % 7], number=number, author=f"v{number % 11}", at=1e9 + number * every
            ),
            room=f"test/{number % 2}",
        )
        for number in range(count)
    ]


async def test_each_message_has_one_outcome_in_order(store: Store) -> None:
    messages = log(AHEAD + 50)
    counted: list[int] = []
    outcomes = [each async for each in player(store).play(messages, counted.append)]
    assert [each.message for each in outcomes] == messages
    assert counted == [AHEAD, AHEAD + 50]
    found = Counter((each.outcome, each.reason) for each in outcomes)
    assert found["answered", None] > 10
    assert found["ignored", "repeated"] > 10
    assert found["handed_off", "host_only"] > 10
    assert all(e.reply and e.reply.delivery == "sent" for e in outcomes if e.outcome == "answered")
    assert {tuple(each.seconds) for each in outcomes} == {()}
    await assert_conserved(store)


async def test_the_demo_room_plays_the_same_twice(store: Store) -> None:
    runs = []
    for _ in range(2):
        await store.client.flushall()
        with open_log(DEMO.with_name("room.jsonl"), plugins={}, strict=True) as messages:
            lines = [as_json(each) for each in await play(player(store), list(messages))]
        runs.append(lines)
    assert len(runs[0]) == 220
    assert runs[0] == runs[1]


async def test_a_message_that_comes_again_is_counted_once(store: Store) -> None:
    messages = log(20)
    doubled = [*messages[:10], *messages[:10], *messages[10:], messages[0]]
    assert [each.message for each in await play(player(store), doubled)] == messages


async def test_a_message_is_known_again_for_longer_than_a_replay_takes(store: Store) -> None:
    await play(player(store), log(1))
    assert await store.client.ttl(key("seen", "test", "m0")) > 3600


async def test_each_reply_is_posted_at_its_own_time_between_the_messages(store: Store) -> None:
    messages = [said("1号多少钱", number=1), said("你好", number=2, at=1010.0)]
    first, _ = await play(player(store), messages)
    assert first.reply is not None
    assert first.reply.at == 1001.5


async def test_limits_follow_the_logs_time(store: Store) -> None:
    asked = ["1号多少钱", "2号多少钱", "4号多少钱"]
    messages = [said(text, number=n, author=text) for n, text in enumerate(asked)]
    posted = [each.reply and each.reply.at for each in await play(player(store), messages)]
    assert posted == pytest.approx([1001.5, 1002.55, 1003.6])


async def test_the_clock_never_goes_back_even_where_the_log_does(store: Store) -> None:
    clock, messages = Watched(), log(60)
    messages[20:40] = reversed(messages[20:40])
    outcomes = await play(player(store, clock=clock), messages)
    assert [each.message for each in outcomes] == messages
    assert clock.told == sorted(clock.told)
    assert clock.told[-1] >= max(each.sent_at for each in messages)


async def test_nothing_is_posted_from_off_to_on(store: Store) -> None:
    def mod(text: str, number: int, at: float) -> ChatMessage:
        return said(text, number=number, author="Mod", role="moderator", at=at)

    messages = [
        said("1号多少钱", number=1, author="A", at=1000.0),
        said("2号多少钱", number=2, author="B", at=1004.5),
        mod("!bot off", 3, 1005.0),
        said("4号多少钱", number=4, author="C", at=1006.0),
        mod("!bot on", 5, 1010.0),
        said("2号多少钱", number=6, author="D", at=1011.0),
    ]
    outcomes = await play(player(store), messages)
    assert [(each.outcome, each.reason) for each in outcomes] == [
        ("answered", None),
        ("ignored", "off"),
        ("commanded", None),
        ("ignored", "off"),
        ("commanded", None),
        ("answered", None),
    ]
    assert [each.reply.at for each in outcomes if each.reply] == [1001.5, 1012.5]


async def test_cooldown_follows_the_logs_time(store: Store) -> None:
    times = (0.0, 1.0, 15.0, 21.0, 22.0, 44.0)
    messages = [
        said("1号多少钱", number=number, author=f"v{number}", at=1000.0 + at)
        for number, at in enumerate(times)
    ]
    outcomes = await play(player(store), messages)
    assert [each.reason for each in outcomes] == [None, None, "repeated", "repeated", None, None]
    ids = [each.reply.id for each in outcomes if each.reply]
    assert ids == ["re:m0", "re:m0", "re:m4", "re:m5"]


async def test_an_empty_log_has_no_outcomes(store: Store) -> None:
    assert await play(player(store), []) == []
