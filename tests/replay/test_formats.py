"""Recorded logs: every line is a message, a counted fault, or nobody's; a log never crashes."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import BadLog
from bot.model import ChatMessage, Outcome
from bot.plugins import formats
from bot.replay.formats import Log, open_log, read
from bot.replay.readers.jsonl import ALIASES
from bot.replay.readers.parts import START
from bot.replay.readers.source import LONGEST
from tests.strategies import chat_messages

PLUGINS = formats([EntryPoint("irc", "adapters.wire.irc:read_log", "bot.formats")])
DATA = Path(__file__).parents[2].parent / "shared" / "data"
PRIVMSG = "@id=a1;tmi-sent-ts=1767225600250 :bob!bob@bob.tmi.twitch.tv PRIVMSG #ann :how much?"
PACKINGS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
JOIN = ":bob!bob@bob.tmi.twitch.tv JOIN #ann"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
keys = st.sampled_from(
    [*ChatMessage.__dataclass_fields__, *(name for names in ALIASES.values() for name in names)]
)
lines = st.one_of(
    st.text(),
    st.text(st.characters()),  # lone surrogates too
    st.dictionaries(keys, json_values).map(json.dumps),
    st.dictionaries(keys, st.text(max_size=5)).map(lambda row: json.dumps({"message": row})),
    st.text(st.sampled_from("@:;=! #\\aPRIVMSG1\0\ufeff\r\n")),
    st.sampled_from([PRIVMSG, JOIN, '{"text": "\\ud83d"}', '{"text": 1e999}', "[" * 9999, ""]),
)


def log(*rows: str, name: str = "room.jsonl", **options: Any) -> Log:
    return read(rows, name=name, plugins=PLUGINS, **options)


def one(**row: object) -> ChatMessage:
    (message,) = log(json.dumps(row), strict=True)
    return message


def full(rows: list[str]) -> int:
    text = "".join(row if row.endswith("\n") else row + "\n" for row in rows)
    return sum(bool(row.strip()) for row in text.removeprefix("\ufeff").split("\n"))


@given(st.lists(lines), st.sampled_from(["jsonl", "irc"]))
def test_any_lines_are_read_skipped_or_nobodys(rows: list[str], kind: str) -> None:
    found = log(*rows, format=kind)
    messages = list(found)
    assert len(messages) == found.read
    if kind == "irc" or not "".join(rows).lstrip("\ufeff \t\r\n").startswith(("[", "{")):
        assert found.read + found.skipped + found.other == full(rows)
    assert len(found.faults) == min(found.skipped, 20)
    assert all(fault.startswith("room.jsonl:") and "\n" not in fault for fault in found.faults)


@given(st.lists(lines), st.sampled_from(["auto", "jsonl", "irc", "recent-messages"]))
def test_any_lines_raise_nothing_but_bad_log(rows: list[str], kind: str) -> None:
    faults: list[str] = []
    try:
        list(log(*rows, format=kind, strict=True))
    except BadLog as error:
        faults += error.faults
    assert len(faults) <= 1
    assert "\n" not in "".join(faults)


@given(st.binary())
def test_any_bytes_of_a_file_are_counted(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    assume(not content.startswith(PACKINGS))
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.write_bytes(content)
    with open_log(path, format="irc", plugins=PLUGINS) as found:
        list(found)
    if found.encoding == "utf-8":
        rows = content.decode("utf-8", "surrogateescape").split("\n")
        assert found.read + found.skipped + found.other == full(rows)


@given(st.lists(lines, min_size=1))
def test_any_rows_of_a_document_are_counted(rows: list[str]) -> None:
    found = log(json.dumps({"messages": rows}), format="recent-messages")
    assert len(list(found)) == found.read
    assert found.format == "recent-messages"
    assert found.read + found.skipped + found.other == sum(bool(row.strip()) for row in rows)


@given(st.lists(chat_messages()))
def test_our_own_messages_come_back_as_they_were(messages: list[ChatMessage]) -> None:
    rows = [_json(message) for message in messages]
    assert list(log(*rows, format="jsonl", strict=True)) == messages


@given(chat_messages())
def test_an_outcome_is_read_by_its_message(message: ChatMessage) -> None:
    outcome = Outcome(message, "ignored", reason="off")
    row = {"message": json.loads(_json(message)), "outcome": outcome.outcome, "reason": "off"}
    assert list(log(json.dumps(row), strict=True)) == [message]


def _json(message: ChatMessage) -> str:
    return json.dumps({key: getattr(message, key) for key in ChatMessage.__dataclass_fields__})


def test_only_the_text_is_required() -> None:
    first, second, third = log(
        '{"text": "a"}', "", '{"text": "b", "sent_at": 7}', '{"text": ""}', name="logs/ann.jsonl"
    )
    assert first == ChatMessage("line-1", "log", "log/ann", "", "", "viewer", "a", START)
    assert (second.id, second.sent_at) == ("line-3", 7)
    assert (third.id, third.text, third.sent_at) == ("line-4", "", 8)


@pytest.mark.parametrize(
    ("key", "alias"), [(key, alias) for key, names in ALIASES.items() for alias in names]
)
def test_the_names_of_other_tools_are_understood(key: str, alias: str) -> None:
    value: object = 9.5 if key == "sent_at" else "it"
    assert getattr(one(**{"text": None if key == "text" else "x", alias: value}), key) == value


def test_our_own_key_comes_before_the_others() -> None:
    message = one(text="a", comment="b", author="c", user={"id": 1}, sent_at=3, time="12:30")
    assert (message.text, message.author, message.sent_at) == ("a", "c", 3)


def test_seconds_and_milliseconds_are_told_apart() -> None:
    assert one(text="a", timestamp=1704557984).sent_at == 1704557984
    assert one(text="a", timestamp=1704557984095).sent_at == 1704557984.095


def test_an_id_may_be_a_number_but_never_empty() -> None:
    assert one(text="a", id=7, author_id=42, reply_to=5).id == "7"
    assert one(text="a", id=7, author_id=42, reply_to=5).author_id == "42"
    assert one(text="a", id="", room="").id == "line-1"
    assert one(text="a", id="", room="").room == "log/room"


def test_ids_that_come_twice_and_times_that_go_back_are_kept() -> None:
    row = '{{"text": "a", "id": "x", "sent_at": {}}}'
    assert [(each.id, each.sent_at) for each in log(row.format(9), row.format(5))] == [
        ("x", 9),
        ("x", 5),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"text": 5}', "text"),
        ('{"user": "bob"}', "comment"),
        ('{"text": "a", "role": "king"}', "king"),
        ('{"text": "a", "author": ["bob"]}', "author"),
        ('{"text": "a", "sent_at": true}', "sent_at"),
        ('{"text": "a", "sent_at": -1}', "-1"),
        ('{"text": "a", "sent_at": NaN}', "nan"),
        ('{"text": "a", "ts": 1704557984095000}', "1704557984095000"),
        ('{"text": "a", "ts": 1' + "0" * 400 + "}", "sent_at"),
        ('{"text": "a"', "JSON"),
        ('["text", "a"]', "object"),
        ('{"text": "a\0"}', "byte 0x00 as character 12"),
        ('{"text": "a\udcff"}', "byte 0xff as character 12"),
    ],
)
def test_a_bad_line_is_named_and_the_next_one_read(row: str, told: str) -> None:
    rows = ('{"text": "before"}', row, '{"text": "after"}')
    found = log(*rows)
    before, after = found
    assert (found.read, found.skipped, found.other) == (2, 1, 0)
    assert after.sent_at == before.sent_at + 1
    (fault,) = found.faults
    assert fault.startswith("room.jsonl:2: expected ")
    assert told in fault
    with pytest.raises(BadLog) as caught:
        list(log(*rows, strict=True))
    assert caught.value.faults == (fault,)


def test_half_a_surrogate_pair_becomes_a_text_that_can_be_encoded() -> None:
    assert one(text="\ud83d!").text == "\ufffd!"
    assert one(text="\ud83d\ude00").text == "😀"


def test_twenty_faults_are_named_and_all_are_counted() -> None:
    found = log('{"text": "a"}', *["?"] * 50)
    assert len(list(found)) == 1
    assert found.skipped == 50
    assert len(found.faults) == 20


def test_lines_of_people_and_of_the_server_are_told_apart() -> None:
    found = log(":tmi.twitch.tv 001 me :Welcome", JOIN, PRIVMSG, "", "@only=tags", name="x.txt")
    (message,) = found
    assert (message.id, message.room, message.text) == ("a1", "twitch/ann", "how much?")
    assert (found.format, found.read, found.other, found.skipped) == ("irc", 1, 2, 1)
    assert found.faults[0].startswith("x.txt:5: ")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_of_recent_messages_is_read_by_its_lines(indent: int | None) -> None:
    document = json.dumps({"messages": [JOIN, PRIVMSG, "@x"], "error": None}, indent=indent)
    found = read(io.StringIO(document), name="recent.json", plugins=PLUGINS)
    assert [message.id for message in found] == ["a1"]
    assert (found.format, found.other, found.skipped) == ("recent-messages", 1, 1)
    assert found.faults[0].startswith("recent.json: messages[2]: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"messages": ["@x"', "messages[0]: irc: "),
        (f'{{"messages": ["{PRIVMSG}"', "messages[1]: expected ] after the last element"),
        (f'{{"messages": ["{PRIVMSG}", "@a', "messages[1]: expected JSON"),
        (f'{{"messages": ["{PRIVMSG}", 5]}}', "messages[1]: expected str, got int"),
        (f'{{"messages": ["{PRIVMSG}"]}} x', "value 1: expected JSON, got 'x'"),
    ],
)
def test_a_broken_document_is_read_as_far_as_it_goes(text: str, told: str) -> None:
    found = log(text, format="recent-messages")
    assert [message.id for message in found] == (["a1"] if PRIVMSG in text else [])
    assert found.faults[0].startswith(f"room.jsonl: {told}")


def test_a_format_is_known_by_content_after_some_garbage() -> None:
    assert log("", "\0\0", "---", '{"text": "a"}').format == "jsonl"
    assert log("garbage", PRIVMSG).format == "irc"
    assert log(":D LOL", "@bob OK", '{"text": "a"}').format == "jsonl"


def test_an_empty_log_holds_nothing() -> None:
    for rows in ((), ("", " \r\n"), ("\ufeff",)):
        found = log(*rows)
        assert list(found) == []
        assert (found.read, found.skipped, found.other) == (0, 0, 0)


@pytest.mark.parametrize("text", ["hello", "12:30", "[1, 2]", "\udcff\udcfe{\0"])
def test_an_unknown_content_names_the_formats_that_are_known(text: str) -> None:
    with pytest.raises(BadLog, match=r"^room.jsonl: expected one of jsonl, irc, .* got '.*"):
        log(text)


def test_an_unknown_format_names_those_that_are_known() -> None:
    with pytest.raises(BadLog, match=r"expected one of jsonl, irc, .* or auto as format, got xml"):
        log("{}", format="xml")
    with pytest.raises(BadLog, match=r"got irc"):
        read([PRIVMSG], name="x", plugins={}, format="irc")


def test_a_file_may_carry_a_bom_crlf_and_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "窗口.jsonl"
    rows = ['\ufeff{"text": "多少钱\u2028？"}', '{"text": "b\udcff"}', "", '{"text": "c\\r"}']
    path.write_bytes("\r\n".join(rows).encode("utf-8", "surrogateescape"))
    with open_log(path, plugins=PLUGINS) as found:
        messages = list(found)
    assert [(each.id, each.text) for each in messages] == [
        ("line-1", "多少钱\u2028？"),
        ("line-4", "c\r"),
    ]
    assert messages[0].room == "log/窗口"
    assert found.faults[0].startswith(f"{path}:2: expected UTF-8")


def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "directory|ermission")):
        with pytest.raises(BadLog, match=why) as caught, open_log(path, plugins=PLUGINS):
            pass
        assert caught.value.faults[0].startswith(f"{path}: expected a recording")


def test_a_line_that_is_too_long_is_refused_and_the_next_one_read() -> None:
    long = json.dumps({"text": "x" * LONGEST})
    rows = f'{{"text": "a"}}\n{long}\n{{"text": "b"}}'
    found = read(io.StringIO(rows), name="x", plugins=PLUGINS)
    assert [message.id for message in found] == ["line-1", "line-3"]
    assert found.faults[0].startswith("x:2: expected at most 10000000 characters")


def test_memory_stays_flat_over_a_long_log() -> None:
    def rows() -> Iterator[str]:
        for number in range(20_000):
            yield json.dumps({"id": str(number), "text": "x" * 500})

    found = read(rows(), name="x", plugins=PLUGINS)
    tracemalloc.start()
    try:
        assert sum(1 for _ in found) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_log_reads_on_where_a_first_look_has_stopped() -> None:
    found = log('{"text": "a"}', '{"text": "b"}')
    assert next(iter(found)).id == "line-1"
    assert [message.id for message in found] == ["line-2"]


@pytest.mark.parametrize(
    ("file", "kind", "read_", "skipped", "other"),
    [
        # 29 of its lines are cut off after their tags (one has a blank there); two are CLEARCHAT
        ("twitch-chatterino2/recentmessages-nymn.json", "recent-messages", 769, 28, 3),
        ("douyin-livechat-acl2023/dev_3k.jsonl", "jsonl", 3000, 0, 0),
    ],
)
def test_a_real_log_is_read(file: str, kind: str, read_: int, skipped: int, other: int) -> None:
    path = DATA / file
    if not path.exists():
        pytest.skip(f"the recorded logs of other tools are not here: {file}")
    with open_log(path, plugins=PLUGINS) as found:
        messages = list(found)
    assert (found.format, found.read, found.skipped, found.other) == (kind, read_, skipped, other)
    assert len({message.id for message in messages}) == read_
    assert all(message.text for message in messages)
