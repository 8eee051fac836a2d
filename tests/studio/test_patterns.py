"""Every pattern passes the guard with facts that it fits, is written once, and claims nothing."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest

from bot.model import Fact, Lang
from bot.studio import patterns
from bot.studio.labels import family
from bot.studio.patterns import FOLDER, SLOT, Pattern, Patterns, Voice
from bot.studio.writing import Author, Point, Sentence, Used
from tests.studio.goods import rules
from tests.studio.samples import KEYS, SAID, WORDS, product

LANGS: tuple[Lang, ...] = get_args(Lang)
FILES = ("facts", "describe")


def rows(lang: Lang) -> Iterator[tuple[str, Pattern]]:
    for kind, found in patterns.load(lang, *FILES).kinds.items():
        yield from ((kind, row) for row in found)


def point(kind: str, row: Pattern, lang: Lang) -> Point:
    """Return a point that a pattern fits."""
    slots = [name for name in SLOT.findall(row.text) if name in SAID[lang] and name != "name"]
    facts = []
    for slot in dict.fromkeys(slots):
        topic = slot
        if slot.startswith("specs"):
            topic = f"specs.{KEYS[lang][int(slot.removeprefix('specs') or 1) - 1]}"
        elif slot.startswith("said"):
            topic = ("material", "colors", "specs.x")[int(slot.removeprefix("said") or 1) - 1]
        said = SAID[lang][slot]
        text = "1" if kind == "one_left" else said
        stated = {"sold_out": "已售罄" if lang == "zh" else "sold out", "one_left": "1"}.get(
            kind, said
        )
        if slot == "stock":
            said, text = stated, "0" if kind == "sold_out" else text
        facts.append(Fact(f"A1.{topic}", text, said))
    if any(fact.id in ("A1.price", "A1.list_price") for fact in facts):
        currency = "CNY" if lang == "zh" else "USD"
        facts = [
            Fact(f.id, f"{f.said.strip('元$')} {currency}", f.said) if "price" in f.id else f
            for f in facts
        ]
    return Point(kind, tuple(facts), product(lang), WORDS[lang])


@pytest.mark.parametrize("lang", LANGS)
def test_every_pattern_passes_the_guard_and_claims_nothing(lang: Lang) -> None:
    """Each is filled with facts that it fits; its own words are the seller's risk, not the fact."""
    failed = []
    for kind, row in rows(lang):
        told = point(kind, row, lang)
        author = Author(Patterns(lang, {kind: (row,)}), rules(), _voice(row))
        said = author.word(told, Used())
        if not isinstance(said, Sentence):
            failed.append((kind, row.text, said.reason, said.detail))
    assert not failed, "\n".join(map(str, failed))


def _voice(row: Pattern) -> Voice:
    return next((voice for voice in get_args(Voice) if voice == row.voice), "plain")


@pytest.mark.parametrize("lang", LANGS)
def test_patterns_are_written_once_and_hold_only_known_slots(lang: Lang) -> None:
    counted = Counter((kind, row.text) for kind, row in rows(lang))
    assert [row for row, count in counted.items() if count > 1] == []
    known = {
        *SAID[lang],
        *WORDS[lang],
        *patterns.WORDS,
        "key",
        "key2",
        "key3",
        "article",
        "article2",
        "article3",
        "verb",
        "verb2",
        "verb3",
    }
    assert [row.text for _, row in rows(lang) if row.slots - known] == []
    for name in FILES:
        for voices in tomllib.loads((FOLDER / f"{name}-{lang}.toml").read_text("utf-8")).values():
            assert voices.keys() <= {"all", *get_args(Voice)}


def test_both_languages_know_the_same_kinds() -> None:
    kinds = [set(patterns.load(lang, *FILES).kinds) for lang in LANGS]
    assert kinds[0] ^ kinds[1] <= {"measure"}  # figures, which English words otherwise


def test_families_are_found_in_both_languages() -> None:
    assert [family(key) for key in ("产地", "Origin", "容量", "重量", "轴体")] == [
        "origin", "origin", "capacity", "weight", None,
    ]  # fmt: skip
