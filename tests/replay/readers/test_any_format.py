"""What holds for every format: told by content, read in any pieces, and never a traceback."""

import bz2
import lzma
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadLog
from bot.replay.formats import READERS, Log, known
from tests.replay.readers.samples import COUNTS, PLUGINS, SAMPLES, lines, log, packed

KINDS = st.sampled_from(sorted(SAMPLES))
TEXTS = sorted(SAMPLES.keys() - {"workbook"})
BY_LINE = ("jsonl", "irc", "chatty", "justlog", "plain", "bilibili-commands")


def installed(name: str) -> bool:
    return bool(find_spec(name.partition(".")[0]) and find_spec(name))


ZSTD = next(filter(installed, ("compression.zstd", "backports.zstd")), "")


def counted(found: Log) -> tuple[int, int, int]:
    assert len(list(found)) == found.read
    assert len(found.faults) == min(found.skipped, 20)
    assert not any("\n" in fault for fault in found.faults)
    return found.read, found.skipped, found.other


def test_there_is_a_sample_of_every_format() -> None:
    assert SAMPLES.keys() == READERS.keys() == COUNTS.keys()


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("name", ["chat.log", "chat.json", "-", "x.xml"])
def test_a_format_is_known_by_its_content_whatever_the_name(kind: str, name: str) -> None:
    found = log(SAMPLES[kind], name)
    assert found.format == kind
    read, other = COUNTS[kind]
    assert counted(found) == (read, 0, other)


@pytest.mark.parametrize("kind", SAMPLES)
def test_any_cut_gives_the_same_messages(kind: str) -> None:
    first = list(log(SAMPLES[kind]))
    for step in (1, 2, 3, 7, 64):
        assert list(log(SAMPLES[kind], step=step)) == first


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_packed_file_is_read_as_it_is(kind: str) -> None:
    first = list(log(SAMPLES[kind]))
    for data in (packed(SAMPLES[kind]), bz2.compress(SAMPLES[kind]), lzma.compress(SAMPLES[kind])):
        assert list(log(data, "chat.log.gz")) == first
    assert list(log(packed(packed(SAMPLES[kind])), "chat.log.gz.gz")) == first


def test_a_zstd_file_is_read_or_says_what_is_missing() -> None:
    head = b"\x28\xb5\x2f\xfd"
    if not ZSTD:
        with pytest.raises(BadLog, match=r"chat.log: .*backports.zstd"):
            log(head)
        return
    zstd = import_module(ZSTD)
    whole = zstd.compress(SAMPLES["irc"])
    assert list(log(whole)) == list(log(SAMPLES["irc"]))
    broken = log(zstd.compress(SAMPLES["irc"] * 9999)[:-9])
    assert list(broken)
    assert broken.skipped
    assert list(log(head + b"no", kind="irc")) == []


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_may_be_in_any_unicode(kind: str, encoding: str) -> None:
    data = SAMPLES[kind].decode().encode(encoding)
    assert list(log(data)) == list(log(SAMPLES[kind]))


@pytest.mark.parametrize("kind", ["csv", "bilibili-xml", "bilibili-commands", "jsonl"])
def test_a_chinese_file_may_be_in_gb18030(kind: str) -> None:
    found = log(SAMPLES[kind].decode().encode("gb18030"))
    assert list(found) == list(log(SAMPLES[kind]))
    assert found.encoding == "gb18030"


def test_bytes_that_are_not_of_the_encoding_cost_their_line() -> None:
    rows = "00:01 小明: 多少钱\n00:02 小红: 在吗\n00:03 小刚: 好\n".encode("gb18030")
    found = log(rows + b"00:04 x: \xff\xff\n" + b"00:05 y: z\n")
    assert counted(found) == (4, 1, 0)
    assert found.faults[0].startswith("chat.log:4: expected GB18030")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_that_is_cut_off_keeps_what_stands_before(kind: str) -> None:
    whole = list(log(SAMPLES[kind]))
    size = len(SAMPLES[kind])
    for end in range(size // 2, size, 3):
        try:
            found = log(SAMPLES[kind][:end], kind=kind)
            messages = list(found)
        except BadLog as error:
            assert kind == "workbook", error.faults
            continue
        assert messages[:-1] == whole[: len(messages[:-1])]


def test_a_packed_file_that_is_cut_off_gives_what_it_holds_and_one_fault() -> None:
    rows = lines(*({"text": f"how much is {number}?"} for number in range(5000)))
    found = log(packed(rows.encode())[:-2000])
    messages = list(found)
    assert 1000 < len(messages) < 5000
    assert messages == list(log(rows))[: len(messages)]
    assert "expected the whole file" in found.faults[-1]


@given(
    KINDS,
    st.binary(max_size=30),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["auto", *SAMPLES]),
)
def test_any_damage_costs_no_more_than_a_clear_line(
    kind: str, bytes_: bytes, start: float, length: float, read_as: str
) -> None:
    data = SAMPLES[kind]
    at = int(start * len(data))
    damaged = data[:at] + bytes_ + data[at + int(length * 40) :]
    try:
        counted(log(damaged, kind=read_as))
    except BadLog as error:
        assert len(error.faults) == 1
        assert "\n" not in error.faults[0]


@given(st.binary(max_size=300), st.sampled_from(["auto", *SAMPLES]))
def test_any_bytes_are_counted_or_refused(data: bytes, kind: str) -> None:
    try:
        counted(log(data, kind=kind))
    except BadLog as error:
        assert len(error.faults) == 1


@given(
    st.text(st.sampled_from('[]{}",:\\ \n<>d/i=p1a\ufeff'), max_size=80),
    st.sampled_from(["auto", *TEXTS]),
)
def test_any_brackets_are_counted_or_refused(text: str, kind: str) -> None:
    try:
        first = counted(log(text, kind=kind))
    except BadLog as error:
        assert len(error.faults) == 1
        return
    assert counted(log(text, kind=kind, step=1)) == first


@given(KINDS, st.binary(max_size=20))
def test_a_strict_log_stops_at_its_first_fault(kind: str, damage: bytes) -> None:
    data = SAMPLES[kind] + damage
    try:
        found = log(data, kind=kind, strict=True)
        list(found)
    except BadLog as error:
        assert len(error.faults) == 1
        return
    assert found.skipped == 0


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_empty_file_holds_nothing(kind: str) -> None:
    if kind == "workbook":
        with pytest.raises(BadLog, match="expected a workbook"):
            list(log(b"", kind=kind))
        return
    for data in (b"", b"\n \r\n", b"\xef\xbb\xbf"):
        assert counted(log(data, kind=kind)) == (0, 0, 0)
    assert log(b"").format == "jsonl"


@pytest.mark.parametrize(("one", "other"), [*combinations(BY_LINE, 2)])
def test_a_mixed_file_is_not_guessed_at(one: str, other: str) -> None:
    def rows(kind: str) -> list[bytes]:
        return [row for row in SAMPLES[kind].splitlines(keepends=True) if not row.startswith(b"#")]

    mixed = b"".join(a + b for a, b in zip(rows(one) * 6, rows(other) * 6, strict=False))
    try:
        found = log(mixed)
    except BadLog as error:
        assert "say which by --format" in error.faults[0]
    else:
        read, skipped, other_ = counted(found)
        assert read + skipped + other_ == len(mixed.splitlines())
    for kind in (one, other):
        assert log(mixed, kind=kind).format == kind


def test_two_formats_that_fit_as_well_are_both_named() -> None:
    chat = SAMPLES["bilibili-commands"] + SAMPLES["irc"]
    with pytest.raises(BadLog, match=r"may be irc or bilibili-commands; say which by --format"):
        log(chat)


@pytest.mark.parametrize("text", ["hello", "[1, 2]", "<html><body>", "a,b,c\n1,2,3", "%PDF-1.7"])
def test_an_unknown_content_names_the_formats(text: str) -> None:
    with pytest.raises(BadLog, match=r"chat.log: expected one of jsonl, irc, .*; got .*--format"):
        log(text)


def test_a_line_without_end_is_dropped_and_the_next_one_read() -> None:
    for row in ('{"text": "%s"}', "0:05 bob: %s", ":bob!b@c PRIVMSG #ann :%s"):
        text = lines(row % "a", row % ("x" * 10_000_000), row % "b")
        found = log(text)
        assert counted(found) == (2, 1, 0)
        assert found.faults[0].startswith("chat.log:2: expected at most 10000000 characters")


def test_the_formats_are_listed_with_a_line_each() -> None:
    names = known(PLUGINS)
    assert list(names) == list(SAMPLES)
    assert all(says and "\n" not in says and len(says) < 80 for says in names.values())
    assert list(known({})) == [
        name for name in SAMPLES if name not in ("irc", "recent-messages", "irc-json")
    ]
    assert known({"mine": iter}) == known({}) | {"mine": "added by a plug-in"}  # type: ignore[dict-item]
