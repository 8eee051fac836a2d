"""What a viewer weighs and measures is read, and the rows of a size guide that fit are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Body
from bot.shop.sizing import body, fitting
from bot.shop.text import tidy


@pytest.mark.parametrize(
    ("text", "kilos", "centimetres"),
    [
        ("我120斤", 60.0, None), ("１２０斤", 60.0, None), ("111斤", 55.5, None), ("60公斤", 60.0, None),
        ("60千克", 60.0, None), ("165cm 50kg", 50.0, 165.0), ("50.5 KG", 50.5, None),
        ("50kgs", 50.0, None), ("132磅", 59.87, None), ("130lb", 58.97, None),
        ("130 pounds", 58.97, None), ("身高165", None, 165.0), ("身高165体重120", 60.0, 165.0),
        ("体重50", 50.0, None), ("1米65 110斤", 55.0, 165.0), ("1.65m", None, 165.0),
        ("一米六五", None, 165.0), ("165/120斤", 60.0, 165.0), ("5'6 140lb", 63.5, 167.64),
        ("5ft 10, 180 lbs", 81.65, 177.8), ("2斤装", None, None), ("99元", None, None),
        ("", None, None), ("3号", None, None),
    ],
)  # fmt: skip
def test_weight_and_height_are_read(
    text: str, kilos: float | None, centimetres: float | None
) -> None:
    found = body(tidy(text))
    if kilos is centimetres is None:
        assert found is None
    else:
        assert found is not None
        assert found.kilos == (kilos and pytest.approx(kilos, abs=0.01))
        assert found.centimetres == (centimetres and pytest.approx(centimetres, abs=0.01))


JIN = "S 80-100斤，M 100-120斤，L 120-140斤"
BOTH = "S: 155-165cm, 45-55kg; M: 165-175cm, 55-65kg"
POUNDS = "S up to 130 lb, M 130-160 lb, L 160-190 lb, XL over 190 lb"


@pytest.mark.parametrize(
    ("guide", "given", "rows"),
    [
        (JIN, Body(65), "L 120-140斤"),
        (JIN, Body(60), "M 100-120斤，L 120-140斤"),  # on the border both fit
        (JIN, Body(100), ""),
        (JIN, Body(None, 170), JIN),  # it says nothing of heights: all that there is to say
        (JIN, Body(50, 170), "S 80-100斤，M 100-120斤"),
        (BOTH, Body(60, 170), "M: 165-175cm, 55-65kg"),
        (BOTH, Body(60), "M: 165-175cm, 55-65kg"),
        (BOTH, Body(60, 160), ""),
        (POUNDS, Body(45), "S up to 130 lb"),
        (POUNDS, Body(70), "M 130-160 lb"),
        (POUNDS, Body(95), "XL over 190 lb"),
        ("M 80-100斤 L 100-120斤", Body(45), "M 80-100斤"),
        ("80-100斤穿M，100-120斤穿L", Body(45), "80-100斤穿M"),
        ("100斤以下S，100-120斤M，120斤以上L", Body(75), "120斤以上L"),
        ("155-165cm/45-55kg选S；165-175cm/55-65kg选M", Body(60, 170), "165-175cm/55-65kg选M"),
        ("S (5'0\"-5'4\"), M (5'5\"-5'9\")", Body(None, 168), "M (5'5\"-5'9\")"),
        ("L：120-140斤", Body(65), "L：120-140斤"),
        ("one size", Body(65), "one size"),
    ],
)  # fmt: skip
def test_the_rows_that_fit_are_quoted_as_they_stand(guide: str, given: Body, rows: str) -> None:
    assert fitting(guide, given) == rows


bodies = st.builds(Body, st.none() | st.floats(20, 200), st.none() | st.floats(60, 220)).filter(
    lambda one: one != Body()
)


@given(st.text(max_size=80), bodies)
def test_any_guide_gives_pieces_of_itself(guide: str, given: Body) -> None:
    for row in fitting(guide, given).split("，"):
        assert row.strip() in guide or row == guide


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = body(tidy(text))
    assert found is None or (found.kilos or 0) >= 0
