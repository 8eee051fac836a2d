"""The HTTP side of danmate: the pages, each platform's own, and the API that they live by."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import (
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.staticfiles import StaticFiles

from bot.errors import CannotStart
from bot.ports import Adapter
from bot.web import desk as desks
from bot.web import probes, wrong
from bot.web.access import Access
from bot.web.desk import Desk
from bot.web.door import Door
from bot.web.feed import Feed
from bot.web.health import Health
from bot.web.login import mount
from bot.web.refusals import CHANGING, REFUSALS
from bot.web.site import Site

STATIC: Final = Path(__file__).parent / "static"
PAGES: Final = ("page", "overlay", "prompter")
"""The folders of what we serve ourselves."""
SAMPLE: Final = (
    "how many lines a second that the bot let pass are told of at most: of the others only their"
    ' number, as {"type": "sampled", "count": …}; all else is always told'
)
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def create_app(
    adapters: Sequence[Adapter],
    feed: Feed,
    health: Health,
    allowed_hosts: Collection[str] = (),
    access: Access | None = None,
    desk: Desk | None = None,
    routers: Iterable[APIRouter] = (),
) -> FastAPI:
    """Return the application; ``app.state.close()`` ends its endless responses.

    Browsers may call us by a loopback name or one of ``allowed_hosts``, or as ``access`` says.
    Without ``access`` nobody logs in, and nothing can be changed; ``desk`` and ``routers``, what
    else there is to ask, need it. Raises CannotStart for two platforms that would share a path.
    """
    app = FastAPI(
        title="danmate",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=dict(REFUSALS),
    )
    app.state.close = feed.close
    app.add_exception_handler(RequestValidationError, _unfit)

    @app.get("/api/outcomes", response_class=StreamingResponse, responses=STREAM)
    def outcomes(
        room: str | None = None,
        sample: Annotated[int | None, Query(ge=0, le=1000, description=SAMPLE)] = None,
        last_event_id: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        """Stream what became of each message, as server-sent events."""
        stream = feed.stream(room, last_event_id, sample)
        return StreamingResponse(stream, media_type="text/event-stream")

    app.include_router(probes.routes(health))
    for name in PAGES:
        app.mount(f"/{name}", StaticFiles(directory=STATIC / name, html=True))
    _mount(app, adapters)
    _guard(app, adapters, allowed_hosts, access, desk, routers)
    return app


def _guard(
    app: FastAPI,
    adapters: Sequence[Adapter],
    allowed_hosts: Collection[str],
    access: Access | None,
    desk: Desk | None,
    routers: Iterable[APIRouter],
) -> None:
    site = Site(frozenset(host.strip("[]").lower() for host in allowed_hosts))
    if access is not None:
        site = access.site
        mount(app, access, *_pages(adapters))
        for router in (desks.routes(desk), wrong.routes(desk)) if desk is not None else ():
            app.include_router(router, responses=CHANGING)
        for router in routers:
            app.include_router(router)
    app.add_middleware(Door, site=site)  # outermost: what it refuses reaches nothing else


def _pages(adapters: Sequence[Adapter]) -> tuple[set[str], set[str]]:
    """Return the platforms that serve something, and those of them that ask for their own token."""
    proving = {each.platform for each in adapters if _asks(each)}
    return {each.platform for each in adapters} - proving, proving


def _asks(adapter: Adapter) -> bool:
    return bool(getattr(getattr(adapter, "settings", None), "token", None))


async def _unfit(_: Request, fault: Exception) -> Response:
    """Say what is wrong with a request, but not what it held: that may be a secret, or no text."""
    assert isinstance(fault, RequestValidationError)  # noqa: S101 - what it is registered for
    lines = [
        {"where": ".".join(map(str, each["loc"])), "expected": each["msg"]}
        for each in fault.errors()
    ]
    return JSONResponse({"detail": lines}, 422)


def _mount(app: FastAPI, adapters: Sequence[Adapter]) -> None:
    pages = [(adapter.platform, page) for adapter in adapters if (page := adapter.app())]
    platforms = [platform for platform, _ in pages]
    for platform, page in pages:
        if platforms.count(platform) > 1:
            raise CannotStart(f"[[rooms]] platform = {platform!r}: expected one room with a page")
        app.mount(f"/{platform}", page)
    front = "/room/" if "room" in platforms else "/page/"
    for path, to in (("/", front), ("/live/", "/page/")):  # the page was called "live" once
        app.add_route(path, partial(_led, to))


async def _led(to: str, _: Request) -> Response:
    return RedirectResponse(to)
