"""A replay gives each message one outcome, in order, the same to the byte every time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.bus.server import Store
from bot.config import DEMO
from bot.flow.clock import VirtualClock
from bot.flow.shops import RoomShops
from bot.model import Abilities, ChatMessage, Mode, Outcome, Pace, Reading, Rules, Window
from bot.replay.formats import open_log
from bot.replay.player import AHEAD, Player
from bot.web.lines import as_json
from tests.fakes import ScriptedReader, ScriptedWriter, said
from tests.flow.desk import SHOP, WORDS, assert_conserved
from tests.replay.queued import by_queue

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


def player(rules: Rules | None = None, clock: VirtualClock | None = None) -> Player:
    return Player(
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


async def test_each_message_has_one_outcome_in_order() -> None:
    messages = log(AHEAD + 50)
    counted: list[int] = []
    outcomes = [each async for each in player().play(messages, counted.append)]
    assert [each.message for each in outcomes] == messages
    assert counted == [AHEAD, AHEAD + 50]
    found = Counter((each.outcome, each.reason) for each in outcomes)
    assert found["answered", None] > 10
    assert found["ignored", "repeated"] > 10
    assert found["handed_off", "host_only"] > 10
    assert all(e.reply and e.reply.delivery == "sent" for e in outcomes if e.outcome == "answered")
    assert {tuple(each.seconds) for each in outcomes} == {()}


async def test_the_demo_room_plays_the_same_twice() -> None:
    runs = []
    for _ in range(2):
        with open_log(DEMO.with_name("room.jsonl"), plugins={}, strict=True) as messages:
            lines = [as_json(each) for each in await play(player(), list(messages))]
        runs.append(lines)
    assert len(runs[0]) == 220
    assert runs[0] == runs[1]


async def test_a_message_that_comes_again_is_counted_once() -> None:
    messages = log(20)
    doubled = [*messages[:10], *messages[:10], *messages[10:], messages[0]]
    assert [each.message for each in await play(player(), doubled)] == messages


@pytest.mark.parametrize("mode", ["auto", "approve"])
@pytest.mark.parametrize("every", [0.05, 0.4, 7.0])
async def test_what_lies_in_memory_decides_as_the_queue_does(
    store: Store, every: float, mode: Mode
) -> None:
    messages = log(300, every)
    messages[40:50] = reversed(messages[40:50])
    messages.insert(60, said("!bot off", number=900, role="moderator", at=messages[60].sent_at))
    messages.insert(80, said("!bot on", number=901, role="moderator", at=messages[80].sent_at))
    for number, text in enumerate(("!bot stats", "!bot why", "!bot status", "!bot ok 1")):
        at = 120 + 40 * number
        told = said(text, number=910 + number, role="moderator", at=messages[at].sent_at)
        messages.insert(at, told)
    messages += messages[:5]
    messages = [replace(each, room=each.room.replace("room", "1")) for each in messages]
    rules = Rules(mode=mode)
    pace = Pace((*PACE.windows, Window("room", 3, 2.0, waits=False)), same_text=30.0)
    use = player(rules)
    use.pace = pace
    found = [as_json(each) for each in await play(use, messages)]
    queued = [as_json(each) for each in await by_queue(store, messages, rules, pace)]
    assert found == queued
    assert len(found) == 306
    await assert_conserved(store)


async def test_a_message_that_raises_a_fault_is_dead_and_the_others_are_not() -> None:
    class Broken(ScriptedReader):
        async def read(self, text: str) -> Reading:
            if text == "你好":
                raise ValueError(text)
            return await super().read(text)

        async def read_all(self, texts: Sequence[str]) -> list[Reading]:
            return []

    use = player()
    use = replace(use, reader=Broken(WORDS))
    first, second = await play(use, [said("你好", number=1), said("1号多少钱", number=2)])
    assert (first.outcome, first.reason) == ("dead", "failed")
    assert second.outcome == "answered"


async def test_each_reply_is_posted_at_its_own_time_between_the_messages() -> None:
    messages = [said("1号多少钱", number=1), said("你好", number=2, at=1010.0)]
    first, _ = await play(player(), messages)
    assert first.reply is not None
    assert first.reply.at == 1001.5


async def test_limits_follow_the_logs_time() -> None:
    asked = ["1号多少钱", "2号多少钱", "4号多少钱"]
    messages = [said(text, number=n, author=text) for n, text in enumerate(asked)]
    posted = [each.reply and each.reply.at for each in await play(player(), messages)]
    assert posted == pytest.approx([1001.5, 1002.55, 1003.6])


async def test_the_clock_never_goes_back_even_where_the_log_does() -> None:
    clock, messages = Watched(), log(60)
    messages[20:40] = reversed(messages[20:40])
    outcomes = await play(player(clock=clock), messages)
    assert [each.message for each in outcomes] == messages
    assert clock.told == sorted(clock.told)
    assert clock.told[-1] >= max(each.sent_at for each in messages)


async def test_nothing_is_posted_from_off_to_on() -> None:
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
    outcomes = await play(player(), messages)
    assert [(each.outcome, each.reason) for each in outcomes] == [
        ("answered", None),
        ("ignored", "off"),
        ("commanded", None),
        ("ignored", "off"),
        ("commanded", None),
        ("answered", None),
    ]
    assert [each.reply.at for each in outcomes if each.reply] == [1001.5, 1012.5]


async def test_cooldown_follows_the_logs_time() -> None:
    times = (0.0, 1.0, 15.0, 21.0, 22.0, 44.0)
    messages = [
        said("1号多少钱", number=number, author=f"v{number}", at=1000.0 + at)
        for number, at in enumerate(times)
    ]
    outcomes = await play(player(), messages)
    assert [each.reason for each in outcomes] == [None, None, "repeated", "repeated", None, None]
    ids = [each.reply.id for each in outcomes if each.reply]
    assert ids == ["re:m0", "re:m0", "re:m4", "re:m5"]


async def test_an_empty_log_has_no_outcomes() -> None:
    assert await play(player(), []) == []
