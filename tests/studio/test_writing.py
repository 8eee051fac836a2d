"""One way to write: patterns and models are worded, checked, and replaced or left out."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Answer, Fact, Lang
from bot.rules.instructions import messages
from bot.rules.prompts import prompt
from bot.studio import patterns
from bot.studio.effects import added
from bot.studio.grammar import clumsy, filled, plural, within
from bot.studio.patterns import Pattern, Patterns
from bot.studio.writing import MOST, Author, Left, Point, Sentence, Used
from tests.studio.goods import rules
from tests.studio.samples import product

LANGS: tuple[Lang, ...] = get_args(Lang)


def author_of(*texts: str, lang: Lang = "zh") -> Author:
    return Author(Patterns(lang, {"stock": tuple(map(Pattern, texts))}), rules())


STOCK = Point("stock", (Fact("A1.stock", "50", "50"),), product("zh"), free=True)


def test_what_the_guard_refuses_is_worded_by_another_pattern() -> None:
    said = author_of("最后{stock}件，全网最低价。", "库存还有{stock}件。").word(STOCK, Used())
    assert isinstance(said, Sentence)
    assert said.text == "库存还有50件。"


def test_a_point_that_no_pattern_may_word_is_left_out_with_the_reason() -> None:
    left = author_of("还有{stock}件，免费送。").word(STOCK, Used())
    assert isinstance(left, Left)
    assert (left.reason, left.detail) == ("ungrounded", "claim 免费")
    assert [each.text for each in left.refused] == ["还有50件，免费送。"]


def test_a_word_for_what_a_product_does_needs_a_fact() -> None:
    left = author_of("柔软又保暖，还有{stock}件。").word(STOCK, Used())
    assert isinstance(left, Left)
    assert left.detail == "effect 柔软"
    assert added("棉的", ["80%棉"], "zh") is None


def test_no_pattern_comes_more_than_three_times() -> None:
    author, used = author_of("还有{stock}件。", "库存{stock}件。"), Used()
    said = [author.word(STOCK, used) for _ in range(2 * MOST + 1)]
    counted = Counter(each.pattern for each in said if isinstance(each, Sentence))
    assert set(counted.values()) == {MOST}
    assert isinstance(said[-1], Left)
    assert said[-1].reason == "patterns_used_up"


def test_a_sentence_of_manners_may_claim_nothing() -> None:
    author = Author(
        Patterns("zh", {"closing": (Pattern("今天只剩50件！"),), "bye": (Pattern("我们再见。"),)}),
        rules(),
    )
    left = author.word(Point("closing", (), product("zh")), Used())
    assert isinstance(left, Left)
    assert left.reason == "ungrounded"
    assert isinstance(author.word(Point("bye"), Used()), Sentence)


@dataclass
class Writes:
    """Gives the same line, whatever is asked."""

    line: str | None
    asked: list[str] = field(default_factory=list)

    async def write(self, prompt: str, lang: Lang, within: float) -> str | None:
        del lang, within
        self.asked.append(prompt)
        return self.line


def said_by(writer: Writes, used: Used | None = None) -> Sentence | Left:
    """Return what a chat model's line becomes."""
    author = author_of("库存还有{stock}件。")
    model = Author(author.patterns, rules(), writer=writer, chat=True)
    return asyncio.run(model.say(STOCK, used or Used()))


def test_the_model_words_a_point_where_the_guard_passes_it() -> None:
    said = said_by(Writes("亲～加绒卫衣手上还有50件哦～"))
    assert isinstance(said, Sentence)
    assert (said.text, said.source) == ("加绒卫衣手上还有50件。", "model")


@pytest.mark.parametrize(
    "line",
    [
        "还有50件，免费包邮。",
        "还有5件。",
        "手感柔软，还有50件。",
        "全网最低价，还有50件。",
        "",
        None,
    ],
)
def test_a_model_that_invents_is_replaced_by_a_pattern_and_reported(line: str | None) -> None:
    said = said_by(Writes(line))
    assert isinstance(said, Sentence)
    assert (said.text, said.source) == ("库存还有50件。", "template")
    assert [each.source for each in said.refused] == (["model"] if line else [])


def test_the_model_does_not_begin_two_sentences_alike_nor_name_the_product_twice() -> None:
    used, writer = Used(), Writes("加绒卫衣手上还有50件。")
    first, second, third = (said_by(writer, used) for _ in range(3))
    assert isinstance(first, Sentence)
    assert isinstance(second, Sentence)
    assert isinstance(third, Sentence)
    assert [each.text for each in (first, second, third)] == [
        "加绒卫衣手上还有50件。", "手上还有50件。", "库存还有50件。",
    ]  # fmt: skip
    assert ["★" in prompt for prompt in writer.asked] == [True, False, False]


def test_a_chat_model_is_told_the_voice_and_asked_for_copy_not_for_a_reply() -> None:
    """Our own model, which knows replies alone, gets the prompt that it was taught."""
    writer = Writes("库存还有50件。")
    said_by(writer)
    (pitch,) = writer.asked
    assert pitch.startswith("文风：平实\n")
    system, user = messages(pitch, "zh")
    assert "文案" in system.content
    assert user.content == pitch
    own = prompt(Answer("stock", "zh", STOCK.facts, "k", "A1", "加绒卫衣"), "还有货吗")
    assert "文案" not in messages(own, "zh")[0].content


PRICES = Point(
    "price",
    (Fact("A1.price", "59 USD", "$59"), Fact("A1.list_price", "79 USD", "$79")),
    product("en"),
    free=True,
)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("Sure! The Heavyweight Hoodie: list price $79, now $59. Happy browsing!", "model"),
        ("The price for the S is $59; list price: $79.", "template"),
        ("The material of the material has a list price of $79 and it's $59.", "template"),
    ],
)
def test_our_own_model_words_several_facts_and_may_not_stumble(line: str, source: str) -> None:
    author = Author(patterns.load("en", "facts"), rules(), writer=Writes(line))
    said = asyncio.run(author.say(PRICES, Used()))
    assert isinstance(said, Sentence)
    assert said.source == source
    if source == "model":
        assert said.text == "The Heavyweight Hoodie: list price $79, now $59."


def test_our_own_model_is_not_asked_for_a_single_fact() -> None:
    writer = Writes("库存还有50件。")
    author = Author(author_of("手上还有{stock}件。").patterns, rules(), writer=writer)
    said = asyncio.run(author.say(STOCK, Used()))
    assert isinstance(said, Sentence)
    assert (said.source, writer.asked) == ("template", [])


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("Wireless Earbuds", True), ("Trail Running Shoes", True), ("Canvas Tote", False),
        ("Percale Sheet Set", False), ("Reading Glasses", True), ("Sun Dress", False),
        ("Women's Jacket with Pockets", False), ("Trekking Poles", True), ("Chess Box", False),
    ],
)  # fmt: skip
def test_english_follows_the_number_of_the_name(name: str, many: bool) -> None:  # noqa: FBT001
    assert plural(name) is many
    said = filled("The {name} {is} here. {it} come{s} in.", {}, {}, name, "en")
    assert said.endswith("are here. They come in." if many else "is here. It comes in.")


def test_a_text_keeps_one_stop() -> None:
    assert filled("{notes}。", {"notes": "可机洗！"}, {}, "", "zh") == "可机洗！"
    assert filled("Note: {notes}.", {"notes": "Wash cold."}, {}, "", "en") == "Note: Wash cold."


@given(notes=st.text(min_size=1, max_size=60), lang=st.sampled_from(LANGS))
def test_whatever_a_catalogue_holds_is_said_as_it_stands_or_left_out(
    notes: str, lang: Lang
) -> None:
    told = Point("notes", (Fact("A1.notes", notes, notes),), product(lang))
    said = Author(patterns.load(lang, "facts"), rules()).word(told, Used())
    if isinstance(said, Sentence):
        assert rules().lexicon
        assert list(rules().lexicon.find(said.text)) == []  # type: ignore[union-attr]
    else:
        assert said.reason in ("banned_word", "ungrounded", "unreadable")


def test_a_list_with_slashes_stands_in_no_row_of_slashes() -> None:
    row = "{key}: {specs} / {key2}: {specs2}"
    assert clumsy(row, {"specs": "Fig / Cedar", "specs2": "18 h"}, {}, "en")
    assert not clumsy(row, {"specs": "Fig, Cedar", "specs2": "18 h"}, {}, "en")


def test_a_key_with_a_hyphen_is_written_small_within_a_sentence() -> None:
    assert [within(key) for key in ("Anti-fog", "Wi-Fi", "USB", "Bluetooth")] == [
        "anti-fog", "Wi-Fi", "USB", "Bluetooth",
    ]  # fmt: skip
