"""One EventSub connection: its moves, its ends, and what it lets through."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from adapters.twitch.eventsub import Stream
from adapters.twitch.session import INBOX, TwitchSession
from adapters.twitch.timing import Seen, Timing
from bot.errors import AuthFailed, Disconnected, PlatformError
from bot.model import ChatMessage, Heard, Removed
from bot.ports import Session
from tests.platforms.twitch_api import BOT, HOST, QUICK, Memory, TwitchServer
from tests.platforms.twitch_api_auth import User

VIEWER = User("7", "bob", "Bob")
LINE = "channel.chat.message"
LIMIT = 10.0


async def say(server: TwitchServer, text: str, **more: object) -> str:
    return await server.chat.say(server.chat.rooms[HOST.id], VIEWER, text, (), **more)


def event(text: str, message_id: str = "m1", **more: object) -> dict[str, object]:
    return {
        "broadcaster_user_id": HOST.id,
        "chatter_user_id": VIEWER.id,
        "chatter_user_name": VIEWER.name,
        "message_id": message_id,
        "message": {"text": text},
        **more,
    }


async def heard(session: Session, count: int) -> list[Heard]:
    found: list[Heard] = []
    async with asyncio.timeout(LIMIT):
        async for each in session.messages():
            found.append(each)
            if len(found) == count:
                return found
    raise AssertionError("the messages ended")


async def texts(session: Session, count: int) -> list[str]:
    return [each.text for each in await heard(session, count) if isinstance(each, ChatMessage)]


async def moved(server: TwitchServer) -> None:
    [own] = server.events.sessions.values()
    old = own.sockets[-1]
    await server.events.move(own)
    await until(server, lambda: old not in own.sockets)


async def closed(socket: ClientConnection) -> int | None:
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code


async def until(server: TwitchServer, so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not so():
            await server.events.step()


async def test_a_move_loses_nothing_and_doubles_nothing(
    server: TwitchServer, session: Session
) -> None:
    events = server.events
    events.welcoming.clear()
    [own] = events.sessions.values()
    [old] = own.sockets
    calls = len(server.chat.calls)
    await say(server, "before")
    await events.move(own)
    await until(server, lambda: events.opened == 2)
    for number in range(50):  # nobody reads them yet: they are on their way when the move is done
        await say(server, f"meanwhile {number}")
    twice = await events.publish(LINE, HOST.id, event("on both", "m9"))
    events.last_words = event("the old one's last", "m10")
    events.welcoming.set()
    await until(server, lambda: old not in own.sockets)
    await events.publish(LINE, HOST.id, event("on both", "m9"), message_id=twice)
    await say(server, "after")
    wanted = [
        "before",
        *(f"meanwhile {number}" for number in range(50)),
        "on both",
        "the old one's last",
        "after",
    ]
    assert await texts(session, len(wanted)) == wanted
    assert events.urls[1] == f"/moved?id={own.id}"
    assert len(server.chat.calls) == calls  # what was subscribed to came along
    assert events.closed == [(1000, "")]


async def test_one_move_follows_another(server: TwitchServer, session: Session) -> None:
    for number in range(3):
        await moved(server)
        await say(server, f"at server {number}")
    assert await texts(session, 3) == [f"at server {number}" for number in range(3)]
    assert server.events.opened == 4


async def test_a_room_joins_on_the_new_server(
    server: TwitchServer, session: Session, vault: Memory
) -> None:
    await moved(server)
    other = User("1001", "cora", "Cora")
    room = server.chat.room(other)
    async with server.twitch(vault, channel="cora").connect() as there:
        await server.chat.say(room, VIEWER, "hello")
        assert await texts(there, 1) == ["hello"]
    assert server.events.opened == 2


async def test_a_move_that_fails_leaves_the_old_server_until_it_ends(
    server: TwitchServer, session: Session
) -> None:
    [own] = server.events.sessions.values()
    await server.events.move(own, "ws://127.0.0.1:1/nobody")
    await server.events.move(own, "no address")
    await say(server, "still here")
    assert await texts(session, 1) == ["still here"]
    await server.events.close(4004, "reconnect grace time expired")
    with pytest.raises(Disconnected, match="4004"):
        await heard(session, 1)


async def test_silence_is_a_lost_connection(server: TwitchServer, vault: Memory) -> None:
    server.events.keepalive, server.events.muted = 0.1, True
    async with server.twitch(vault).connect() as session:
        with pytest.raises(Disconnected, match="keepalive_timeout"):
            await heard(session, 1)


async def test_signs_of_life_keep_a_silent_room(server: TwitchServer, vault: Memory) -> None:
    server.events.keepalive = 0.2
    async with server.twitch(vault).connect() as session:
        await until(server, lambda: server.events.keepalives > 6)
        await say(server, "hello")
        assert await texts(session, 1) == ["hello"]


@pytest.mark.parametrize("code", [1000, 1011, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007])
async def test_whatever_closes_the_connection_it_is_made_again(
    server: TwitchServer, session: Session, code: int
) -> None:
    await say(server, "the last word")
    await server.events.close(code)
    assert await texts(session, 1) == ["the last word"]
    with pytest.raises(Disconnected, match=str(code)):
        await heard(session, 1)


async def test_a_client_that_sends_is_closed_and_ours_never_does(
    server: TwitchServer, session: Session, vault: Memory
) -> None:
    async with connect(server.events.url, ping_interval=None) as rude:
        await rude.send("hello")
        assert await closed(rude) == 4001
    server.events.inbound = 0
    async with connect(server.events.url, ping_interval=None) as rude:
        await rude.ping()
        assert await closed(rude) == 4001
    assert server.events.inbound == 1
    await until(server, lambda: server.events.pongs > 2)  # of ours: the rude ones are gone
    await say(server, "still here")
    assert await texts(session, 1) == ["still here"]
    assert server.events.inbound == 1


async def test_no_ping_of_ours_is_ever_due(server: TwitchServer) -> None:
    async with Stream(server.events.url, 30, QUICK).opened() as stream:
        assert [socket.ping_interval for socket in stream._sockets] == [None]


async def test_the_server_is_asked_for_the_keepalive_of_the_settings(
    server: TwitchServer, vault: Memory
) -> None:
    async with server.twitch(vault, keepalive=45).connect():
        assert server.events.urls == ["/ws?keepalive_timeout_seconds=45"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("authorization_revoked", AuthFailed),
        ("user_removed", AuthFailed),
        ("version_removed", AuthFailed),
        ("chat_user_banned", AuthFailed),
        ("something_new", AuthFailed),
        ("websocket_network_error", Disconnected),
    ],
)
async def test_a_revoked_subscription_ends_the_room_and_is_told(
    server: TwitchServer, session: Session, status: str, kind: type[PlatformError]
) -> None:
    await say(server, "the last word")
    await server.events.revoke(LINE, HOST.id, status)
    assert await texts(session, 1) == ["the last word"]
    with pytest.raises(kind, match=status):
        await heard(session, 1)


async def test_a_revoked_extra_leaves_the_room(server: TwitchServer, session: Session) -> None:
    await server.events.revoke("channel.chat_settings.update", HOST.id, "version_removed")
    await say(server, "hello")
    assert await texts(session, 1) == ["hello"]


async def test_what_is_sent_twice_is_heard_once(server: TwitchServer, session: Session) -> None:
    events = server.events
    first = await events.publish(LINE, HOST.id, event("one", "m1"))
    await events.publish(LINE, HOST.id, event("one", "m1"), message_id=first)
    await events.publish(LINE, HOST.id, event("one", "m1"))  # another frame, the same line
    gone = {"message_id": "m1"}
    deleted = await events.publish("channel.chat.message_delete", HOST.id, gone)
    await events.publish("channel.chat.message_delete", HOST.id, gone, message_id=deleted)
    await events.publish(LINE, HOST.id, event("two", "m2"))
    one, removed, two = await heard(session, 3)
    assert isinstance(one, ChatMessage)
    assert isinstance(two, ChatMessage)
    assert (one.text, removed, two.text) == ("one", Removed("twitch/ann", id="m1"), "two")


async def test_what_is_older_than_ten_minutes_is_not_heard_even_where_our_clock_is_wrong(
    server: TwitchServer, session: Session
) -> None:
    await server.events.publish(LINE, HOST.id, event("too old", "m1"), age=605)
    await server.events.publish(LINE, HOST.id, event("old", "m2"), age=590)
    assert await texts(session, 1) == ["old"]


async def test_what_is_no_frame_is_passed_over(server: TwitchServer, session: Session) -> None:
    for data in ("", "[]", b"\xff\x00", '{"metadata":{}}', "[" * 50_000):
        await server.events.raw(data)
    await server.events.publish(LINE, HOST.id, {"message_id": 5})
    await say(server, "hello")
    assert await texts(session, 1) == ["hello"]


async def test_what_was_deleted_is_told_so_that_nothing_answers_it(
    server: TwitchServer, session: Session
) -> None:
    asked = await say(server, "how much?")
    target = {"target_user_id": VIEWER.id}
    for kind, more in (
        ("channel.chat.message_delete", {**target, "message_id": asked}),
        ("channel.chat.clear_user_messages", target),
        ("channel.chat.clear", {}),
    ):
        await server.events.publish(kind, HOST.id, {"broadcaster_user_id": HOST.id, **more})
    assert (await heard(session, 4))[1:] == [
        Removed("twitch/ann", id=asked),
        Removed("twitch/ann", author_id=VIEWER.id),
        Removed("twitch/ann"),
    ]


async def test_a_reply_is_heard_without_the_name_and_with_what_it_replies_to(
    server: TwitchServer, session: Session
) -> None:
    parent = {"parent_message_id": "m0", "parent_user_name": "Ann", "parent_user_login": "ann"}
    await say(server, "@Ann how much?", reply=parent)
    [said] = await heard(session, 1)
    assert isinstance(said, ChatMessage)
    assert (said.text, said.reply_to) == ("how much?", "m0")


async def test_the_copy_of_a_line_of_another_room_is_not_heard(
    server: TwitchServer, session: Session
) -> None:
    await say(server, "foreign", source_broadcaster_user_id="555", source_message_id="s1")
    await say(server, "own", source_broadcaster_user_id=HOST.id, source_message_id="s2")
    assert await texts(session, 1) == ["own"]


async def test_with_shared_chat_copies_are_heard_once_and_never_with_power(
    server: TwitchServer, vault: Memory
) -> None:
    other = User("1001", "cora", "Cora")
    rooms = [server.chat.rooms[HOST.id], server.chat.room(other)]
    ours = [
        server.twitch(vault, channel=channel, shared_chat=True) for channel in (HOST.login, "cora")
    ]
    async with ours[0].connect() as ann, ours[1].connect() as cora:
        source = {"source_broadcaster_user_id": "555", "source_message_id": "s1"}
        for room in rooms:  # from a room that we are not in: it comes to both
            await server.chat.say(room, VIEWER, "foreign", ["moderator"], **source)
        source = {"source_broadcaster_user_id": other.id, "source_message_id": "s2"}
        await server.chat.say(rooms[0], VIEWER, "from cora", ["moderator"], **source)
        await server.chat.say(rooms[1], VIEWER, "from cora", ["moderator"], message_id="s2")
        echo = {"source_broadcaster_user_id": other.id, "source_message_id": "s3"}
        await server.chat.say(rooms[0], BOT, "our own, elsewhere", **echo)
        for room in rooms:
            await server.chat.say(room, VIEWER, "last")
        found = [
            [
                (each.text, each.role)
                for each in await heard(session, 2)
                if isinstance(each, ChatMessage)
            ]
            for session in (ann, cora)
        ]
    assert found == [
        [("foreign", "viewer"), ("last", "viewer")],
        [("from cora", "moderator"), ("last", "viewer")],
    ]


async def test_a_line_that_automod_holds_and_a_stream_that_ends_are_told(
    server: TwitchServer, session: Session
) -> None:
    with capture_logs() as told:
        held = {"message_id": "m5", "user_id": BOT.id, "message": {"text": "kept quiet"}}
        await server.events.publish("channel.chat.user_message_hold", HOST.id, held)
        denied = {**held, "status": "denied"}
        await server.events.publish("channel.chat.user_message_update", HOST.id, denied)
        await say(server, "hello")
        assert await texts(session, 1) == ["hello"]
    said = [(each["event"], each["status"]) for each in told if "status" in each]
    assert said == [("post_moderated", "held"), ("post_moderated", "denied")]
    assert "kept quiet" not in json.dumps(told)


async def test_a_burst_waits_in_the_sockets_and_not_in_memory(
    server: TwitchServer, session: Session
) -> None:
    count = INBOX + 500
    await full(server, session, count)
    assert await texts(session, count) == [str(number) for number in range(count)]


async def test_a_full_room_that_is_left_keeps_up_no_other(
    server: TwitchServer, vault: Memory
) -> None:
    room = server.chat.room(User("1001", "cora", "Cora"))
    async with server.twitch(vault, channel="cora").connect() as cora:
        async with server.twitch(vault).connect() as session:
            await full(server, session, INBOX + 100)
            await server.chat.say(room, VIEWER, "hello")
        assert await texts(cora, 1) == ["hello"]


async def full(server: TwitchServer, session: Session, count: int) -> None:
    """Say so much that the inbox is full, and see that it is no more than that."""
    assert isinstance(session, TwitchSession)
    inbox = session._inbox
    for number in range(count):
        await say(server, str(number))
    await until(server, lambda: inbox.qsize() >= INBOX)
    for _ in range(20):
        await server.events.step()
    assert inbox.qsize() == INBOX


async def test_a_room_may_be_left_while_its_inbox_is_full(
    server: TwitchServer, vault: Memory
) -> None:
    async with server.twitch(vault).connect() as session:
        await full(server, session, INBOX + 100)
    await server.left()


async def test_a_log_in_that_dies_between_two_posts_ends_the_room(
    server: TwitchServer, vault: Memory
) -> None:
    often = Timing(close=QUICK.close, mind=0.01, validate=0.0, joins=1000)
    async with server.twitch(vault, timing=often).connect() as session:
        vault.records["twitch"]["refresh_token"] = "spent"
        server.auth.expire(vault.records["twitch"]["access_token"])
        with pytest.raises(AuthFailed, match="login_expired"):
            await heard(session, 1)


async def test_a_server_that_never_says_welcome_is_tried_again(
    server: TwitchServer, vault: Memory
) -> None:
    server.events.welcoming.clear()
    with pytest.raises(Disconnected, match="no welcome"):
        async with server.twitch(vault, timing=Timing(welcome=0.05, close=0.1)).connect():
            pass
    server.events.welcoming.set()


async def test_an_address_where_nobody_is_is_tried_again(
    server: TwitchServer, vault: Memory
) -> None:
    for eventsub in ("ws://127.0.0.1:1/ws", "http://127.0.0.1:1", "nowhere"):
        with pytest.raises(Disconnected, match="eventsub_unreachable"):
            async with server.twitch(vault, eventsub=eventsub).connect():
                pass


def test_what_was_seen_is_forgotten_in_time_and_bounded() -> None:
    seen = Seen(seconds=600.0, limit=100)
    assert [seen("a", 0.0), seen("a", 599.0), seen("a", 601.0)] == [False, True, False]
    for number in range(1_000):
        seen(str(number), 700.0)
    assert len(seen) <= 101
    assert seen("999", 700.0)
