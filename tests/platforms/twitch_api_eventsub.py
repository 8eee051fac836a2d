"""Scripted Twitch: EventSub over WebSocket, as strict as the real one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.platforms.twitch_api_sessions import Connection, Session


class EventSub:
    """``keepalive``: seconds between signs of life; ``unused``: seconds until close 4003."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._numbers = count(1)
        self._empty = asyncio.Event()
        self._open: set[Connection] = set()
        self.sessions: dict[str, Session] = {}
        self.keepalive = 10.0
        self.unused = 10.0
        self.muted = False
        self.welcoming = asyncio.Event()
        for event in (self._empty, self.welcoming):
            event.set()
        self.last_words: Mapping[str, object] = {}
        self.closed: list[tuple[int, str]] = []
        self.inbound = self.keepalives = self.opened = 0
        self.urls: list[str] = []
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EventSub"]:
        """Listen until the context is left."""
        async with serve(
            self._serve,
            "127.0.0.1",
            0,
            create_connection=Connection,
            ping_interval=0.2,
            ping_timeout=5,
            close_timeout=1,
        ) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
            yield self
            self.break_off()

    def break_off(self) -> None:
        """Break off every connection without a word."""
        for socket in self._open:
            socket.transport.abort()

    async def left(self) -> None:
        """Return once no connection is open."""
        await self._empty.wait()

    @property
    def pongs(self) -> int:
        """Pongs of the connections that are open."""
        return sum(socket.pongs for socket in self._open)

    async def step(self) -> None:
        """Return soon, when others have gone on: to be called until something is so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.005):
                await asyncio.Event().wait()

    def listening(self, kind: str, room_id: str) -> list[Session]:
        """Return the sessions that listen to ``kind`` in a room."""
        return [
            session
            for session in self.sessions.values()
            for found in session.subscriptions.values()
            if found.kind == kind and found.condition["broadcaster_user_id"] == room_id
        ]

    async def publish(
        self,
        kind: str,
        room_id: str,
        event: Mapping[str, object],
        *,
        message_id: str | None = None,
        age: float = 0.0,
        on: int = -1,
    ) -> str:
        """Tell who listens; ``on``: which of a session's connections. Return the frame's id."""
        message_id = message_id or f"frame-{next(self._numbers)}"
        for session in self.listening(kind, room_id):
            found = next(
                each
                for each in session.subscriptions.values()
                if each.kind == kind and each.condition["broadcaster_user_id"] == room_id
            )
            meta = {"subscription_type": kind, "subscription_version": "1"}
            payload = {"subscription": found.shown(session.id), "event": event}
            frame = self._frame("notification", payload, message_id, age, meta)
            with suppress(ConnectionClosed):
                await session.sockets[on].send(frame)
        return message_id

    async def move(self, session: Session, url: str | None = None) -> None:
        """Tell a session to go to another server (this one, under another path)."""
        to = url or self.url.replace("/ws", f"/moved?id={session.id}")
        shown = self._session(session.id, "reconnecting", reconnect_url=to)
        await session.sockets[-1].send(self._frame("session_reconnect", {"session": shown}))

    async def revoke(self, kind: str, room_id: str, status: str) -> None:
        """Take a subscription back."""
        for session in self.listening(kind, room_id):
            for found in [*session.subscriptions.values()]:
                if found.kind == kind and found.condition["broadcaster_user_id"] == room_id:
                    del session.subscriptions[found.id]
                    shown = {"subscription": found.shown(session.id, status)}
                    meta = {"subscription_type": kind, "subscription_version": "1"}
                    await session.sockets[-1].send(self._frame("revocation", shown, meta=meta))

    async def raw(self, data: str | bytes) -> None:
        """Send anything to everybody."""
        for socket in self._open:
            await socket.send(data)

    async def close(self, code: int, reason: str = "") -> None:
        """Close every connection."""
        for socket in [*self._open]:
            await socket.close(code, reason)

    def _session(self, session_id: str, status: str, **more: object) -> dict[str, object]:
        return {
            "id": session_id,
            "status": status,
            "connected_at": self._stamp(),
            "keepalive_timeout_seconds": None,
            "reconnect_url": None,
            **more,
        }

    def _frame(
        self,
        kind: str,
        payload: Mapping[str, object],
        message_id: str | None = None,
        age: float = 0.0,
        meta: Mapping[str, str] | None = None,
    ) -> str:
        metadata = {
            "message_id": message_id or f"frame-{next(self._numbers)}",
            "message_type": kind,
            "message_timestamp": self._stamp(age),
            **(meta or {}),
        }
        return json.dumps({"metadata": metadata, "payload": payload})

    def _stamp(self, age: float = 0.0) -> str:
        at = datetime.fromtimestamp(self._now() - age, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}123Z"

    async def _serve(self, socket: ServerConnection) -> None:
        assert isinstance(socket, Connection)
        self._open.add(socket)
        self._empty.clear()
        self.opened += 1
        try:
            with suppress(ConnectionClosed):
                await self._talk(socket)
        finally:
            self._open.discard(socket)
            if socket.close_code is not None:
                self.closed.append((socket.close_code, socket.close_reason or ""))
            for session in [*self.sessions.values()]:
                if socket in session.sockets:
                    session.sockets.remove(socket)
                if not session.sockets:
                    del self.sessions[session.id]
            if not self._open:
                self._empty.set()

    async def _talk(self, socket: Connection) -> None:
        assert socket.request
        self.urls.append(socket.request.path)
        parts = urlsplit(socket.request.path)
        moved = self.sessions.get(parse_qs(parts.query).get("id", [""])[0])
        if parts.path == "/moved" and moved is None:
            await socket.close(4007, "invalid reconnect")
            return
        await self.welcoming.wait()
        session = moved or Session(f"5e55{next(self._numbers)}_c11e{next(self._numbers)}")
        self.sessions[session.id] = session
        session.sockets.append(socket)
        shown = self._session(session.id, "connected", keepalive_timeout_seconds=self.keepalive)
        await socket.send(self._frame("session_welcome", {"session": shown}))
        if moved and self.last_words:  # which are on their way when the client hears of the welcome
            room_id = str(self.last_words["broadcaster_user_id"])
            await self.publish("channel.chat.message", room_id, self.last_words, on=0)
        await asyncio.gather(self._listen(socket), self._live(socket, session))

    async def _listen(self, socket: Connection) -> None:
        async for _ in socket:
            pass

    async def _live(self, socket: Connection, session: Session) -> None:
        """Give signs of life, and watch what the client does."""
        loop = asyncio.get_running_loop()
        began = said = loop.time()
        while not socket.close_code:
            await self.step()
            now = loop.time()
            if socket.inbound:
                self.inbound += socket.inbound
                await socket.close(4001, "client sent inbound traffic")
            elif now - began > self.unused and not session.subscriptions:
                await socket.close(4003, "connection unused")
            elif now - said > self.keepalive / 2 and not self.muted:
                said = now
                self.keepalives += 1
                await socket.send(self._frame("session_keepalive", {}))
