"""The HTTP side of danmate: each platform's page, the live outcomes, its health and metrics."""

from collections.abc import Collection, Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Header
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import CannotStart
from bot.ports import Adapter
from bot.web.feed import Feed
from bot.web.health import Health

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def create_app(
    adapters: Sequence[Adapter],
    feed: Feed,
    health: Health,
    allowed_hosts: Collection[str] = (),
) -> FastAPI:
    """Return the application; ``app.state.close()`` ends its endless responses.

    Browsers may call us by a loopback name or one of ``allowed_hosts``. Raises CannotStart for two
    platforms that would share a path.
    """
    app = FastAPI(title="danmate", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.close = feed.close
    app.add_middleware(Door, hosts=allowed_hosts)

    @app.get("/api/outcomes")
    def outcomes(
        room: str | None = None, last_event_id: Annotated[str, Header()] = ""
    ) -> StreamingResponse:
        """Stream what became of each message, as server-sent events."""
        stream = feed.stream(room, last_event_id)
        return StreamingResponse(stream, media_type="text/event-stream")

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Say that the process lives: whoever gets this answer knows that its loop turns."""
        return JSONResponse({"ok": True})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Say whether messages are answered, and if not (503), why."""
        state = await health.ready()
        return JSONResponse(state, status_code=200 if state["ok"] else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Give Prometheus what is counted."""
        return Response(await health.scraped(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    _mount(app, adapters)
    return app


class Door:
    """Lets in requests that call us by a known name, and gives every answer its safe headers.

    A website that lets its name point here (DNS rebinding) comes with that name in Host.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = LOOPBACK | {host.strip("[]").lower() for host in hosts}
        self._addresses = bool(self._hosts & ANYWHERE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = PlainTextResponse("expected a Host that danmate is known by\n", 403)
        app = self._app if self._known(Headers(scope=scope).get("host", "")) else refusal
        await app(scope, receive, guarded)

    def _known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # who listens everywhere has many addresses; an address, unlike a name, is never rebound
        address = ":" in name or name.replace(".", "").isdigit()
        return name in self._hosts or (self._addresses and address)


def _mount(app: FastAPI, adapters: Sequence[Adapter]) -> None:
    pages = [(adapter.platform, page) for adapter in adapters if (page := adapter.app())]
    platforms = [platform for platform, _ in pages]
    for platform, page in pages:
        if platforms.count(platform) > 1:
            raise CannotStart(f"[[rooms]] platform = {platform!r}: expected one room with a page")
        app.mount(f"/{platform}", page)
    if "room" in platforms:
        app.add_api_route("/", lambda: RedirectResponse("/room/"), include_in_schema=False)
