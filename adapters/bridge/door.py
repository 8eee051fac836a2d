"""Who may speak to the bridge: who knows its token, or is on this machine where it has none."""

from hmac import compare_digest
from ipaddress import ip_address

import structlog
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.bridge.settings import BridgeSettings
from adapters.wire.site import same_site

log = structlog.get_logger()


def guarded(app: ASGIApp, settings: BridgeSettings) -> ASGIApp:
    """Return ``app`` behind the door; other websites never pass."""
    token = settings.token

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        if token is None:
            good = _local(scope)
            refusal = PlainTextResponse("a program of another machine needs a token\n", 403)
        else:
            given = Headers(scope=scope).get("authorization", "")
            good = _bearer(given, token.get_secret_value())
            headers = {"www-authenticate": "Bearer"}
            refusal = PlainTextResponse("expected the token\n", 401, headers)
        if not good:
            log.warning("feeder_refused", room=f"bridge/{settings.name}")
        await (app if good else refusal)(scope, receive, send)

    return same_site(known, None if token else {"localhost"})


def _bearer(given: str, token: str) -> bool:
    scheme, _, value = given.partition(" ")
    right = compare_digest(value.strip().encode(), token.encode())
    return right and scheme.lower() == "bearer"


def _local(scope: Scope) -> bool:
    try:
        return ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False
