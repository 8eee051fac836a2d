"""Posting by the web page's form: lines, threads and lengths."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.bilibili.lanes import THREADS, Lately
from adapters.bilibili.send import longest
from adapters.bilibili.settings import BilibiliSettings
from bot.errors import Refused
from tests.platforms.bilibili_web import ROOM, Bilibili, bilibili
from tests.platforms.bilibili_web_sender import ASKED, reply, sender


@pytest.fixture
async def platform() -> AsyncIterator[Bilibili]:
    async with bilibili() as served:
        yield served


async def test_a_line_is_posted_with_the_fields_of_the_web_page(platform: Bilibili) -> None:
    async with sender(platform, now=lambda: 1_790_000_000.7) as out:
        await out.post(reply("129元，包邮"))
    assert platform.shown == ["129元，包邮"]
    assert platform.forms == [
        {
            "bubble": "0",
            "msg": "129元，包邮",
            "color": "16777215",
            "mode": "1",
            "room_type": "0",
            "jumpfrom": "0",
            "reply_mid": "0",
            "reply_attr": "0",
            "replay_dmid": "",
            "statistics": '{"appId":100,"platform":5}',
            "fontsize": "25",
            "rnd": "1790000000",
            "roomid": str(ROOM),
            "csrf": platform.csrf,
            "csrf_token": platform.csrf,
        }
    ]
    assert {agent[:11] for agent in platform.agents} == {"Mozilla/5.0"}


async def test_a_reply_stands_under_the_line_that_it_answers(platform: Bilibili) -> None:
    async with sender(platform) as out:
        assert out.note(ASKED) == ASKED
        await out.post(reply("129元", "58f5c2c2", "小安"))
    (form,) = platform.forms
    told = form["msg"], form["reply_mid"], form["reply_uname"], form["replay_dmid"]
    assert told == ("129元", "42", "小安", "58f5c2c2")


async def test_whom_nobody_remembers_is_named_in_the_text(platform: Bilibili) -> None:
    async with sender(platform, spacing=0.06, parts=1) as out:
        await out.post(reply("129元", "gone", "小安"))
        await out.post(reply("卖" * 20, "gone", "小安"))  # no room for the name
        await out.post(reply("包邮", "gone", "某***"))  # no name that anybody knows
    assert platform.shown == ["@小安 129元", "卖" * 20, "包邮"]
    assert {form["reply_mid"] for form in platform.forms} == {"0"}


async def test_a_line_without_the_authors_uid_is_no_thread(platform: Bilibili) -> None:
    async with sender(platform) as out:
        out.note(replace(ASKED, author_id="crc:0a1b"))
        await out.post(reply("129元", ASKED.id, "小安"))
    assert platform.shown == ["@小安 129元"]


async def test_the_lines_that_are_remembered_are_bounded(platform: Bilibili) -> None:
    async with sender(platform) as out:
        for number in range(THREADS + 50):
            out.note(replace(ASKED, id=f"dm{number}"))
        assert len(out._threads) == THREADS
        await out.post(reply("129元", f"dm{THREADS + 49}", "小安"))
    assert platform.forms[0]["reply_mid"] == "42"


async def test_who_asked_before_the_connection_broke_is_still_answered_by_name(
    platform: Bilibili,
) -> None:
    lately = Lately()
    async with sender(platform, lately=lately) as before:
        before.note(ASKED)
    async with sender(platform, lately=lately) as after:
        await after.post(reply("129元", ASKED.id, "小安"))
    assert platform.forms[0]["reply_mid"] == "42"


async def test_code_0_with_f_was_swallowed(platform: Bilibili) -> None:
    async with sender(platform) as out:
        with pytest.raises(Refused, match=r"^filtered$"):
            await out.post(reply("请加微信"))
    assert platform.shown == []
    assert len(platform.forms) == 1


async def test_code_0_with_k_is_the_rooms_own_filter(platform: Bilibili) -> None:
    async with sender(platform) as out:
        with pytest.raises(Refused, match=r"^room_filter$"):
            await out.post(reply("别家也卖"))
    assert platform.shown == []


async def test_the_length_is_the_accounts_own(platform: Bilibili) -> None:
    platform.length = 40
    async with sender(platform) as out:
        await out.post(reply("卖" * 40))
        assert out.length == 40
    assert platform.shown == ["卖" * 40]


async def test_a_length_that_is_not_told_is_that_of_the_settings(platform: Bilibili) -> None:
    platform.reported, platform.length = -1, 40
    async with sender(platform, length=30) as out:
        await out.post(reply("卖" * 30))
        assert out.length == 30
    assert platform.shown == ["卖" * 30]


async def test_a_length_that_was_lowered_is_learned_and_the_text_split_anew(
    platform: Bilibili,
) -> None:
    platform.length = 40
    async with sender(platform) as out:
        await out.prepare()
        platform.length = 20
        await out.post(reply("加绒连帽卫衣129元。全国包邮，48小时内发货"))
        assert out.length == 20
    assert platform.shown == ["加绒连帽卫衣129元。(1/2)", "全国包邮，48小时内发货(2/2)"]
    assert len(platform.forms) == 3


async def test_after_too_long_the_length_is_asked_anew(platform: Bilibili) -> None:
    platform.length = 40
    async with sender(platform) as out:
        await out.prepare()
        platform.length = 25
        await out.post(reply("卖" * 35))
        assert out.length == 25
    assert platform.shown == ["卖" * 20 + "(1/2)", "卖" * 15 + "(2/2)"]


async def test_a_length_that_is_told_wrong_is_lowered_once_and_then_refused(
    platform: Bilibili,
) -> None:
    platform.length, platform.reported = 12, 40
    async with sender(platform) as out:
        with pytest.raises(Refused, match=r"^too_long$"):
            await out.post(reply("卖" * 30))
        assert out.length == 15  # three quarters of 20, which everybody has
        await out.post(reply("卖" * 12))
    assert len(platform.forms) == 3
    assert platform.shown == ["卖" * 12]


async def test_what_fits_into_no_lines_is_refused_before_a_word_is_posted(
    platform: Bilibili,
) -> None:
    async with sender(platform) as out:
        with pytest.raises(Refused, match=r"^too_long: 2 lines of 20"):
            await out.post(reply("卖" * 31))
    assert platform.forms == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 27),
        ({"parts": 1}, 20),
        ({"parts": 3, "spacing": 0}, 39),
        ({"parts": 3, "spacing": 4}, 27),
        ({"parts": 3, "spacing": 9}, 20),
    ],
)
def test_how_long_a_reply_may_be_is_known_without_asking(
    changes: dict[str, float], expected: int
) -> None:
    given = {"room": 6, "source": "web", "accept_risk": True, **changes}
    assert longest(BilibiliSettings.model_validate(given)) == expected


async def test_parts_keep_their_order_and_the_spacing(platform: Bilibili) -> None:
    async with sender(platform, parts=3) as out:
        await out.post(reply("加绒卫衣129元。全国包邮，48小时内发货哦。七天无理由退换"))
    assert [line[-5:] for line in platform.shown] == ["(1/3)", "(2/3)", "(3/3)"]


async def test_the_rooms_of_an_account_keep_the_spacing_together(platform: Bilibili) -> None:
    async with sender(platform) as one, sender(platform, room=ROOM) as other:
        texts = [f"回答{number}" for number in range(6)]
        await asyncio.gather(
            *(out.post(reply(text)) for out, text in zip((one, other) * 3, texts, strict=True))
        )
    assert sorted(platform.shown) == texts  # the platform found none too fast


async def test_a_part_that_fails_after_another_stood_is_told(platform: Bilibili) -> None:
    async with sender(platform) as out:
        with pytest.raises(Refused, match=r"^partly_sent: 1 of 2, then filtered$"):
            await out.post(reply("加绒卫衣129元。要的请私下里加微信哦哦哦"))
    assert platform.shown == ["加绒卫衣129元。(1/2)"]
