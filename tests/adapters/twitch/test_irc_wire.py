"""Twitch's own IRC lines, and what its notices mean."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.twitch.notices import login_failed, seconds, verdict
from adapters.wire.irc import IrcLine, foreign, parse, to_message
from adapters.wire.twitch_irc import Modes, Notice, channel, lines, modes, notice, removed
from bot.errors import BadFrame
from bot.model import ChatMessage, Removed

DATA = Path(__file__).parents[3].parent / "shared" / "data"
CASES = DATA / "twitch-chatterino2" / "IrcMessageHandler"
needs_cases = pytest.mark.skipif(
    not CASES.is_dir(), reason="the cases of chatterino2 are not there"
)


def cases() -> list[tuple[str, IrcLine, list[dict[str, Any]], bool]]:
    found = []
    for file in sorted(CASES.glob("*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        found.append((file.stem, parse(case["input"]), case["output"], "settings" in case))
    return found


def test_a_frame_is_its_lines_and_a_last_line_needs_no_end() -> None:
    assert lines("a\r\n\r\nb\nc\u2028\r\nd") == ["a", "b", "c\u2028", "d"]
    assert lines("") == lines("\r\n") == []


@given(st.text())
def test_any_frame_gives_lines_that_are_values_or_bad_frames(frame: str) -> None:
    commands = ("PRIVMSG", "CLEARMSG", "CLEARCHAT", "ROOMSTATE", "NOTICE")
    for text in (
        frame,
        *(f"@slow={frame};msg-id={frame} :a!b@c {name} #a :{frame}" for name in commands),
    ):
        for line in lines(text):
            assert "\n" not in line
            try:
                read = parse(line)
                channel(read)
                removed(read)
                modes(read, Modes())
                told = notice(read)
            except BadFrame:
                continue
            if told:
                verdict(told)
                login_failed(told)


@needs_cases
def test_each_message_reads_as_chatterino_reads_it() -> None:
    """All but what a setting of Chatterino hides or changes."""
    read = 0
    for name, line, output, changed in cases():
        shown = [item for item in output if item["loginName"]]
        if line.command != "PRIVMSG" or not shown:
            continue
        read += 1
        message, expected = to_message(line, "none"), shown[0]
        assert message, name
        names = [expected[key] for key in ("localizedName", "displayName", "loginName")]
        assert message.author == next(filter(None, names)), name
        assert message.author_id == (expected["userID"] or expected["loginName"]), name
        assert message.id == (expected["id"] or "none"), name
        assert message.room == f"twitch/{expected['channelName']}", name
        assert message.reply_to == (line.tags.get("reply-parent-msg-id") or None), name
        assert foreign(line.tags) == ("SharedMessage" in expected["flags"]), name
        assert changed or message.text == expected["messageText"], name
    assert read > 60


@needs_cases
def test_each_removal_reads_as_chatterino_reads_it() -> None:
    found = {name: removed(line) for name, line, *_ in cases() if line.command.startswith("CLEAR")}
    assert len(found) >= 5
    for name, line, output, _ in cases():
        gone = removed(line)
        if gone is None:
            assert not line.command.startswith("CLEAR"), name
            continue
        who = {item["timeoutUser"] for item in output}
        assert gone.room == f"twitch/{line.params[0][1:]}"
        assert (gone.id is not None) == any(user.startswith("msg:") for user in who), name
        if gone.id:
            assert f"msg:{gone.id}" in who, name
        assert (gone.author_id is None) == (line.command == "CLEARMSG" or len(line.params) == 1), (
            name
        )


def recorded(name: str) -> list[str]:
    file = DATA / name
    if not file.exists():
        pytest.skip(f"{name} is not there")
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return [json.loads(line)["line"] for line in text.splitlines()]
    lines: list[str] = json.loads(text)["messages"]
    return [line for line in lines if " " in line]  # 29 lost all but their tags


@pytest.mark.parametrize(
    "name", ["twitch-tmi-rs-lines/lines.jsonl", "twitch-chatterino2/recentmessages-nymn.json"]
)
def test_no_recorded_line_is_lost(name: str) -> None:
    removals = modes_told = notices = 0
    for text in recorded(name):
        line = parse(text)
        removals += removed(line) is not None
        assert (removed(line) is not None) == (" CLEAR" in text)
        if line.command == "ROOMSTATE":
            modes_told += modes(line, Modes()) != Modes()
        if told := notice(line):
            notices += verdict(told) is not None or login_failed(told)
    assert (removals, modes_told, notices) == ((5, 5, 2) if name.endswith("jsonl") else (2, 0, 0))


def test_without_tags_the_log_in_name_stands_for_the_author() -> None:
    line = parse(":bob!bob@x PRIVMSG #ann :hi")
    message = to_message(line)
    assert isinstance(message, ChatMessage)
    assert removed(parse(":tmi.twitch.tv CLEARCHAT #Ann :bob")) == Removed(
        message.room, author_id=message.author_id
    )


@pytest.mark.parametrize(
    "line", ["CLEARMSG #ann :hi", "CLEARCHAT", "CLEARCHAT bob", "@target-msg-id=1 CLEARMSG"]
)
def test_a_removal_that_names_nothing_is_a_bad_frame(line: str) -> None:
    with pytest.raises(BadFrame):
        removed(parse(line))


def test_a_change_of_one_mode_leaves_the_others() -> None:
    whole = parse(
        "@emote-only=0;followers-only=10;r9k=1;room-id=7;slow=30;subs-only=1 :x ROOMSTATE #a"
    )
    before = modes(whole, Modes())
    assert before == Modes("7", 30, 10, subscribers=True, unique=True)
    assert modes(parse("@room-id=7;slow=0 :x ROOMSTATE #a"), before) == Modes(
        "7", 0, 10, subscribers=True, unique=True
    )
    assert modes(parse("@followers-only=-1 :x ROOMSTATE #a"), before).followers == -1


@pytest.mark.parametrize("value", ["soon", "--1", "1.5", "²", "9" * 400])
def test_a_mode_that_is_no_number_is_a_bad_frame(value: str) -> None:
    with pytest.raises(BadFrame, match="slow"):
        modes(parse(f"@slow={value} :x ROOMSTATE #a"), Modes())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You will be able to talk again in 95 seconds.", 95),
        ("You are timed out for 65 more seconds.", 65),
        ("for 1d 2h 3m 4s", 93_784),
        ("for 2 minutes and 1 second", 121),
        ("for 1 week", 604_800),
        ("for 99999 days", 1_209_600),
        ("less than 30 monkeys", 0),
        ("", 0),
    ],
)
def test_a_notice_names_how_long_to_wait(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Login authentication failed", "Improperly formatted auth", "Login unsuccessful"],
)
def test_a_notice_without_an_id_may_refuse_the_log_in(text: str) -> None:
    assert login_failed(Notice("", text))
    assert not login_failed(Notice("msg_banned", text))
    assert not login_failed(Notice("", "Hello"))


@pytest.mark.parametrize("name", ["", "emote_only_on", "slow_off", "host_on", "room_mods"])
def test_a_notice_about_something_else_is_no_verdict(name: str) -> None:
    assert verdict(Notice(name, "This room is now in slow mode.")) is None
