"""The connection of a Twitch account over IRC: logging in, joining, staying alive, hanging up."""

import asyncio
import gc
import io
import weakref
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from adapters.twitch import Twitch, irc
from adapters.twitch.irc import joined
from adapters.twitch.irc_link import IrcTiming
from adapters.twitch.irc_room import Room
from adapters.twitch.settings import TwitchSettings
from bot import telemetry
from bot.errors import AuthFailed, Disconnected
from bot.model import ChatMessage, Reply
from tests.faults.waiting import until
from tests.platforms.twitch_irc import LOGIN, Kept, kept, room
from tests.platforms.twitch_irc_server import HOST, LIMIT, TwitchIrc, serving


@pytest.fixture
async def twitch() -> AsyncIterator[TwitchIrc]:
    async with serving() as server:
        yield server


def reply(text: str) -> Reply:
    return Reply("re:1", "twitch/ann", text, "template", (), ("m1",))


async def first(session: Room) -> ChatMessage:
    async with asyncio.timeout(LIMIT):
        async for heard in session.messages():
            assert isinstance(heard, ChatMessage)
            return heard
    raise AssertionError("the messages ended")


def said(twitch: TwitchIrc, command: str) -> list[str]:
    return [line.params[0] for line in twitch.heard if line.command == command]


async def test_the_account_logs_in_with_its_token_and_asks_for_tags(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)):
        assert [line.command for line in twitch.heard] == ["CAP", "PASS", "NICK", "JOIN"]
        (client,) = twitch.clients
        assert (client.login, client.caps) == (LOGIN, {"tags", "commands"})


async def test_a_room_is_read_without_an_account(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), None) as session:
        (client,) = twitch.clients
        assert client.login.startswith("justinfan")
        await twitch.say("ann", "Ann", "hello")
        assert (await first(session)).text == "hello"


async def test_a_public_room_is_read_by_its_address_alone(twitch: TwitchIrc) -> None:
    adapter = Twitch(
        TwitchSettings.model_validate({**Twitch.watch("twitch.tv/Ann"), "irc": twitch.url})
    )
    assert not adapter.abilities.send
    async with adapter.connect() as session:
        await twitch.say("ann", "Bob", "hello")
        heard = await anext(aiter(session.messages()))
        assert isinstance(heard, ChatMessage)
        assert (heard.room, heard.text) == (adapter.room, "hello")


async def test_a_refused_token_is_renewed_once(twitch: TwitchIrc) -> None:
    login = Kept("old", "new")
    twitch.tokens["new"] = LOGIN
    async with joined(room(twitch), login):
        assert login.renewed == ["old"]


@pytest.mark.parametrize("tokens", [("old",), ("old", "older")])
async def test_a_log_in_that_stays_refused_ends_the_account(
    twitch: TwitchIrc, tokens: tuple[str, ...]
) -> None:
    login = Kept(*tokens)
    with pytest.raises(AuthFailed):
        async with joined(room(twitch), login):
            pass
    assert login.renewed == ["old"]
    assert len(said(twitch, "NICK")) == len(tokens)
    await twitch.until(lambda: not twitch.clients)


async def test_a_log_in_that_ends_while_connected_is_tried_anew(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.broadcast(f":{HOST} NOTICE * :Login authentication failed")
        with pytest.raises(Disconnected, match="login_ended"):
            await first(session)


async def test_no_log_shows_the_token_even_at_debug(twitch: TwitchIrc) -> None:
    told = io.StringIO()
    telemetry.configure("debug", "json", told)
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.broadcast(b"no text")
        await twitch.say("ann", "Ann", "hello")
        await first(session)
    assert "frame_unreadable" in told.getvalue()
    assert f"token-of-{LOGIN}" not in told.getvalue()


async def test_where_nobody_listens_it_is_disconnected(twitch: TwitchIrc) -> None:
    async with serving() as other:
        settings = room(other)
    with pytest.raises(Disconnected, match="cannot_connect"):
        async with joined(settings, kept(twitch)):
            pass


async def test_a_server_that_does_not_answer_the_log_in_is_given_up(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    login.login = ""  # a NICK without a name is not answered
    with pytest.raises(Disconnected, match="login_unanswered"):
        async with joined(room(twitch), login, IrcTiming(login=0.2)):
            pass
    await twitch.until(lambda: not twitch.clients)


async def test_all_rooms_of_an_account_share_one_connection(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    async with joined(room(twitch), login) as ann, joined(room(twitch, "bob"), login) as bob:
        assert len(twitch.clients) == 1
        await twitch.say("bob", "Ann", "in Bob's room")
        await twitch.say("ann", "Ann", "in Ann's room")
        heard = await first(ann), await first(bob)
        assert [(item.room, item.text) for item in heard] == [
            ("twitch/ann", "in Ann's room"),
            ("twitch/bob", "in Bob's room"),
        ]
        async with joined(room(twitch), None):
            assert len(twitch.clients) == 2  # nobody's account is another one


async def test_a_room_is_left_alone_and_the_last_one_hangs_up(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    async with joined(room(twitch), login) as ann:
        async with joined(room(twitch, "bob"), login):
            pass
        await twitch.until(lambda: said(twitch, "PART") == ["#bob"])
        async with joined(room(twitch, "bob"), login) as bob:
            await twitch.say("bob", "Ann", "back again")
            assert (await first(bob)).text == "back again"
        await ann.post(reply("still here"))
    await twitch.until(lambda: not twitch.clients)
    with pytest.raises(Disconnected):
        await ann.post(reply("not any more"))


async def test_a_room_that_is_joined_twice_has_a_connection_of_its_own(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    async with joined(room(twitch), login) as one, joined(room(twitch), login) as two:
        assert len(twitch.clients) == 2
        await twitch.say("ann", "Ann", "to both")
        assert [(await first(session)).text for session in (one, two)] == ["to both"] * 2


@asynccontextmanager
async def rooms(twitch: TwitchIrc, names: Iterable[str], timing: IrcTiming) -> AsyncIterator[None]:
    """Ask for all the rooms at once; leave them at the end."""
    login, done = kept(twitch), asyncio.Event()

    async def stay(name: str) -> None:
        async with joined(room(twitch, name), login, timing):
            await done.wait()

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(stay(name))
        yield
        done.set()


@asynccontextmanager
async def quick() -> AsyncIterator[TwitchIrc]:
    """Serve by a clock whose 10 s are 0.2 s."""
    loop = asyncio.get_running_loop()
    async with serving(lambda: loop.time() * 50) as server:
        yield server


async def test_a_flood_of_40_joins_is_paced_so_that_each_is_answered() -> None:
    async with quick() as twitch:
        names = [f"room{number}" for number in range(40)]
        async with rooms(twitch, names, IrcTiming(span=0.5)):
            await twitch.until(lambda: len(twitch.joined) == 40)
            assert len(twitch.clients) == 1
        assert twitch.ignored == []
        await twitch.until(lambda: not twitch.clients)


async def test_what_was_joined_counts_on_when_the_connection_is_made_anew() -> None:
    async with quick() as twitch:
        names = [f"room{number}" for number in range(20)]
        for times in (1, 2):
            async with rooms(twitch, names, IrcTiming(span=0.5)):
                await twitch.until(lambda: len(twitch.joined) == 20 * times)  # noqa: B023
            await twitch.until(lambda: not twitch.clients)
        assert twitch.ignored == []


async def test_the_server_ignores_joins_that_come_too_fast(twitch: TwitchIrc) -> None:
    """What the pace is for: without it the 21st is not answered."""
    login, timing, done = kept(twitch), IrcTiming(joins=100, join=0.5), asyncio.Event()

    async def stay(number: int) -> str:
        try:
            async with joined(room(twitch, f"room{number}"), login, timing):
                await done.wait()
        except Disconnected as error:
            done.set()
            return str(error)
        return ""

    found = await asyncio.gather(*(stay(number) for number in range(21)))
    assert len(twitch.ignored) == 1
    assert "join_unanswered" in found


async def test_a_room_that_is_suspended_is_none_to_join(twitch: TwitchIrc) -> None:
    twitch.suspended.add("bob")
    login = kept(twitch)
    async with joined(room(twitch), login) as ann:
        with pytest.raises(AuthFailed, match="msg_channel_suspended"):
            async with joined(room(twitch, "bob"), login):
                pass
        await ann.post(reply("still here"))


async def test_a_room_that_is_not_let_in_is_tried_again(twitch: TwitchIrc) -> None:
    twitch.deaf = True
    with pytest.raises(Disconnected, match="join_unanswered"):
        async with joined(room(twitch), kept(twitch), IrcTiming(join=0.1)):
            pass


async def test_a_room_that_the_account_is_taken_out_of_is_disconnected(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)) as session:
        await twitch.send("ann", f":{LOGIN}!{LOGIN}@{LOGIN}.{HOST} PART #ann")
        with pytest.raises(Disconnected, match="parted"):
            await first(session)


async def test_a_ping_is_answered(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch)):
        await twitch.broadcast(f"PING :{HOST}")
        await twitch.until(lambda: said(twitch, "PONG") == [HOST])


async def test_a_silent_server_is_asked_whether_it_is_there(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch), IrcTiming(silence=0.05)) as session:
        await twitch.until(lambda: len(said(twitch, "PING")) >= 3)
        await session.post(reply("still here"))


async def test_a_missing_pong_is_a_lost_connection(twitch: TwitchIrc) -> None:
    async with joined(room(twitch), kept(twitch), IrcTiming(silence=0.05, pong=0.5)) as session:
        twitch.deaf = True
        with pytest.raises(Disconnected, match="no_pong"):
            await first(session)


async def test_the_server_may_ask_for_a_reconnect(twitch: TwitchIrc) -> None:
    login = kept(twitch)
    async with joined(room(twitch), login) as ann, joined(room(twitch, "bob"), login) as bob:
        await twitch.broadcast(f":{HOST} RECONNECT\r\n")
        for session in (ann, bob):
            with pytest.raises(Disconnected, match="reconnect"):
                await first(session)
        async with joined(room(twitch, "eve"), login) as eve:  # while the others still leave
            await eve.post(reply("on a new connection"))
    await twitch.until(lambda: not twitch.clients)


async def test_nothing_is_left_when_all_rooms_are(twitch: TwitchIrc) -> None:
    tasks = asyncio.all_tasks()
    timing = IrcTiming(span=0.01)
    async with joined(room(twitch), kept(twitch), timing):
        hub = weakref.ref(irc._HUBS[asyncio.get_running_loop(), twitch.url, LOGIN])
    await twitch.until(lambda: not twitch.clients)
    assert not {task for task in asyncio.all_tasks() - tasks if "adapters" in str(task.get_coro())}
    await until(lambda: not (gc.collect() and hub()))


async def test_a_join_that_is_cancelled_leaves_nothing_open(twitch: TwitchIrc) -> None:
    async def enter() -> None:
        async with joined(room(twitch), kept(twitch)):
            pass

    twitch.deaf = True
    joining = asyncio.create_task(enter())
    await twitch.until(lambda: bool(said(twitch, "JOIN")))
    joining.cancel()
    await asyncio.wait({joining})
    await twitch.until(lambda: not twitch.clients)
