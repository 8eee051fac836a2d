"""Moderators change a room by chat lines: each once, each told, the last one taken back."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    Catalogue,
    Changes,
    ChatMessage,
    Faq,
    Lang,
    Product,
    Role,
    RoomState,
    Rules,
    Slot,
)
from bot.rules.commands import ACTS, CHINESE, KEPT, Command, Denied, apply, parse
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop

PRODUCTS = (
    Product("A1", "卫衣", 129.0, link=1, stock=5),
    Product("B2", "袜子", 1250000.0, link=2),
    Product("C3", "鞋", 9.5),
)
CATALOGUE = Catalogue("店", "CNY", "zh", PRODUCTS, now_showing="A1")
NOW = 1000.0
SLOT = Slot("re:m1", "zh:k", 1.0, 2.0, ("m1",), ("Bob",))
BUSY = RoomState(slots=(SLOT,), answered={"zh:k": 999.0}, served={"u1": 999.0})


def line(text: str, role: Role = "moderator", id_: str = "c1") -> ChatMessage:
    return ChatMessage(id_, "room", "room/a", "Ann", "7", role, text, NOW)


def read(text: str, **rules: Any) -> tuple[str, str] | None:
    command = parse(line(text), Rules(**rules))
    return (command.name, command.rest) if isinstance(command, Command) else None


class Room:
    """A room that is told commands one after another."""

    def __init__(self, state: RoomState | None = None, lang: Lang = "zh") -> None:
        self.state = state or RoomState()
        self.rules = Rules(language=lang)
        self.told = 0

    def tell(self, text: str, id_: str | None = None, now: float = NOW) -> str:
        self.told += 1
        command = parse(line(f"!bot {text}", id_=id_ or f"c{self.told}"), self.rules)
        assert isinstance(command, Command)
        shop = Shop(overlay(CATALOGUE, self.state.changes), {})
        self.state, notice = apply(
            self.state, command=command, shop=shop, now=now, rules=self.rules
        )
        return notice


def visible(state: RoomState) -> RoomState:
    """Return what a command may change, without what it leaves behind."""
    return replace(state, commands={}, before=None, log=())


# Reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!bot on", ("on", "")),
        ("!BOT OFF", ("off", "")),
        ("  !bot   price  1   99 ", ("price", "1   99")),
        ("!bot now A1", ("now", "A1")),
        ("!bot shadow", ("mode", "shadow")),
        ("!bot Auto", ("mode", "auto")),
        ("!bot approve", ("mode", "approve")),
        ("!bot", ("help", "")),
        ("!bot ", ("help", "")),
        ("!bot 关", ("off", "")),
        ("!bot 价格 1 99", ("price", "1 99")),
        ("！bot 关", ("off", "")),
        ("！ｂｏｔ off", ("off", "")),
        ("!bot　off", ("off", "")),
        ("!bot\toff", ("off", "")),
        ("!bot mute @Bob \U000e0000", ("mute", "@Bob")),
        ("!bot dance now", ("dance", "now")),
    ],
)
def test_a_line_with_the_prefix_is_a_command(text: str, expected: tuple[str, str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["", "bot on", "!bots on", "!boton", "say !bot on", "多少钱", "!", "\u200b"]
)
def test_any_other_line_is_none(text: str) -> None:
    assert parse(line(text), Rules()) is None


@pytest.mark.parametrize("prefix", ["！小助手", "!小助手", "/DM"])
def test_the_prefix_is_the_operators(prefix: str) -> None:
    assert read(f"{prefix.lower()} 关", prefix=prefix) == ("off", "")
    assert read("!bot off", prefix=prefix) is None


@pytest.mark.parametrize(("word", "name"), CHINESE.items())
def test_every_chinese_name_is_a_command(word: str, name: str) -> None:
    assert name in ACTS
    assert read(f"!bot {word} x") == (name, "x")


@pytest.mark.parametrize("role", ["viewer", "subscriber", "vip", "bot"])
def test_nobody_but_moderators_and_the_host_may_command(role: Role) -> None:
    assert parse(line("!bot off", role), Rules()) == Denied()
    assert parse(line("多少钱", role), Rules()) is None


@pytest.mark.parametrize("role", ["moderator", "host"])
def test_moderators_and_the_host_may_command(role: Role) -> None:
    expected = Command("off", "", "c1", "Ann", "7", role, "room/a")
    assert parse(line("!bot off", role), Rules()) == expected


@given(st.text(st.characters(), max_size=30))
def test_any_line_is_read_and_applied_without_a_fault(text: str) -> None:
    for prefix in ("", "!bot "):
        command = parse(line(prefix + text), Rules())
        if isinstance(command, Command):
            shop = Shop(CATALOGUE, {})
            state, notice = apply(RoomState(), command=command, shop=shop, now=NOW, rules=Rules())
            assert notice
            assert state.commands == {"c1": notice}


# What each does ---------------------------------------------------------------------------------


def test_off_silences_the_room_and_cancels_what_is_on_its_way() -> None:
    room = Room(BUSY)
    assert room.tell("off") == "已关闭"
    assert (room.state.mode, room.state.slots, room.state.answered) == ("off", (), {})


def test_on_ends_off_and_pause() -> None:
    room = Room(RoomState(mode="off", paused_until=9999.0))
    assert room.tell("on") == "已开启"
    assert (room.state.mode, room.state.paused_until) == ("auto", 0.0)


@pytest.mark.parametrize("text", ["shadow", "mode shadow", "mode SHADOW", "模式 shadow"])
def test_a_mode_is_set_and_cancels_what_is_on_its_way(text: str) -> None:
    room = Room(BUSY)
    assert room.tell(text) == "模式：shadow"
    assert (room.state.mode, room.state.slots) == ("shadow", ())


def test_mode_off_is_off() -> None:
    room = Room(BUSY)
    assert room.tell("mode off") == "已关闭"
    assert (room.state.mode, room.state.slots) == ("off", ())


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("", 300), ("5m", 300), ("5", 300), ("30s", 30), ("2h", 7200), ("90 S", 90), ("5分钟", 300),
     ("5分", 300), ("10秒", 10), ("1小时", 3600)],
)  # fmt: skip
def test_a_pause_lasts_as_long_as_told_and_cancels_what_is_on_its_way(
    span: str, seconds: int
) -> None:
    room = Room(BUSY)
    assert room.tell(f"pause {span}") == f"暂停 {seconds} 秒"
    assert room.state.paused_until == NOW + seconds
    assert (room.state.slots, room.state.answered) == ((), {})


@pytest.mark.parametrize("reference", ["B2", "b2", "2", "#2"])
def test_the_product_on_screen_is_set_by_sku_or_link(reference: str) -> None:
    room = Room()
    assert room.tell(f"now {reference}") == "正在讲解 袜子"
    assert room.state.showing == "B2"


@pytest.mark.parametrize(
    ("text", "notice", "prices"),
    [
        ("price 1 99", "卫衣: 129 → 99", {"A1": 99.0}),
        ("price A1 99.90", "卫衣: 129 → 99.90", {"A1": 99.9}),
        ("price 2 1250001", "袜子: 1250000 → 1250001", {"B2": 1250001.0}),
        ("price c3 0", "鞋: 9.50 → 0", {"C3": 0.0}),
        ("price　1　９９", "卫衣: 129 → 99", {"A1": 99.0}),
    ],
)
def test_a_price_is_changed(text: str, notice: str, prices: dict[str, float]) -> None:
    room = Room()
    assert room.tell(text) == notice
    assert room.state.changes.prices == prices


def test_a_second_price_stands_beside_the_first_and_names_the_present_one() -> None:
    room = Room()
    room.tell("price 1 99")
    assert room.tell("price 1 89") == "卫衣: 99 → 89"
    room.tell("price 2 5")
    assert room.state.changes.prices == {"A1": 89.0, "B2": 5.0}


def test_a_stock_is_changed() -> None:
    room = Room()
    assert room.tell("stock 1 0") == "卫衣: 5 → 0"
    assert room.tell("stock 2 7") == "袜子: ? → 7"
    assert room.state.changes.stocks == {"A1": 0, "B2": 7}


@pytest.mark.parametrize(
    "text",
    [
        "faq add 几点下播 = 10点=22:00",
        "FAQ ADD 几点下播＝10点=22:00",
        "问答 add 几点下播=10点=22:00",
    ],
)
def test_an_faq_row_is_added_and_its_answer_may_hold_an_equals_sign(text: str) -> None:
    room = Room()
    assert room.tell(text) == "已添加问答：几点下播"
    assert room.state.changes.faq == (Faq(("几点下播",), "10点=22:00"),)


def test_the_newest_faq_row_comes_first() -> None:
    room = Room()
    room.tell("faq add q = old")
    room.tell("faq add q = new")
    assert [row.answer for row in room.state.changes.faq] == ["new", "old"]


def test_a_viewer_is_muted_and_unmuted_in_any_case() -> None:
    room = Room()
    assert room.tell("mute @Bob") == "已静音 bob"
    assert room.state.muted == {"bob"}
    assert room.tell("unmute BOB") == "已恢复 bob"
    assert room.state.muted == frozenset()


def test_status_says_what_holds_and_changes_nothing() -> None:
    room = Room()
    assert room.tell("status") == "模式 auto；讲解 A1 卫衣；临时改动 0；静音 0"
    for text in ("price 1 99", "stock 1 2", "faq add q = a", "mute bob", "now 2", "shadow"):
        room.tell(text)
    before = visible(room.state)
    assert room.tell("status") == "模式 shadow；讲解 B2 袜子；临时改动 3；静音 1"
    assert visible(room.state) == before
    room.tell("pause 5m")
    assert room.tell("status").startswith("模式 pause")
    assert room.tell("status", now=NOW + 300).startswith("模式 shadow")


def test_help_names_every_command() -> None:
    notice = Room().tell("help")
    assert all(name in notice for name in ACTS)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("dance", "没有命令 dance；可用：on · off", "no command dance; on · off"),
        ("mode loud", "模式应为 auto|approve|shadow|off", "expected mode auto|approve|shadow|off"),
        ("mode", "模式应为", "expected mode"),
        ("pause soon", "应为时长，例如 pause 5m", "expected a time, such as pause 5m"),
        ("pause -5m", "应为时长", "expected a time"),
        ("now Z9", "没有商品“Z9”；有：1=A1, 2=B2, C3", 'no product "Z9"; have: 1=A1, 2=B2, C3'),
        ("now", "没有商品“”", 'no product ""'),
        ("price", "没有商品“”", 'no product ""'),
        ("price Z9 5", "没有商品“Z9”", 'no product "Z9"'),
        ("price 1", "应为金额，例如 price 1 99", "expected an amount: price 1 99"),
        ("price 1 -5", "应为金额", "expected an amount"),
        ("price 1 1e9", "应为金额", "expected an amount"),
        ("price 1 99.999", "应为金额", "expected an amount"),
        ("price 1 12345678", "应为金额", "expected an amount"),
        ("stock 9 5", "没有商品“9”", 'no product "9"'),
        ("stock 1 1.5", "应为件数，例如 stock 1 20", "expected a number: stock 1 20"),
        ("stock 1 many", "应为件数", "expected a number"),
        ("faq", "应为 faq add 问题 = 回答", "expected faq add QUESTION = ANSWER"),
        ("faq add q", "应为 faq add", "expected faq add"),
        ("faq add q =", "应为 faq add", "expected faq add"),
        ("faq add = a", "应为 faq add", "expected faq add"),
        ("faq drop q = a", "应为 faq add", "expected faq add"),
        ("mute", "应为 mute @用户", "expected mute @user"),
        ("mute @", "应为 mute @用户", "expected mute @user"),
        ("unmute Bob", "bob 没有被静音", "bob is not muted"),
        ("undo", "没有可撤销的命令", "nothing to undo"),
    ],
)
def test_what_cannot_be_done_changes_nothing_and_says_why(text: str, zh: str, en: str) -> None:
    for lang, expected in (("zh", zh), ("en", en)):
        room = Room(BUSY, lang)  # type: ignore[arg-type]  # literals
        assert room.tell(text).startswith(expected)
        assert visible(room.state) == BUSY
        assert room.state.before is None


def test_a_notice_is_in_the_language_that_its_command_asks_for() -> None:
    shop = Shop(CATALOGUE, {})
    for lang, other, word in (("zh", "en", "正在讲解"), ("en", "zh", "now showing")):
        asked = Command("now", "1", f"c-{lang}", lang=cast(Lang, lang))
        told = apply(
            RoomState(), command=asked, shop=shop, now=NOW, rules=Rules(language=cast(Lang, other))
        )
        assert told[1].startswith(word)
        denied = replace(asked, name="price", role="viewer")
        _, notice = apply(
            RoomState(), command=denied, shop=shop, now=NOW, rules=Rules(language=cast(Lang, other))
        )
        assert notice == ("没有权限" if lang == "zh" else "not allowed")


def test_notices_are_in_the_operators_language() -> None:
    room = Room(lang="en")
    told = ["off", "on", "shadow", "pause 30s", "now 2", "faq add q = a", "mute Bob", "unmute Bob"]
    assert [room.tell(text) for text in told] == [
        "off", "on", "mode: shadow", "paused for 30 s", "now showing 袜子", "faq added: q",
        "muted bob", "unmuted bob",
    ]  # fmt: skip
    assert room.tell("undo") == "undone: unmute Bob (unmuted bob)"
    assert room.tell("status").startswith("mode pause; showing B2 袜子; live changes 1; muted 1")


# Once, and back ---------------------------------------------------------------------------------


CHANGING = [
    "on", "off", "shadow", "pause 5m", "now 2", "price 1 99", "stock 1 0", "faq add q = a",
    "mute bob",
]  # fmt: skip


@pytest.mark.parametrize("text", [*CHANGING, "undo", "status", "dance"])
def test_a_command_that_comes_twice_is_applied_once(text: str) -> None:
    room = Room()
    room.tell("price 1 50")
    room.tell("mute ann")
    first = room.tell(text, "same")
    after = room.state
    assert room.tell(text, "same", now=NOW + 60) == first
    assert room.state == after


@pytest.mark.parametrize("text", CHANGING)
def test_undo_goes_back_to_before_the_last_change(text: str) -> None:
    room = Room(RoomState(mode="approve", showing="C3", muted=frozenset({"ann"})))
    room.tell("price 1 50")
    before = visible(room.state)
    room.tell(text)
    assert visible(room.state) != before
    assert room.tell("undo").startswith(f"已撤销：{room.state.log[-2].line} (")
    assert visible(room.state) == before


def test_undo_takes_back_an_unmute() -> None:
    room = Room(RoomState(muted=frozenset({"bob"})))
    room.tell("unmute bob")
    room.tell("undo")
    assert room.state.muted == {"bob"}


def test_undo_twice_says_that_there_is_nothing_left() -> None:
    room = Room()
    room.tell("price 1 99")
    room.tell("stock 1 0")
    room.tell("undo")
    assert room.tell("undo") == "没有可撤销的命令"
    assert room.state.changes == Changes({"A1": 99.0})


def test_undo_passes_over_commands_that_changed_nothing() -> None:
    room = Room()
    room.tell("price 1 99")
    for text in ("status", "help", "dance", "price 1 x"):
        room.tell(text)
    room.tell("undo")
    assert room.state.changes == Changes()


def test_undo_brings_back_no_cancelled_reply_and_keeps_who_was_served() -> None:
    room = Room(BUSY)
    room.tell("off")
    room.tell("undo")
    assert (room.state.mode, room.state.slots, room.state.answered) == (None, (), {})
    assert room.state.served == BUSY.served


def test_after_an_undo_the_next_change_can_be_undone() -> None:
    room = Room()
    room.tell("price 1 99")
    room.tell("undo")
    room.tell("mute bob")
    room.tell("undo")
    assert room.state.muted == frozenset()


def test_what_the_room_remembers_is_bounded() -> None:
    room = Room()
    for n in range(KEPT + 30):
        room.tell(f"price 1 {n}")
    assert len(room.state.commands) == KEPT
    assert list(room.state.commands)[-1] == f"c{KEPT + 30}"
    assert room.state.before is not None
    assert room.state.before.before is None
    assert room.state.before.commands == {}
