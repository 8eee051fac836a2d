"""A room over IRC: its lines as what was heard, its posts with the verdict of the server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import NoReturn

from adapters.twitch.irc_link import Link, ours
from adapters.twitch.notices import MODES, stops, verdict
from adapters.twitch.said import Said
from adapters.wire.irc import IrcLine, build, foreign, role, to_message
from adapters.wire.twitch_irc import Modes, Notice, modes, notice, removed
from bot.errors import AuthFailed, Disconnected, PlatformError, Refused, Throttled
from bot.model import ChatMessage, Heard, Removed, Reply

INBOX = 1_000  # lines that wait for the bot: then the connection is not read on
LENGTH = 500  # code points of a line
PRIVILEGED = frozenset({"host", "moderator", "vip"})
"""Whom slow mode does not bind."""
BARRED = 600.0
"""Seconds without a try where the room's modes forbid to post, unless they change before."""
BREAKS = str.maketrans({"\r": " ", "\n": " ", "\0": None, "\x01": None})
COMMAND = ("/", ".")
GUARD = "» "
"""Stands before a text that would be a command; a blank might be trimmed, and would not do."""


class Room:
    """A session: one room on the account's connection; see bot.ports.Session."""

    def __init__(
        self,
        name: str,
        link: Link,
        now: Callable[[], float],
        *,
        anonymous: bool,
        shared: bool,
    ) -> None:
        self.name = name
        self.modes = Modes()
        self.privileged = False
        self.entered = asyncio.Event()
        self._link = link
        self._now = now
        self._anonymous = anonymous
        self._shared = shared
        self._inbox: asyncio.Queue[Heard | None] = asyncio.Queue(INBOX)
        self._left = False
        self._failed: tuple[type[PlatformError], str] | None = None
        self._turn = asyncio.Lock()
        self._said = Said()
        self._settled = asyncio.Event()
        self._verdict: asyncio.Future[PlatformError | None] | None = None
        self._nonce = ""
        self._nonces = False
        self._barred = "", 0.0
        self._posted = float("-inf")

    async def messages(self) -> AsyncIterator[Heard]:
        """Yield what is said and removed until the room is left; see Session."""
        while not self._left:
            if self._failed and self._inbox.empty():
                self._raise(*self._failed)
            heard = await self._inbox.get()
            if heard is not None:
                yield heard

    async def post(self, reply: Reply) -> None:
        """Say a line; return once the server has shown it. See Session.

        One at a time: the server's verdict does not name the line that it is about.
        """
        self.check()
        if self._anonymous:
            raise Refused("anonymous")
        if not self._link.verdicts:  # not Twitch: nobody would know what became of it
            raise Refused("no_verdicts")
        text = plain(reply.text)
        if not text or len(text) > LENGTH:
            raise Refused("too_long" if text else "empty")
        async with self._turn:
            await self._settled.wait()  # the state told on joining is no verdict
            self._may_post()
            self._nonce = secrets.token_hex(16)
            self._verdict = asyncio.get_running_loop().create_future()
            try:
                self._said.add(text)
                await self._link.send(self._line(text, reply.reply_to))
                error = await self._verdict
            finally:
                self._verdict.cancel()
                self._verdict = None
            if error:
                raise error
            self._posted = self._time()

    async def hear(self, line: IrcLine) -> None:
        """Take a line about this room; while the inbox is full the connection waits."""
        match line.command:
            case "PRIVMSG":
                heard: Heard | None = self._message(line)
            case "CLEARMSG" | "CLEARCHAT":
                heard = removed(line)
                self._shut_out(line, heard)
            case _:
                heard = None
                self._note(line)
        if heard is not None and not self._failed:
            await self._inbox.put(heard)

    def fail(self, kind: type[PlatformError], reason: str) -> None:
        """End the session; what was heard before is still told."""
        if self._failed:
            return
        self._failed = kind, reason
        self.entered.set()
        self._settled.set()
        if self._verdict and not self._verdict.done():
            self._verdict.set_result(kind(reason))
        with suppress(asyncio.QueueFull):
            self._inbox.put_nowait(None)

    def leave(self) -> None:
        """Let go of everybody who waits, on either side."""
        self._left = True
        self.fail(Disconnected, "left")
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)

    def check(self) -> None:
        """Raise what ended the session, if anything has."""
        if self._failed:
            self._raise(*self._failed)

    def _raise(self, kind: type[PlatformError], reason: str) -> NoReturn:
        raise kind(reason)

    def _may_post(self) -> None:
        self.check()
        barred, until = self._barred
        if self._time() < until:
            raise Refused(barred)
        wait = self._posted + self.modes.slow - self._time()
        if self.modes.slow and not self.privileged and wait > 0:
            raise Throttled("msg_slowmode", wait, room_only=True)

    def _line(self, text: str, reply_to: str | None) -> str:
        tags = {"reply-parent-msg-id": reply_to} if reply_to else {}
        if self._link.timing.nonce:
            tags["client-nonce"] = self._nonce
        return build(IrcLine("PRIVMSG", (f"#{self.name}",), tags=tags)) + f" :{text}"

    def _message(self, line: IrcLine) -> ChatMessage | None:
        """Return what was said, once; a copy out of a shared chat only where it is wanted."""
        message = to_message(line, secrets.token_hex(16), self._now())
        if message is None or self._link.seen(message.id, self._time()):
            return None
        if foreign(line.tags) and not self._copied(line):
            return None
        own = ours(line, self._link) or message.author_id == (self._link.user_id or None)
        if not own:
            return message
        # the bot's lines are not sent back: what the room's host says was typed by hand
        return self._said.sorted(message, "host" if message.role == "host" else "bot")

    def _copied(self, line: IrcLine) -> bool:
        """Return whether a copy is to be heard: unless its own room is heard, and once at most."""
        home = line.tags.get("source-room-id")
        rooms = self._link.rooms.values()
        if not self._shared or any(room.modes.room_id == home for room in rooms):
            return False
        copied = line.tags.get("source-id")
        return not (copied and self._link.seen(f"source:{copied}", self._time()))

    def _shut_out(self, line: IrcLine, heard: Removed | None) -> None:
        """End the session where it is the account itself that is banned for good."""
        own = self._link.user_id
        if heard and own and heard.author_id == own and "ban-duration" not in line.tags:
            self.fail(AuthFailed, "msg_banned")

    def _note(self, line: IrcLine) -> None:
        match line.command:
            case "JOIN" if ours(line, self._link):
                self.entered.set()
            case "PART" if ours(line, self._link) and self.entered.is_set():
                self.fail(Disconnected, "parted")
            case "ROOMSTATE":
                self.modes = modes(line, self.modes)
                self._barred = "", 0.0
                self.entered.set()
            case "USERSTATE":
                self._stands(line)
            case "NOTICE":
                if told := notice(line):
                    self._told(told, line.tags.get("client-nonce"))

    def _stands(self, line: IrcLine) -> None:
        """Take our own state: the first is told on joining, each later one after a post."""
        self.privileged = role(line.tags) in PRIVILEGED
        if not self._settled.is_set():
            self._settled.set()
        elif self._meant(line.tags.get("client-nonce")) and self._verdict:
            self._verdict.set_result(None)

    def _told(self, told: Notice, nonce: str | None) -> None:
        error = verdict(told)
        if error is None:
            return
        if told.id in MODES:
            self._barred = told.id, self._time() + BARRED
        if self._meant(nonce, error=True) and self._verdict:
            self._verdict.set_result(error)
        if stops(told):
            self.fail(AuthFailed, str(error))

    def _meant(self, nonce: str | None, *, error: bool = False) -> bool:
        """Return whether a verdict is about the line that waits for one."""
        if nonce is not None and not error:
            self._nonces = True
        if self._verdict is None or self._verdict.done():
            return False
        if nonce is None:
            return error or not self._nonces
        return nonce == self._nonce

    def _time(self) -> float:
        return asyncio.get_running_loop().time()


def plain(text: str) -> str:
    """Return ``text`` as one line that no server takes for a command."""
    line = text.translate(BREAKS).strip()
    return GUARD + line if line.startswith(COMMAND) else line
