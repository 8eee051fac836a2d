"""What waits for a person, what is asked most, and what the FAQ lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bus.removals import Removal
from bot.model import Because, Delivered, Fact, Intent, Kind, Outcome, Removed, Reply, Rules
from bot.shop.text import bare
from bot.web.digest import RoomQuestions, digest
from bot.web.grouping import Near, grouped, wordings
from bot.web.questions import ALL, REPLIES, Questions
from bot.web.questions import ROOM as MOST
from tests.strategies import texts as any_text
from tests.web.asking import ROOM, START, answered, joined, left, line, posted

RULES = Rules(prefix="!bot")
NOW = START + 60


class Told:
    """What is asked in two rooms, by some events."""

    def __init__(
        self, *events: Outcome | Delivered, meaning: Mapping[str, Sequence[float]] | None = None
    ) -> None:
        self.questions = Questions([ROOM, "room/other"], RULES)
        self.meaning = meaning or {}
        self.see(*events)

    def see(self, *events: Outcome | Delivered) -> "Told":
        for event in events:
            self.questions.see(event)
        return self

    def of(self, now: float = NOW, room: str = ROOM, faq: Sequence[str] = ()) -> RoomQuestions:
        vectors: dict[str, Near] = {
            bare(text): np.array(row, np.float32) for text, row in self.meaning.items()
        }
        groups = grouped(wordings(self.questions.of(room, now)), vectors)
        return digest(groups, [bare(each) for each in faq], now)

    @property
    def open(self) -> list[str]:
        return [each.text for each in self.of().open]


def command(text: str, reply: Reply | None = None, at: float = START + 30) -> Outcome:
    return Outcome(line(text, at, role="moderator"), "commanded", notice="done", reply=reply)


# What is open -------------------------------------------------------------------------------------


def test_what_only_a_person_can_answer_is_open_with_who_asks_and_since_when() -> None:
    one = left("支持防水吗？", START, author="ann", id="m-a")
    two = left("支持防水吗", START + 5, author="bob", id="m-b")
    [found] = Told(one, two).of().open
    assert found.model_dump() == {
        "id": "m-b", "ids": ["m-a", "m-b"], "text": "支持防水吗", "authors": ["ann", "bob"],
        "count": 2, "outcome": "handed_off", "reason": "no_fact", "intent": "product",
        "product": "A1", "lang": "zh", "first": START, "last": START + 5,
    }  # fmt: skip


def test_the_most_asked_stands_first_and_then_the_newest() -> None:
    told = Told(left("a?"), left("b?", START + 1), left("c?", START + 2), left("a?", START - 5))
    assert told.open == ["a?", "c?", "b?"]


def test_the_same_words_about_another_product_are_another_question() -> None:
    told = Told(left("防水吗"), left("防水吗", product="A2"), left("防水吗", product=None))
    assert sorted(str(each.product) for each in told.of().open) == ["A1", "A2", "None"]


@pytest.mark.parametrize(
    ("outcome", "reason", "intent", "is_open"),
    [
        ("handed_off", "no_fact", "product", True),
        ("handed_off", "host_only", "show", True),
        ("handed_off", "own_order", "complaint", True),
        ("handed_off", "no_product", "price", True),
        ("blocked", "ungrounded", "price", True),
        ("blocked", "banned_word", "chitchat", False),
        ("ignored", "not_a_question", "chitchat", False),
        ("ignored", "not_a_question", "praise", False),
        ("ignored", "not_a_question", "spam", False),
        ("ignored", "repeated", "price", False),
        ("ignored", "cooldown", "price", False),
        ("ignored", "muted", None, False),
        ("ignored", "off", None, False),
        ("expired", "too_late", None, False),
        ("shed", "room_cap", None, False),
        ("dead", "dead_letter", None, False),
    ],
)
def test_chatter_and_what_the_bot_can_answer_is_not_open(
    outcome: Kind, reason: str, intent: Intent | None, *, is_open: bool
) -> None:
    told = Told(replace(left("这个怎么样？", reason=reason, outcome=outcome), intent=intent))
    assert bool(told.open) == is_open


def test_what_was_not_read_surely_is_open_once_two_ask_it_and_never_if_it_asks_nothing() -> None:
    def doubtful(text: str, author: str, score: float = 0.7) -> Outcome:
        return replace(
            left(text, reason="low_confidence", outcome="ignored", author=author), score=score
        )

    assert not Told(doubtful("能水洗吗", "ann")).open
    assert not Told(doubtful("能水洗吗", "ann"), doubtful("能水洗吗", "ann")).open
    told = Told(doubtful("能水洗吗", "ann"), doubtful("能水洗吗", "bob"))
    assert told.open == ["能水洗吗"]
    assert told.of().open[0].outcome == "ignored"
    assert not told.of().asked
    for text, score in (("好看好看", 0.7), ("能水洗吗", 0.4), ("lovely colour", 0.7)):
        assert not Told(doubtful(text, "ann", score), doubtful(text, "bob", score)).open


@pytest.mark.parametrize(
    "text",
    [
        "机器人怎么不说话了", "主播声音好小", "说话啊 装看不见？", "直播间好卡", "主播人呢", "机器人是不是坏了",
        "is the bot broken?", "why is the stream so laggy?", "can't hear you", "say something!!",
    ],
)  # fmt: skip
def test_remarks_about_the_bot_or_the_stream_are_no_questions(text: str) -> None:
    assert not Told(left(text), left(text)).open
    handed_off = replace(left(text), intent="complaint")  # by a moderator's wish
    assert Told(handed_off).open


@pytest.mark.parametrize(
    "text",
    [
        "扫地机器人怎么不动了", "这个音箱声音好小", "耳机没声音", "机器人坏了能退吗", "麦克风声音大吗", "主播大的呢",
        "主播黑的有吗", "几点下播", "主播身上的多大码", "直播间价格多少", "机器人不回我我的订单呢", "人呢的鞋子",
        "the speaker is too quiet", "is the robot loud?", "when does the stream end?",
    ],
)  # fmt: skip
def test_what_sounds_like_a_remark_and_asks_for_goods_is_a_question(text: str) -> None:
    assert Told(left(text)).open


def test_who_works_for_the_room_asks_nothing() -> None:
    for role in ("host", "moderator", "bot"):
        assert not Told(left("防水吗", role=role)).open


def test_an_hour_later_nobody_waits_any_more() -> None:
    told = Told(left("防水吗", START))
    assert told.of(START + 3599).open
    assert not told.of(START + 3601).open


# Who has been answered ----------------------------------------------------------------------------


def test_a_later_answer_to_the_same_question_closes_it_once_it_is_posted() -> None:
    asked = left("防水吗", START)
    later = replace(answered("防水吗？", START + 20), intent="product")
    told = Told(asked, later)
    assert told.open == ["防水吗"]
    assert told.see(posted(later, START + 22)).open == []
    assert Told(asked, later, posted(later, START + 22), left("防水吗", START + 30)).open


def test_an_answer_that_never_appears_closes_nothing() -> None:
    later = replace(answered("防水吗", START + 20), intent="product")
    for delivery, reason in (("refused", None), ("unknown", None), ("not_sent", "too_late")):
        gone = posted(later, START + 22, delivery=delivery, reason=reason)
        assert Told(left("防水吗"), later, gone).open
    shown = posted(later, START + 22, delivery="not_sent", reason="shown")
    assert not Told(left("防水吗"), later, shown).open


def test_a_row_of_the_faq_closes_what_was_asked_while_some_product_was_on_screen() -> None:
    row = answered("送货要几天", START + 20)
    assert row.reply is not None
    facts = (Fact("faq.送货要几天", "三天", "三天"),)
    row = replace(row, product=None, reply=replace(row.reply, facts=facts))
    events = [left("送货要几天"), left("送货要几天", product="A2"), left("送货要几天", START + 30)]
    told = Told(*events, row, posted(row, START + 22))
    assert [each.first for each in told.of().open] == [START + 30]
    assert not told.of().suggested


def test_who_asks_about_the_stream_asks_of_no_product_that_is_on_screen() -> None:
    def stream(product: str, named_by: str, at: float = START) -> Outcome:
        because = Because(named_by)
        asked = left("几点下播", at, product=product)
        return replace(asked, intent="stream", because=because)

    told = Told(stream("A1", "on screen"), stream("A2", "on screen", START + 1))
    assert [(each.product, each.count) for each in told.of().open] == [(None, 2)]
    assert told.of().suggested[0].product is None
    assert [each.product for each in Told(stream("A1", "link")).of().open] == ["A1"]


def test_what_the_shops_own_facts_answer_is_one_question_whatever_is_on_screen() -> None:
    one, two = answered("包邮吗"), answered("运费多少", product="A2")
    facts = (Fact("shop.shipping", "全国包邮", "全国包邮"),)
    assert one.reply is not None
    assert two.reply is not None
    one = replace(one, reply=replace(one.reply, facts=facts))
    two = replace(two, reply=replace(two.reply, facts=facts))
    assert [(each.count, each.product) for each in Told(one, two).of().asked] == [(2, None)]


def test_an_answer_that_was_out_of_date_leaves_its_question_open() -> None:
    one = answered("多少钱")
    two = joined(one, "多少钱啊")
    told = Told(one, two, posted(one, START + 2, two, delivery="not_sent", reason="changed"))
    assert {(each.outcome, each.reason) for each in told.of().open} == {("blocked", "changed")}
    assert sum(each.count for each in told.of().open) == 2


def test_a_line_of_the_staff_that_replies_closes_it_for_all_who_asked() -> None:
    one, two = left("防水吗", START, id="m-a"), left("防水吗?", START + 1)
    said = Outcome(line("可以的", START + 9, role="host", reply_to="m-a"), "ignored", "staff")
    assert Told(one, two, said).open == []
    assert Told(one, two, said, left("防水吗", START + 10)).open
    elsewhere = Outcome(line("可以", START + 9, role="host"), "ignored", "staff")
    assert Told(one, two, elsewhere).open


def test_an_answer_that_the_host_has_spoken_before_closes_it() -> None:
    one = answered("防水吗", START + 1)
    spoken = posted(one, START + 5, delivery="not_sent", reason="host_answered")
    assert Told(left("防水吗"), one, spoken).open == []


@pytest.mark.parametrize(
    "text",
    [
        "!bot answer M-A", "!bot 回答 m-a", "！BOT answer #m-a", "!bot reply m-a x y",
        "!bot answer other m-a",
    ],
)  # fmt: skip
def test_the_command_answer_puts_a_question_aside(text: str) -> None:
    assert Told(left("防水吗", id="m-a"), left("防水吗?"), command(text)).open == []


def test_the_command_answer_closes_what_it_says_something_to_and_nothing_that_was_refused() -> None:
    one, two = left("防水吗", id="m-a"), left("能下水吗", id="m-b")
    said = Reply("an:c1", ROOM, "可以", "faq", (), ("m-a", "m-b"))
    words = "!bot answer m-a = 可以"
    assert Told(one, two, command(words, said)).open == []
    assert len(Told(one, two, command(words)).open) == 2
    told = Reply("ack:c1", ROOM, "不能这样说", "faq", (), ("c1",))
    assert len(Told(one, two, command(words, told)).open) == 2


def test_who_may_not_command_puts_nothing_aside() -> None:
    denied = Outcome(line("!bot answer m-a", role="viewer"), "ignored", "not_allowed")
    assert Told(left("防水吗", id="m-a"), denied).open
    assert Told(left("防水吗", id="m-a"), command("!bot price 1 99")).open
    assert Told(left("防水吗", id="m-a"), command("!bot answer m-b")).open


# What was removed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("removed", "kept"),
    [
        (Removed(ROOM, "m-a"), ["b?"]),
        (Removed(ROOM, author_id="~ann"), ["b?"]),
        (Removed(ROOM), []),
        (Removed("room/other"), ["a?", "b?"]),
    ],
)
def test_what_was_removed_leaves_with_its_text(removed: Removed, kept: list[str]) -> None:
    told = Told(left("a?", author="ann", id="m-a"), left("b?", author="bob"))
    told.questions.learn(ROOM, {"a": np.zeros(2, np.float32), "b": np.zeros(2, np.float32)})
    told.questions.keep(ROOM, told.of())
    told.questions.remove(Removal(removed, START + 1))
    assert sorted(told.open) == kept
    assert sorted(told.questions.vectors(ROOM)) == sorted(text.strip("?") for text in kept)
    if len(kept) < 2:
        assert told.questions.told(ROOM) == (None, False)
        assert "a?" not in repr(vars(told.questions))


def test_what_was_said_after_a_ban_stays() -> None:
    told = Told(left("a?", START, author="ann"), left("b?", START + 9, author="ann"))
    told.questions.remove(Removal(Removed(ROOM, author_id="~ann"), START + 5))
    assert told.open == ["b?"]


def test_an_event_without_its_text_is_not_shown() -> None:
    assert not Told(replace(left("x"), message=replace(line("x"), text="", author=""))).open


def test_the_retention_ends_what_is_remembered() -> None:
    told = Told(left("a?", START), left("b?", START + 9))
    told.questions.forget(START + 5)
    assert told.open == ["b?"]


# What is asked most, and what the FAQ lacks -------------------------------------------------------


def test_what_is_asked_most_counts_every_wording_that_the_same_facts_answer() -> None:
    one = answered("多少钱", START)
    two, three = joined(one, "how much", START + 1), joined(one, "how much", START + 2)
    told = Told(one, two, three, left("防水吗", START + 3))
    first, second = told.of().asked
    assert (first.text, first.count, first.answered, first.last) == (
        "how much",
        3,
        False,
        START + 2,
    )
    assert (second.text, second.count, second.answered) == ("防水吗", 1, False)
    told.see(posted(one, START + 4, two, three))
    assert told.of().asked[0].answered
    assert not told.see(answered("多少钱", START + 5)).of().asked[0].answered


def test_what_is_asked_most_looks_back_ten_minutes() -> None:
    told = Told(answered("多少钱", START), answered("多少钱", START + 300))
    assert [each.count for each in told.of(START + 599).asked] == [2]
    assert [each.count for each in told.of(START + 601).asked] == [1]
    assert not told.of(START + 901).asked


NEAR = {"防水吗": (1.0, 0.0), "能下水吗": (0.8, 0.6), "会起球吗": (0.0, 1.0)}


def test_questions_that_mean_the_same_are_one_where_the_reader_knows_it() -> None:
    events = [left(text, START + number) for number, text in enumerate(NEAR)]
    assert len(Told(*events).open) == 3
    told = Told(*events, meaning=NEAR)
    assert sorted(each.count for each in told.of().open) == [1, 2]
    [row] = told.of().suggested
    assert (sorted(row.questions), row.count, row.product) == (["能下水吗", "防水吗"], 2, "A1")
    assert set(row.ids) == {each.message.id for each in events[:2]}


def test_an_answer_closes_what_means_the_same() -> None:
    later = replace(answered("能下水吗", START + 9), intent="product")
    told = Told(left("防水吗"), left("会起球吗"), later, posted(later, START + 10), meaning=NEAR)
    assert told.open == ["会起球吗"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("能发新疆吗", "能发西藏吗"),
        ("do you ship to canada", "do you ship to mexico"),
        ("does it work with iphone", "does it work with android"),
        ("120斤穿什么码", "160斤穿什么码"),
    ],
)
def test_a_neighbour_is_another_question_however_near_it_is(one: str, other: str) -> None:
    near = {one: (1.0, 0.0), other: (0.89, np.sqrt(1 - 0.89**2))}
    told = Told(left(one), left(other), meaning=near)
    assert len(told.open) == 2
    assert not told.of().suggested


def test_what_other_facts_answer_is_another_question_however_near_it_is() -> None:
    stock = answered("还有吗")
    assert stock.reply is not None
    facts = (replace(stock.reply.facts[0], id="A1.stock"),)
    stock = replace(stock, reply=replace(stock.reply, facts=facts))
    told = Told(answered("多少钱"), stock, meaning={"还有吗": (1.0, 0.0), "多少钱": (1.0, 0.0)})
    assert len(told.of().asked) == 2


def test_a_row_is_suggested_once_two_viewers_lack_it_until_the_bot_answers() -> None:
    one, two = left("防水吗", author="ann", id="m-a"), left("防水吗", START + 1, author="bob")
    assert not Told(one, left("防水吗", author="ann")).of().suggested
    told = Told(one, two)
    assert [row.count for row in told.of().suggested] == [2]
    assert told.see(command("!bot answer m-a")).of().suggested  # the next asks it again
    assert not told.of(faq=["防水吗"]).suggested
    later = replace(answered("防水吗", START + 40), intent="product")
    assert not told.see(later, posted(later, START + 41)).of().suggested


@pytest.mark.parametrize("reason", ["host_only", "own_order", "which_one"])
def test_what_no_row_could_answer_is_not_suggested(reason: str) -> None:
    told = Told(left("我的快递呢", reason=reason), left("我的快递呢", reason=reason))
    assert told.open
    assert not told.of().suggested


# Bounds -------------------------------------------------------------------------------------------


def test_memory_is_bounded_by_room_and_in_all() -> None:
    told = Told()
    for number in range(MOST + 10):
        told.see(left(f"a{number}?", START + number / 1000), answered("x"))
    assert len(told.questions.of(ROOM, NOW)) == MOST
    assert len(told.questions._order) <= ALL
    for _ in range(REPLIES):
        told.see(replace(answered("x"), intent="chitchat"))
    assert len(told.questions._replies) == REPLIES


def test_rooms_do_not_mix_and_one_that_is_not_known_is_not_remembered() -> None:
    told = Told(left("a?", room="room/other"), left("b?", room="room/third"))
    assert not told.open
    assert len(told.of(room="room/other").open) == 1
    with pytest.raises(KeyError):
        told.questions.of("room/third", NOW)


@given(
    st.lists(
        st.tuples(
            any_text, st.sampled_from(get_args(Kind)), st.sampled_from(get_args(Intent)),
            st.sampled_from(["no_fact", "low_confidence", "staff", None]), st.booleans(),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_is_said_each_question_that_waits_is_told_once(
    said: list[tuple[str, Kind, Intent, str | None, bool]],
) -> None:
    told = Told()
    for text, kind, intent, reason, posts in said:
        one = replace(
            answered(text) if posts else left(text),
            outcome=kind,
            intent=intent,
            reason=reason,
        )
        told.see(one)
        if posts:
            told.see(posted(one, START + 1))
    found = told.of()
    ids = [each for question in found.open for each in question.ids]
    assert len(ids) == len(set(ids)) == sum(each.count for each in found.open)
    assert all(each.id == each.ids[-1] and each.first <= each.last for each in found.open)
