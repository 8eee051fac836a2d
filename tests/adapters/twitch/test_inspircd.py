"""Reading over IRC from a server that is not ours: InspIRCd, behind its WebSocket module.

It knows none of Twitch's capabilities: what must work is the transport, joining, and reading.
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from adapters.twitch.irc import joined
from adapters.twitch.irc_link import IrcTiming
from adapters.twitch.irc_room import Room
from adapters.twitch.settings import TwitchSettings
from bot.errors import Disconnected, Refused
from bot.model import ChatMessage, Reply
from tests.faults.waiting import until

BINARY = shutil.which("inspircd", path="/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(BINARY is None, reason="inspircd is not installed")
CONF = """
<server name="irc.test" description="test" network="test">
<admin name="a" nick="a" email="a@irc.test">
<bind address="127.0.0.1" port="{port}" type="clients" hook="websocket">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/inspircd.pid">
<module name="sha1"><module name="websocket"><module name="cap"><module name="ircv3">
<wsorigin allow="*"><websocket defaultmode="text" sendastext="yes">
<connect allow="*" pingfreq="{ping}" timeout="10" localmax="100" globalmax="100" threshold="1000"
 commandrate="100000" fakelag="no">
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def open_at(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def running(folder: Path, ping: int = 60) -> AsyncIterator[str]:
    """Run a server; give its address."""
    port = free_port()
    conf = folder / "inspircd.conf"
    conf.write_text(CONF.format(port=port, folder=folder, ping=ping), encoding="utf-8")
    assert BINARY
    server = await asyncio.create_subprocess_exec(
        BINARY, "--nofork", "--runasroot", "--config", str(conf),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            await until(lambda: open_at(port) or server.returncode is not None)
        assert server.returncode is None
        async with from_a_page(port) as url:
            yield url
    finally:
        with suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


@asynccontextmanager
async def from_a_page(port: int) -> AsyncIterator[str]:
    """Give an address whose requests reach ``port`` as a browser's: with an Origin.

    InspIRCd 3.15 lets no others in, and Twitch needs none.
    """

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", port)
        head = await reader.readuntil(b"\r\n")
        ahead.write(head + b"Origin: http://localhost\r\n")
        await asyncio.gather(pipe(reader, ahead), pipe(behind, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def viewer(url: str, nick: str = "bob") -> AsyncIterator[ClientConnection]:
    """Let somebody else join #ann by plain lines."""
    async with connect(url) as client:
        await client.send(f"NICK {nick}")
        await client.send(f"USER {nick} 0 * :{nick}")
        await told(client, " 001 ")
        await client.send("JOIN #ann")
        await told(client, " 366 ")
        yield client


async def told(client: ClientConnection, part: str) -> None:
    """Return once the server has told a line with ``part`` in it."""
    while part not in (line := str(await client.recv())):
        if line.startswith("PING"):
            await client.send(line.replace("PING", "PONG", 1))


def ann(url: str) -> TwitchSettings:
    return TwitchSettings(channel="ann", transport="irc", anonymous=True, irc=url)


async def heard(session: Room) -> ChatMessage:
    async with asyncio.timeout(20):
        async for item in session.messages():
            assert isinstance(item, ChatMessage)
            return item
    raise AssertionError("the messages ended")


async def test_the_lines_of_another_client_are_heard(tmp_path: Path) -> None:
    async with running(tmp_path) as url, joined(ann(url), None) as session, viewer(url) as bob:
        await bob.send("PRIVMSG #ann :多少钱 how much?")
        first = await heard(session)
        await bob.send("PRIVMSG #ann :\x01ACTION waves\x01")
        second = await heard(session)
        assert (first.text, first.author, first.author_id) == ("多少钱 how much?", "bob", "bob")
        assert (first.role, first.room, second.text) == ("viewer", "twitch/ann", "waves")
        assert first.id != second.id


async def test_a_post_there_is_refused_because_no_verdict_would_come(tmp_path: Path) -> None:
    async with running(tmp_path) as url, joined(ann(url), _Named()) as session:
        with pytest.raises(Refused, match="no_verdicts"):
            await session.post(Reply("re:1", "twitch/ann", "hi", "template", (), ("m1",)))


async def test_pings_of_either_side_are_answered(tmp_path: Path) -> None:
    """The server drops whoever is silent for two of its pings, and so do we."""
    timing = IrcTiming(silence=0.1, pong=5.0)
    async with running(tmp_path, ping=1) as url, joined(ann(url), None, timing) as session:
        async with viewer(url) as bob:
            for _ in range(3):  # by then it has dropped whoever does not answer
                await told(bob, "PING")
                await bob.send("PONG :irc.test")
            await bob.send("PRIVMSG #ann :still here?")
            assert (await heard(session)).text == "still here?"


async def test_a_server_that_dies_is_a_lost_connection(tmp_path: Path) -> None:
    async with running(tmp_path) as url:
        entering = joined(ann(url), None)
        session = await entering.__aenter__()
        reading = asyncio.ensure_future(heard(session))
    with pytest.raises(Disconnected, match="connection_lost"):
        await reading
    await entering.__aexit__(None, None, None)


class _Named:
    """A log-in: InspIRCd does not look at its token."""

    login = "danmate_bot"
    user_id = "77"

    async def token(self) -> str:
        return "any"

    async def renew(self, refused: str) -> str:
        raise AssertionError(refused)
