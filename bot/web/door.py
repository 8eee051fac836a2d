"""The door of everything that we serve: who calls us by a wrong name or from elsewhere stays out.

No answer depends on who asks here; that is for bot.web.access.
"""

from collections.abc import Iterator
from typing import TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.site import Site

HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
API = "/api/"
LARGEST = 1_048_576
"""Bytes of a request to the API."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
Refused: TypeAlias = tuple[str, int]
"""Why, and the status."""
OWN_FETCH = frozenset({"", "same-origin", "none"})


class Door:
    """Lets in what may come in, and gives every answer its safe headers."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        private = scope["path"].startswith(API)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if private:
                    headers["cache-control"] = "no-store"
            await send(message)

        refused = next(self._refusals(scope), None)
        answer = self._app if refused is None else _refusal(*refused, told=private)
        await answer(scope, receive, guarded)

    def _refusals(self, scope: Scope) -> Iterator[Refused]:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._site.known(host):
            yield "expected a Host that danmate is known by", 403
        if origin is not None and not self._site.own(origin, host):
            yield "another site asked", 403
        if not self._site.proxied and any(name in headers for name in FORWARDED):
            yield "this came through a proxy: expected web.url to tell its address", 403
        if scope.get("method", "GET") in SAFE:
            return
        # github.com/golang/go net/http CrossOriginProtection: a browser says where a request
        # comes from by one of these two, and who says neither is no browser
        if headers.get("sec-fetch-site", "") not in OWN_FETCH:
            yield "another site asked", 403
        if scope["path"].startswith(API):
            yield from _unfit(headers)


def _unfit(headers: Headers) -> Iterator[Refused]:
    """Refuse what is no JSON: a form of another website can send all else without asking us."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        yield "expected Content-Type: application/json", 415
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        yield "expected Content-Length", 411
    elif len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        yield f"expected {LARGEST} bytes at most", 413


def _refusal(why: str, status: int, *, told: bool) -> Response:
    """Return what is told: a program that asks the API reads JSON, a person does not."""
    if told:
        return JSONResponse({"detail": why}, status)
    return PlainTextResponse(f"{why}\n", status)
