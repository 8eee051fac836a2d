"""Who may use the pages: each request gets the role of whoever asks, or is turned away.

Where only this machine can ask, reading needs no log-in. Whatever changes a room does, anywhere.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import structlog
from fastapi import Depends, HTTPException
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.bus.server import LOST, Store
from bot.errors import UserFault
from bot.ports import Clock
from bot.web.attempts import Attempts
from bot.web.door import API, SAFE
from bot.web.seals import Pass, Role
from bot.web.sessions import Sessions, StoredSpent, Token
from bot.web.site import Site

log = structlog.get_logger()

LOGIN = "/api/login"
PUBLIC = frozenset({"healthz", "readyz", "metrics", "login", "favicon.ico"})
"""First parts of paths that never need a log-in: they tell nothing that anybody has said."""
OURS = frozenset({"api", "live", "overlay", "page", "prompter"})
"""First parts that no platform opens, whatever its name."""
ANYBODY = Pass("", "viewer", "", 0.0)
"""Who has not logged in, where that is not needed."""
WHO = "danmate_who"
STRANGER = 401


@dataclass(frozen=True, slots=True)
class Access:
    """What decides who may come in."""

    site: Site
    sessions: Sessions
    clock: Clock
    attempts: Attempts = field(default_factory=Attempts)


async def entrance(site: Site, store: Store, token: Token, clock: Clock, lasting: float) -> Access:
    """Return what those who serve pages with this store and token share.

    Raises UserFault: other machines could come, and no token can be kept.
    """
    if not site.open:
        await token.make()
    return Access(site, Sessions(token, StoredSpent(store), clock, lasting), clock)


class Gate:
    """Finds out who asks, and turns away those who may not; the routes look at roles.

    Where not all is open the pages of ``platforms`` are for moderators: the room, for one, lets
    anybody play one. ``proving`` are platforms that know by a token of their own who asks.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        platforms: Collection[str] = (),
        proving: Collection[str] = (),
    ) -> None:
        self._app = app
        self._access = access
        self._platforms = platforms
        self._public = PUBLIC.union(proving) - OURS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with who asks in it, or answer 303, 401, 403, 429 or 503."""
        answer = self._app
        if not (scope["path"] == LOGIN or _first(scope["path"]) in self._public):
            try:
                self._judge(scope, await self._who(scope))
            except HTTPException as refusal:
                answer = _turned_away(scope, refusal)
        await answer(scope, receive, send)

    def _judge(self, scope: Scope, who: Pass | None) -> None:
        """Note who asks, or raise 401 or 403."""
        if _changing(scope):
            if who is None:
                raise _stranger()  # nobody else's body is even read
        elif self._access.site.open:
            who = who or ANYBODY
        elif who is None:
            raise _stranger()
        elif _first(scope["path"]) in self._platforms and not who.may("moderator"):
            raise _too_little("moderator")
        scope[WHO] = who

    async def _who(self, scope: Scope) -> Pass | None:
        headers = Headers(scope=scope)
        kind, _, token = headers.get("authorization", "").partition(" ")
        session = cookie_parser(headers.get("cookie", "")).get(cookie_of(self._access.site, scope))
        try:
            if scope["path"].startswith(API) and kind.lower() == "bearer":
                return await self._bearer(scope, token.strip())
            return await self._access.sessions.who(session) if session else None
        except (UserFault, *LOST) as fault:
            if self._access.site.open and not _changing(scope):
                return None  # who only reads need not be known
            raise unknown(fault) from None

    async def _bearer(self, scope: Scope, token: str) -> Pass:
        address = address_of(scope)
        attempt(self._access, address)
        if who := await self._access.sessions.bearer(token):
            self._access.attempts.right(address)
            return who
        raise wrong(address)


def _changing(scope: Scope) -> bool:
    return scope["path"].startswith(API) and scope.get("method", "GET") not in SAFE


def _first(path: str) -> str:
    return path[1:].partition("/")[0]


def _turned_away(scope: Scope, refusal: HTTPException) -> ASGIApp:
    """Return the refusal; a person who has not logged in is led to the page that tells how."""
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    if refusal.status_code == STRANGER and scope.get("method") == "GET" and wants_page:
        return RedirectResponse("/login/", 303)
    return JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)


def _stranger() -> HTTPException:
    detail = "expected a log-in: danmate page prints a link"
    return HTTPException(STRANGER, detail, {"WWW-Authenticate": "Bearer"})


def _too_little(role: Role) -> HTTPException:
    return HTTPException(403, f"expected the role {role}")


def unknown(fault: Exception) -> HTTPException:
    """Return what is told where nobody can be known: nobody is let in then."""
    log.warning("page_locked", error=str(fault))
    return HTTPException(503, "nobody can be known now: danmate's log says why")


def wrong(address: str) -> HTTPException:
    """Return what somebody is told whose code or token is not right; it is logged from where."""
    log.warning("page_refused", address=address)
    detail = "used up, too old or wrong: danmate page prints a new link"
    return HTTPException(STRANGER, detail, {"WWW-Authenticate": "Bearer"})


def attempt(access: Access, address: str) -> None:
    """Count an attempt, or raise 429."""
    if wait := access.attempts.begin(address, access.clock.now()):
        seconds = {"Retry-After": str(int(wait) + 1)}
        raise HTTPException(429, "too many wrong attempts: wait", seconds)


def address_of(scope: Scope) -> str:
    """Return the address of whoever asks."""
    client = scope.get("client")
    return client[0] if client else ""


def cookie_of(site: Site, scope: Scope) -> str:
    """Return the cookie's name: cookies do not keep the ports of one machine apart."""
    return "__Host-danmate" if site.secure else f"danmate_{(scope.get('server') or ('', 0))[1]}"


def needs(role: Role) -> object:
    """Return the FastAPI dependency that lets in who has ``role`` or more: 401 or 403 otherwise.

    It gives the route who asks. On an open site anybody is a viewer.
    """

    def asked(request: HTTPConnection) -> Pass:
        who = request.scope.get(WHO)
        if isinstance(who, Pass) and who.may(role):
            return who
        raise _too_little(role) if who and who is not ANYBODY else _stranger()

    return Depends(asked)


Viewer: TypeAlias = Annotated[Pass, needs("viewer")]
Moderator: TypeAlias = Annotated[Pass, needs("moderator")]
Owner: TypeAlias = Annotated[Pass, needs("owner")]
