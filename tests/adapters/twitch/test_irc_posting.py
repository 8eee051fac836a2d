"""What becomes of a post over IRC: each verdict of Twitch, and which line it belongs to."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.twitch.irc import joined
from adapters.twitch.irc_link import IrcTiming
from adapters.twitch.irc_room import GUARD, Room
from bot.errors import AuthFailed, Disconnected, Held, PlatformError, Refused, Throttled
from bot.model import Reply
from tests.platforms.twitch_irc import LOGIN, kept, room
from tests.platforms.twitch_irc_server import HOST, TwitchIrc, serving


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def twitch(clock: Hand) -> AsyncIterator[TwitchIrc]:
    async with serving(clock) as server:
        yield server


@pytest.fixture
async def session(twitch: TwitchIrc) -> AsyncIterator[Room]:
    async with joined(room(twitch), kept(twitch)) as entered:
        yield entered


def reply(text: str, reply_to: str | None = None) -> Reply:
    return Reply("re:1", "twitch/ann", text, "template", (), ("m1",), reply_to=reply_to)


def posted(twitch: TwitchIrc) -> list[str]:
    return [text for _, _, text in twitch.said]


async def test_a_post_stands_once_the_server_tells_our_state(
    twitch: TwitchIrc, session: Room
) -> None:
    await session.post(reply("the hoodie is $59"))
    assert twitch.said == [("ann", LOGIN, "the hoodie is $59")]


async def test_a_post_is_threaded_under_the_message_that_it_answers(
    twitch: TwitchIrc, session: Room
) -> None:
    asked = await twitch.say("ann", "Bob", "how much?")
    await session.post(reply("$59", asked))
    (line,) = [line for line in twitch.heard if line.command == "PRIVMSG"]
    assert line.tags["reply-parent-msg-id"] == asked
    assert line.params == ("#ann", "$59")


@pytest.mark.parametrize("text", ["/ban bob", ".timeout bob", "  /me waves", "/", "...", "\r\n/me"])
async def test_a_text_that_looks_like_a_command_is_said_and_not_obeyed(
    twitch: TwitchIrc, session: Room, text: str
) -> None:
    await session.post(reply(text))
    assert posted(twitch) == [GUARD + text.strip()]


async def test_a_text_of_several_lines_is_one_line(twitch: TwitchIrc, session: Room) -> None:
    await session.post(reply("one\r\nQUIT\n\0two\x01"))
    assert posted(twitch) == ["one  QUIT two"]


async def test_a_text_that_is_too_long_is_refused_whole_so_that_no_character_is_cut(
    twitch: TwitchIrc, session: Room
) -> None:
    family = "👨‍👩‍👧‍👦"
    await session.post(reply(family * 71))  # 497 code points
    with pytest.raises(Refused, match="too_long"):
        await session.post(reply(family * 72))
    with pytest.raises(Refused, match="empty"):
        await session.post(reply(" \r\n"))
    assert posted(twitch) == [family * 71]


VERDICTS = [
    ("msg_banned", "You are permanently banned from talking in ann.", AuthFailed("")),
    ("msg_channel_suspended", "This channel has been suspended.", AuthFailed("")),
    ("msg_channel_blocked", "Your account is not in good standing.", AuthFailed("")),
    ("msg_suspended", "You don't have permission to perform that action.", AuthFailed("")),
    ("tos_ban", "The community has closed channel ann.", AuthFailed("")),
    ("no_permission", "You don't have permission.", AuthFailed("")),
    ("msg_requires_verified_phone_number", "A verified phone number is required.", AuthFailed("")),
    ("msg_verified_email", "This room requires a verified account.", AuthFailed("")),
    ("msg_ratelimit", "You are sending messages too quickly.", Throttled("", 30.0)),
    (
        "msg_slowmode",
        "You will be able to talk again in 95 seconds.",
        Throttled("", 95, room_only=True),
    ),
    ("msg_timedout", "You are timed out for 65 more seconds.", Throttled("", 65, room_only=True)),
    ("msg_timedout", "You are timed out for 1h 1m 5s.", Throttled("", 3665, room_only=True)),
    ("msg_timedout", "You are timed out.", Throttled("", 600, room_only=True)),
    ("msg_rejected", "Your message is being checked by mods.", Held("")),
    ("msg_rejected_mandatory", "Your message wasn't posted.", Refused("")),
    (
        "msg_bad_characters",
        "Your message contained too many unprocessable characters.",
        Refused(""),
    ),
    ("msg_r9k", "This room is in unique mode.", Refused("")),
    ("msg_duplicate", "It is identical to the previous one.", Refused("")),
    ("msg_emoteonly", "This room is in emote only mode.", Refused("")),
    ("msg_followersonly", "This room is in followers-only mode.", Refused("")),
    ("msg_followersonly_followed", "You have been following for 1 minute.", Refused("")),
    ("msg_followersonly_zero", "This room is in followers-only mode.", Refused("")),
    ("msg_subsonly", "This room is in subscribers only mode.", Refused("")),
    ("msg_of_next_year", "Something new.", Refused("")),
    ("unrecognized_cmd", "Unrecognized command: /x", Refused("")),
]


@pytest.mark.parametrize(("code", "told", "expected"), VERDICTS)
async def test_each_notice_has_its_error(
    twitch: TwitchIrc, session: Room, code: str, told: str, expected: PlatformError
) -> None:
    twitch.verdicts.append((code, told))
    with pytest.raises(type(expected)) as raised:
        await session.post(reply("hi"))
    assert str(raised.value).partition(":")[0] == code
    if isinstance(expected, Throttled):
        assert isinstance(raised.value, Throttled)
        assert (raised.value.retry_after, raised.value.room_only) == (
            expected.retry_after,
            expected.room_only,
        )
    assert posted(twitch) == []


async def test_an_account_that_is_shut_out_of_a_room_stays_silent_there_and_goes_on_elsewhere(
    twitch: TwitchIrc,
) -> None:
    login = kept(twitch)
    async with joined(room(twitch), login) as ann, joined(room(twitch, "bob"), login) as bob:
        twitch.channel("ann").banned.add(LOGIN)
        with pytest.raises(AuthFailed, match="msg_banned: You are permanently banned"):
            await ann.post(reply("hi"))
        with pytest.raises(AuthFailed, match="msg_banned"):
            await ann.post(reply("hi"))
        with pytest.raises(AuthFailed, match="msg_banned"):
            await anext(aiter(ann.messages()))
        await bob.post(reply("hi"))
        assert [name for name, *_ in twitch.said] == ["bob"]
        assert sum(line.command == "PRIVMSG" for line in twitch.heard) == 2


async def test_a_notice_of_another_room_is_not_taken_for_ours(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    twitch.deaf = False
    async with joined(room(twitch), login) as ann, joined(room(twitch, "bob"), login):
        twitch.deaf = True  # so that the verdict comes from here alone
        posting = asyncio.create_task(ann.post(reply("hi")))
        await twitch.until(lambda: twitch.heard[-1].command == "PRIVMSG")
        nonce = twitch.heard[-1].tags["client-nonce"]
        await twitch.send("bob", f"@msg-id=msg_duplicate :{HOST} NOTICE #bob :identical")
        await twitch.send("bob", f"@badges= :{HOST} USERSTATE #bob")
        await twitch.send("ann", f"@msg-id=emote_only_on :{HOST} NOTICE #ann :emote only")
        await twitch.send("ann", f"@client-nonce=other;badges= :{HOST} USERSTATE #ann")
        await twitch.send("ann", f"@msg-id=msg_r9k;client-nonce=other :{HOST} NOTICE #ann :old")
        await twitch.send("ann", f"@client-nonce={nonce};badges= :{HOST} USERSTATE #ann")
        await posting


async def test_the_state_told_on_joining_is_no_verdict(twitch: TwitchIrc) -> None:
    twitch.nonces = False
    async with joined(room(twitch), kept(twitch)) as session:
        twitch.verdicts.append(("msg_duplicate", "It is identical."))
        with pytest.raises(Refused, match="msg_duplicate"):
            await session.post(reply("hi"))
        await session.post(reply("ho"))


async def test_posts_of_one_room_go_one_by_one_so_that_each_has_its_own_verdict(
    twitch: TwitchIrc, session: Room
) -> None:
    twitch.channel("ann").badges[LOGIN] = "moderator/1"
    twitch.verdicts.extend([("msg_duplicate", "It is identical."), ("msg_rejected", "Checked.")])
    found = await asyncio.gather(
        *(session.post(reply(f"n{number}")) for number in range(4)), return_exceptions=True
    )
    assert [type(item) for item in found] == [Refused, Held, type(None), type(None)]
    assert posted(twitch) == ["n2", "n3"]


async def test_a_post_without_a_verdict_waits_and_the_next_one_does_not_take_its_verdict(
    twitch: TwitchIrc, session: Room
) -> None:
    await session.post(reply("first"))
    twitch.deaf = True
    posting = asyncio.create_task(session.post(reply("lost")))
    await twitch.until(lambda: twitch.heard[-1].params[-1] == "lost")
    late = twitch.heard[-1].tags["client-nonce"]
    posting.cancel()
    await asyncio.wait({posting})
    posting = asyncio.create_task(session.post(reply("next")))
    await twitch.until(lambda: twitch.heard[-1].params[-1] == "next")
    await twitch.send("ann", f"@client-nonce={late};badges= :{HOST} USERSTATE #ann")
    await twitch.send("ann", f"@badges= :{HOST} USERSTATE #ann")  # our badges, told again
    await twitch.send("ann", f"@msg-id=msg_r9k :{HOST} NOTICE #ann :unique")
    with pytest.raises(Refused, match="msg_r9k"):
        await posting


async def test_a_connection_that_breaks_before_the_verdict_leaves_it_unknown(
    twitch: TwitchIrc, session: Room
) -> None:
    twitch.deaf = True
    posting = asyncio.create_task(session.post(reply("hi")))
    await twitch.until(lambda: twitch.heard[-1].command == "PRIVMSG")
    await twitch.cut()
    with pytest.raises(Disconnected):
        await posting
    with pytest.raises(Disconnected):
        await session.post(reply("again"))


async def test_nobody_posts_without_an_account(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), None) as session:
        await twitch.say("ann", "Ann", "hello")
        async for heard in session.messages():
            assert getattr(heard, "text", "") == "hello"
            break
        with pytest.raises(Refused, match="anonymous"):
            await session.post(reply("hi"))
    assert not [line for line in twitch.heard if line.command == "PRIVMSG"]


async def test_slow_mode_is_kept_without_asking_the_server(
    twitch: TwitchIrc, session: Room, clock: Hand
) -> None:
    await session.post(reply("one"))
    await twitch.set_modes("ann", slow=900)
    await twitch.say("ann", "Ann", "hello")
    await anext(aiter(session.messages()))
    with pytest.raises(Throttled) as raised:
        await session.post(reply("two"))
    assert 800 < raised.value.retry_after <= 900
    assert raised.value.room_only
    assert sum(line.command == "PRIVMSG" for line in twitch.heard) == 1
    await twitch.set_modes("ann", slow=0)
    await twitch.say("ann", "Ann", "hello again")
    await anext(aiter(session.messages()))
    clock.at += 2
    await session.post(reply("two"))


async def test_a_moderator_is_not_slowed(twitch: TwitchIrc) -> None:
    twitch.channel("ann").badges[LOGIN] = "moderator/1"
    twitch.channel("ann").modes["slow"] = 900
    async with joined(room(twitch), kept(twitch)) as session:
        await session.post(reply("one"))
        await session.post(reply("two"))
    assert posted(twitch) == ["one", "two"]


async def test_a_mode_that_forbids_to_post_is_not_tried_again_until_it_changes(
    twitch: TwitchIrc, session: Room
) -> None:
    await twitch.set_modes("ann", subs_only=1)
    for _ in range(2):
        with pytest.raises(Refused, match="msg_subsonly"):
            await session.post(reply("hi"))
    assert sum(line.command == "PRIVMSG" for line in twitch.heard) == 1
    await twitch.set_modes("ann", subs_only=0)
    await twitch.say("ann", "Ann", "hello")
    await anext(aiter(session.messages()))
    await session.post(reply("hi"))


async def test_the_server_keeps_the_limits_of_an_account_by_its_own_clock(
    twitch: TwitchIrc, clock: Hand
) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        for number in range(20):
            await session.post(reply(f"n{number}"))
            clock.at += 1.01
        with pytest.raises(Throttled, match="msg_ratelimit"):
            await session.post(reply("one too many"))
        clock.at += 30
        await session.post(reply("n20"))
        with pytest.raises(Throttled, match="msg_ratelimit"):
            await session.post(reply("two in a second"))
        clock.at += 2
        with pytest.raises(Refused, match="msg_duplicate"):
            await session.post(reply("n20"))
        clock.at += 29
        await session.post(reply("n20"))
    assert len(twitch.said) == 22


async def test_a_moderator_may_post_a_hundred_lines_in_half_a_minute(twitch: TwitchIrc) -> None:
    twitch.channel("ann").badges[LOGIN] = "moderator/1"
    async with joined(room(twitch), kept(twitch), IrcTiming(nonce=False)) as session:
        for number in range(100):
            await session.post(reply(f"n{number}"))
        with pytest.raises(Throttled, match="msg_ratelimit"):
            await session.post(reply("one too many"))
    assert len(twitch.said) == 100
