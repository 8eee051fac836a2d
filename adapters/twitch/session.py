"""The bot in one Twitch room: what is said waits here, and what it says goes out."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

import structlog

from adapters.twitch.gate import Gate
from adapters.twitch.helix import Drop, Helix
from adapters.twitch.said import Said
from adapters.wire.eventsub import Revoked
from adapters.wire.twitch_events import Live, Moderated, Modes
from bot.errors import AuthFailed, Disconnected
from bot.model import ChatMessage, Heard, Reply

log = structlog.get_logger()

INBOX = 1_000
"""Lines of a room that wait for the bot; then the whole connection is read no further."""
LENGTH = 500
"""Characters of a line (dev.twitch.tv/docs/api/reference, Send Chat Message)."""
Ended: TypeAlias = AuthFailed | Disconnected


class TwitchSession:
    """One room of a connection; see Session."""

    def __init__(self, room: str, room_id: str, helix: Helix, gate: Gate) -> None:
        self._room = room
        self._room_id = room_id
        self._helix = helix
        self._gate = gate
        self._space = asyncio.Semaphore(INBOX)
        self._inbox: asyncio.Queue[Heard | Ended | None] = asyncio.Queue()  # _space bounds it
        self._open = True
        self._said = Said()

    async def messages(self) -> AsyncIterator[Heard]:
        """Yield what is said and deleted until the room is left."""
        while self._open:
            match await self._inbox.get():
                case (AuthFailed() | Disconnected()) as error:
                    self.end(error)  # for whoever asks again
                    raise type(error)(str(error))  # the same one ends other rooms
                case None:
                    return
                case heard:
                    yield heard
                    self._space.release()

    async def post(self, reply: Reply) -> None:
        """Say the reply, threaded where that is asked for, and learn whether it stands."""
        if not self._open:
            raise Disconnected("the room has been left")
        loop = asyncio.get_running_loop()
        self._gate.check(loop.time())
        mention = f"@{reply.names[0]} " if reply.names else ""
        instead = mention + reply.text if len(mention + reply.text) <= LENGTH else reply.text
        self._said.add(reply.text, instead)  # its echo may come before the answer
        sent = await self._helix.send(self._room_id, reply.text, reply.reply_to, instead)
        if not sent.is_sent:
            drop = sent.drop_reason or Drop()
            log.warning("post_dropped", room=self._room, id=reply.id, code=drop.code)
            raise self._gate.dropped(drop, loop.time())
        self._gate.said(loop.time())

    async def hear(self, heard: Heard) -> None:
        """Take what was said; while the inbox is full, the caller waits."""
        await self._space.acquire()
        if self._open:
            self._inbox.put_nowait(heard)

    def note(self, told: Modes | Moderated | Live) -> None:
        """Take what is not for the bot to answer."""
        match told:
            case Modes():
                self._gate.change(told)
                log.info("room_modes", room=self._room, modes=named(told))
            case Moderated():
                log.info("post_moderated", room=self._room, id=told.message_id, status=told.status)
            case Live():
                log.info("stream_live", room=self._room, live=told.on)

    def by_hand(self, message: ChatMessage) -> ChatMessage:
        """Return a line of our own account as its owner's where the owner has typed it."""
        return self._said.sorted(message, "host") if self._gate.owner else message

    def own(self, badges: frozenset[str]) -> None:
        """Note the badges of a line of the account itself."""
        self._gate.own(badges)

    def revoked(self, revoked: Revoked) -> None:
        """End for a reason that no other try mends, unless the connection alone has ended."""
        why = f"revoked: {revoked.status}: {revoked.kind}"
        passing = revoked.status.startswith("websocket_")
        self.end(Disconnected(why) if passing else AuthFailed(why))

    def end(self, error: Ended) -> None:
        """Let ``messages`` raise once what was heard has been read."""
        self._inbox.put_nowait(error)

    def close(self) -> None:
        """Let go of everybody who waits, on either side."""
        self._open = False
        self._inbox.put_nowait(None)
        self._space.release()


def named(modes: Modes) -> str:
    """Return the modes that are on, in words."""
    words = (
        (f"slow {modes.slow:g} s", modes.slow),
        ("followers only", modes.followers),
        ("subscribers only", modes.subscribers),
        ("emotes only", modes.emotes),
        ("unique", modes.unique),
    )
    return ", ".join(word for word, on in words if on) or "none"
