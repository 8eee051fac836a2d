"""A text about the neighbour of what is asked is told from one that answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.contrasts import beside


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("can the rain jacket go in the dryer", "machine wash cold on gentle."),
        ("鲜花饼空气炸锅能热吗", "微波炉加热10秒更酥软。"),
        ("能烘干吗", "可机洗，不可漂白"),
        ("can i iron it", "do not tumble dry"),
        ("how deep is the bowl", "moon bowl | diameter: 27 cm"),
        ("能放冷冻吗", "开封后冷藏保存"),
        ("how long does the lamp take to charge up", "battery life: up to 11 hours"),
    ],
)
def test_a_neighbour_is_no_answer(asked: str, said: str) -> None:
    assert beside(asked, said)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("can the rain jacket go in the dryer", "machine wash, do not tumble dry"),
        ("can it go in the washing machine", "hand wash only"),
        ("能机洗吗", "只能手洗"),
        ("能进微波炉吗", "可微波加热，不可进烤箱"),
        ("oven ok?", "works in the oven and the air fryer"),
        ("how tall is it", "size: 21 x 21 x 24 cm"),
        ("is the cast iron pan heavy", "machine washable"),
        ("多少钱", "微波炉可用"),
        ("囤冰箱冻着能搁多久", "冷冻保存：12个月"),
    ],
)
def test_what_speaks_of_it_or_of_something_else_is_left_to_the_judge(asked: str, said: str) -> None:
    assert not beside(asked, said)


@given(st.text())
def test_no_text_is_beside_itself(text: str) -> None:
    assert not beside(text, text)
