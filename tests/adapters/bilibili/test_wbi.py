"""The wbi signature."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bilibili.wbi import PLACES, mixin, sign
from bot.errors import BadFrame
from tests.platforms.bilibili_web import TABLE, Bilibili
from tests.platforms.danmaku import DanmakuServer

IMG = "https://i0.hdslb.com/bfs/wbi/7cd084941338484aae1ad9425b84077c.png"
SUB = "https://i0.hdslb.com/bfs/wbi/4932caff0ff746eab6f01bf08b70ac45.png"
KEY = "ea1db124af3c7062474693fa704f4ff8"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def test_the_key_is_picked_from_the_names_of_two_pictures() -> None:
    assert mixin(IMG, SUB) == KEY


def test_the_table_is_that_of_the_scripted_platform() -> None:
    assert tuple(map(int, TABLE.split())) == PLACES
    assert len(set(PLACES)) == 32


@given(st.text(max_size=90), st.text(max_size=90))
def test_any_addresses_give_a_key_of_32_characters_or_a_bad_frame(img: str, sub: str) -> None:
    with suppress(BadFrame):
        assert len(mixin(img, sub)) == 32


@pytest.mark.parametrize("url", ["", "https://[::1", "https://i0.hdslb.com/", "a.png"])
def test_short_names_are_no_key(url: str) -> None:
    with pytest.raises(BadFrame):
        mixin(url, url)


def test_the_signature_is_the_md5_of_the_sorted_parameters_and_the_key() -> None:
    params = {"foo": "114", "bar": "514", "zab": "1919810"}
    assert sign(params, KEY, 1_702_204_169.9) == {
        **params,
        "wts": "1702204169",
        "w_rid": "8f6f2b5b3d485fe1886cec6a0be8c5d4",
    }


@given(st.dictionaries(words.filter(lambda name: name not in ("wts", "w_rid")), words, max_size=5))
def test_the_scripted_platform_takes_what_we_sign(params: Mapping[str, str]) -> None:
    platform = Bilibili(DanmakuServer())
    key = mixin(*(f"https://x/{name}.png" for name in platform.pictures))
    signed = sign(params, key, 1_790_000_000.5)
    sent = dict(parse_qsl(urlencode(signed), keep_blank_values=True))
    assert platform._signed(sent)
    assert not platform._signed({**sent, "id": "1", "wts": "1"})


@given(words)
def test_marks_that_the_page_drops_do_not_count(text: str) -> None:
    bare = "".join(char for char in text if char not in "!'()*")
    one, other = (sign({"a": value}, KEY, 5.0)["w_rid"] for value in (text, bare))
    assert one == other
