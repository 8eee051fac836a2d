"""The door of what we serve to programs and pages: other websites do not pass."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def same_site(app: ASGIApp, hosts: Collection[str] | None) -> ASGIApp:
    """Return ``app`` behind a door that is shut to other websites.

    An address in Host cannot have been rebound by DNS, a name can: only ``hosts`` pass, or any
    where that is None, because who asks proves himself. A browser tells the page's own site in
    Origin, and it must be the one that is asked.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host, origin, name = headers.get("host", ""), headers.get("origin"), ""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            same = origin is None or urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            same = False
        # a name without letters is an IPv4 address, one with colons IPv6
        known = hosts is None or name in hosts or ":" in name or name.replace(".", "").isdigit()
        refusal = PlainTextResponse("another site asked\n", 403)
        await (app if same and known else refusal)(scope, receive, send)

    return guarded
