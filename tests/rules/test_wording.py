"""A template states every fact, in every language, and is never refused for what it says."""

from pathlib import Path

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model import Abilities, Answer, Catalogue, Fact, Lang, Product, Rules
from bot.rules import guard
from bot.rules.wording import TEMPLATES, address, fits, length, mention, template
from bot.shop.catalogue import load
from bot.shop.lookup import Shop
from tests.rules.plans import TOPICS, answer, answers

HOODIE = Product(
    "A1", "加绒连帽卫衣", 129.0, link=1, aliases=("hoodie",), list_price=199.0, stock=50,
    discount="两件9折", sizes=("S", "M"), size_guide="M 100-120斤", colors=("黑", "灰"),
    material="棉", specs={"克重": "500g"}, shipping="预售", returns="不退", notes="机洗。",
)  # fmt: skip
SHOP = Shop(Catalogue("店", "CNY", "zh", (HOODIE,), payment="微信"), {})
DEMO = Path(__file__).parents[2] / "bot" / "demo" / "catalog.toml"
UNLIMITED = Abilities(length=0)
SEEDS = tuple(map(str, range(40)))
seeds = st.text(st.characters(), max_size=6)


@given(answers(), seeds)
def test_a_template_is_never_refused_whatever_the_catalogue_says(plan: Answer, seed: str) -> None:
    text = template(plan, seed)
    assert guard.check(text, plan, UNLIMITED, Rules()) == guard.PASSED


@given(answers(), seeds)
def test_a_template_contains_the_words_of_every_fact(plan: Answer, seed: str) -> None:
    text = template(plan, seed)
    assert [fact.id for fact in plan.facts if fact.said not in text] == []


@given(answers(), seeds)
def test_the_same_seed_gives_the_same_words(plan: Answer, seed: str) -> None:
    assert template(plan, seed) == template(plan, seed)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_topic_of_the_demo_catalogue_passes_in_every_wording(lang: Lang) -> None:
    shop = Shop(load(DEMO), {})
    for product in shop.catalogue.products:
        for topic in (*TOPICS, *(f"specs.{key}" for key in product.specs)):
            own = topic not in ("shipping", "returns", "payment") and "." not in topic
            if own and getattr(product, topic) in (None, ()):
                continue
            plan = answer(shop, topic, "price", lang=lang, sku=product.sku)
            for seed in SEEDS[:12]:
                text = template(plan, seed)
                assert guard.check(text, plan, Abilities(), Rules()).ok, text


def test_a_long_text_is_refused_for_its_length_alone() -> None:
    notes = "可以机洗" * 200
    shop = Shop(Catalogue("店", "CNY", "zh", (Product("A", "衣", 1.0, notes=notes),)), {})
    plan = answer(shop, "price", "notes")
    text = template(plan, "1")
    assert guard.check(text, plan, Abilities(length=500), Rules()).reason == "too_long"
    assert guard.check(text, plan, UNLIMITED, Rules()).ok


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic != "notes"])
def test_a_common_topic_is_worded_in_three_ways_or_more(lang: Lang, topic: str) -> None:
    plan = answer(SHOP, topic, lang=lang)
    assert len({template(plan, seed) for seed in SEEDS}) >= 3


def test_sold_out_and_specs_are_worded_in_three_ways_too() -> None:
    gone = Shop(Catalogue("店", "CNY", "zh", (Product("A1", "衣", 1.0, stock=0),)), {})
    for lang in ("zh", "en"):
        for plan in (answer(gone, "stock", lang=lang), answer(SHOP, "specs.克重", lang=lang)):
            assert len({template(plan, seed) for seed in SEEDS}) >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_product_is_named_once_in_a_reply(seed: str) -> None:
    for lang, name in (("zh", "加绒连帽卫衣"), ("en", "hoodie")):
        plan = answer(SHOP, "colors", "price", "stock", "link", lang=lang)  # type: ignore[arg-type]  # literals
        assert template(plan, seed).count(name) == 1


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_punctuation_is_never_doubled(seed: str) -> None:
    text = template(answer(SHOP, "notes", "price", "material"), seed)
    assert not regex.search(r"[。.，;～！]{2}", text), text
    assert text.endswith(("。", "哦", "～", "哈"))


def test_an_english_reply_begins_with_a_capital_unless_the_catalogue_begins_it() -> None:
    shop = Shop(Catalogue("s", "USD", "en", (Product("A", "x", 1.0, notes="eSIM only"),)), {})
    assert {template(answer(shop, "notes", lang="en"), seed) for seed in SEEDS} == {
        "eSIM only.",
        "Note: eSIM only.",
    }
    assert all(template(answer(SHOP, "material", lang="en"), s)[0].isupper() for s in SEEDS)


def test_an_faq_answer_is_said_as_it_stands() -> None:
    fact = Fact("faq.q", "ok", "ok")
    plan = Answer("stream", "en", (fact,), "faq:ok", faq="ok")
    assert {template(plan, seed) for seed in SEEDS} == {"ok"}


def test_both_languages_have_words_for_the_same_things() -> None:
    assert TEMPLATES["zh"].keys() == TEMPLATES["en"].keys()


@pytest.mark.parametrize(
    ("text", "unit", "units"),
    [("多少", "codepoints", 2), ("多少", "bytes", 6), ("👍a", "utf16", 3), ("\ud800", "bytes", 3),
     ("\ud800", "utf16", 1), ("", "bytes", 0)],
)  # fmt: skip
def test_a_length_is_counted_in_the_platforms_unit(text: str, unit: str, units: int) -> None:
    assert length(text, unit) == units


def test_a_mention_has_the_platforms_form_and_leaves_out_who_has_no_name() -> None:
    assert mention(["Bob", "", "{x}"], Abilities(), 3) == "@Bob @{x} "
    assert mention(["Bob"], Abilities(mention="{name}: "), 1) == "Bob: "
    assert mention(["Bob"], Abilities(), 0) == ""


def test_mentions_are_dropped_before_the_text_is() -> None:
    names = ["Bob", "Ann", "Cyd"]
    lines = [address("hello", names, Abilities(length=n), 3) for n in (20, 19, 14, 9, 5, 4)]
    assert lines == [
        "@Bob @Ann @Cyd hello", "@Bob @Ann hello", "@Bob hello", "hello", "hello", "hel…",
    ]  # fmt: skip


def test_no_more_names_are_mentioned_than_wanted() -> None:
    assert address("hi", ["a", "b", "c"], Abilities(), 2) == "@a @b hi"
    assert address("hi", ["a"], Abilities(), 0) == "hi"


def test_a_family_is_dropped_whole() -> None:
    family = "👩\u200d👩\u200d👧"
    assert address(family * 3, [], Abilities(length=12), 0) == family * 2 + "…"
    assert address(family * 3, [], Abilities(length=10), 0) == family + "…"
    assert address("é" * 5, [], Abilities(length=4, unit="bytes"), 0) == "…"


graphemes = st.sampled_from(["a", "多", "e\u0301", "👍🏽", "👩\u200d👩\u200d👧", "🇨🇳", "\r\n", " "])
units = st.sampled_from(["codepoints", "utf16", "bytes"])


@given(
    st.lists(graphemes, max_size=20).map("".join),
    st.lists(st.text(max_size=5), max_size=4),
    st.builds(Abilities, length=st.integers(3, 60), unit=units),
    st.integers(0, 4),
)
def test_a_line_fits_the_unit_and_never_cuts_a_grapheme(
    text: str, names: list[str], abilities: Abilities, most: int
) -> None:
    line = address(text, names, abilities, most)
    assert fits(line, abilities)
    if line.endswith(text):
        assert line.removesuffix(text) in [mention(names, abilities, n) for n in range(most + 1)]
        return
    kept = line.removesuffix("…")
    whole = regex.findall(r"\X", text)
    assert kept == "".join(whole[: len(regex.findall(r"\X", kept))])
    assert not fits(text, abilities)


@given(st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3))
def test_without_a_limit_nothing_is_dropped(text: str, names: list[str]) -> None:
    assume(all(names))
    assert address(text, names, UNLIMITED, 3) == "".join(f"@{n} " for n in names) + text
