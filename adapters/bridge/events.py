"""What is to be posted, as server-sent events (html.spec.whatwg.org, "Server-sent events")."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from adapters.bridge.session import BridgeSession, Outlet
from adapters.wire.exchange import first_of

HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
Visit = Callable[[], AbstractContextManager[BridgeSession | None]]


class Replies(Response):
    """An object in each event, and a comment as a sign of life. None comes twice.

    A reader that is too slow gets what it has been sent, and the end.
    """

    def __init__(self, visit: Visit, ping: float) -> None:
        super().__init__()
        self._visit = visit
        self._ping = ping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to be posted until either side ends."""
        with self._visit() as session:
            if session is None:
                await closed()(scope, receive, send)
                return
            with session.joined("sse") as outlet:
                await self._stream(session, outlet, receive, send)

    async def _stream(
        self, session: BridgeSession, outlet: Outlet, receive: Receive, send: Send
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await first_of(self._write(session, outlet, send), _gone(receive))

    async def _write(self, session: BridgeSession, outlet: Outlet, send: Send) -> None:
        await _chunk(send, ": danmate\n\n")
        while True:
            try:
                async with asyncio.timeout(self._ping):
                    item = await outlet.next()
            except TimeoutError:
                await _chunk(send, ":\n\n")
                continue
            if item is None:
                await _chunk(send, "", more=False)
                return
            await _chunk(send, f"data: {item.frame}\n\n")
            session.written(item)


def closed() -> Response:
    """Return what is answered where there is no session, or no place."""
    reason = {"type": "error", "reason": "danmate takes nothing now"}
    return JSONResponse(reason, 503, {"retry-after": "1"})


async def _chunk(send: Send, text: str, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
