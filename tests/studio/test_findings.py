"""Findings: five sentences, and each number in them stands in the JSON of the analysis."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.studio.analysis import Analysis, as_json
from bot.studio.comments.findings import resolved
from bot.studio.comments.words import Say
from tests.studio.evenings import EVENING, WORDS, analysed, line, use

NUMBER = re.compile(r"\d[\d,.:]*")


def check(found: Analysis) -> None:
    data = json.loads(json.dumps(as_json(found)))
    for one in found.findings:
        for number in one.numbers:
            assert resolved(data, number.path) == number.value
        for lang in ("zh", "en"):
            words = one.words[lang]
            for number in one.numbers:
                assert number.text[lang] in words
            bare = words
            for text in sorted((each.text[lang] for each in one.numbers), key=len, reverse=True):
                bare = bare.replace(text, "")
            bare = re.sub(r"“[^”]*”", "", bare)
            assert not NUMBER.search(bare), (words, bare)


def test_an_evening_has_five_findings_with_their_numbers() -> None:
    found = analysed(EVENING)
    assert len(found.findings) == 5
    assert len({one.kind for one in found.findings}) == 5
    check(found)


def test_the_weightiest_come_first() -> None:
    kinds = [one.kind for one in analysed(EVENING).findings]
    assert kinds[:3] == ["missing", "silence", "objection"]


def test_what_is_missing_is_told_with_the_product_and_a_quote() -> None:
    first = analysed(EVENING).findings[0].words
    assert first["zh"] == "商品目录里查不到“卫衣”的防水，却有 3 次提问，比如“卫衣防水吗”。"
    assert first["en"] == (
        "Viewers asked 3 times about the water resistance of “卫衣” and the catalogue has no"
        " answer, as in “卫衣防水吗”."
    )


def test_much_spam_is_told_before_milder_things() -> None:
    lines = [line(f"加我{n}", n, f"v{n}") for n in range(20)] + [line("晚上好", 30)]
    assert analysed(lines).findings[0].kind == "manners"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*(word for word, _, _ in WORDS), "哈哈", "x", ""]),
                  st.integers(0, 90_000), st.integers(0, 5)),
        min_size=1, max_size=60,
    )
)  # fmt: skip
def test_any_log_has_five_findings_that_can_be_checked(said: list[tuple[str, int, int]]) -> None:
    lines = [line(text, at, f"v{who}", key=f"m{n}") for n, (text, at, who) in enumerate(said)]
    found = analysed(lines, use(None))
    assert len(found.findings) == 5
    check(found)


@pytest.mark.parametrize("path", ["/title", "/topics"])
def test_only_numbers_are_numbers(path: str) -> None:
    with pytest.raises(TypeError):
        resolved(as_json(analysed(EVENING)), path)


def test_every_text_is_there_in_both_languages() -> None:
    for lang in ("zh", "en"):
        assert Say(lang)("analysis")
