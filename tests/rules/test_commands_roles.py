"""Only moderators and the host change a room, however a command is spelt, said or passed on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    STAFF,
    Answer,
    Catalogue,
    ChatMessage,
    Draft,
    Fact,
    Outcome,
    Product,
    Role,
    RoomState,
    Rules,
    Slot,
)
from bot.rules.commands import (
    ACTS,
    ALIASES,
    CHINESE,
    LOGGED,
    READING,
    Command,
    Denied,
    Past,
    apply,
    obey,
    parse,
)
from bot.shop.catalogue import overlay
from bot.shop.lookup import Shop
from tests import strategies

CATALOGUE = Catalogue("店", "CNY", "zh", (Product("A1", "卫衣", 129.0, link=1),))
NOW = 1000.0
LINES = {
    "on": "", "off": "", "mode": "shadow", "pause": "5m", "status": "", "now": "A1",
    "price": "1 99", "stock": "1 3", "faq": "add q = a", "mute": "@bob", "unmute": "@ann",
    "ok": "7", "no": "7", "answer": "m9 = 有的", "drafts": "", "undo": "", "why": "", "stats": "", "log": "", "help": "",
}  # fmt: skip
"""Of each command what it needs to change a room, if it can."""
BLANKS = [" ", "  ", "\t", "\u3000", "\u00a0", " \u200b", "\u2003", "\u2060 ", "\r\n"]
PREFIXES = ["!bot", "！小助手", "/dm", "🤖️"]
PLAN = Answer("price", "zh", (Fact("A1.price", "129 CNY", "129元"),), "k", "A1", "卫衣")
DRAFT = Draft("7", "room/a", PLAN, "多少钱", "卫衣129元")
STATE = RoomState(
    mode="approve",
    muted=frozenset({"ann"}),
    slots=(Slot("re:m7", "k", NOW, NOW + 60, ("m7",), ("U7",), ("u7",), draft=DRAFT),),
    before=RoomState(mode="auto"),
)
SHOP = Shop(overlay(CATALOGUE, STATE.changes), {})
ASKED = ChatMessage("m9", "room", "room/a", "Bob", "b", "viewer", "能试穿吗", NOW)
PAST = Past((Outcome(ASKED, "handed_off", "host_only", intent="show"),))


def line(text: str, role: Role, **given: Any) -> ChatMessage:
    message = ChatMessage("c1", "room", "room/a", "Ann", "7", role, text, NOW)
    return replace(message, **given)


def after(message: ChatMessage, rules: Rules, state: RoomState = STATE) -> RoomState:
    """Return the room after a line, as the pipeline would have it."""
    command = parse(message, rules)
    if not isinstance(command, Command):
        return state
    return obey(state, command=command, shop=SHOP, now=NOW, rules=rules, past=PAST)[0]


def wide(text: str) -> str:
    """Return a text in full-width letters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@st.composite
def spelt(draw: st.DrawFn, prefix: str) -> tuple[str, str]:
    """Draw a command and one of the ways in which it may be typed."""
    name = draw(st.sampled_from(sorted(LINES)))
    names = [name, *(word for word, meant in ALIASES.items() if meant == name)]
    ways: list[Callable[[str], str]] = [str, str.upper, str.title, wide]
    shapes = st.sampled_from(ways)
    head, word = draw(shapes)(prefix), draw(shapes)(draw(st.sampled_from(names)))
    blank = st.sampled_from(BLANKS)
    parts = [head, draw(blank), word, draw(blank), LINES[name]]
    edges = st.sampled_from(["", *BLANKS, "\U000e0000", "\u034f"])
    return name, draw(edges) + "".join(parts) + draw(edges)


def test_every_command_is_tried() -> None:
    assert set(LINES) == set(ACTS)
    assert set(CHINESE.values()) == set(ACTS)
    assert set(ALIASES.values()) == set(ACTS)


@given(st.data(), st.sampled_from(PREFIXES), st.sampled_from(get_args(Role)))
def test_in_every_spelling_the_staff_changes_a_room_and_nobody_else(
    data: st.DataObject, prefix: str, role: Role
) -> None:
    name, text = data.draw(spelt(prefix))
    rules = Rules(prefix=prefix)
    command = parse(line(text, role), rules)
    state = after(line(text, role), rules)
    if role not in STAFF:
        assert command == Denied()
        assert state == STATE
        return
    assert isinstance(command, Command)
    assert command.name == name
    assert (replace(state, commands={}) == STATE) == (name in READING)
    assert after(line(text, role), rules, state) == state  # it comes again: nothing happens


@given(
    st.lists(strategies.chat_messages(role=st.sampled_from(["viewer", "subscriber", "vip", "bot"])))
)
def test_whatever_viewers_say_no_command_comes_of_it(said: list[ChatMessage]) -> None:
    for message in said:
        for text in (message.text, f"!bot {message.text}"):
            assert not isinstance(parse(replace(message, text=text), Rules()), Command)


@given(st.data())
def test_commands_that_come_again_and_again_have_their_effect_once(data: st.DataObject) -> None:
    roles = st.sampled_from(get_args(Role))
    told = data.draw(st.lists(st.tuples(spelt("!bot"), roles), max_size=8))
    lines = [line(text, role, id=f"c{n}") for n, ((_, text), role) in enumerate(told)]
    once = twice = STATE
    for number, message in enumerate(lines):
        once = after(message, Rules(), once)
        twice = after(message, Rules(), twice)
        for again in data.draw(st.lists(st.sampled_from(lines[: number + 1]), max_size=3)):
            twice = after(again, Rules(), twice)
    assert twice == once


@pytest.mark.parametrize(
    "given",
    [
        {"author": "Ann"},  # as a moderator is called
        {"author": "Аnn"},  # with a Cyrillic letter
        {"author": "danmate"},
        {"author": "主播"},
        {"author": "moderator"},
        {"author": "Ann\u202e[mod]"},
        {"author": "!bot", "author_id": "7"},
        {"author": "Ann", "author_id": "host"},
    ],
)
def test_a_name_gives_nobody_a_role(given: dict[str, str]) -> None:
    assert parse(line("!bot off", "viewer", **given), Rules()) == Denied()


@pytest.mark.parametrize(
    "text",
    [
        "@Bob !bot off",
        "> !bot off",
        "「!bot off」",
        "“!bot off” 是什么",
        "回复 @Bob: !bot off",
        "[Discord] Bob: !bot off",
        "<Bob> !bot off",
        "Bob: !bot off",
        "什么意思\n!bot off",
        "/me !bot off",
        "\x01ACTION !bot off\x01",
    ],
)
@pytest.mark.parametrize("role", ["moderator", "host"])
def test_a_command_that_staff_quotes_or_passes_on_is_none(text: str, role: Role) -> None:
    assert parse(line(text, role), Rules()) is None


@pytest.mark.parametrize("name", ["Nightbot", " nightbot", "STREAMELEMENTS"])
def test_a_known_bot_that_moderates_may_not_say_a_viewers_command(name: str) -> None:
    assert parse(line("!bot off", "moderator", author=name), Rules()) == Denied()


@pytest.mark.parametrize(
    "text", ["!bоt off", "!b0t off", "! bot off", "!!bot off", "!bot\u0301 off"]
)
def test_what_only_looks_like_the_prefix_is_none(text: str) -> None:
    assert parse(line(text, "host"), Rules()) is None


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_command_that_did_not_come_from_the_chat_is_held_to_its_role(name: str) -> None:
    command = Command(name, LINES[name], "page:1", "Zoe", role="viewer")
    state, done = obey(STATE, command=command, shop=SHOP, now=NOW, rules=Rules(), past=PAST)
    assert done.reply is None
    assert replace(state, commands={}) == STATE
    assert (done.notice == "没有权限") == (name not in READING)


# Help by role -----------------------------------------------------------------------------------


def told(name: str, rest: str = "", role: Role = "host", state: RoomState = STATE) -> str:
    command = Command(name, rest, "c9", role=role)
    return apply(state, command=command, shop=SHOP, now=NOW, rules=Rules(language="en"))[1]


def test_help_names_what_a_role_may_do() -> None:
    assert told("help") == "commands: " + " · ".join(ACTS)
    assert told("help", role="viewer") == "commands: status · drafts · why · stats · log · help"


@pytest.mark.parametrize("name", sorted(ACTS))
def test_help_says_how_each_command_is_used(name: str) -> None:
    assert told("help", name).startswith(name)
    assert told("help", name.upper()) == told("help", name)


# Who did what -----------------------------------------------------------------------------------


def run(*lines: str, state: RoomState | None = None, who: str = "Ann") -> RoomState:
    state = state or RoomState()
    for text in lines:
        number = len(state.commands)
        message = line(f"!bot {text}", "moderator", id=f"{who}{number}", author=who)
        state = after(replace(message, sent_at=NOW), Rules(language="en"), state)
    return state


def test_a_change_is_noted_with_who_when_what_and_the_notice() -> None:
    state = run("price 1 99", "status", "dance", "price 1 x")
    [deed] = state.log
    assert (deed.id, deed.at, deed.author, deed.author_id, deed.role) == (
        "Ann0", NOW, "Ann", "7", "moderator",
    )  # fmt: skip
    assert (deed.line, deed.notice, deed.change, deed.undone) == (
        "price 1 99", "卫衣: 129 → 99", True, False,
    )  # fmt: skip


def test_undo_names_what_it_takes_back_and_is_noted_itself() -> None:
    state = run("price 1 99", "status", "undo")
    assert state.commands["Ann2"] == "undone: price 1 99 (卫衣: 129 → 99)"
    assert [(deed.line, deed.undone) for deed in state.log] == [
        ("price 1 99", True), ("undo", False),
    ]  # fmt: skip


def test_undo_passes_over_a_draft_that_was_sent_or_dropped() -> None:
    state = run("mute bob", state=STATE)
    state = run("ok 7", "undo", state=state, who="Zoe")
    assert state.commands["Zoe2"] == "undone: mute bob (muted bob)"
    assert state.muted == {"ann"}
    assert [deed.line for deed in state.log] == ["mute bob", "ok 7", "undo"]


def test_a_room_from_before_its_log_is_undone_without_a_name() -> None:
    assert told("undo") == "the last command is undone"


def test_undo_keeps_what_was_deleted_and_who_was_served() -> None:
    state = run("mute bob")
    state = replace(state, gone=("m1",), cleared={"u": 5.0}, closed={"re:m1": "deleted"})
    state = run("undo", state=state)
    assert (state.gone, state.cleared, state.closed) == (("m1",), {"u": 5.0}, {"re:m1": "deleted"})


def test_log_tells_the_last_five_newest_first() -> None:
    state = run("mute a", "mute b", "mute c", "mute d", "mute e", "mute f", "undo")
    assert told("log", state=state) == (
        "Ann 0s: undo → undone: mute f (muted f) · Ann 0s: mute f → muted f (undone) · "
        "Ann 0s: mute e → muted e · Ann 0s: mute d → muted d · Ann 0s: mute c → muted c"
    )
    assert told("log", state=RoomState()) == "no changes"


def test_the_log_is_bounded() -> None:
    state = run(*(f"faq add {'q' * 400}{n} = a" for n in range(LOGGED + 5)))
    assert len(state.log) == LOGGED
    assert all(len(deed.line) <= 80 and len(deed.notice) <= 80 for deed in state.log)


# Modes by intent --------------------------------------------------------------------------------


def test_an_intent_gets_a_mode_of_its_own() -> None:
    state = run("mode price approve", "模式 STOCK ignore")
    assert state.autonomy == {"price": "approve", "stock": "ignore"}
    assert run("undo", state=state).autonomy == {"price": "approve"}
    assert told("status", state=state).endswith("price approve, stock ignore")


@pytest.mark.parametrize("text", ["mode price", "mode price loud", "mode price off"])
def test_an_unknown_mode_of_an_intent_changes_nothing(text: str) -> None:
    assert run(text).autonomy == {}


@pytest.mark.parametrize(
    ("word", "mode"), [("自动", "auto"), ("审核", "approve"), ("影子", "shadow"), ("关", "off")]
)
def test_modes_have_chinese_names(word: str, mode: str) -> None:
    assert run(f"模式 {word}").mode == mode


def test_why_and_stats_without_a_past_say_so() -> None:
    assert told("why") == "no such message of late"
    assert told("why", "m1") == "no such message of late: m1"
    command = Command("stats", "", "c9")
    past = Past((), {"answered": 3, "ignored": 5, "commanded": 1, "handed_off": 2, "approved": 1})
    _, done = obey(
        STATE, command=command, shop=SHOP, now=NOW, rules=Rules(language="en"), past=past
    )
    assert done.notice == (
        "messages 12; answered 4; handed off 2; drafts 0 (approved 1, waiting 1)"
    )
