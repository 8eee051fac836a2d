"""One EventSub connection of an account, and the rooms that listen on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import structlog

from adapters.twitch.eventsub import Stream
from adapters.twitch.gate import Gate
from adapters.twitch.helix import Helix
from adapters.twitch.oauth import LOGIN, client
from adapters.twitch.session import Ended, TwitchSession
from adapters.twitch.settings import TwitchSettings
from adapters.twitch.timing import Seen, Timing
from adapters.twitch.tokens import KeptLogin, logged_in, mind
from adapters.wire.eventsub import Notification, Revoked
from adapters.wire.twitch_events import Spoken, told
from bot.errors import AuthFailed, BadFrame, Disconnected, PlatformError, Throttled
from bot.model import Removed
from bot.ports import Vault

log = structlog.get_logger()

NEEDED = frozenset({"user:read:chat", "user:write:chat"})
ESSENTIAL = (
    "channel.chat.message",
    "channel.chat.message_delete",
    "channel.chat.clear_user_messages",
    "channel.chat.clear",
)
"""Without these a room is not heard, or what was deleted would be answered."""
EXTRA = (
    "channel.chat.notification",
    "channel.chat_settings.update",
    "channel.chat.user_message_hold",
    "channel.chat.user_message_update",
)
SUBSCRIPTIONS = 300
"""A connection's at most (dev.twitch.tv/docs/eventsub/handling-websocket-events)."""
RICH = 160
"""Subscriptions after which rooms that come get the essential ones alone: there is room for all."""
OLD = 600.0
"""Seconds after which a notification is no longer taken (dev.twitch.tv/docs/eventsub)."""
GOODBYE = 5.0
"""Seconds that leaving a room may take."""


class Line:
    """Made by ``opened``; ``ended`` tells why it is of no use any more."""

    def __init__(self, login: KeptLogin, helix: Helix, stream: Stream) -> None:
        self.users = 0
        self.ended: Ended | None = None
        self._login = login
        self._helix = helix
        self._stream = stream
        self._rooms: dict[str, tuple[TwitchSession, TwitchSettings]] = {}
        self._standing = 0
        self._seen = Seen(OLD)
        self._offset = stream.welcome.at - asyncio.get_running_loop().time()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, settings: TwitchSettings, vault: Vault | None, timing: Timing
    ) -> AsyncIterator["Line"]:
        """Log in and connect; leave nothing open. Raises AuthFailed or Disconnected."""
        async with AsyncExitStack() as stack:
            login = await stack.enter_async_context(logged_in(settings, vault, timing.validate))
            if lacking := NEEDED - login.scopes:
                raise AuthFailed(f"scopes_missing: {' '.join(sorted(lacking))}: {LOGIN}")
            helix = Helix(await stack.enter_async_context(client()), settings.api, login)
            stream = Stream(settings.eventsub, settings.keepalive, timing)
            await stack.enter_async_context(stream.opened())
            line = cls(login, helix, stream)
            minding = mind(login, timing.mind, line._end)
            tasks = [asyncio.create_task(line._run()), asyncio.create_task(minding)]
            try:
                yield line
            finally:
                for task in tasks:
                    task.cancel()
                for fault in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(fault, Exception):  # one of ours: it must not be lost
                        raise fault

    @asynccontextmanager
    async def room(self, settings: TwitchSettings) -> AsyncIterator[TwitchSession]:
        """Listen to a room, and stop that on leaving. Raises AuthFailed or Disconnected."""
        subscriptions: list[str] = []
        try:
            room_id = await self._helix.user_id(settings.channel)
            if room_id in self._rooms:
                raise Disconnected(f"room_taken: {settings.channel} is listened to already")
            if self._standing + len(ESSENTIAL) > SUBSCRIPTIONS:
                raise AuthFailed(
                    f"too_many_rooms: {len(self._rooms)} on one connection: share them between "
                    "gateways, of which an account has at most 3"
                )
            gate = Gate(owner=room_id == self._login.user_id)
            name = f"twitch/{settings.channel}"
            session = TwitchSession(name, room_id, self._helix, gate)
        except Throttled as error:
            raise Disconnected(str(error)) from error
        self._rooms[room_id] = session, settings
        try:
            await self._subscribe(session, room_id, subscriptions)
            if self.ended:
                session.end(self.ended)
            yield session
        finally:
            session.close()
            del self._rooms[room_id]
            await self._unsubscribe(subscriptions)

    async def _subscribe(self, session: TwitchSession, room_id: str, made: list[str]) -> None:
        try:
            for kind in ESSENTIAL:
                await self._listen(kind, room_id, made)
        except Throttled as error:
            raise Disconnected(str(error)) from error
        rich = self._standing + len(EXTRA) <= RICH
        for kind in EXTRA if rich else ():
            await self._heard_without(kind, self._listen(kind, room_id, made))
        await self._heard_without("modes", self._ask_modes(session, room_id))

    async def _heard_without(self, what: str, asking: Awaitable[None]) -> None:
        try:
            await asking
        except PlatformError as error:
            log.warning("subscription_refused", kind=what, error=str(error))

    async def _ask_modes(self, session: TwitchSession, room_id: str) -> None:
        session.note(await self._helix.modes(room_id))

    async def _listen(self, kind: str, room_id: str, made: list[str]) -> None:
        session_id = self._stream.welcome.session_id
        if found := await self._helix.subscribe(kind, room_id, session_id):
            made.append(found)
            self._standing += 1

    async def _unsubscribe(self, made: list[str]) -> None:
        self._standing -= len(made)
        if self.ended or self.users <= 1:
            return  # the connection goes, and its subscriptions with it
        with suppress(PlatformError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                for subscription in made:
                    await self._helix.unsubscribe(subscription)

    async def _run(self) -> None:
        error: Ended = Disconnected("connection_lost")
        try:
            await self._stream.run(self._take)
        except (Disconnected, AuthFailed) as raised:
            error = raised.with_traceback(None)  # it knows the frames it went through, they us
        finally:
            self._end(error)

    def _end(self, error: Ended) -> None:
        if self.ended is None:
            self.ended = error
            for session, _ in self._rooms.values():
                session.end(error)

    async def _take(self, frame: Notification | Revoked) -> None:
        if frame.room_id not in self._rooms:
            return
        session, settings = self._rooms[frame.room_id]
        if isinstance(frame, Revoked):
            log.warning("subscription_revoked", kind=frame.kind, status=frame.status)
            if frame.kind in ESSENTIAL:
                session.revoked(frame)
            return
        now = asyncio.get_running_loop().time()
        # its age by Twitch's clock: ours may be wrong
        if now + self._offset - frame.at > OLD or (frame.id and self._seen(frame.id, now)):
            return
        room = f"twitch/{settings.channel}"
        try:
            found = told(frame.kind, frame.event, room, frame.at, self._login.user_id)
        except BadFrame as error:
            log.warning("frame_unreadable", error=str(error), kind=frame.kind)
            return
        match found:
            case Spoken():
                await self._spoken(found, session, settings)
            case Removed():
                await session.hear(found)
            case None:
                pass
            case _:
                session.note(found)

    async def _spoken(
        self, spoken: Spoken, session: TwitchSession, settings: TwitchSettings
    ) -> None:
        message, source = spoken.message, spoken.source_room
        if source is None and message.role == "bot":
            session.own(spoken.badges)
            message = session.by_hand(message)
        if source is not None and (
            not settings.shared_chat or message.role == "bot" or source in self._rooms
        ):
            return  # not said here; where it was said, we hear it ourselves
        # the copies of a foreign line differ in their id: the line they stand for is one
        key = spoken.source_id if source is not None else message.id
        if not self._seen(f"line {key}", asyncio.get_running_loop().time()):
            await session.hear(message)
