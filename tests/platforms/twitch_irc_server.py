"""A scripted Twitch IRC server on a real WebSocket: its burst of lines, its limits, its faults."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from adapters.wire.irc import IrcLine, parse
from bot.model import Role
from tests.platforms.twitch_irc_rules import Channel, Rules

HOST = "tmi.twitch.tv"
BADGES: Mapping[Role, str] = {
    "viewer": "",
    "subscriber": "subscriber/12",
    "vip": "vip/1",
    "moderator": "moderator/1",
    "host": "broadcaster/1,subscriber/3012",
}
REMEMBERED = 1_000  # lines whose authors a reply can name
JOINS, JOIN_SPAN = 20, 10.0
LIMIT = 20.0
"""Seconds after which whoever waits for what never comes gives up."""
ESCAPES = {"\\": "\\\\", ";": "\\:", " ": "\\s", "\r": "\\r", "\n": "\\n"}


def tagged(tags: Mapping[str, str]) -> str:
    return "@" + ";".join(
        f"{key}={''.join(ESCAPES.get(char, char) for char in value)}" for key, value in tags.items()
    )


@dataclass(eq=False)
class Client:
    """One connection."""

    socket: ServerConnection
    caps: set[str] = field(default_factory=set)
    token: str = ""
    login: str = ""
    channels: set[str] = field(default_factory=set)

    async def send(self, *lines: str, end: str = "\r\n") -> None:
        """Send the lines in one frame, as far as the client asked for such lines."""
        shown = [self._shown(line) for line in lines]
        text = "\r\n".join(line for line in shown if line)
        if text:
            with suppress(ConnectionClosed):
                await self.socket.send(text + end)

    def _shown(self, line: str) -> str:
        command = parse(line).command
        commands = {"NOTICE", "USERSTATE", "ROOMSTATE", "CLEARCHAT", "CLEARMSG", "RECONNECT"}
        if command in commands and "commands" not in self.caps and "NOTICE *" not in line:
            return ""
        return line if "tags" in self.caps or line[0] != "@" else line.partition(" ")[2]


class TwitchIrc:
    """The server. ``tokens`` gives the log-in name that a token belongs to."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self.now = now or asyncio.get_running_loop().time
        self.url = ""
        self.tokens: dict[str, str] = {}
        self.rules = Rules(self.now)
        self.channels: dict[str, Channel] = {}
        self.clients: set[Client] = set()
        self.suspended: set[str] = set()
        self.said: list[tuple[str, str, str]] = []
        """(channel, log-in name, text) that viewers have seen, in order."""
        self.heard: list[IrcLine] = []
        """All that clients have sent."""
        self.joined: list[str] = []
        self.ignored: list[str] = []
        """Channels whose JOIN went unanswered: too many in 10 s."""
        self.verdicts: deque[tuple[str, str]] = deque()
        """NOTICEs (msg-id, text) for the next posts; ("", ""): the connection breaks off."""
        self.deaf = False
        """Whether a PING stays unanswered, and a post too."""
        self.nonces = True
        self._names: dict[str, str] = {}
        self._joins: deque[float] = deque()
        self._changed = asyncio.Condition()

    async def until(self, met: Callable[[], bool]) -> None:
        """Return once ``met``; looked at after every line and every coming and going."""
        async with asyncio.timeout(LIMIT), self._changed:
            await self._changed.wait_for(met)

    def channel(self, name: str) -> Channel:
        return self.channels.setdefault(name, Channel(name, str(7_000 + len(self.channels))))

    async def say(
        self, name: str, author: str, text: str, role: Role = "viewer", tags: Mapping[str, str] = {}
    ) -> str:
        """Let a viewer say a line; return its id."""
        login = "".join(char for char in author.lower() if char.isascii() and char.isalnum())
        badges = {"badges": BADGES[role], "mod": str(int(role == "moderator"))}
        return await self.show(
            name, login or "viewer", text, {"display-name": author} | badges | dict(tags)
        )

    async def show(
        self, name: str, login: str, text: str, tags: Mapping[str, str], by: Client | None = None
    ) -> str:
        """Show a line to all in the room but its author's own connection."""
        line_id = tags.get("id") or str(uuid.uuid4())
        parent = self._names.get(tags.get("reply-parent-msg-id", ""))
        self._names[line_id] = tags.get("display-name", login)
        if len(self._names) > REMEMBERED:
            del self._names[next(iter(self._names))]
        own = {
            "id": line_id,
            "user-id": str(1_000 + sum(map(ord, login))),
            "room-id": self.channel(name).id,
            "tmi-sent-ts": str(int(1_767_225_600_000 + self.now() * 1_000)),
        }
        if parent:
            own["reply-parent-display-name"] = parent
        shown = f"@{parent} {text}" if parent else text
        source = f"{login}!{login}@{login}.{HOST}"
        await self.send(
            name, f"{tagged({**own, **tags})} :{source} PRIVMSG #{name} :{shown}", by=by
        )
        return line_id

    async def send(
        self, name: str, *lines: str, by: Client | None = None, end: str = "\r\n"
    ) -> None:
        """Send one frame to all in a room."""
        for client in [c for c in self.clients if name in c.channels and c is not by]:
            await client.send(*lines, end=end)

    async def set_modes(self, name: str, **modes: int) -> None:
        """Change some modes; the room is told these alone."""
        told = {key.replace("_", "-"): value for key, value in modes.items()}
        self.channel(name).modes.update(told)
        tags = {"room-id": self.channel(name).id} | {key: str(value) for key, value in told.items()}
        await self.send(name, f"{tagged(tags)} :{HOST} ROOMSTATE #{name}")

    async def broadcast(self, frame: str | bytes) -> None:
        for client in tuple(self.clients):
            await client.socket.send(frame)

    async def cut(self) -> None:
        """Break all connections off without a word."""
        for client in tuple(self.clients):
            client.socket.transport.abort()
        await self.until(lambda: not self.clients)

    async def talk(self, socket: ServerConnection) -> None:
        """Serve one connection."""
        client = Client(socket)
        self.clients.add(client)
        try:
            async for frame in socket:
                for text in str(frame).split("\r\n"):
                    if text:
                        await self._take(client, parse(text))
                        await self._tell()
        except ConnectionClosed:
            pass
        finally:
            self.clients.discard(client)
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _take(self, client: Client, line: IrcLine) -> None:
        self.heard.append(line)
        match line.command, line.params:
            case "CAP", ("REQ", wanted):
                client.caps |= {word.removeprefix("twitch.tv/") for word in wanted.split()}
                await client.send(f":{HOST} CAP * ACK :{wanted}")
            case "PASS", (token, *_):
                client.token = token
            case "NICK", (nick, *_):
                await self._welcome(client, nick)
            case "PING", params if not self.deaf:
                await client.send(f":{HOST} PONG {HOST} :{' '.join(params)}")
            case "JOIN", (names, *_) if client.login:
                for name in names.split(","):
                    await self._join(client, name.removeprefix("#"))
            case "PART", (name, *_) if client.login:
                client.channels.discard(name.removeprefix("#"))
                await client.send(f":{_source(client.login)} PART {name}")
            case "PRIVMSG", (name, text) if name.removeprefix("#") in client.channels:
                await self._post(client, self.channel(name.removeprefix("#")), text, line.tags)

    async def _welcome(self, client: Client, nick: str) -> None:
        anonymous = nick.startswith("justinfan") and nick.removeprefix("justinfan").isdigit()
        owner = self.tokens.get(client.token.removeprefix("oauth:"))
        if not anonymous and owner != nick:
            formed = client.token.startswith("oauth:")
            told = "Login authentication failed" if formed else "Improperly formatted auth"
            await client.send(f":{HOST} NOTICE * :{told}")
            await client.socket.close()
            return
        client.login = nick
        texts = {"001": "Welcome, GLHF!", "002": f"Your host is {HOST}", "003": "This server is rather new",
                 "004": "-", "375": "-", "372": "You are in a maze of twisty passages.", "376": ">"}  # fmt: skip
        lines = [f":{HOST} {number} {nick} :{text}" for number, text in texts.items()]
        state = tagged({"user-id": self.user_id(nick), "display-name": nick, "badges": ""})
        await client.send(*lines, f"{state} :{HOST} GLOBALUSERSTATE")

    def user_id(self, login: str) -> str:
        return str(1_000 + sum(map(ord, login)))

    async def _join(self, client: Client, name: str) -> None:
        while self._joins and self.now() - self._joins[0] >= JOIN_SPAN:
            self._joins.popleft()
        if len(self._joins) >= JOINS or self.deaf:
            self.ignored.append(name)
            return
        self._joins.append(self.now())
        if name in self.suspended:
            told = "This channel does not exist or has been suspended."
            await client.send(f"@msg-id=msg_channel_suspended :{HOST} NOTICE #{name} :{told}")
            return
        client.channels.add(name)
        self.joined.append(name)
        channel, nick = self.channel(name), client.login
        names = (
            f":{nick}.{HOST} 353 {nick} = #{name} :{nick}",
            f":{nick}.{HOST} 366 {nick} #{name} :End of /NAMES list",
        )
        await client.send(f":{_source(nick)} JOIN #{name}", *names)
        state = tagged(
            {"room-id": channel.id} | {key: str(value) for key, value in channel.modes.items()}
        )
        own = [] if nick.startswith("justinfan") else [self._state(client, channel)]
        await client.send(*own, f"{state} :{HOST} ROOMSTATE #{name}", end="")

    def _state(self, client: Client, channel: Channel, tags: Mapping[str, str] = {}) -> str:
        badges = (
            BADGES["host"] if client.login == channel.name else channel.badges.get(client.login, "")
        )
        state = {
            "badges": badges,
            "display-name": client.login,
            "mod": str(int("moderator" in badges)),
        }
        return f"{tagged({**state, **tags})} :{HOST} USERSTATE #{channel.name}"

    async def _post(
        self, client: Client, channel: Channel, text: str, tags: Mapping[str, str]
    ) -> None:
        nonce = (
            {"client-nonce": tags["client-nonce"]} if self.nonces and "client-nonce" in tags else {}
        )
        if self.deaf or client.login.startswith("justinfan"):
            return
        if self.verdicts:
            refusal: tuple[str, str] | None = self.verdicts.popleft()
        elif text.startswith(("/", ".")):
            refusal = "unrecognized_cmd", f"Unrecognized command: {text.split(maxsplit=1)[0]}"
        else:
            refusal = self.rules.refuse(client.login, channel, text)
        if refusal == ("", ""):
            client.socket.transport.abort()
        elif refusal:
            await client.send(
                f"{tagged({'msg-id': refusal[0]})} :{HOST} NOTICE #{channel.name} :{refusal[1]}"
            )
        else:
            self.said.append((channel.name, client.login, text))
            await self.show(channel.name, client.login, text, tags, by=client)
            await client.send(self._state(client, channel, {"id": str(uuid.uuid4())} | nonce))


def _source(login: str) -> str:
    return f"{login}!{login}@{login}.{HOST}"


def _subprotocol(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Speak "irc" where a client wants it to be said (tmi.js does), and without it as well."""
    return next((name for name in offered if name == "irc"), None)


@asynccontextmanager
async def serving(now: Callable[[], float] | None = None) -> AsyncIterator[TwitchIrc]:
    """Serve on a free port of loopback; ``now`` is the clock of its limits."""
    twitch = TwitchIrc(now)
    # no bound: websockets hangs for its close_timeout where a close comes while it does not read
    async with serve(
        twitch.talk, "127.0.0.1", 0, max_queue=None, select_subprotocol=_subprotocol
    ) as server:
        host, port = next(iter(server.sockets)).getsockname()[:2]
        twitch.url = f"ws://{host}:{port}"
        yield twitch
