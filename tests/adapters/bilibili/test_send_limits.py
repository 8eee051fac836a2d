"""Posting by the web page's form: how fast, when not at all, and what nobody knows."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.bilibili.lanes import Lane
from adapters.bilibili.verdicts import News
from bot import telemetry
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled
from tests.platforms.bilibili_web import NAME, ROOM, UID, Bilibili, bilibili, said
from tests.platforms.bilibili_web_http import Response
from tests.platforms.bilibili_web_sender import ASKED, reply, sender


@pytest.fixture
async def platform() -> AsyncIterator[Bilibili]:
    async with bilibili() as served:
        yield served


async def test_too_fast_holds_the_account_and_is_not_repeated_by_itself(
    platform: Bilibili,
) -> None:
    platform.rulings.append(said(0, "msg in 1s"))
    async with sender(platform) as out:
        with pytest.raises(Throttled, match="too_fast") as first:
            await out.post(reply("129元"))
        with pytest.raises(Throttled, match="too_fast") as second:
            await out.post(reply("包邮"))
        out._lane.unsaid((ROOM, "129元"), 3600)  # it does not stand: later it may be said
    assert first.value.retry_after == 5
    assert 0 < second.value.retry_after <= 5
    assert len(platform.forms) == 1


async def test_the_same_text_is_not_said_again_within_seconds(platform: Bilibili) -> None:
    async with sender(platform, same_text=3600) as out:
        await out.post(reply("129元"))
        with pytest.raises(Throttled, match="same_text") as told:
            await out.post(reply("129元"))
        await out.post(reply("130元"))
    assert told.value.room_only
    assert 0 < told.value.retry_after <= 3600
    assert platform.shown == ["129元", "130元"]


async def test_what_the_platform_takes_for_a_repeat_is_final(platform: Bilibili) -> None:
    platform.repeat = 3600
    async with sender(platform, same_text=0) as out:
        await out.post(reply("129元"))
        with pytest.raises(Refused, match="duplicate"):
            await out.post(reply("129元"))
    assert platform.shown == ["129元"]


async def test_a_muted_account_leaves_the_room_alone(platform: Bilibili) -> None:
    platform.muted = True
    async with sender(platform) as out:
        with pytest.raises(Throttled, match="muted") as told:
            await out.post(reply("129元"))
        with pytest.raises(Throttled, match="muted"):
            await out.post(reply("包邮"))
    assert (told.value.retry_after, told.value.room_only) == (600, True)
    assert len(platform.forms) == 1


async def test_risk_control_stops_all_rooms_of_the_account(platform: Bilibili) -> None:
    platform.rulings.append(Response(b"", 412))
    async with sender(platform) as one, sender(platform, room=ROOM) as other:
        with pytest.raises(Throttled, match="risk_control"):
            await one.post(reply("129元"))
        with pytest.raises(Throttled, match="risk_control") as told:
            await other.post(reply("包邮"))
    assert told.value.retry_after > 250
    assert len(platform.forms) == 1


async def test_a_silenced_room_is_left_alone_until_it_may_speak(platform: Bilibili) -> None:
    async with sender(platform) as out:
        out.heed(News("silenced"))
        with pytest.raises(Throttled, match="room_silenced") as told:
            await out.post(reply("129元"))
        assert told.value.room_only
        out.heed(News("unsilenced"))
        await out.post(reply("129元"))
        out.heed(News("silenced", 0.0))  # it is over
        await out.post(reply("包邮"))
    assert platform.shown == ["129元", "包邮"]


async def test_who_waits_for_a_turn_hears_that_the_room_is_silenced(platform: Bilibili) -> None:
    platform.lets_go.clear()
    loop = asyncio.get_running_loop()
    async with sender(platform) as out:
        first = asyncio.ensure_future(out.post(reply("129元")))
        await platform.web.until(lambda: platform.forms)
        second = asyncio.ensure_future(out.post(reply("包邮")))
        loop.call_soon(out.heed, News("silenced"))  # once the second waits
        loop.call_soon(platform.lets_go.set)
        await first
        with pytest.raises(Throttled, match="room_silenced"):
            await second
    assert platform.shown == ["129元"]


async def test_a_mute_does_not_end_with_the_rooms_silence(platform: Bilibili) -> None:
    async with sender(platform) as out:
        out.heed(News("muted"))
        out.heed(News("unsilenced"))
        out.heed(News("live"))
        with pytest.raises(Throttled, match="room_muted"):
            await out.post(reply("129元"))


@pytest.mark.parametrize(
    "answer", [None, Response(b"", 502), Response(b"<html>"), Response(b" " * (2 << 20))]
)
async def test_no_verdict_is_unknown_and_never_repeated(
    platform: Bilibili, answer: Response | None
) -> None:
    platform.rulings.append(answer)
    async with sender(platform) as out:
        with pytest.raises(Disconnected):
            await out.post(reply("129元"))
    assert len(platform.forms) == 1


async def test_an_answer_that_does_not_come_is_unknown(platform: Bilibili) -> None:
    platform.lets_go.clear()
    async with sender(platform, within=0.2) as out:
        with pytest.raises(Disconnected, match="TimeoutError"):
            await out.post(reply("129元"))
    platform.lets_go.set()
    assert len(platform.forms) == 1


async def test_a_post_that_is_given_up_keeps_nobody_from_posting(platform: Bilibili) -> None:
    platform.lets_go.clear()
    async with sender(platform) as one, sender(platform, room=ROOM) as other:
        posting = asyncio.ensure_future(one.post(reply("129元")))
        await platform.web.until(lambda: platform.forms)
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        platform.lets_go.set()
        await other.post(reply("包邮"))
    assert platform.shown == ["129元", "包邮"]


async def test_a_part_without_a_verdict_is_unknown(platform: Bilibili) -> None:
    async with sender(platform) as out:
        await out.prepare()
        platform.rulings += [said(), None]
        with pytest.raises(Disconnected):
            await out.post(reply("加绒卫衣129元。全国包邮，48小时内发货哦"))
    assert len(platform.forms) == 2


@pytest.mark.parametrize("gone", ["SESSDATA", "bili_jct"])
async def test_without_a_log_in_nothing_is_asked(platform: Bilibili, gone: str) -> None:
    cookies = {key: text for key, text in platform.cookies.items() if key != gone}
    async with sender(platform, cookies) as out:
        for attempt in (out.prepare(), out.post(reply("129元"))):
            with pytest.raises(AuthFailed, match="danmate login bilibili"):
                await attempt
    assert not platform.web.asked


async def test_a_log_in_that_is_over_says_so(platform: Bilibili) -> None:
    async with sender(platform) as out:
        await out.prepare()
        platform.sessdata = "another"
        with pytest.raises(AuthFailed, match="danmate login bilibili"):
            await out.post(reply("129元"))
    async with sender(platform, {**platform.cookies, "SESSDATA": "old"}) as late:
        with pytest.raises(AuthFailed, match="danmate login bilibili"):
            await late.post(reply("129元"))
    assert platform.shown == []


async def test_a_room_that_is_not_there_says_so(platform: Bilibili) -> None:
    async with sender(platform, room=404) as out:
        with pytest.raises(AuthFailed, match="no room 404"):
            await out.post(reply("129元"))


async def test_after_the_end_nothing_is_posted(platform: Bilibili) -> None:
    async with sender(platform) as out:
        await out.prepare()
    with pytest.raises(Disconnected):
        await out.post(reply("129元"))
    assert platform.forms == []


async def test_own_lines_are_known_when_they_come_back(platform: Bilibili) -> None:
    async with sender(platform) as out:
        await out.post(reply("129元"))
        echo = replace(ASKED, author=NAME, author_id=str(UID), role="host", text="129元")
        assert out.note(echo).role == "bot"
        masked = replace(echo, author=f"{NAME[0]}***", author_id="crc:1", role="viewer")
        assert out.note(masked).role == "bot"
        by_open_id = replace(echo, author_id="0a1b2c", role="viewer")
        assert out.note(by_open_id).role == "bot"
        assert out.note(replace(echo, text="大家好")).role == "host"  # typed by hand
        assert out.note(replace(ASKED, text="129元")).role == "viewer"  # said by another


async def test_cookies_are_in_no_log_and_no_error(platform: Bilibili) -> None:
    told = io.StringIO()
    telemetry.configure("debug", "json", told)
    shown: list[str] = []
    async with sender(platform) as out:
        for ruling in (None, Response(b"", 500), said(-111, "csrf"), said(4242, "x"), said(-352)):
            platform.rulings.append(ruling)
            try:
                await out.post(reply(f"129元{len(shown)}"))
            except PlatformError as error:
                shown.append(f"{error!r} {error.__cause__!r} {error.__context__!r}")
        shown += [told.getvalue(), repr(out), repr(out._api)]
    secrets = (platform.sessdata, platform.csrf, "refresh-1", "c0ffee")
    assert len(shown) == 5 + 3
    assert [secret for secret in secrets if secret in " ".join(shown)] == []


async def test_only_cookies_of_the_log_in_are_sent(platform: Bilibili) -> None:
    cookies = {**platform.cookies, "sid": "not\r\none", "DedeUserID__ckMd5": "名"}
    async with sender(platform, cookies) as out:
        assert sorted(out._api.cookies) == ["DedeUserID", "SESSDATA", "bili_jct"]
        await out.post(reply("129元"))
    assert platform.shown == ["129元"]


async def test_who_waits_too_long_for_a_turn_posts_nothing() -> None:
    lane = Lane()
    async with lane.turn(1.0):
        with pytest.raises(Throttled, match="account_busy"):
            async with lane.turn(0.01):
                raise AssertionError("two at once")
        lane.posted((1, "a"), 50.0)
    with pytest.raises(Throttled, match="spacing") as told:
        async with lane.turn(0.01):
            raise AssertionError("too early")
    assert told.value.retry_after > 40
