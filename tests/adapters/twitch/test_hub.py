"""The rooms of one account: one connection, what it listens to, and how fast rooms are joined."""

import asyncio
import gc
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest

from adapters.twitch.hub import _HUBS
from adapters.twitch.line import ESSENTIAL, EXTRA, SUBSCRIPTIONS
from adapters.twitch.timing import Pace, Timing
from bot.errors import AuthFailed, Disconnected, PlatformError
from bot.model import ChatMessage
from bot.ports import Session
from tests.platforms.twitch_api import BOT, HOST, QUICK, Memory, TwitchServer
from tests.platforms.twitch_api_auth import User
from tests.platforms.twitch_api_http import Response

VIEWER = User("7", "bob", "Bob")
CORA = User("1001", "cora", "Cora")


@pytest.fixture
def server(server: TwitchServer) -> TwitchServer:
    server.chat.room(CORA)
    return server


async def first(session: Session) -> str:
    async with asyncio.timeout(10):
        async for heard in session.messages():
            if isinstance(heard, ChatMessage):
                return f"{heard.room}: {heard.text}"
    raise AssertionError("the messages ended")


def listened(server: TwitchServer) -> int:
    return sum(len(session.subscriptions) for session in server.events.sessions.values())


async def test_rooms_of_an_account_share_one_connection(
    server: TwitchServer, vault: Memory
) -> None:
    async with server.twitch(vault).connect() as ann:
        async with server.twitch(vault, channel="cora").connect() as cora:  # joins later
            assert server.events.opened == 1
            assert server.auth.validations == 1
            for room in server.chat.rooms.values():
                await server.chat.say(room, VIEWER, f"to {room.owner.login}")
            assert [await first(ann), await first(cora)] == [
                "twitch/ann: to ann",
                "twitch/cora: to cora",
            ]
            assert listened(server) == 2 * len(ESSENTIAL + EXTRA)
        assert listened(server) == len(ESSENTIAL + EXTRA)  # who leaves listens no more
        await server.chat.say(server.chat.rooms[HOST.id], VIEWER, "still here")
        assert await first(ann) == "twitch/ann: still here"
    await server.left()
    assert server.events.closed == [(1000, "")]


async def test_the_first_room_may_leave_before_the_others(
    server: TwitchServer, vault: Memory
) -> None:
    async with AsyncExitStack() as later:
        async with server.twitch(vault).connect():
            cora = await later.enter_async_context(server.twitch(vault, channel="cora").connect())
        await server.chat.say(server.chat.rooms[CORA.id], VIEWER, "hello")
        assert await first(cora) == "twitch/cora: hello"
    await server.left()


async def test_rooms_that_come_at_once_open_one_connection(
    server: TwitchServer, vault: Memory
) -> None:
    async def visit(channel: str) -> None:
        async with server.twitch(vault, channel=channel).connect():
            arrived.append(channel)
            while len(arrived) < 2:
                await server.events.step()

    arrived: list[str] = []
    await asyncio.gather(visit("ann"), visit("cora"))
    assert server.events.opened == 1


async def test_a_lost_connection_ends_all_rooms_and_they_share_the_next(
    server: TwitchServer, vault: Memory
) -> None:
    rooms = [server.twitch(vault, channel=channel) for channel in ("ann", "cora")]
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(room.connect()) for room in rooms]
        server.events.break_off()
        for session in sessions:
            with pytest.raises(Disconnected):
                await first(session)
        again = [await stack.enter_async_context(room.connect()) for room in rooms]
        assert server.events.opened == 2
        for room in server.chat.rooms.values():
            await server.chat.say(room, VIEWER, "again")
        assert [await first(session) for session in again] == [
            "twitch/ann: again",
            "twitch/cora: again",
        ]


async def test_one_failed_try_answers_all_who_wait(server: TwitchServer, vault: Memory) -> None:
    rooms = [server.twitch(vault, channel=channel) for channel in ("ann", "cora", "ann", "cora")]

    async def visit(number: int) -> None:
        async with rooms[number].connect():
            pass

    server.auth.unwell = True
    found = await asyncio.gather(*map(visit, range(4)), return_exceptions=True)
    assert [type(each) for each in found] == [Disconnected] * 4
    assert server.auth.turned_away == 1
    server.auth.unwell = False
    async with rooms[0].connect():  # and the next try is a new one
        pass


async def test_another_account_has_a_connection_of_its_own(
    server: TwitchServer, vault: Memory
) -> None:
    await server.kept(vault, HOST, "own")
    async with server.twitch(vault).connect():
        async with server.twitch(vault, account="own").connect():
            assert server.events.opened == 2


async def test_nothing_is_kept_of_an_account_that_has_left(
    server: TwitchServer, vault: Memory
) -> None:
    def kept() -> int:
        return sum(server.events.url in key for key in _HUBS)

    async with server.twitch(vault).connect():
        assert kept() == 1
    gc.collect()
    assert kept() == 0


async def test_the_same_room_twice_in_one_process_is_refused(
    server: TwitchServer, vault: Memory
) -> None:
    async with server.twitch(vault).connect() as session:
        with pytest.raises(Disconnected, match="room_taken"):
            async with server.twitch(vault).connect():
                pass
        await server.chat.say(server.chat.rooms[HOST.id], VIEWER, "hello")
        assert await first(session) == "twitch/ann: hello"


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Response(400, {"message": "no session"}), Disconnected, "no session"),
        (Response(403, {"message": "missing proper authorization"}), AuthFailed, "missing proper"),
        (Response(429, {"message": "too many"}), Disconnected, "too many"),
        (Response(500), Disconnected, "500"),
    ],
)
async def test_a_refused_subscription_ends_the_join_and_leaves_nothing(
    server: TwitchServer,
    vault: Memory,
    answer: Response,
    kind: type[PlatformError],
    said: str,
) -> None:
    server.chat.before.append(answer)
    with pytest.raises(kind, match=said):
        async with server.twitch(vault).connect():
            pass
    await server.left()
    async with server.twitch(vault).connect():
        assert listened(server) == len(ESSENTIAL + EXTRA)


async def test_a_subscription_that_stands_already_is_well(
    server: TwitchServer, vault: Memory
) -> None:
    server.chat.before.append(Response(409, {"message": "subscription already exists"}))
    async with server.twitch(vault).connect():
        assert listened(server) == len(ESSENTIAL + EXTRA) - 1


async def test_a_room_is_heard_without_what_is_only_good_to_have(
    server: TwitchServer, vault: Memory
) -> None:
    made = Response(202, {"data": [{"id": "s1"}]})
    server.chat.before.extend([made] * len(ESSENTIAL))
    server.chat.before.append(Response(403, {"message": "not for you"}))
    async with server.twitch(vault).connect():
        assert listened(server) == len(EXTRA) - 1


async def test_a_channel_that_is_not_there_is_said(server: TwitchServer, vault: Memory) -> None:
    with pytest.raises(AuthFailed, match="no_such_channel: nobody"):
        async with server.twitch(vault, channel="nobody").connect():
            pass
    await server.left()


async def test_a_log_in_without_the_scopes_is_said(server: TwitchServer) -> None:
    token = server.auth.grant(BOT, ["user:read:chat", "chat:read"]).access
    with pytest.raises(AuthFailed, match="scopes_missing: user:write:chat"):
        async with server.twitch(Memory(), token=token).connect():
            pass


async def test_a_full_connection_says_so_and_takes_others_when_one_leaves(
    server: TwitchServer, vault: Memory
) -> None:
    def place(number: int) -> AbstractAsyncContextManager[Session]:
        server.chat.room(User(f"5{number:04}", f"room{number}", f"Room{number}"))
        return server.twitch(vault, channel=f"room{number}").connect()

    async with AsyncExitStack() as stack:
        sessions: list[Session] = []
        while listened(server) + 2 * len(ESSENTIAL) <= SUBSCRIPTIONS:
            sessions.append(await stack.enter_async_context(place(len(sessions))))
        assert len(sessions) > 50  # the later ones without what is only good to have
        async with place(98):
            with pytest.raises(AuthFailed, match=f"too_many_rooms: {len(sessions) + 1}"):
                async with place(99):
                    pass
        async with server.twitch(vault).connect():
            await server.chat.say(server.chat.rooms["50000"], VIEWER, "hello")
            assert await first(sessions[0]) == "twitch/room0: hello"


async def test_joining_is_paced_by_account(server: TwitchServer, vault: Memory) -> None:
    await server.kept(vault, HOST, "own")
    slow = Timing(close=QUICK.close, joins=1, joins_in=600.0)
    async with server.twitch(vault, timing=slow).connect():
        late = server.twitch(vault, timing=slow, channel="cora").connect()
        joining = asyncio.ensure_future(late.__aenter__())
        async with server.twitch(vault, timing=slow, account="own", channel="cora").connect():
            assert not joining.done()  # though it began before this one
        joined = [call for call in server.chat.calls if call == "GET users"]
        assert len(joined) == 2
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)


async def test_a_turn_is_given_to_as_many_as_may_and_to_the_next_in_time() -> None:
    pace = Pace(2, 0.05)
    order: list[int] = []

    async def take(number: int) -> None:
        await pace.turn()
        order.append(number)

    turns = [asyncio.ensure_future(take(number)) for number in range(5)]
    await asyncio.gather(turns[0], turns[1])
    assert order == [0, 1]
    await asyncio.gather(*turns)
    assert order == [0, 1, 2, 3, 4]
