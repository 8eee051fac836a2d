"""The quick way reads what the long way reads, or leaves it to it."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import BadFrame
from bot.model import ChatMessage
from bot.replay.readers import jsonl
from bot.replay.readers.own import own
from bot.replay.readers.times import LATEST

TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["", " ", "Nightbot", "viewer", "bot", "\ud83d", "啊"])
)
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.floats(),
    st.sampled_from([LATEST, LATEST + 1, LATEST * 1000, 1767225600, 1767225600.25, 1767225600250]),
)
VALUES = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans(), st.lists(TEXTS, max_size=1))
SURE: dict[str, st.SearchStrategy[Any]] = {
    "id": TEXTS, "text": TEXTS, "author": TEXTS, "sent_at": NUMBERS,
}  # fmt: skip
MORE = (
    "platform",
    "room",
    "author_id",
    "role",
    "reply_to",
    "comment",
    "user",
    "time",
    "danmate",
    "message",
)
ROWS = st.one_of(
    st.fixed_dictionaries(SURE, optional={name: st.one_of(TEXTS, VALUES) for name in MORE}),
    st.dictionaries(st.sampled_from((*SURE, *MORE)), VALUES),
)
WHOLE = {"id": "m1", "text": "hi", "author": "Ann", "sent_at": 5}


def slowly(line: str) -> ChatMessage | None:
    try:
        return jsonl._message(jsonl._row(jsonl._line(line)), "line-7", "log/x", 9.0)
    except BadFrame:
        return None


@given(row=ROWS, ascii_only=st.booleans())
@example(row=WHOLE, ascii_only=True)
@example(
    row=WHOLE | {"role": "host", "platform": "p", "room": "p/r", "reply_to": "m0"}, ascii_only=False
)
@settings(max_examples=400)
def test_it_gives_the_same_or_nothing(row: dict[str, Any], *, ascii_only: bool) -> None:
    line = json.dumps(row, ensure_ascii=ascii_only)
    quick = own(line, "log/x")
    assert quick is None or quick == slowly(line)


@given(st.text(max_size=40))
def test_no_line_breaks_it(line: str) -> None:
    quick = own(line, "log/x")
    assert quick is None or quick == slowly(line)


def test_a_line_that_says_all_is_read_quickly() -> None:
    line = json.dumps(WHOLE)
    assert (
        own(line, "log/x")
        == slowly(line)
        == ChatMessage("m1", "log", "log/x", "Ann", "", "viewer", "hi", 5.0)
    )
