"""The lines that the shipped reader learns from: enough of each kind, none twice, ours alone."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from bot.model import INTENTS, SENTIMENTS
from bot.shop.text import bare, normal

DATA = Path(__file__).parents[2] / "bot" / "inference" / "data"
HELD = Path(__file__).with_name("data")
RECORDED = Path(__file__).parents[3] / "shared" / "data"
LANGS = ("zh", "en")
AT_LEAST, NEAR_MISSES, MOST = 200, 600, 0.15


def rows(name: str, folder: Path = DATA) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def all_rows() -> list[dict[str, Any]]:
    return [
        row
        for kind in ("intents", "near")
        for lang in LANGS
        for row in rows(f"{kind}.{lang}.jsonl")
    ]


def words(text: str) -> str:
    return bare(normal(text)) or normal(text)


@pytest.mark.parametrize("lang", LANGS)
def test_every_intent_has_enough_distinct_lines_and_none_outweighs_the_others(lang: str) -> None:
    found = rows(f"intents.{lang}.jsonl")
    distinct = {(words(row["text"]), row["intent"]) for row in found}
    counts = Counter(intent for _, intent in distinct)
    assert set(counts) == set(INTENTS)
    assert min(counts.values()) >= AT_LEAST
    assert max(counts.values()) <= MOST * len(found)


def test_no_line_stands_twice_even_after_normalising() -> None:
    counts = Counter(words(row["text"]) for row in all_rows())
    assert [text for text, count in counts.items() if count > 1] == []


def test_every_line_is_labelled_whole() -> None:
    for row in all_rows():
        assert row["intent"] in INTENTS, row
        assert row["sentiment"] in SENTIMENTS, row
        assert row["offensive"] is (row["intent"] == "abuse"), row
        assert 0 < len(row["text"]) <= 300, row


def test_near_misses_stand_in_groups_that_part_neighbours() -> None:
    groups: dict[int, set[str]] = defaultdict(set)
    count = 0
    for lang in LANGS:
        for row in rows(f"near.{lang}.jsonl"):
            groups[row["group"]].add(row["intent"])
            count += 1
    assert count >= NEAR_MISSES
    assert [number for number, labels in groups.items() if len(labels) < 2] == []
    assert set().union(*groups.values()) == set(INTENTS)


def test_lines_are_no_pattern_with_slots() -> None:
    """The commonest way to begin or end a line of four words or more is rare in every intent."""
    for lang, cut in (("zh", 4), ("en", 14)):
        for intent in INTENTS:
            texts = [
                normal(r["text"]) for r in rows(f"intents.{lang}.jsonl") if r["intent"] == intent
            ]
            long = [text for text in texts if len(text) > 2 * cut]
            for side in (slice(0, cut), slice(-cut, None)):
                if long:
                    (part, count), *_ = Counter(text[side] for text in long).most_common(1)
                    assert count <= max(8, 0.1 * len(long)), (lang, intent, part, count)


def test_the_measuring_lines_are_as_many_for_each_intent_and_language() -> None:
    for half in ("dev", "test"):
        found = rows(f"chat.{half}.jsonl", HELD)
        counts = Counter((row["lang"], row["intent"]) for row in found)
        assert len(counts) == len(LANGS) * len(INTENTS)
        assert set(counts.values()) == {20}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded chat is not beside the checkout")
def test_no_line_was_taken_out_of_the_recorded_chat() -> None:
    recorded = RECORDED / "douyin-livechat-acl2023" / "dev_3k.jsonl"
    theirs = {words(json.loads(row)["comment"]) for row in recorded.read_text("utf-8").splitlines()}
    long = [row["text"] for row in all_rows() if len(words(row["text"])) >= 12]
    assert [text for text in long if words(text) in theirs] == []
