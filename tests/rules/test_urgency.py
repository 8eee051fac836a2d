"""Questions, mentions and the staff go first; the rest of the chat does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Rules
from bot.rules.urgency import urgent
from tests.fakes import said

RULES = Rules(name="danmate")


@pytest.mark.parametrize(
    "text",
    ["多少钱", "几号链接", "160斤穿啥", "包邮吗", "有货嘛", "怎么买", "how much", "ship to canada?",
     "Is it cotton", "any discount", "whats the price", "@danmate hi", "能不能退", "能退？"],
)  # fmt: skip
def test_a_question_or_a_mention_goes_first(text: str) -> None:
    assert urgent(said(text), RULES)


@pytest.mark.parametrize(
    "text", ["666", "好看", "来了来了", "lol", "love this", "主播好美", "😍😍"]
)
def test_chatter_waits(text: str) -> None:
    assert not urgent(said(text), RULES)


@pytest.mark.parametrize("role", ["host", "moderator"])
@given(text=st.text(max_size=30))
def test_the_staff_goes_first_whatever_they_say(role: str, text: str) -> None:
    assert urgent(said(text, role=role), RULES)
