"""The page: two languages, charts with their numbers behind them, and what each section says."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import INTENTS, Window
from bot.replay.report import About, Change, Fold, Reading, page
from bot.replay.report.charts import ceiling
from bot.replay.report.context import MARKS, Context
from bot.replay.report.figures import FATES
from bot.replay.report.texts import TEXTS
from tests.replay.report.rows import (
    ABOUT,
    START,
    answered,
    chatter,
    drafted,
    drawn,
    folded,
    handed,
    main,
    parsed,
    refused,
    staff,
    words,
)


def test_an_empty_run_has_a_page() -> None:
    tree = drawn([])
    assert "0 messages, and nobody asked a thing." in words(main(tree))


def test_the_headline_says_how_many_were_answered_and_how_fast() -> None:
    tree = drawn([answered("a", 0), answered("b", 60), handed("c", 90), chatter("d", 91)])
    assert "The bot answered 2 of 3 questions, half of them within 1.5 s." in words(main(tree))
    assert "3 个问题，机器人回答了 2 个，半数在 1.5 秒内。" in words(main(tree, "zh"))


def test_a_shadow_run_says_what_would_have_been() -> None:
    about = replace(ABOUT, mode="shadow")
    text = words(main(drawn([drafted("a", 0)], about)))
    assert "The bot would have answered 1 of 1 questions" in text
    assert "shadow: posts nothing" in text


def test_it_opens_in_the_language_that_was_asked_for() -> None:
    tree = drawn([], replace(ABOUT, lang="zh"))
    on = [each.get("id") for each in tree.iter("input") if each.get("checked")]
    assert (tree.get("lang"), on) == ("zh-Hans", ["lang-zh", "look-auto"])


def test_every_chart_has_its_numbers_behind_it_and_words_for_who_cannot_see_it() -> None:
    evening = [
        answered("a", 0),
        answered("b", 3),
        staff("h", 9, "@Ann 59"),
        chatter("c", 9),
        handed("d", 11),
    ]
    for section in main(drawn(evening)).iter("section"):
        pictures = [each for each in section.iter() if each.tag.endswith("}svg")]
        assert all(each.get("aria-label") or each.get("aria-hidden") for each in pictures)
        if any(each.get("role") == "img" for each in pictures) and section.find(
            ".//ul[@class='legend']"
        ):
            assert section.find(".//details//table") is not None


def test_a_column_of_figures_is_set_to_the_right() -> None:
    table = next(main(drawn([answered("a", 0)])).iter("table"))
    assert [cell.get("class") for cell in next(table.iter("tr"))] == [
        None,
        *["n"] * (len(FATES) + 1),
    ]


def test_the_columns_of_time_are_what_the_table_says() -> None:
    section = next(
        main(drawn([answered("a", 0), handed("b", 0.5), chatter("c", 3)])).iter("section")
    )
    rows = [[cell.text for cell in row] for row in section.iter("tr")][1:]
    assert rows == [
        ["2026-01-01 11:00:00", "1", "1", "0", "0", "0", "2"],
        ["2026-01-01 11:00:03", "0", "0", "0", "0", "1", "1"],
    ]


def test_unanswered_questions_say_why_and_how_often() -> None:
    about = replace(ABOUT, products={"A1": "Mug"})
    text = words(main(drawn([handed("a", 0), handed("b", 5)], about)))
    assert "is it waterproof? product · Mug · the catalogue does not say 2 ×" in text


def test_a_stopped_word_is_shown_with_its_reason() -> None:
    text = words(main(drawn([refused("a", 0, "最好 (advertising.zh)")])))
    assert "最好 (advertising.zh) a banned word · then said otherwise 1 × 1 ×" in text


def test_the_bot_and_people_stand_side_by_side() -> None:
    evening = [
        answered("a", 0),
        staff("h", 12.0, "@Ann 59"),
        handed("b", 100),
        staff("g", 108.0, "@Ann yes"),
    ]
    text = words(main(drawn(evening)))
    assert "answered by the bot 50 %" in text
    assert "the same, where both gave numbers 100 %" in text
    assert "median head start of the bot 10 s" in text
    assert "Host · after 8 s @Ann yes" in text


def test_where_nobody_of_the_staff_answers_nothing_is_compared() -> None:
    assert "there is nothing to compare" in words(main(drawn([answered("a", 0)])))


def test_changes_of_the_configuration_are_listed() -> None:
    about = replace(ABOUT, changes=(Change("reply.cooldown", "20.0", "8.0"),))
    assert "reply.cooldown 20.0 8.0" in words(main(drawn([], about)))


def test_a_limit_that_made_replies_wait_says_so() -> None:
    late = answered("a", 0, 4.0)
    assert late.reply is not None
    held = replace(late, reply=replace(late.reply, due=START + 1.5))
    fold = Fold((Window("account", 20, 31.5),))
    text = words(main(parsed(page(folded([held], fold), ABOUT))))
    assert "1 replies waited for a limit, 2.5 s at the longest." in text
    assert "Account · 20 in 31.5 s 1 / 20" in text


def test_what_could_not_be_read_is_named() -> None:
    about = About("x", reading=Reading("jsonl", 5, 0, 1, ("x:3: expected a JSON object",)))
    assert "x:3: expected a JSON object" in words(main(drawn([], about)))


def test_the_same_figures_give_the_same_page() -> None:
    evening = [answered("a", 0), chatter("b", 1)]
    assert page(folded(evening), ABOUT) == page(folded(evening), ABOUT)


def test_both_languages_have_every_text_with_the_same_parts() -> None:
    for key, both in TEXTS.items():
        assert all(both), key
        parts = [set(re.findall(r"{(\w+)}", text)) for text in both]
        assert parts[0] == parts[1], key
    assert {f"intent.{each}" for each in INTENTS} <= TEXTS.keys()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_is_left_with_a_hole(lang: str) -> None:
    evening = [answered("a", 0), answered("b", 3), staff("h", 9, "@Ann 59"), refused("d", 11)]
    assert not re.search(r"[{}]|None", words(main(drawn(evening), lang)))


@given(st.integers(0, 10**9))
def test_an_axis_ends_at_a_round_number_not_far_above(most: int) -> None:
    top = ceiling(most)
    assert most <= top <= max(1, 2 * most)
    assert top == 1 or top % 2 == 0


@pytest.mark.parametrize("seconds", [1, 59, 61, 3_599, 7_201, 86_400, 10**7, 4 * 10**9])
def test_an_axis_of_time_has_a_few_round_marks(seconds: int) -> None:
    at = Context.of(folded([]), ABOUT, "en")
    marks = at.marks(int(START), int(START) + seconds)
    assert len(marks) <= MARKS
    assert all(0 <= place <= 1 for place, _ in marks)
