"""Tagged IRC lines."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.irc import (
    IrcLine,
    Lines,
    Source,
    build,
    foreign,
    parse,
    read_log,
    source,
    to_message,
)
from bot.errors import BadFrame
from bot.model import ChatMessage, Role

DATA = Path(__file__).parents[2].parent / "shared" / "data"
words = st.text(st.characters(exclude_characters=" \r\n\0"), min_size=1, max_size=12).filter(
    lambda word: word[0] not in ":@"
)
free = st.text(st.characters(exclude_characters="\r\n\0"), max_size=20)
keys = st.text("abcXYZ019+./-", min_size=1, max_size=8)
irc_lines = st.builds(
    lambda command, middle, last, source, tags: IrcLine(command, (*middle, *last), source, tags),
    words,
    st.lists(words, max_size=3),
    st.lists(free, max_size=1),
    st.none() | words,
    st.dictionaries(keys, st.text(st.characters(exclude_characters="\0"), max_size=12), max_size=4),
)


def vectors(name: str) -> list[Any]:
    file = DATA / "irc-parser-tests" / name
    if not file.exists():
        pytest.skip(f"{file.name} of ircdocs/parser-tests is not there")
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the parser-tests")
    tests: list[Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
    return tests


def atoms(part: Mapping[str, Any]) -> IrcLine:
    params = tuple(part.get("params", ()))
    return IrcLine(part["verb"], params, part.get("source"), part.get("tags", {}))


def test_splits_as_the_parser_tests_say() -> None:
    for case in vectors("msg-split.yaml"):
        assert parse(case["input"]) == atoms(case["atoms"])


def test_joins_as_the_parser_tests_say() -> None:
    for case in vectors("msg-join.yaml"):
        assert build(atoms(case["atoms"])) in case["matches"]


def test_splits_sources_as_the_parser_tests_say() -> None:
    for case in vectors("userhost-split.yaml"):
        assert source(case["source"]) == Source(**{"nick": "", **case["atoms"]})


@given(st.text())
def test_any_text_is_a_line_or_a_bad_frame(text: str) -> None:
    for line in (text, f"@{text} :a!a@a PRIVMSG #c :{text}", f"@tmi-sent-ts={text} :a!a P {text}"):
        try:
            parse(line)
            to_message(line)
        except BadFrame:
            continue


@given(irc_lines)
def test_what_is_built_parses_back(line: IrcLine) -> None:
    assert parse(build(line)) == line
    assert parse(build(line) + "\r\n") == line


@pytest.mark.parametrize(
    "line",
    [
        IrcLine("PRIVMSG", ("#a", "hi\r\nQUIT")),
        IrcLine("PRIVMSG", ("#a b", "hi")),
        IrcLine("PRIVMSG", ("", "hi")),
        IrcLine("PRIVMSG", (":a", "hi")),
        IrcLine("A B"),
        IrcLine("@a"),
        IrcLine(""),
        IrcLine("PING", source="a b"),
        IrcLine("PING", tags={"a b": "c"}),
        IrcLine("PING", tags={"a;b": "c"}),
    ],
)
def test_nothing_is_built_that_would_say_something_else(line: IrcLine) -> None:
    with pytest.raises(BadFrame):
        build(line)


@given(st.binary(max_size=200) | st.text("a中\r\n", max_size=60).map(str.encode), st.data())
def test_any_cut_gives_the_same_lines(stream: bytes, data: st.DataObject) -> None:
    whole, cut = Lines(limit=9), Lines(limit=9)
    expected = [*whole.feed(stream), whole.rest()]
    points = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[a:b] for a, b in zip([0, *points], [*points, len(stream)], strict=True)]
    assert [*(line for piece in pieces for line in cut.feed(piece)), cut.rest()] == expected
    assert cut.overlong == whole.overlong


def test_lines_end_at_lf_and_long_ones_are_dropped_whole() -> None:
    lines = Lines(limit=8)
    stream = "PING\r\n\r\n\u2028é\nx".encode() + b"x" * 20 + b"\nbad\xff\nend"
    assert lines.feed(stream) == ["PING", "\u2028é", "bad\ufffd"]
    assert (lines.rest(), lines.rest(), lines.overlong) == ("end", "", 1)


def read_all(lines: list[str]) -> list[ChatMessage | str | None]:
    """Return an item for each line: a message, None, or why it cannot be read."""
    log = read_log(lines)
    found: list[ChatMessage | str | None] = []
    for _ in lines:
        try:
            found.append(next(log))
        except BadFrame as error:
            found.append(str(error))
    return found


def privmsg(tags: str = "", text: str = ":hello") -> str:
    prefix = f"@id=m1;{tags} " if tags else "@id=m1 "
    return f"{prefix}:bob!bob@bob.tmi.twitch.tv PRIVMSG #Ann {text}"


def test_a_privmsg_is_a_message() -> None:
    tags = "user-id=42;display-name=Böb\\s;badges=;tmi-sent-ts=1767225600250"
    assert to_message(privmsg(tags, ":how much?\r\n")) == ChatMessage(
        "m1", "twitch", "twitch/ann", "Böb", "42", "viewer", "how much?", 1767225600.25
    )


def test_a_line_without_tags_takes_the_defaults() -> None:
    found = to_message(":bob!bob@x PRIVMSG #ann :hi", "n7", 9.0)
    assert found == ChatMessage("n7", "twitch", "twitch/ann", "bob", "bob", "viewer", "hi", 9.0)


@pytest.mark.parametrize(
    ("tags", "role"),
    [
        ("badges=broadcaster/1,subscriber/3012", "host"),
        ("badges=vip/1,moderator/1", "moderator"),
        ("badges=lead_moderator/1", "moderator"),
        ("badges=subscriber/12;mod=1", "moderator"),
        ("badges=subscriber/12,vip/1", "vip"),
        ("badges=;vip=1", "vip"),
        ("badges=subscriber/12", "subscriber"),
        ("badges=founder/0,premium/1", "subscriber"),
        ("badges=no_moderator/1;mod=0", "viewer"),
    ],
)
def test_badges_give_the_role(tags: str, role: Role) -> None:
    message = to_message(privmsg(tags))
    assert message
    assert message.role == role


@pytest.mark.parametrize(
    ("tags", "text", "expected"),
    [
        ("", ":\x01ACTION waves\x01", "waves"),
        ("", ":\x01ACTION waves", "waves"),
        ("", "hello there  you", "hello there you"),
        ("", ":!bot off \U000e0000", "!bot off"),
        ("reply-parent-msg-id=p;reply-parent-display-name=Ann", ":@Ann  yes", " yes"),
        ("reply-parent-msg-id=p;reply-parent-user-login=ann", ":@ANN yes", "yes"),
        ("reply-parent-msg-id=p;reply-parent-display-name=Ann", ":@Annie yes", "@Annie yes"),
        ("reply-parent-display-name=Ann", ":@Ann yes", "@Ann yes"),
    ],
)
def test_the_text_is_what_was_typed(tags: str, text: str, expected: str) -> None:
    message = to_message(privmsg(tags, text))
    assert message
    assert message.text == expected
    assert message.reply_to == ("p" if "msg-id" in tags else None)


@pytest.mark.parametrize(
    "line",
    [
        "PING :tmi.twitch.tv",
        ":tmi.twitch.tv NOTICE * :Login unsuccessful",
        "@msg-id=resub :tmi.twitch.tv USERNOTICE #ann :great",
        ":bob!bob@x PRIVMSG",
        ":bob!bob@x PRIVMSG bob :a whisper",
        ":tmi.twitch.tv PRIVMSG #ann :a server",
        "PRIVMSG #ann :our own",
        privmsg(text=":\x01VERSION\x01"),
        privmsg(text=":  "),
        privmsg(text=":\U000e0000"),
    ],
)
def test_what_no_person_says_is_no_message(line: str) -> None:
    assert to_message(line) is None


@pytest.mark.parametrize("stamp", ["soon", "-1", "1.5", "²", "9" * 400, "9" * 5000])
def test_a_time_that_is_none_is_a_bad_frame(stamp: str) -> None:
    with pytest.raises(BadFrame, match="tmi-sent-ts"):
        to_message(privmsg(f"tmi-sent-ts={stamp}"))


@pytest.mark.parametrize("badges", ["moderator/1", "broadcaster/1", "vip/1"])
def test_badges_give_no_role_to_what_was_said_in_another_room(badges: str) -> None:
    said = f"badges={badges};mod=1;vip=1;room-id=7;source-badges={badges};source-room-id="
    away, home = to_message(privmsg(said + "8")), to_message(privmsg(said + "7"))
    assert away
    assert home
    assert away.role == "viewer"
    assert home.role != "viewer"
    assert foreign({"source-room-id": "8"})
    assert not foreign({"room-id": "7"})


def test_a_log_gives_an_item_for_each_line_and_goes_on_after_a_bad_one() -> None:
    lines = ["\ufeff:bob!b@x PRIVMSG #ann :a", "", ":bob!b@x PRIVMSG #ann :b", ":x", "PING",
             privmsg("tmi-sent-ts=9000"), ":bob!b@x PRIVMSG #ann :d"]  # fmt: skip
    found = read_all(lines)
    kept = [(m.id, m.sent_at) if isinstance(m, ChatMessage) else m for m in found]
    assert kept == [
        ("line-1", 1.0), None, ("line-3", 2.0), "irc: expected a command", None,
        ("m1", 9.0), ("line-7", 10.0),
    ]  # fmt: skip


def test_a_recorded_channel_reads_whole() -> None:
    file = DATA / "twitch-chatterino2" / "recentmessages-nymn.json"
    if not file.exists():
        pytest.skip("the recorded channel of chatterino2 is not there")
    lines = json.loads(file.read_text(encoding="utf-8"))["messages"]
    found = read_all(lines)
    # 29 of them lost all but their tags when names were replaced
    assert sum(isinstance(item, str) for item in found) == sum(" " not in line for line in lines)
    messages = [item for item in found if isinstance(item, ChatMessage)]
    assert len(messages) == sum(" PRIVMSG #" in line for line in lines)
    assert {m.room for m in messages} == {"twitch/nymn"}
    assert len({m.id for m in messages}) == len(messages)
    assert {"viewer", "subscriber", "vip", "moderator"} <= {m.role for m in messages}
    assert all(m.sent_at > 1.7e9 for m in messages)


def test_one_line_of_every_kind_reads() -> None:
    file = DATA / "twitch-tmi-rs-lines" / "lines.jsonl"
    if not file.exists():
        pytest.skip("the lines of tmi-rs are not there")
    for raw in file.read_text(encoding="utf-8").splitlines():
        line = json.loads(raw)["line"]
        assert (to_message(line) is not None) == (" PRIVMSG #" in line)
