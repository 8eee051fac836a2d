"""Twitch's authorization server: validates, renews and gives access tokens.

Source: dev.twitch.tv/docs/authentication, for applications of the type Public (no secret).
"""

import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache

import httpx
import msgspec

from adapters.twitch.answers import read, reason
from bot.errors import AuthFailed, Disconnected

SCOPES = ("user:read:chat", "user:write:chat", "chat:read", "chat:edit")
LOGIN = "run danmate login twitch"
WITHIN = httpx.Timeout(8.0, connect=4.0)
"""Seconds for an answer: less than the outbox waits, so that a post ends with its reason."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PRINTABLE = re.compile(r"[\x21-\x7e]+")


class Valid(msgspec.Struct, frozen=True):
    """Whose token it is, and what it may do."""

    client_id: str
    login: str
    user_id: str
    scopes: tuple[str, ...] | None = None
    expires_in: float = 0.0


class Pair(msgspec.Struct, frozen=True):
    """An access token, and the one that renews it once."""

    access_token: str
    refresh_token: str = ""

    def __repr__(self) -> str:
        return "Pair(***)"


class Device(msgspec.Struct, frozen=True):
    """What a device shows to its user, and how often it may ask; ``expires_in`` in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float = 1800.0
    interval: float = 5.0

    def __repr__(self) -> str:
        return "Device(***)"


@asynccontextmanager
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Give an HTTP client with our time limits, and close it."""
    agent = {"User-Agent": "danmate"}
    async with httpx.AsyncClient(timeout=WITHIN, headers=agent, verify=_trusted()) as http:
        yield http


@cache
def _trusted() -> ssl.SSLContext:
    """Return whose certificates are believed: reading them takes a while."""
    return httpx.create_ssl_context()


class OAuth:
    """The server at ``url``. Every method raises Disconnected where it gives no answer."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def validate(self, token: str) -> Valid | None:
        """Return whose token it is, None if it is not valid (any more)."""
        if not PRINTABLE.fullmatch(token):  # a header would not take it, and would say so with it
            return None
        answer = await self._ask("GET", "validate", headers={"Authorization": f"OAuth {token}"})
        return read(answer, Valid, "oauth") if answer.is_success else None

    async def refresh(self, client_id: str, refresh_token: str) -> Pair:
        """Spend ``refresh_token`` on a new pair; raises AuthFailed if it is not valid."""
        form = {
            "client_id": client_id,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        answer = await self._ask("POST", "token", form=form)
        if not answer.is_success:
            raise AuthFailed(f"login_expired: {reason(answer)}: {LOGIN}")
        return read(answer, Pair, "oauth")

    async def device(self, client_id: str) -> Device:
        """Begin a log-in; raises AuthFailed if the application is not known."""
        answer = await self._ask("POST", "device", form=_asking(client_id))
        if not answer.is_success:
            raise AuthFailed(f"client_id_refused: {reason(answer)}")
        return read(answer, Device, "oauth")

    async def poll(self, client_id: str, device_code: str) -> Pair | str:
        """Return the pair once the user has agreed, and why not until then."""
        more = {"device_code": device_code, "grant_type": DEVICE_GRANT}
        answer = await self._ask("POST", "token", form={**_asking(client_id), **more})
        return read(answer, Pair, "oauth") if answer.is_success else reason(answer)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return an answer that says yes or no: of a server that is unwell there is none."""
        try:
            url = f"{self._url}/{path}"
            answer = await self._http.request(method, url, data=form, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Disconnected(f"oauth_unreachable: {type(error).__name__}") from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise Disconnected(f"oauth_unwell: {answer.status_code}")
        return answer


def _asking(client_id: str) -> Mapping[str, str]:
    return {"client_id": client_id, "scopes": " ".join(SCOPES)}
