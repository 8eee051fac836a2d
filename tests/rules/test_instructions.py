"""What is taken from a chat model's answer: one line with marks, or nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Answer, Lang
from bot.rules.binding import binds
from bot.rules.instructions import OWN_WORDS, messages, wording
from bot.rules.prompts import MARKS, NAME, prompt, slots
from tests.rules.plans import THROW_ZH, answers

PLAN = THROW_ZH
PROMPT = prompt(PLAN, "多少钱，包邮吗")
LINE = "亲～★现在价格①，发货：②哦～"
LANGS: tuple[Lang, ...] = ("zh", "en")


@pytest.mark.parametrize(
    "answer",
    [
        LINE,
        f"  {LINE}\n\n",
        f"“{LINE}”",
        f'"{LINE}"',
        f"回复：{LINE}",
        f"**Reply:** {LINE}",
        f"- **{LINE}**",
        f"```\n{LINE}\n```",
        f"好的，这是回复：\n\n{LINE}",
        f"<think>★在哪里？①②\n我想想</think>\n\n{LINE}",
    ],
)
def test_the_line_is_found_whatever_stands_around_it(answer: str) -> None:
    assert wording(answer, PROMPT) == LINE


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\n",
        "★现在129元，顺丰包邮",  # typed by itself: nobody knows which number it means
        "★现在价格①",  # a fact is missing
        "价格①，发货：②，再说一次①",
        "★★价格①，发货：②",
        "价格①，发货：②，颜色③",  # there is no third
        f"{LINE}\n{LINE}",  # which one?
        "价格①，发货：②，只剩3件",
        f"<think>{LINE}",  # cut off while it thinks
        f"价格①，发货：②{'哦' * (OWN_WORDS + 1)}",
    ],
)
def test_anything_else_is_no_wording(answer: str) -> None:
    assert wording(answer, PROMPT) is None


def test_a_name_may_be_left_out() -> None:
    assert wording("价格①，发货：②", PROMPT) == "价格①，发货：②"


@pytest.mark.parametrize("lang", LANGS)
def test_the_prompt_goes_out_as_it_is_after_the_task_in_its_language(lang: Lang) -> None:
    system, user = messages(PROMPT, lang)
    assert (system.role, user.role, user.content) == ("system", "user", PROMPT)
    assert re.search("[一-鿿]", system.content) is not None or lang == "en"


@pytest.mark.parametrize("lang", LANGS)
def test_every_example_of_the_task_is_a_wording_that_binds(lang: Lang) -> None:
    head = {"zh": "资料：\n", "en": "Data:\n"}[lang]
    shown = messages("", lang)[0].content.split(f"\n\n{head}")[1:]
    assert len(shown) == 3
    for example in shown:
        data, _, line = example.rpartition("\n")
        assert wording(line, data) is not None
        assert binds(line, data, lang)


PIECES = (
    NAME,
    *MARKS[:3],
    "价格",
    "，",
    "哦",
    "\n",
    "<think>",
    "</think>",
    "**",
    "7",
    "免费",
    "“",
    "”",
)


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join), answers())
def test_what_is_taken_of_any_answer_is_one_line_without_digits(answer: str, plan: Answer) -> None:
    asked = prompt(plan, "?")
    found = wording(answer, asked)
    if found is not None:
        assert sorted(set(found) & set(MARKS)) == sorted(set(slots(asked)) - {NAME})
        assert not set(found) & set("\n7")


@st.composite
def wordings(draw: st.DrawFn) -> tuple[str, str]:
    """Return a prompt with an answer that marks each of its facts once, in any order."""
    asked = prompt(draw(answers()), "?")
    marks = draw(st.permutations(sorted(slots(asked))))
    return asked, "亲～" + "，".join(f"说{mark}" for mark in marks)


@given(wordings())
def test_a_line_that_marks_everything_once_is_taken_in_any_order(made: tuple[str, str]) -> None:
    asked, line = made
    assert wording(line, asked) == line


@given(wordings(), st.data())
def test_a_line_that_loses_or_doubles_a_fact_is_not_taken(
    made: tuple[str, str], data: st.DataObject
) -> None:
    asked, line = made
    marks = [mark for mark in slots(asked) if mark in MARKS]
    mark = data.draw(st.sampled_from(marks))
    assert wording(line.replace(mark, ""), asked) is None
    assert wording(line + mark, asked) is None
    assert wording(line.replace(mark, mark + NAME + NAME), asked) is None
