"""The sentence patterns of scripts: those without facts claim nothing, the frequent kinds are rich."""

import re

import pytest

from bot.model import Lang
from bot.studio import patterns
from bot.studio.effects import added
from bot.studio.patterns import Pattern
from bot.studio.script import FILES
from bot.studio.writing import Point, called, forbidden
from tests.studio.goods import rules, shop
from tests.studio.scripts import author, demo

LANGS: tuple[Lang, ...] = ("zh", "en")
WORDS = {
    "zh": {"shop": "小铺", "host": "小满", "one": "卫衣", "two": "杯子", "three": "包"},
    "en": {"shop": "Marlow", "host": "Ann", "one": "mug", "two": "bag", "three": "dress"},
}
MANNERS = [
    "greeting",
    "newcomers",
    "lineup_1",
    "lineup_2",
    "lineup_3",
    "lineup_more_1",
    "lineup_more_2",
    "lineup_more_3",
    "rules",
    "rules_ask",
    "start",
    "hook",
    "again",
    "bridge",
    "cta",
    "price_before",
    "interact",
    "asked",
    "asked_often",
    "often",
    "floor",
    "floor_more",
    "interlude",
    "move_on",
    "wrap",
    "thanks",
    "bye",
]


def kinds(lang: Lang) -> dict[str, tuple[Pattern, ...]]:
    return dict(patterns.load(lang, "script").kinds)


def filled(text: str, lang: Lang, name: str) -> str:
    words = {**WORDS[lang], "name": name, "question": ""}
    return re.sub(r"\{(\w+)\}", lambda slot: words.get(slot[1], ""), text)


@pytest.mark.parametrize("lang", LANGS)
def test_sentences_without_facts_hold_no_number_no_claim_and_no_forbidden_word(lang: Lang) -> None:
    catalogue = demo() if lang == "zh" else shop("en")
    product = catalogue.products[0]
    name = called(product, lang, rules())
    for kind in MANNERS:
        for row in kinds(lang)[kind]:
            words = {slot: word for slot, word in WORDS[lang].items() if f"{{{slot}}}" in row.text}
            text = filled(row.text, lang, name)
            point = Point(kind, (), product, words)
            verdict = author(catalogue, lang).check(text, point)
            assert verdict.ok, (text, verdict)
            assert not re.search(r"\d", row.text)


@pytest.mark.parametrize("lang", LANGS)
def test_no_pattern_holds_a_figure_an_effect_or_a_forbidden_word_of_its_own(lang: Lang) -> None:
    for kind, rows in kinds(lang).items():
        for row in rows if kind != "words" else ():
            own = re.sub(r"\{\w+\}", "", row.text)
            assert not forbidden(own, rules()), row
            assert not re.search(r"\d", own), row
            assert not added(own, (), lang), row


@pytest.mark.parametrize("lang", LANGS)
def test_frequent_kinds_have_enough_patterns(lang: Lang) -> None:
    for kind in ("hook", "again", "cta", "interact", "floor", "link"):
        assert len(kinds(lang)[kind]) >= 20, kind


def test_the_pattern_files_of_both_languages_have_the_same_kinds() -> None:
    assert set(kinds("zh")) == set(kinds("en"))
    assert FILES == ("facts", "script")
