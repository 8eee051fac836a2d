"""A script says nothing that the catalogue does not, never in the same words, and shows why."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.model import Catalogue, Fact, Lang, Product
from bot.rules.claims import numbers
from bot.studio.patterns import Voice
from bot.studio.prompter import markdown, sheet
from bot.studio.rundown import Cue, Line, Script
from bot.studio.script import arranged
from bot.studio.writing import MOST, called, forbidden
from tests.fakes import ScriptedWriter
from tests.studio.goods import rules, shop
from tests.studio.scripts import demo, some, write

LANGS: tuple[Lang, ...] = ("zh", "en")
VOICES: tuple[Voice, ...] = ("plain", "warm", "lively", "expert")
CASES: tuple[tuple[int, int, Voice], ...] = (
    (8, 12, "lively"),
    (30, 8, "warm"),
    (120, 10, "expert"),
)


def scripts() -> Iterator[tuple[Lang, Script]]:
    for lang in LANGS:
        for minutes, count, voice in CASES:
            yield lang, write(some(lang, count, minutes), lang, minutes, voice, host="Ann")


def spoken_of(script: Script, lang: Lang) -> Iterator[tuple[Line, Product | None]]:
    for part in script.segments:
        for line in part.lines:
            yield line, part.product


def test_every_figure_stands_in_the_facts_of_its_sentence_or_in_a_name() -> None:
    for lang, script in scripts():
        names = " ".join(
            name for each in shop(lang).products for name in (each.name, *each.aliases)
        )
        quoted = " ".join(text for row in shop(lang).faq for text in row.questions)
        known = numbers(f"{names} {quoted}")
        for line, _ in spoken_of(script, lang):
            said = numbers(" ".join(fact.said for fact in line.sentence.facts))
            assert numbers(line.text) <= said | known, line.text


def test_every_fact_is_the_catalogues_and_no_word_is_forbidden() -> None:
    for lang, script in scripts():
        catalogue = shop(lang)
        for line, _ in spoken_of(script, lang):
            assert not forbidden(line.text, rules()), line.text
            for fact in line.sentence.facts:
                assert fact.id.split(".")[0] in {"shop", "faq"} or any(
                    fact.id.startswith(f"{each.sku}.") for each in catalogue.products
                )
                assert _stated(fact, catalogue), fact


def _stated(fact: Fact, catalogue: Catalogue) -> bool:
    """Tell whether a fact's words stand in the catalogue."""
    whole = str(catalogue)
    if fact.id.endswith(("price", "stock", "link")):
        figures = {
            f"{figure:g}"
            for each in catalogue.products
            for figure in (each.price, each.list_price, each.stock, each.link)
            if figure is not None
        }
        return f"{float(fact.text.split()[0]):g}" in figures
    pieces = re.split(r"、|, | and |(?<=[。.!?！？]) ?", fact.said.rstrip("。.～"))
    return all(piece.strip("。.～ ") in whole for piece in pieces)


def test_no_sentence_pattern_stands_more_than_three_times() -> None:
    for lang, script in scripts():
        ids = Counter(line.sentence.pattern for line in script.lines)
        assert max(ids.values()) <= MOST
        names = {called(each, lang, rules()) for each in shop(lang).products}
        masked = Counter(_masked(line, names) for line in script.lines)
        worst, count = masked.most_common(1)[0]
        assert count <= MOST, (worst, count)


def _masked(line: Line, names: set[str]) -> str:
    """Return a sentence with marks for what it states, found in its text alone."""
    pieces = [fact.said for fact in line.sentence.facts] + sorted(names, key=len, reverse=True)
    text = line.text
    for piece in sorted(filter(None, pieces), key=len, reverse=True):
        text = text.replace(piece, "■")
    return re.sub(r"“[^”]*”", "“■”", text)


def test_each_product_on_sale_is_named_priced_and_linked() -> None:
    script = write(demo(), "zh", 20)
    for part in script.segments:
        if part.product is None or part.product.stock == 0:
            continue
        ids = {fact.id for line in part.lines for fact in line.sentence.facts}
        assert {f"{part.product.sku}.price", f"{part.product.sku}.link"} <= ids
        assert any(part.name in line.text for line in part.lines)


def test_the_price_comes_with_its_list_price_and_the_terms_as_the_catalogue_words_them() -> None:
    script = write(demo(), "zh", 20)
    said = "".join(line.text for line in script.lines)
    assert "两件9折" in said
    assert "199元" in said
    assert "129元" in said


def test_directions_come_from_what_the_catalogue_states() -> None:
    script = write(demo(), "zh", 20)
    cues = {
        part.product.sku: " ".join(item.text for item in part.items if isinstance(item, Cue))
        for part in script.segments
        if part.product
    }
    assert "黑、灰、燕麦" in cues["A1"]
    assert "鞋垫" in cues["S2"] or "鞋底" in cues["S2"]
    assert "颜色" not in cues["F4"]


def test_the_same_seed_writes_the_same_and_another_one_other_words() -> None:
    one, same, other = (write(demo(), "zh", 10, seed=seed) for seed in (1, 1, 2))
    assert markdown(one) == markdown(same)
    assert markdown(one) != markdown(other)


def test_a_style_changes_the_words_and_never_the_facts() -> None:
    said = {voice: write(demo(), "zh", 30, voice) for voice in VOICES}
    prices = {
        voice: {
            f.text for line in one.lines for f in line.sentence.facts if f.id.endswith(".price")
        }
        for voice, one in said.items()
    }
    assert len({frozenset(each) for each in prices.values()}) == 1
    assert len({markdown(each) for each in said.values()}) == len(VOICES)


def test_what_is_written_in_the_other_language_is_left_out_and_reported() -> None:
    script = write(demo(), "en", 15)
    bare = [re.sub(r"“[^”]*”", "", line.text) for line in script.lines[1:]]  # an offer is quoted
    assert not any(re.search(r"[\u3400-\u9fff]{3}", text) for text in bare)
    assert {left.reason for left in script.left} == {"foreign"}
    assert "## Not said" in markdown(script)


def test_a_forbidden_word_of_the_catalogue_is_not_said_but_reported() -> None:
    first, *rest = demo().products
    product = replace(first, notes="全网最低价。可机洗。")
    script = write(replace(demo(), products=(product, *rest)), "zh", 10)
    assert not any("最低" in line.text for line in script.lines)
    assert any(left.reason == "banned_word" for left in script.left)


def test_what_a_writer_invents_is_refused_and_the_pattern_speaks() -> None:
    writer = ScriptedWriter("这款原价999元，全网最低！")
    script = write(demo(), "zh", 8, writer=writer)
    assert writer.prompts
    assert not any("999" in line.text for line in script.lines)
    assert {line.sentence.source for line in script.lines} == {"template"}
    assert any(line.sentence.refused for line in script.lines)


def test_cited_sentences_show_their_facts() -> None:
    script = write(demo(), "zh", 10)
    assert "`[A1.material]`" in markdown(script, cite=True)
    assert "`[" not in markdown(script)


def test_a_prompter_gets_each_sentence_with_its_second() -> None:
    script = write(demo(), "zh", 10)
    rows = sheet(script)
    at = 0.0
    for part in rows["segments"]:
        assert part["start"] == pytest.approx(at, abs=1.0)
        for item in part["items"]:
            assert item["at"] == pytest.approx(at, abs=1.0)
            assert item["type"] in {"say", "cue", "floor"}
            at += item["seconds"]
    assert at == pytest.approx(rows["seconds"], abs=5.0)
    assert next(row["sku"] for row in rows["rundown"] if row["sku"]) == "A1"


def test_a_run_down_row_stands_for_each_part() -> None:
    script = write(demo(), "zh", 10)
    rows = re.findall(r"^\| \d", markdown(script), re.MULTILINE)
    assert len(rows) == len(script.segments)


def test_products_left_out_are_named() -> None:
    script = write(some("zh", 30, 1), "zh", 5)
    text = markdown(script)
    assert script.absent
    assert all(product.name in text for product in script.absent)


def test_products_are_put_in_the_order_asked_for() -> None:
    products = demo().products
    assert [each.sku for each in arranged(products, "price-up")][:2] == ["C6", "F4"]
    assert arranged(products, "price-down")[0].sku == "S2"
    assert arranged(reversed_ := products[::-1], "by-link") == list(reversed(reversed_))
