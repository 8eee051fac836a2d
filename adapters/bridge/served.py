"""The bridge as a server: WebSocket and POST in, WebSocket and server-sent events out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from adapters.bridge.door import guarded
from adapters.bridge.events import Replies, closed
from adapters.bridge.session import BridgeSession, Outlet
from adapters.bridge.settings import BridgeSettings
from adapters.wire import bridge as wire
from adapters.wire.bridge import Fault, Frame, Posted
from adapters.wire.exchange import first_of
from bot.errors import BadFrame, Disconnected

VISITS = 100  # connections and requests at once
GRACE = 1.0  # seconds that they have to end
GOING, LATER = 1001, 1013  # codes of a close: RFC 6455 and IANA's registry


class Front:
    """What feeders meet; they are let in while there is a ``session``."""

    def __init__(self, settings: BridgeSettings) -> None:
        self.session: BridgeSession | None = None
        self._settings = settings
        self._visits: set[asyncio.Task[object]] = set()

    def app(self) -> ASGIApp:
        """Return the application; its paths are those of docs/bridge.md."""
        routes = [
            WebSocketRoute("/", self._talk),
            WebSocketRoute("/ws", self._talk),
            Route("/messages", self._visited(self._hear), methods=["POST"]),
            Route("/posted", self._visited(self._posted), methods=["POST"]),
            Route("/replies", self._replies),
        ]
        return guarded(Starlette(routes=routes), self._settings)

    async def left(self) -> None:
        """Return once nobody is here any more, or the grace is over."""
        if self._visits:
            await asyncio.wait(tuple(self._visits), timeout=GRACE)

    @contextmanager
    def _visit(self) -> Iterator[BridgeSession | None]:
        """Give the session, or None where there is none or no place."""
        task = asyncio.current_task()
        session = self.session
        if task is None or session is None or not session.open or len(self._visits) >= VISITS:
            yield None
            return
        self._visits.add(task)
        try:
            yield session
        finally:
            self._visits.discard(task)

    def _visited(
        self, act: Callable[[Request, BridgeSession], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def visited(request: Request) -> Response:
            with self._visit() as session:
                return closed() if session is None else await act(request, session)

        return visited

    async def _talk(self, socket: WebSocket) -> None:
        with self._visit() as session:
            if session is None:
                await socket.send_denial_response(closed())
                return
            await socket.accept()
            with session.joined("ws") as outlet:
                await self._both(socket, session, outlet)

    async def _both(self, socket: WebSocket, session: BridgeSession, outlet: Outlet) -> None:
        with suppress(WebSocketDisconnect):
            await first_of(
                _write(socket, session, outlet),
                outlet.ended.wait(),
                _read(socket, session, outlet),
            )
        if outlet.ended.is_set():
            with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):  # it may be gone
                async with asyncio.timeout(GRACE):
                    await socket.close(LATER if outlet.slow else GOING)

    async def _hear(self, request: Request, session: BridgeSession) -> Response:
        """Answer 202 once everything is in danmate's queue; 400 takes nothing."""
        found = await self._objects(request, "message")
        if isinstance(found, Response):
            return found
        told = [each for each in found if not isinstance(each, Posted | Fault)]
        if len(told) < len(found):
            return _bad("type: expected message, delete, clear or showing")
        try:
            return JSONResponse({"accepted": len(await session.hear(told))}, 202)
        except Disconnected:
            return closed()

    async def _posted(self, request: Request, session: BridgeSession) -> Response:
        found = await self._objects(request, "posted")
        if isinstance(found, Response):
            return found
        for each in found:
            if not isinstance(each, Posted):
                return _bad("type: expected posted")
            try:
                session.posted(each)
            except BadFrame as error:
                return _bad(str(error))
        return Response(status_code=204)

    async def _objects(self, request: Request, kind: str) -> list[Frame] | Response:
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._settings.body:
                    return _bad(f"expected at most {self._settings.body} bytes", 413)
            return wire.decode_all(bytes(body), kind)
        except BadFrame as error:
            return _bad(str(error))
        except ClientDisconnect:
            return _bad("the body broke off")

    async def _replies(self, _: Request) -> Response:
        return Replies(self._visit, self._settings.ping)


async def _write(socket: WebSocket, session: BridgeSession, outlet: Outlet) -> None:
    while (item := await outlet.next()) is not None:
        await socket.send_text(item.frame)
        session.written(item)


async def _read(socket: WebSocket, session: BridgeSession, outlet: Outlet) -> None:
    accepted = socket.query_params.get("accepted") == "1"
    while (event := await socket.receive())["type"] != "websocket.disconnect":
        await session.take(event.get("text"), outlet, accepted=accepted)


def _bad(reason: str, status: int = 400) -> Response:
    return JSONResponse({"type": "error", "reason": reason}, status)
