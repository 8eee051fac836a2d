"""What a Twitch room over IRC tells: lines, removals, copies, and what is none of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.twitch.irc import joined
from bot.errors import AuthFailed, Disconnected
from bot.model import ChatMessage, Heard, Removed, Reply
from bot.ports import Session
from tests.platforms.twitch_irc import LOGIN, kept, room
from tests.platforms.twitch_irc_server import HOST, LIMIT, TwitchIrc, serving, tagged


@pytest.fixture
async def twitch() -> AsyncIterator[TwitchIrc]:
    async with serving() as server:
        yield server


async def until(session: Session, last: str) -> list[Heard]:
    """Return all that is heard before the line with the text ``last``."""
    found: list[Heard] = []
    async with asyncio.timeout(LIMIT):
        async for heard in session.messages():
            if isinstance(heard, ChatMessage) and heard.text == last:
                return found
            found.append(heard)
    raise AssertionError("the messages ended")


def texts(heard: list[Heard]) -> list[str]:
    return [item.text for item in heard if isinstance(item, ChatMessage)]


def privmsg(text: str, number: int = 1, **tags: str) -> str:
    named = {key.replace("_", "-"): value for key, value in tags.items()}
    known = {
        "id": f"id-{number}",
        "user-id": "9",
        "room-id": "7000",
        "tmi-sent-ts": "1767225600250",
    }
    return f"{tagged({**known, **named})} :bob!bob@bob.{HOST} PRIVMSG #ann :{text}"


async def test_several_lines_in_one_frame_are_all_heard(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        frame = [
            privmsg("one", 1),
            f"PING :{HOST}",
            "",
            ":no",
            privmsg("two", 2),
            privmsg("three", 3),
        ]
        await twitch.broadcast("\r\n".join(frame))  # without a CRLF at its end
        await twitch.broadcast(privmsg("end", 4))
        assert texts(await until(session, "end")) == ["one", "two", "three"]
        await twitch.until(lambda: any(line.command == "PONG" for line in twitch.heard))


async def test_a_line_longer_than_512_bytes_is_heard_whole(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.say("ann", "Ann", "好" * 500)
        await twitch.say("ann", "Ann", "end")
        assert texts(await until(session, "end")) == ["好" * 500]


async def test_a_reply_is_heard_without_the_name_that_it_starts_with(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        parent = await twitch.say("ann", "Böb 小安", "the blue one?")
        await twitch.say("ann", "Ann", "how much?", tags={"reply-parent-msg-id": parent})
        await twitch.say("ann", "Ann", "end")
        asked, answered = await until(session, "end")
        assert isinstance(asked, ChatMessage)
        assert isinstance(answered, ChatMessage)
        assert (answered.text, answered.reply_to) == ("how much?", asked.id)


async def test_lines_of_the_account_itself_are_the_bots_so_that_it_never_answers_itself(
    twitch: TwitchIrc,
) -> None:
    """They come where somebody types them, or where another process posts, on its account."""
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.show("ann", LOGIN, "the hoodie is $59", {})
        await twitch.show("ann", "renamed", "by id", {"user-id": twitch.user_id(LOGIN)})
        await twitch.say("ann", "Ann", "end")
        heard = [item for item in await until(session, "end") if isinstance(item, ChatMessage)]
        assert [item.role for item in heard] == ["bot", "bot"]


async def test_what_a_streamer_types_on_the_account_of_the_bot_is_the_hosts(
    twitch: TwitchIrc,
) -> None:
    async with joined(room(twitch, LOGIN), kept(twitch)) as session:
        await session.post(Reply("re:1", f"twitch/{LOGIN}", "it is $59", "template", (), ("m1",)))
        for text in ("!bot off", "it is $59"):
            await twitch.show(LOGIN, LOGIN, text, {"badges": "broadcaster/1"})
        await twitch.say(LOGIN, "Ann", "end")
        heard = [item for item in await until(session, "end") if isinstance(item, ChatMessage)]
        assert [(each.text, each.role) for each in heard] == [
            ("!bot off", "host"),
            ("it is $59", "bot"),
        ]


async def test_a_copy_out_of_a_shared_chat_is_passed_over(twitch: TwitchIrc) -> None:
    copy = {"source-room-id": "42", "source-id": "s1", "source-badges": "moderator/1"}
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.say("ann", "Mod", "!bot off", "moderator", tags=copy)
        await twitch.say("ann", "Bob", "home", tags={"source-room-id": "7000", "source-id": "s2"})
        await twitch.say("ann", "Ann", "end")
        assert texts(await until(session, "end")) == ["home"]


async def test_a_copy_that_is_wanted_has_no_power_and_is_heard_once(twitch: TwitchIrc) -> None:
    copy = {"source-room-id": "42", "source-id": "s1", "source-badges": "moderator/1", "mod": "1"}
    ann, bob = room(twitch, shared_chat=True), room(twitch, "bob", shared_chat=True)
    login = kept(twitch)
    async with joined(ann, login) as first, joined(bob, login) as second:
        await twitch.say("ann", "Mod", "!bot off", "moderator", tags=copy)
        await twitch.say("bob", "Mod", "!bot off", "moderator", tags=copy)
        # a room that is heard itself tells its own lines
        home = {"source-room-id": twitch.channel("ann").id, "source-id": "s2"}
        await twitch.say("bob", "Bob", "first as a copy", tags=home)
        await twitch.say("ann", "Bob", "first as a copy", tags=home)
        for name in ("ann", "bob"):
            await twitch.say(name, "Ann", "end")
        heard = [item for item in await until(first, "end") if isinstance(item, ChatMessage)]
        assert [(item.text, item.role) for item in heard] == [
            ("!bot off", "viewer"),
            ("first as a copy", "viewer"),
        ]
        assert await until(second, "end") == []


async def test_what_moderators_remove_is_told(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.send(
            "ann",
            f"@login=bob;target-msg-id=m1 :{HOST} CLEARMSG #ann :how much?",
            f"@ban-duration=1;target-user-id=9 :{HOST} CLEARCHAT #ann :bob",
            f"@room-id=7000 :{HOST} CLEARCHAT #ann",
            f"@login=bob :{HOST} CLEARMSG #ann :names no message",
            privmsg("end"),
        )
        assert await until(session, "end") == [
            Removed("twitch/ann", id="m1"),
            Removed("twitch/ann", author_id="9"),
            Removed("twitch/ann"),
        ]


async def test_a_message_that_comes_twice_is_heard_once(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.send("ann", privmsg("again"), privmsg("again"), privmsg("end", 2))
        assert texts(await until(session, "end")) == ["again"]


async def test_a_frame_that_is_no_text_is_passed_over(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.broadcast(b"\xff\x00" + privmsg("in bytes").encode())
        await twitch.broadcast("")
        await twitch.broadcast(privmsg("end", 2))
        assert await until(session, "end") == []


async def test_a_room_that_is_not_read_makes_the_connection_wait_and_loses_nothing(
    twitch: TwitchIrc,
) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        flood = [privmsg(f"n{number}", number) for number in range(3_000)]
        sending = asyncio.create_task(twitch.send("ann", *flood, privmsg("end", 3_000)))
        await sending
        assert texts(await until(session, "end")) == [f"n{number}" for number in range(3_000)]


async def test_what_was_heard_before_a_break_is_told_before_it(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.send("ann", privmsg("last words"), f":{HOST} RECONNECT")
        assert await until(session, "last words") == []
        with pytest.raises(Disconnected, match="reconnect"):
            await until(session, "never")


async def test_the_messages_end_where_the_room_is_left_on_purpose(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        reading = asyncio.ensure_future(until(session, "never"))
        await twitch.say("ann", "Ann", "hello")
    with pytest.raises(AssertionError, match="the messages ended"):
        await reading


async def test_a_ban_of_the_account_ends_the_room(twitch: TwitchIrc) -> None:
    own = twitch.user_id(LOGIN)
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.send(
            "ann", f"@ban-duration=5;target-user-id={own} :{HOST} CLEARCHAT #ann :{LOGIN}"
        )
        await twitch.send("ann", f"@target-user-id={own} :{HOST} CLEARCHAT #ann :{LOGIN}")
        with pytest.raises(AuthFailed, match="msg_banned"):
            await until(session, "never")


async def test_the_room_modes_are_kept_through_changes_of_one(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.set_modes("ann", slow=9)
        await twitch.set_modes("ann", subs_only=1)
        await twitch.say("ann", "Ann", "end")
        await until(session, "end")
        modes = session.modes
        assert (modes.slow, modes.followers, modes.subscribers, modes.emotes) == (
            9,
            -1,
            True,
            False,
        )
        assert modes.room_id == twitch.channel("ann").id


frames = st.text(st.sampled_from("@:; =\\#!\r\nAann\x00PRIVMSG好1-"), max_size=60)
commands = st.sampled_from(
    [
        "PRIVMSG",
        "CLEARMSG",
        "CLEARCHAT",
        "ROOMSTATE",
        "USERSTATE",
        "NOTICE",
        "JOIN",
        "CAP",
        "001",
        "PING",
    ]
)
odd = st.builds(
    "@{};slow={};tmi-sent-ts={} :x!y@z {} #ann{}".format, frames, frames, frames, commands, frames
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(frames | odd, max_size=5))
def test_no_frame_ends_the_connection(frames: list[str]) -> None:
    async def play() -> None:
        async with serving() as server:
            async with joined(room(server), kept(server)) as session:
                for frame in frames:
                    await server.broadcast(frame)
                await server.say("ann", "Ann", "the very end")
                await until(session, "the very end")

    asyncio.run(play())
