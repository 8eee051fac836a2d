"""The built-in local room: a web page where anybody at this machine can play viewer."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.wire.exchange import first_of
from adapters.wire.site import same_site
from bot.errors import BadFrame, Disconnected
from bot.model import Abilities, ChatMessage, Reply
from bot.ports import App

PAGE = Path(__file__).parent / "static" / "room"
FRAME = 65_536  # bytes of a frame that is read
QUEUE = 256  # frames that wait for one client
INBOX = 1_000  # messages that wait for the bot
CLIENTS = 200  # more than INBOX could not be woken at once when a session closes
Item: TypeAlias = dict[str, object]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RoomSettings(BaseModel):
    """``hosts`` are names, beside addresses and localhost, that a browser may call us by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="local", pattern=r"^[\w-]{1,64}$")
    history: int = Field(default=200, ge=0, le=2_000)
    hosts: tuple[str, ...] = ()


class Said(msgspec.Struct, tag_field="type", tag="message"):
    """A frame from a client. Paying roles are heard as viewers: nobody pays here."""

    author: Annotated[str, msgspec.Meta(min_length=1, max_length=50, pattern=r"\S")]
    role: Literal["viewer", "subscriber", "vip", "moderator", "host"]
    text: Annotated[str, msgspec.Meta(max_length=2_000, pattern=r"\S")]
    author_id: Short | None = None
    id: Short | None = None
    sent_at: Annotated[float, msgspec.Meta(ge=0, le=1e11)] | None = None
    reply_to: Short | None = None


class Room:
    """The room, its page and its clients; it lives on between two sessions of the bot."""

    platform: ClassVar[str] = "room"
    Settings: ClassVar[type[BaseModel]] = RoomSettings
    abilities: ClassVar[Abilities] = Abilities(length=500, limits=((100, 30.0),))

    def __init__(
        self,
        settings: RoomSettings,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the platform's own clock
    ) -> None:
        self.settings = settings
        self.clients: set[Client] = set()
        self._now = now
        self._sessions: set[RoomSession] = set()
        self._history: deque[Item] = deque(maxlen=settings.history)

    @property
    def room(self) -> str:
        """The room's name in danmate."""
        return f"room/{self.settings.name}"

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["RoomSession"]:
        """Let the bot in: it hears what is said from now on."""
        session = RoomSession(self)
        self._sessions.add(session)
        try:
            yield session
        finally:
            self._sessions.discard(session)
            session.close()

    def app(self) -> App | None:
        """Return the page and its WebSocket, to be mounted at ``/room``."""
        page = StaticFiles(directory=PAGE, html=True)
        routes = [WebSocketRoute("/ws", self._talk), Mount("/", page)]
        return same_site(Starlette(routes=routes), {"localhost", *self.settings.hosts})

    def say(self, reply: Reply) -> None:
        """Show a reply of the bot to every client."""
        item: Item = {
            "type": "reply",
            "id": reply.id,
            "text": reply.text,
            "answers": list(reply.answers),
            "facts": [{"id": fact.id, "text": fact.text} for fact in reply.facts],
            "source": reply.source,
            "at": self._now() if reply.at is None else reply.at,
        }
        self._show(item)

    async def hear(self, frame: str | None) -> None:
        """Show one client's message to all and hand it to the bot; raises BadFrame."""
        message = self._message(_said(frame))
        if any(item["id"] == message.id for item in self._history):
            return  # seen twice it is the same message
        self._show({"type": "message", **asdict(message)})
        for session in tuple(self._sessions):
            await session.hear(message)

    def _message(self, said: Said) -> ChatMessage:
        return ChatMessage(
            id=said.id or uuid.uuid4().hex,
            platform=self.platform,
            room=self.room,
            author=said.author,
            author_id=said.author_id or said.author,
            role=said.role if said.role in ("moderator", "host") else "viewer",
            text=said.text,
            sent_at=self._now() if said.sent_at is None else said.sent_at,
            reply_to=said.reply_to,
        )

    def _show(self, item: Item) -> None:
        self._history.append(item)
        for client in self.clients:
            client.offer(item)

    async def _talk(self, socket: WebSocket) -> None:
        if len(self.clients) >= CLIENTS:
            await socket.close(1013)
            return
        await socket.accept()
        client = Client(socket)
        client.offer({"type": "history", "room": self.room, "items": [*self._history]})
        self.clients.add(client)
        # without a close frame: a client that is too slow would not take that one either
        try:
            with suppress(WebSocketDisconnect):
                await first_of(client.write(), client.slow.wait(), self._listen(client))
        finally:
            self.clients.discard(client)

    async def _listen(self, client: "Client") -> None:
        while (event := await client.socket.receive())["type"] != "websocket.disconnect":
            try:
                await self.hear(event.get("text"))
            except BadFrame as error:
                client.offer({"type": "error", "reason": str(error)})


class RoomSession:
    """The bot in the room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._open = True
        self._inbox: asyncio.Queue[ChatMessage | None] = asyncio.Queue(INBOX)

    async def messages(self) -> AsyncIterator[ChatMessage]:
        """Yield what the clients say until the session is closed."""
        while self._open and (message := await self._inbox.get()) is not None:
            yield message

    async def post(self, reply: Reply) -> None:
        """Show the reply to all."""
        if not self._open:
            raise Disconnected("the room is closed")
        self._room.say(reply)

    async def hear(self, message: ChatMessage) -> None:
        """Take a message; while the inbox is full, its client waits."""
        await self._inbox.put(message)

    def close(self) -> None:
        """Let go of everybody who waits, on either side."""
        self._open = False
        while not self._inbox.empty():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)


class Client:
    """One WebSocket and the frames that wait for it; ``slow`` is set when they are too many."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.slow = asyncio.Event()
        self._frames: asyncio.Queue[Item] = asyncio.Queue(QUEUE)

    def offer(self, item: Item) -> None:
        """Queue a frame; one that does not fit costs the client its connection."""
        try:
            self._frames.put_nowait(item)
        except asyncio.QueueFull:
            self.slow.set()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        while True:
            item = await self._frames.get()
            await self.socket.send_text(msgspec.json.encode(item).decode())


def _said(frame: str | None) -> Said:
    if frame is None or len(frame.encode()) > FRAME:
        raise BadFrame(f"expected a text frame of at most {FRAME} bytes")
    try:
        return msgspec.json.decode(frame, type=Said)
    except msgspec.DecodeError as error:
        raise BadFrame(f"expected a message: {error}") from error
