"""What becomes of a line that is posted over Helix."""

import asyncio

import pytest

from adapters.twitch.gate import Gate
from adapters.twitch.helix import Drop
from adapters.wire.twitch_events import Modes
from bot.errors import AuthFailed, Disconnected, Held, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Reply
from bot.ports import Session
from tests.platforms.twitch_api import (
    BOT,
    HOST,
    UNAUTHORIZED,
    Memory,
    TwitchServer,
)
from tests.platforms.twitch_api_auth import User
from tests.platforms.twitch_api_chat import Post
from tests.platforms.twitch_api_http import Response

VIEWER = User("7", "bob", "Bob")


def reply(text: str = "it is $59", reply_to: str | None = None, name: str = "Bob") -> Reply:
    return Reply("re:1", "twitch/ann", text, "faq", (), ("m1",), (name,), reply_to)


async def echo(session: Session) -> ChatMessage:
    async with asyncio.timeout(10):
        async for heard in session.messages():
            assert isinstance(heard, ChatMessage)
            return heard
    raise AssertionError("the messages ended")


async def test_a_line_that_stands_comes_back_as_the_bots_own(
    server: TwitchServer, session: Session
) -> None:
    await session.post(reply())
    heard = await echo(session)
    assert (heard.text, heard.role, heard.author_id) == ("it is $59", "bot", BOT.id)
    assert server.chat.posts == [Post("ann", "it is $59", None)]


async def test_a_streamer_who_lends_the_bot_their_account_can_still_command_it(
    server: TwitchServer, vault: Memory
) -> None:
    await server.kept(vault, HOST, "own")
    async with server.twitch(vault, account="own").connect() as session:
        await server.chat.say(server.chat.rooms[HOST.id], HOST, "!bot off", ("broadcaster",))
        typed = await echo(session)
        assert (typed.text, typed.role) == ("!bot off", "host")
        await session.post(reply())
        said = await echo(session)
        assert (said.text, said.role) == ("it is $59", "bot")


async def test_a_reply_is_threaded(server: TwitchServer, session: Session) -> None:
    asked = await server.chat.say(server.chat.rooms[HOST.id], VIEWER, "how much?")
    await session.post(reply(reply_to=asked))
    assert server.chat.posts == [Post("ann", "it is $59", asked)]


async def test_a_reply_to_a_line_that_is_gone_names_its_author_instead(
    server: TwitchServer, session: Session
) -> None:
    await session.post(reply(reply_to="gone"))
    assert server.chat.posts == [Post("ann", "@Bob it is $59", None)]
    assert server.chat.asked == 2


async def test_a_name_that_makes_a_line_too_long_is_left_out(
    server: TwitchServer, session: Session
) -> None:
    await session.post(reply("x" * 500, reply_to="gone"))
    assert server.posted == ["x" * 500]


async def test_200_with_is_sent_false_is_no_success(server: TwitchServer, session: Session) -> None:
    server.chat.answers.append("msg_duplicate")
    with pytest.raises(Refused, match="msg_duplicate: Twitch's words"):
        await session.post(reply())
    assert server.posted == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("msg_duplicate", Refused),
        ("msg_rejected_mandatory", Refused),
        ("user_warned", Refused),
        ("something_new", Refused),
        ("", Refused),
        ("automod_held", Held),
        ("msg_rejected", Held),
        ("msg_ratelimit", Throttled),
        ("msg_slowmode", Throttled),
        ("user_timed_out", Throttled),
        ("msg_timedout", Throttled),
        ("user_banned", AuthFailed),
        ("msg_channel_suspended", AuthFailed),
        ("tos_ban", AuthFailed),
    ],
)
def test_each_code_of_a_drop_has_its_meaning(code: str, kind: type[PlatformError]) -> None:
    error = Gate(owner=False).dropped(Drop(code, "words"), 5.0)
    assert type(error) is kind
    assert str(error).startswith(code or "dropped")
    if isinstance(error, Throttled):
        assert error.retry_after > 0
        assert error.room_only == (code != "msg_ratelimit")


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Response(422, {"message": "too large"}), Refused, "too_long"),
        (Response(400, {"message": "bad id"}), Refused, "bad_request: bad id"),
        (Response(403, {"message": "may not"}), AuthFailed, "forbidden: may not"),
        (Response(429, {"message": "slow"}), Throttled, "rate_limited: slow"),
        (Response(500, {"message": "oops"}), Disconnected, "helix_unwell: 500"),
        (Response(503), Disconnected, "helix_unwell: 503"),
        (Response(200, {"data": []}), Disconnected, "no verdict"),
        (Response(200, "<html>"), Disconnected, "another form"),
        ("silent", Disconnected, "helix_unreachable"),
    ],
)
async def test_each_status_has_its_error_and_is_not_repeated(
    server: TwitchServer,
    session: Session,
    answer: Response,
    kind: type[PlatformError],
    said: str,
) -> None:
    server.chat.answers.append(answer)
    with pytest.raises(kind, match=said):
        await session.post(reply())
    assert server.chat.asked == 1
    await session.post(reply())  # the next one stands
    assert server.posted == ["it is $59"]


async def test_a_line_whose_verdict_is_lost_is_not_said_twice(
    server: TwitchServer, session: Session
) -> None:
    server.chat.answers.append("lost")
    with pytest.raises(Disconnected):
        await session.post(reply())
    assert (server.posted, server.chat.asked) == (["it is $59"], 1)
    assert (await echo(session)).role == "bot"  # by which the outbox learns that it stands


async def test_a_line_over_500_characters_is_refused(
    server: TwitchServer, session: Session
) -> None:
    with pytest.raises(Refused, match="too_long"):
        await session.post(reply("多" * 501))
    await session.post(reply("多" * 500))
    assert server.posted == ["多" * 500]


async def test_429_waits_as_its_headers_say_and_asks_no_more_until_then(
    server: TwitchServer, session: Session
) -> None:
    reset = {"Ratelimit-Remaining": "0", "Ratelimit-Reset": f"{server.clock.now() + 20:.0f}"}
    server.chat.answers.append(Response(429, {"message": "slow"}, reset))
    for _ in range(2):
        with pytest.raises(Throttled) as raised:
            await session.post(reply())
        assert 15 < raised.value.retry_after <= 21
        assert not raised.value.room_only
    assert server.chat.asked == 1


async def test_a_bucket_that_a_success_has_emptied_is_not_asked_again(
    server: TwitchServer, session: Session
) -> None:
    reset = {"Ratelimit-Remaining": "0", "Ratelimit-Reset": f"{server.clock.now() + 20:.0f}"}
    sent = {"message_id": "m1", "is_sent": True}
    server.chat.answers.append(Response(200, {"data": [sent]}, reset))
    await session.post(reply())
    with pytest.raises(Throttled, match="rate_limited"):
        await session.post(reply())
    assert server.chat.asked == 1


async def test_a_refused_token_is_renewed_once_and_the_line_said_once(
    server: TwitchServer, session: Session, vault: Memory
) -> None:
    server.auth.expire(vault.records["twitch"]["access_token"])
    await session.post(reply())
    assert (server.posted, server.auth.refreshes) == (["it is $59"], 1)


async def test_a_token_that_is_refused_even_when_new_ends_the_room(
    server: TwitchServer, session: Session
) -> None:
    server.chat.answers.extend([UNAUTHORIZED, UNAUTHORIZED])
    with pytest.raises(AuthFailed, match="danmate login twitch"):
        await session.post(reply())
    assert (server.posted, server.chat.asked, server.auth.refreshes) == ([], 2, 1)


async def test_a_renewal_without_an_answer_has_posted_nothing(
    server: TwitchServer, session: Session, vault: Memory
) -> None:
    server.auth.expire(vault.records["twitch"]["access_token"])
    server.auth.unwell = True
    with pytest.raises(Throttled, match="login_unanswered"):
        await session.post(reply())
    server.auth.unwell = False
    await session.post(reply())
    assert server.posted == ["it is $59"]


async def test_a_ban_ends_the_room(server: TwitchServer, session: Session) -> None:
    server.chat.rooms[HOST.id].banned.add(BOT.id)
    with pytest.raises(AuthFailed, match="forbidden"):
        await session.post(reply())


async def test_the_platforms_own_limits_are_met_with_its_codes(
    server: TwitchServer, session: Session
) -> None:
    for number in range(20):
        await session.post(reply(f"line {number}"))
        with pytest.raises(Throttled, match="msg_ratelimit"):
            await session.post(reply("at once"))
        server.clock.ahead += 1.1
    with pytest.raises(Throttled, match="msg_ratelimit"):
        await session.post(reply("one too many"))
    server.clock.ahead += 29
    await session.post(reply("again"))
    server.clock.ahead += 2
    with pytest.raises(Refused, match="msg_duplicate"):
        await session.post(reply("again"))
    assert len(server.posted) == 21


async def test_a_mode_that_keeps_the_account_out_is_tried_once(
    server: TwitchServer, session: Session
) -> None:
    room = server.chat.rooms[HOST.id]
    await server.chat.set_modes(room, follower_mode=True)
    await heard_modes(server, session)
    for _ in range(3):
        with pytest.raises(Refused, match="followers_only"):
            await session.post(reply())
    assert server.chat.asked == 1
    await server.chat.set_modes(room)
    await heard_modes(server, session)
    await session.post(reply())
    assert server.posted == ["it is $59"]


async def heard_modes(server: TwitchServer, session: Session) -> None:
    """Return once the session has taken what was published before."""
    await server.chat.say(server.chat.rooms[HOST.id], VIEWER, "hello")
    await echo(session)


async def test_the_modes_at_the_start_count(server: TwitchServer, vault: Memory) -> None:
    server.chat.rooms[HOST.id].modes = {"emote_mode": True}
    async with server.twitch(vault).connect() as session:
        for _ in range(2):
            with pytest.raises(Refused, match="emotes_only"):
                await session.post(reply())
    assert server.chat.asked == 1


async def test_slow_mode_is_waited_for_without_asking(
    server: TwitchServer, session: Session
) -> None:
    await server.chat.set_modes(
        server.chat.rooms[HOST.id], slow_mode=True, slow_mode_wait_time_seconds=30
    )
    await heard_modes(server, session)
    await session.post(reply())
    with pytest.raises(Throttled, match="slow_mode") as raised:
        await session.post(reply("another"))
    assert 25 < raised.value.retry_after <= 30
    assert raised.value.room_only
    assert server.chat.asked == 1


async def test_a_moderator_is_bound_by_no_mode(server: TwitchServer, session: Session) -> None:
    room = server.chat.rooms[HOST.id]
    room.badges[BOT.id] = {"moderator"}
    await server.chat.set_modes(room, slow_mode=True, slow_mode_wait_time_seconds=30)
    await session.post(reply("one"))
    while (await echo(session)).role != "bot":
        pass
    await session.post(reply("two"))
    assert server.posted == ["one", "two"]


def test_a_mode_is_believed_to_keep_out_for_a_while_only() -> None:
    gate = Gate(owner=False)
    gate.change(Modes(subscribers=True))
    gate.check(0.0)
    assert isinstance(gate.dropped(Drop("channel_settings"), 0.0), Refused)
    with pytest.raises(Refused, match="subscribers_only"):
        gate.check(599.0)
    gate.check(601.0)
    gate.dropped(Drop("msg_subsonly"), 601.0)
    gate.said(700.0)
    gate.check(701.0)


def test_the_broadcasters_own_account_is_bound_by_no_mode() -> None:
    gate = Gate(owner=True)
    gate.change(Modes(slow=30.0))
    gate.said(0.0)
    gate.check(1.0)
