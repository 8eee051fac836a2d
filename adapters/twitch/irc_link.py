"""One IRC connection of an account: logged in, kept alive, its lines handed to the rooms."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from adapters.twitch.notices import login_failed
from adapters.twitch.timing import Seen
from adapters.wire.irc import IrcLine, build, parse, source
from adapters.wire.twitch_irc import Modes, channel, lines, notice
from bot.errors import AuthFailed, BadFrame, Disconnected, PlatformError

log = structlog.get_logger()
WIRE = logging.getLogger("danmate.twitch_irc")
WIRE.setLevel(logging.INFO)  # at DEBUG websockets would tell every frame, and one holds the token
CAPS = ("twitch.tv/tags", "twitch.tv/commands")
VERDICTS = "twitch.tv/commands"
TOKEN = "danmate"  # noqa: S105 - the word that comes back in a PONG
FRAME = 1_048_576  # bytes


@dataclass(frozen=True, slots=True)
class IrcTiming:
    """How long is waited, in seconds, and how many rooms are joined in any ``span``.

    Twitch lets an account join 20 rooms, and log in 20 times, in 10 s (dev.twitch.tv/docs/chat):
    the span has a margin for lines that are not equally long on their way. ``nonce``: whether
    posts carry a client-nonce, by which a verdict that repeats it is told from others.
    """

    login: float = 10.0
    join: float = 10.0
    silence: float = 60.0
    pong: float = 10.0
    close: float = 2.0
    joins: int = 20
    span: float = 10.5
    nonce: bool = True


class Listener(Protocol):
    """A room on the connection."""

    @property
    def modes(self) -> Modes:
        """Who may speak there, and which room it is."""

    async def hear(self, line: IrcLine) -> None:
        """Take a line about the room; raises BadFrame."""

    def fail(self, kind: type[PlatformError], reason: str) -> None:
        """Take note that nothing more comes."""


class Link:
    """The connection. ``verdicts`` tells whether the server says what became of a post."""

    def __init__(self, socket: ClientConnection, nick: str, timing: IrcTiming) -> None:
        self.nick = nick
        self.user_id = ""
        self.verdicts = False
        self.broken = False
        self.timing = timing
        self.rooms: dict[str, Listener] = {}
        self.seen = Seen()
        self._socket = socket
        self._why: tuple[type[PlatformError], str] = (Disconnected, "closed")
        self._welcome = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def log_in(self, password: str) -> None:
        """Return once the server has let us in; raises AuthFailed or Disconnected."""
        try:
            async with asyncio.timeout(self.timing.login):
                with suppress(Disconnected):  # why it hangs up stands in what it has sent
                    for line in (f"CAP REQ :{' '.join(CAPS)}", f"PASS {password}"):
                        await self.send(line)
                    await self.send(f"NICK {self.nick}")
                await self._welcome.wait()
        except TimeoutError as error:
            raise Disconnected("login_unanswered") from error
        if self.broken:
            kind, reason = self._why
            raise kind(reason)

    async def send(self, line: str) -> None:
        """Send one line in a frame of its own; raises Disconnected."""
        try:
            async with asyncio.timeout(self.timing.pong):
                await self._socket.send(f"{line}\r\n")
        except (ConnectionClosed, TimeoutError) as error:
            raise Disconnected("connection_lost") from error

    async def close(self) -> None:
        """Hang up; whoever waits for the connection meets Disconnected."""
        try:
            await self._socket.close()  # read on: what is under way stands before the server's bye
        finally:
            self._reading.cancel()
        await asyncio.wait({self._reading})
        if not self._reading.cancelled() and (fault := self._reading.exception()):
            raise fault

    async def _read(self) -> None:
        try:
            while True:
                frame = await self._frame()
                if isinstance(frame, bytes):
                    log.warning("frame_unreadable", platform="twitch", error="expected text")
                    continue
                for line in lines(frame):
                    await self._take(line)
        except (AuthFailed, Disconnected) as error:
            self._why = type(error), str(error)
        finally:
            self.broken = True
            self._welcome.set()
            for room in self.rooms.values():
                room.fail(*self._why)

    async def _frame(self) -> str | bytes:
        """Return the next frame; after a silence, ask whether the server is there."""
        try:
            try:
                async with asyncio.timeout(self.timing.silence):
                    return await self._socket.recv()
            except TimeoutError:
                await self.send(f"PING :{TOKEN}")
            async with asyncio.timeout(self.timing.pong):
                return await self._socket.recv()
        except TimeoutError as error:
            raise Disconnected("no_pong") from error
        except ConnectionClosed as error:
            raise Disconnected("connection_lost") from error

    async def _take(self, text: str) -> None:
        try:
            line = parse(text)
            if room := self.rooms.get(channel(line)):
                await room.hear(line)
            elif not channel(line):
                await self._serve(line)
        except BadFrame as error:
            log.warning("frame_unreadable", platform="twitch", error=str(error))

    async def _serve(self, line: IrcLine) -> None:
        """React to a line that is about the connection."""
        match line.command:
            case "PING":
                await self.send(build(IrcLine("PONG", line.params)))
            case "RECONNECT":
                raise Disconnected("reconnect")
            case "CAP":
                await self._agree(line)
            case "001" if not self._welcome.is_set():
                self.nick = line.params[0] if line.params else self.nick
                self._welcome.set()
            case "GLOBALUSERSTATE":
                self.user_id = line.tags.get("user-id", "")
            case "NOTICE" if (told := notice(line)) and login_failed(told):
                if self._welcome.is_set():  # the log-in has ended since: the next try renews it
                    raise Disconnected("login_ended")
                raise AuthFailed(f"login_refused: {told.text}")

    async def _agree(self, line: IrcLine) -> None:
        """Note what the server speaks; one that is not Twitch's waits for the rest of a log-in."""
        answer = line.params[1] if len(line.params) > 1 else ""
        if answer == "ACK":
            self.verdicts |= VERDICTS in line.params[-1].split()
        elif answer == "NAK":
            await self.send("CAP END")
            await self.send(f"USER {self.nick} 0 * :{self.nick}")


async def dial(url: str, nick: str, password: str, timing: IrcTiming) -> Link:
    """Connect and log in; raises AuthFailed or Disconnected, and then nothing is open."""
    try:
        socket = await connect(
            url,
            logger=WIRE,
            open_timeout=timing.login,
            close_timeout=timing.close,
            ping_interval=None,  # a reader that waits for the queue must not count as dead
            max_size=FRAME,
        )
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Disconnected(f"cannot_connect: {type(error).__name__}") from error
    link = Link(socket, nick, timing)
    try:
        await link.log_in(password)
    except BaseException:
        await link.close()
        raise
    return link


def ours(line: IrcLine, link: Link) -> bool:
    """Return whether a line comes from the account itself."""
    return source(line.source).nick.lower() == link.nick.lower()
