"""JSON is cut into its elements without being read: any cut, any size, any damage."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replay.readers.rows import Rows, by_line
from bot.replay.readers.source import Piece, Source

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def rows(text: str, step: int = 65_536) -> list[Piece]:
    return list(Rows(Source(io.BytesIO(text.encode()), "x", step=step)))


def texts(text: str, step: int = 65_536) -> list[str]:
    return [piece.text.strip() for piece in rows(text, step) if not piece.fault]


@given(
    elements=st.lists(values),
    indent=st.sampled_from([None, 1]),
    ascii_=st.booleans(),
    step=st.integers(1, 9),
)
def test_an_array_gives_its_elements(
    elements: list[Any], indent: int | None, *, ascii_: bool, step: int
) -> None:
    text = json.dumps([{}, *elements], indent=indent, ensure_ascii=ascii_)
    assert [json.loads(each) for each in texts(text, step)] == [{}, *elements]


@given(st.lists(values, min_size=1), st.dictionaries(st.text(), values), st.integers(1, 9))
def test_an_object_gives_the_elements_of_its_array_and_what_stands_before(
    elements: list[Any], more: dict[str, Any], step: int
) -> None:
    before = {
        key: value
        for key, value in more.items()
        if key not in ("comments", "messages", "items", "text")
    }
    text = json.dumps({**before, "comments": elements, "after": more})
    found = Rows(Source(io.BytesIO(text.encode()), "x", step=step))
    assert [json.loads(piece.text) for piece in found] == elements
    assert json.loads(found.before.rstrip().rstrip(",") + "}") == before


@given(st.lists(st.dictionaries(st.text(), values), min_size=2, max_size=5), st.integers(1, 9))
def test_objects_one_after_the_other_are_read_apart(objects: list[Any], step: int) -> None:
    for text in (
        "\n".join(json.dumps({"text": 1, **each}) for each in objects),
        " ".join(json.dumps({"text": 1, **each}, indent=1) for each in objects),
    ):
        assert [json.loads(each) for each in texts(text, step)] == [
            {"text": 1, **each} for each in objects
        ]


@given(st.text(st.sampled_from('[]{}",:\\ \n1a'), max_size=60), st.integers(1, 9))
def test_any_cut_of_anything_gives_the_same_pieces(text: str, step: int) -> None:
    assert rows(f"[{{{text}", step) == rows(f"[{{{text}")


def test_a_broken_element_costs_only_itself() -> None:
    text = '[{"a": 1}, {"a": nope}, {"a": "x" "y"}, {"b": 2},\n{"a": "open},\n{"b": 3}]'
    assert texts(text)[:4] == ['{"a": 1}', '{"a": nope}', '{"a": "x" "y"}', '{"b": 2}']
    assert '{"b": 3}' in texts(text)[-1]


@pytest.mark.parametrize(
    "broken",
    [
        '{"id": 1, "user": {"id": 2, "text": "x"',
        '{"id": 1, "text": "x}',
        '{"id": 1, "text": x"}',
        '{"id": 1}}',
        "{]",
    ],
)
@pytest.mark.parametrize("many", [3, 20_000])
def test_a_bracket_or_quote_too_few_costs_no_more_than_a_few_elements(
    broken: str, many: int
) -> None:
    good = [
        {"id": number, "text": "how much is it? " * 9, "user": {"id": number}}
        for number in range(many)
    ]
    rows_ = [json.dumps(each) for each in good]
    known = set(rows_)
    text = f"[{', '.join([rows_[0], broken, *rows_[1:]])}]"
    read = [json.loads(each) for each in texts(text) if each in known]
    assert read[0] == good[0]
    assert read[-1] == good[-1]
    assert len(read) >= many - 2
    assert len(rows(text)) > len(read)


def test_places_are_named_and_an_end_that_is_missing_is_told() -> None:
    assert [piece.place for piece in rows('{"items": [{}, "a"]}')] == ["x: items[0]", "x: items[1]"]
    assert [piece.place for piece in rows('{"text":\n1}\n[5')] == ["x: value 1", "x: [0]", "x: [1]"]
    assert rows('[{"a": [1')[0].fault == "expected the end of this element, the file ends inside it"
    assert rows('[{"a": [1')[1].fault == "expected ] after the last element, the file ends"


def test_an_element_beyond_the_limit_is_dropped_and_the_next_one_read() -> None:
    text = json.dumps([{"a": "x" * 10_000_000}, {"a": 1}])
    first, second = rows(text)
    assert first.fault.startswith("expected at most 10000000 characters, got 100000")
    assert json.loads(second.text) == {"a": 1}


@pytest.mark.parametrize(
    ("head", "apart"),
    [
        ('{"text": "a"}\n{"text": "b"}', True),
        ('{"text": "a"\n{"text": "b"}', True),
        ('{"messages": []}', False),
        ('{"text": "a", "items": []}\n', True),
        ('{\n"a": 1\n}', False),
        ('{"comments": [\n{"a": 1},\n{"b": 2}\n]}', False),
        ('[\n{"a": 1}\n]', False),
        ("[12:30] bob: hi", True),
        ("hello", True),
        ("", True),
    ],
)
def test_lines_of_json_and_documents_are_told_apart(head: str, *, apart: bool) -> None:
    assert by_line(head) is apart
