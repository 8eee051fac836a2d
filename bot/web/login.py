"""The routes by which somebody logs in and out, and the page that opens a one-time link."""

from collections.abc import Collection
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.staticfiles import StaticFiles

from bot.bus.server import LOST
from bot.errors import UserFault
from bot.web.access import (
    ANYBODY,
    LOGIN,
    Access,
    Gate,
    Viewer,
    address_of,
    attempt,
    cookie_of,
    unknown,
    wrong,
)
from bot.web.refusals import CHANGING, LOCKED, TOO_MANY
from bot.web.seals import LONGEST, Pass, Role

log = structlog.get_logger()

ANY = {"required": True, "content": {"application/json": {"schema": {}}}}
"""A body that says nothing, but in a way that a form of another website cannot send."""
PAGE = Path(__file__).parent / "static" / "login"


class Code(BaseModel):
    """What somebody logs in with: the code of a link, or the token."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=LONGEST)


class Me(BaseModel):
    """Who asks; ``until`` when the session ends, in seconds since the epoch."""

    role: Role
    name: str
    logged_in: bool
    until: float


def routes(access: Access) -> APIRouter:
    """Return the routes by which somebody logs in and out and learns who he is."""
    router = APIRouter()

    @router.post(LOGIN, responses={**CHANGING, **TOO_MANY, **LOCKED})
    async def login(body: Code, request: Request, response: Response) -> Me:
        """Open a session by the code of a one-time link, or by the token."""
        address = address_of(request.scope)
        attempt(access, address)
        try:
            begun = await access.sessions.begin(body.code)
        except (UserFault, *LOST) as fault:
            access.attempts.right(address)
            raise unknown(fault) from None
        if begun is None:
            raise wrong(address)
        access.attempts.right(address)
        who, session = begun
        log.info("page_login", role=who.role, address=address)
        name, lasting = cookie_of(access.site, request.scope), int(access.sessions.lasting)
        response.set_cookie(
            name, session, lasting, secure=access.site.secure, httponly=True, samesite="strict"
        )
        return _shown(who)

    @router.post(
        "/api/logout", responses={**CHANGING, **LOCKED}, openapi_extra={"requestBody": ANY}
    )
    async def logout(who: Viewer, request: Request, response: Response) -> Me:
        """End this session."""
        try:
            await access.sessions.end(who)
        except LOST as fault:
            raise unknown(fault) from None
        response.delete_cookie(
            cookie_of(access.site, request.scope), secure=access.site.secure, httponly=True,
            samesite="strict",
        )  # fmt: skip
        return _shown(ANYBODY)

    @router.get("/api/me")
    async def me(who: Viewer) -> Me:
        """Say who asks, by his session."""
        return _shown(who)

    return router


def _shown(who: Pass) -> Me:
    return Me(role=who.role, name=who.name, logged_in=bool(who.id), until=who.until)


def mount(
    app: FastAPI, access: Access, platforms: Collection[str] = (), proving: Collection[str] = ()
) -> None:
    """Add the gate, the routes and the page that opens a link."""
    app.add_middleware(Gate, access=access, platforms=platforms, proving=proving)
    app.include_router(routes(access))
    app.mount("/login", StaticFiles(directory=PAGE, html=True))
